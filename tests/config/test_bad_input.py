"""Files that cannot be right: each fault is told with its line, its code, what is wrong and what to write.

The table holds what is said of each; a file that is odd but can be run is warned of.
"""
# ruff: noqa: E501 - one file a line

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pilotbridge.config.loader import load, outline
from pilotbridge.plugin_manager import load_plugins

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
OF_EVERY_FILE_HERE = {"no-callback", "one-way", "no-door"}
SAYS_IT_IN_ITS_CAUSE = {"bad-type", "bad-value", "bad-matcher", "bad-interval"}
BASE = {
    "bridge": "bridge: { data_dir: ./data, troubles: ops }",
    "gateways": "gateways: { smspilot: { api_key: key-of-the-gateway-0123456789 } }",
    "sources": "sources: { alertmanager: { token: token-of-alertmanager-123 } }",
    "contacts": "contacts:\n  anna: { phone: '+79087964781' }\n  boris: { phone: '+79087964782' }",
    "receivers": "receivers:\n  - name: ops\n    steps: [ { notify: [sms:anna] } ]\n  - name: db\n    steps: [ { notify: [sms:boris] } ]",
    "route": "route: { receiver: ops, routes: [ { receiver: db, matchers: [team=db] } ] }",
}


def cfg(**blocks: str) -> str:
    """A small file that is right, with these blocks in place of its own; each begins on a new line."""
    return "\n".join(block for block in (BASE | blocks).values() if block) + "\n"


def routes(*written: str) -> str:
    children = "".join(f"    - {each}\n" for each in written)
    return f"route:\n  receiver: ops\n  routes:\n{children}    - {{ receiver: db, matchers: [zz=zz] }}\n"


def sched(written: str, **more: str) -> dict[str, str]:
    receivers = BASE["receivers"].replace("sms:anna", "sms:schedule/primary")
    return {"schedules": f"schedules: {{ primary: {written} }}", "receivers": receivers, **more}


def plug(name: str, written: str) -> dict[str, str]:
    return {"plugins": f"plugins: {{ {name}: {written} }}"}


def quiet(rules: str) -> dict[str, str]:
    return plug("quiet_hours", f"{{ rules: [ {rules} ] }}")


def steps(written: str) -> str:
    return f"receivers:\n  - name: ops\n    steps: [ {written} ]\n  - name: db\n    steps: [ {{ notify: [sms:boris] }} ]"


def ti(written: str) -> str:
    return f"time_intervals: [ {{ name: night, time_intervals: [ {written} ] }} ]"


CASES = {
    # --- matchers
    "matcher tilde": ({"route": routes("{ matchers: ['severity ~= page'] }")}, "error 15 bad-matcher"),
    "matcher eqeq": ({"route": routes("{ matchers: ['severity == page'] }")}, "warning 15 odd-matcher"),
    "matcher lookahead": ({"route": routes("{ matchers: ['a=~\"(?!x)\"'] }")}, "error 15 bad-matcher"),
    "matcher nonregex": ({"route": routes("{ matchers: ['a=~\"[\"'] }")}, "error 15 bad-matcher"),
    "matcher unclosed brace": ({"route": routes("{ matchers: ['{a=b'] }")}, "error 15 bad-matcher"),
    "matcher unclosed quote": ({"route": routes("{ matchers: ['a=\"b'] }")}, "error 15 bad-matcher"),
    "matcher block": ({"route": routes("{ matchers: { team: db } }")}, "error 15 bad-matcher"),
    "matcher empty": ({"route": routes("{ matchers: [''] }")}, "error 16 unreachable-route"),
    # --- intervals
    "interval over midnight": ({"time_intervals": ti("{ times: [ { start_time: '22:00', end_time: '06:00' } ] }")}, "error 13 bad-interval; warning 13 unused-interval"),
    "interval text span": ({"time_intervals": ti("'22:00-06:00'")}, "error 13 bad-interval; warning 13 unused-interval"),
    "interval unquoted time": ({"time_intervals": ti("{ times: [ { start_time: 9:00, end_time: 17:00 } ] }")}, "error 13 bad-interval; warning 13 unused-interval"),
    "interval same": ({"time_intervals": ti("{ times: [ { start_time: '09:00', end_time: '09:00' } ] }")}, "error 13 bad-interval; warning 13 unused-interval"),
    "interval 25": ({"time_intervals": ti("{ times: [ { start_time: '25:00', end_time: '26:00' } ] }")}, "error 13 bad-interval; warning 13 unused-interval"),
    "interval feb31": ({"time_intervals": ti("{ days_of_month: ['31'], months: ['february'] }")}, "warning 13 unused-interval; warning 13 odd-interval"),
    "interval feb30 31": ({"time_intervals": ti("{ days_of_month: ['30:31'], months: ['2'] }")}, "warning 13 unused-interval; warning 13 odd-interval"),
    "interval apr31": ({"time_intervals": ti("{ days_of_month: ['31'], months: ['april', 'june'] }")}, "warning 13 unused-interval; warning 13 odd-interval"),
    "interval feb29 2026": ({"time_intervals": ti("{ days_of_month: ['29'], months: ['february'], years: ['2026:2027'] }")}, "warning 13 unused-interval; warning 13 odd-interval"),
    "interval day32": ({"time_intervals": ti("{ days_of_month: ['32'] }")}, "error 13 bad-interval; warning 13 unused-interval"),
    "interval day mixed": ({"time_intervals": ti("{ days_of_month: ['-1:5'] }")}, "error 13 bad-interval; warning 13 unused-interval"),
    "interval day back": ({"time_intervals": ti("{ days_of_month: ['20:10'] }")}, "error 13 bad-interval; warning 13 unused-interval"),
    "interval month back": ({"time_intervals": ti("{ months: ['november:march'] }")}, "error 13 bad-interval; warning 13 unused-interval"),
    "interval weekday back": ({"time_intervals": ti("{ weekdays: ['saturday:monday'] }")}, "error 13 bad-interval; warning 13 unused-interval"),
    "interval year past": ({"time_intervals": ti("{ years: ['2020:2021'] }")}, "warning 13 unused-interval; warning 13 odd-interval"),
    "interval empty": ({"time_intervals": ti("{ times: [] }")}, "warning 13 unused-interval"),
    "interval none": ({"time_intervals": "time_intervals: [ { name: night, time_intervals: [] } ]", "route": routes("{ receiver: db, matchers: [a=b], mute_time_intervals: [night] }")}, "warning 18 odd-interval"),
    "interval unused": ({"time_intervals": ti("{ weekdays: [saturday] }")}, "warning 13 unused-interval"),
    "interval zone": ({"time_intervals": ti("{ weekdays: [saturday], location: Europe/Moskva }")}, "error 13 bad-interval; warning 13 unused-interval"),
    "interval always muted": ({"time_intervals": "time_intervals: [ { name: night, time_intervals: [ {} ] } ]", "route": routes("{ receiver: db, matchers: [a=b], mute_time_intervals: [night] }")}, "warning 15 silent-route"),
    # --- routes
    "route contradicts parent": ({"route": routes("{ matchers: [a=b], routes: [ { receiver: db, matchers: [a=c] } ] }")}, "error 15 unreachable-route"),
    "route contradicts parent regex": ({"route": routes("{ matchers: ['a=~\"x.*\"'], routes: [ { receiver: db, matchers: [a=y] } ] }")}, "error 15 unreachable-route"),
    "route eq ne": ({"route": routes("{ receiver: db, matchers: [a=b, a!=b] }")}, "error 15 unreachable-route"),
    "route re nre": ({"route": routes("{ receiver: db, matchers: ['a=~\"b|c\"', 'a!~\"b|c\"'] }")}, "warning 15 unreachable-route"),
    "route re re": ({"route": routes("{ receiver: db, matchers: ['a=~\"b|c\"', 'a=~\"d|e\"'] }")}, "warning 15 unreachable-route"),
    "route empty and value": ({"route": routes("{ receiver: db, matchers: ['a=\"\"', 'a=~\".+\"'] }")}, "error 15 unreachable-route"),
    "route ne in parent": ({"route": routes("{ matchers: [a!=b], routes: [ { receiver: db, matchers: [a=b] } ] }")}, "error 15 unreachable-route"),
    "route after catchall": ({"route": routes("{ receiver: ops }", "{ receiver: db, matchers: [a=b] }")}, "error 16 unreachable-route; error 17 unreachable-route"),
    "route after wider regex": ({"route": routes("{ receiver: ops, matchers: ['a=~\".*\"'] }", "{ receiver: db, matchers: [a=b] }")}, "warning 16 unreachable-route; warning 17 unreachable-route"),
    "route after regex takes": ({"route": routes("{ receiver: ops, matchers: ['a=~\"b|c\"'] }", "{ receiver: db, matchers: [a=b] }")}, "warning 16 unreachable-route"),
    "route after ne": ({"route": routes("{ receiver: ops, matchers: ['a!=x'] }", "{ receiver: db, matchers: [a=b] }")}, "warning 16 unreachable-route"),
    "route two cover": ({"route": routes("{ receiver: ops, matchers: ['a=x'] }", "{ receiver: db, matchers: ['a!=x'] }", "{ receiver: db, matchers: [b=c] }")}, "warning 17 unreachable-route; warning 18 unreachable-route"),
    "route uncle takes": ({"route": routes("{ receiver: ops, matchers: [a=b] }", "{ matchers: [c=d], routes: [ { receiver: db, matchers: [a=b] } ] }")}, "warning 16 unreachable-route"),
    "route severity page": ({"route": routes("{ receiver: db, matchers: ['severity=page'] }")}, "warning 15 odd-severity"),
    "route severity re": ({"route": routes("{ receiver: db, matchers: ['severity=~\"page|sev1\"'] }")}, "warning 15 odd-severity"),
    "route neg wait": ({"route": "route: { receiver: ops, group_wait: -5s, routes: [ { receiver: db, matchers: [a=b] } ] }"}, "error 12 bad-value"),
    "route year wait": ({"route": "route: { receiver: ops, group_wait: 1y, routes: [ { receiver: db, matchers: [a=b] } ] }"}, "warning 12 odd-duration"),
    "route repeat 1ms": ({"route": "route: { receiver: ops, repeat_interval: 1ms, group_interval: 1ms, routes: [ { receiver: db, matchers: [a=b] } ] }"}, "warning 12 odd-duration; warning 12 odd-duration"),
    "route repeat before news": ({"route": "route: { receiver: ops, group_interval: 2h, repeat_interval: 1h, routes: [ { receiver: db, matchers: [a=b] } ] }"}, "warning 12 odd-duration"),
    "route repeat inherited": ({"route": routes("{ receiver: db, matchers: [a=b], group_interval: 5h, routes: [ { matchers: [c=d] } ] }")}, "warning 15 odd-duration"),
    "route list": ({"route": "route: [ { receiver: ops } ]"}, "error 12 bad-type"),
    # --- receivers
    "receiver unused": ({"route": "route: { receiver: ops }"}, "warning 10 unused-receiver"),
    "receiver empty steps": ({"receivers": "receivers: [ { name: ops, steps: [] } ]", "route": "route: { receiver: ops }"}, "warning 1 nobody-told; warning 8 nobody-told"),
    "receiver troubles empty": ({"receivers": "receivers: [ { name: ops, steps: [ { notify: sms:anna } ] }, { name: nobody, steps: [] } ]", "route": "route: { receiver: ops }", "bridge": "bridge: { troubles: nobody }"}, "warning 1 nobody-told"),
    "receiver step after ack by shift": ({"receivers": steps("{ notify: sms:anna }, { notify: sms:boris, when: undelivered }")}, "error 9 missing-key"),
    "receiver failed chat": ({"receivers": steps("{ notify: sms:anna }, { notify: sms:boris, after: 400d, when: unacknowledged }")}, "warning 9 odd-duration"),
    "receiver after neg": ({"receivers": steps("{ notify: sms:anna }, { notify: sms:boris, after: -5m }")}, "error 9 bad-value"),
    "receiver notify empty": ({"receivers": steps("{ notify: [] }")}, "error 9 bad-value"),
    "receiver first empty then": ({"receivers": steps("{ notify: sms:anna, when: unacknowledged, after: 5m }")}, "error 9 bad-value; error 9 bad-value"),
    "receiver when typo": ({"receivers": steps("{ notify: sms:anna }, { notify: sms:boris, after: 5m, when: unacked }")}, "error 9 bad-value"),
    "receiver ackfor neg": ({"receivers": "receivers: [ { name: ops, acknowledged_for: -1h, steps: [ { notify: sms:anna } ] }, { name: db, steps: [ { notify: sms:boris } ] } ]"}, "error 7 bad-value"),
    # --- contacts
    "contact nophone": ({"contacts": "contacts: { anna: { }, boris: { phone: '+79087964782' } }"}, "error 4 no-phone; error 7 no-phone"),
    "contact telegram only sms": ({"contacts": "contacts: { anna: { telegram: 5 }, boris: { phone: '+79087964782' } }"}, "error 7 no-phone"),
    "contact phone short": ({"contacts": "contacts: { anna: { phone: 8908796 }, boris: { phone: '+79087964782' } }"}, "error 4 bad-phone"),
    "contact same two": ({"contacts": "contacts: { anna: { phone: '+79087964781', phone2: '+79087964781' }, boris: { phone: '+79087964782' } }"}, "warning 4 duplicate-phone"),
    "contact quiet nonsense": ({"contacts": "contacts: { anna: { phone: '+79087964781', quiet_hours: always }, boris: { phone: '+79087964782' } }"}, "error 4 bad-interval"),
    "contact quiet same": ({"contacts": "contacts: { anna: { phone: '+79087964781', quiet_hours: '22:00-22:00' }, boris: { phone: '+79087964782' } }"}, "error 4 bad-interval"),
    "contact quiet 25": ({"contacts": "contacts: { anna: { phone: '+79087964781', quiet_hours: '22:00-25:00' }, boris: { phone: '+79087964782' } }"}, "error 4 bad-interval"),
    "contact quiet list one bad": ({"contacts": "contacts: { anna: { phone: '+79087964781', quiet_hours: ['22:00-07:00', '7-8'] }, boris: { phone: '+79087964782' } }"}, "error 4 bad-interval"),
    "contact quiet empty block": ({"contacts": "contacts: { anna: { phone: '+79087964781', quiet_hours: {} }, boris: { phone: '+79087964782' } }"}, "warning 4 odd-interval"),
    "contact number name": ({"contacts": "contacts: { 89087964781: { phone: '+79087964781' }, anna: { phone: 89087964783 }, boris: { phone: '+79087964782' } }"}, "error 4 number-in-config"),
    "contact list": ({"contacts": "contacts: [ { anna: { phone: 1 } } ]"}, "error 4 bad-type; error 7 unknown-contact; error 9 unknown-contact"),
    # --- schedules
    "schedule unknown person": (sched("{ rotation: { every: 7d, start: 2026-01-05, members: [anna, bors] } }"), "error 13 unknown-contact"),
    "schedule hole": (sched("{ rotation: { every: 7d, start: 2026-01-05, members: [anna, boris], only: [ { weekdays: ['monday:friday'] } ] } }"), "warning 13 oncall-gap"),
    "schedule start future": (sched("{ rotation: { every: 7d, start: 2099-01-05, members: [anna, boris] } }"), "warning 13 oncall-gap"),
    "schedule every 0": (sched("{ rotation: { every: 0s, start: 2026-01-05, members: [anna, boris] } }"), "error 13 bad-value"),
    "schedule every neg": (sched("{ rotation: { every: -7d, start: 2026-01-05, members: [anna, boris] } }"), "error 13 bad-value"),
    "schedule every 100y": (sched("{ rotation: { every: 100y, start: 2026-01-05, members: [anna, boris] } }"), "warning 13 odd-duration"),
    "schedule start feb31": (sched("{ rotation: { every: 7d, start: 2026-02-31, members: [anna, boris] } }"), "error 13 bad-value"),
    "schedule members twice": (sched("{ rotation: { every: 7d, start: 2026-01-05, members: [anna, anna] } }"), ""),
    "schedule no phone": (sched("{ rotation: { every: 7d, start: 2026-01-05, members: [anna, boris] } }", contacts="contacts: { anna: { telegram: 4 }, boris: { phone: '+79087964782' } }"), "error 11 no-phone"),
    "schedule only impossible": (sched("{ rotation: [ { every: 7d, start: 2026-01-05, members: [anna] }, { every: 7d, start: 2026-01-05, members: [boris], only: [ { days_of_month: ['31'], months: ['february'] } ] } ] }"), "warning 13 no-handover"),
    "schedule handover 25": (sched("{ rotation: { every: 7d, start: 2026-01-05, members: [anna, boris] }, handover: { at: '25:00' } }"), "error 13 bad-value"),
    "schedule url": (sched("{ ical: 'https://calendar.example/private-4711/basic.ics' }"), ""),
    "schedule empty": (sched("{}"), "error 13 missing-key"),
    # --- inhibit
    "inhibition never": ({"inhibit_rules": "inhibit_rules: [ { source_matchers: [a=b, a=c], target_matchers: [x=y] } ]"}, "warning 13 idle-inhibition"),
    "inhibition never target": ({"inhibit_rules": "inhibit_rules: [ { source_matchers: [a=b], target_matchers: [x=y, x!=y] } ]"}, "warning 13 idle-inhibition"),
    "inhibition self": ({"inhibit_rules": "inhibit_rules: [ { source_matchers: [severity=critical], target_matchers: [severity=critical], equal: [alertname] } ]"}, "warning 13 idle-inhibition"),
    "inhibition self superset": ({"inhibit_rules": "inhibit_rules: [ { source_matchers: [severity=critical], target_matchers: ['severity=~\"warning|critical\"'] } ]"}, ""),
    "inhibition equal contradicts": ({"inhibit_rules": "inhibit_rules: [ { source_matchers: [severity=critical], target_matchers: [severity=warning], equal: [severity] } ]"}, "warning 13 idle-inhibition"),
    "inhibition no target": ({"inhibit_rules": "inhibit_rules: [ { source_matchers: [a=b] } ]"}, "error 13 bad-inhibition"),
    "inhibition severity page": ({"inhibit_rules": "inhibit_rules: [ { source_matchers: [severity=page], target_matchers: [severity=warning] } ]"}, "warning 13 odd-severity"),
    # --- gateways
    "gateway sender": ({"gateways": BASE["gateways"].replace(" }", ", sender: 'IN FORM!' }", 1)}, "error 2 bad-value"),
    "gateway sender cyrillic": ({"gateways": BASE["gateways"].replace(" }", ", sender: 'ИНФОРМ' }", 1)}, "error 2 bad-value"),
    "gateway sender plus": ({"gateways": BASE["gateways"].replace(" }", ", sender: '+79021121075' }", 1)}, "error 2 bad-value"),
    "gateway sender of 16 digits": ({"gateways": BASE["gateways"].replace(" }", ", sender: '1234567890123456' }", 1)}, ""),
    "line sender": ({"relay": "relay: { lines: [ { name: a, number: 79021121075, sender: МАГАЗИН } ] }"}, "error 13 bad-value"),
    "line sender in letters": ({"relay": "relay: { lines: [ { name: a, number: 79021121075, sender: A-B.c9 } ] }"}, ""),
    # --- storm, limits, budget
    "storm neg": ({"storm": "storm: { over: -1 }"}, "error 13 bad-value"),
    "storm zero within": ({"storm": "storm: { over: 5, within: 0s }"}, "error 13 bad-value"),
    "storm text": ({"storm": "storm: { over: many }"}, "error 13 bad-value"),
    "storm year": ({"storm": "storm: { over: 5, within: 2y }"}, "warning 13 odd-duration"),
    "limits neg rub": ({"limits": "limits: { rub_per_day: -5 }"}, "error 13 bad-value"),
    "limits nan rub": ({"limits": "limits: { rub_per_day: .nan }"}, "error 13 bad-value"),
    "limits inf rub": ({"limits": "limits: { rub_per_day: .inf }"}, "error 13 bad-value"),
    "limits per hour 0": ({"limits": "limits: { sms_per_contact_per_hour: 0 }"}, "error 13 bad-value"),
    "limits critical bad": ({"limits": "limits: { critical: ['severity'] }"}, "error 13 bad-matcher"),
    "limits critical never": ({"limits": "limits: { critical: ['severity=page'] }"}, "warning 13 odd-severity"),
    "limits no severity": ({"limits": "limits: { no_severity: page }"}, "error 13 bad-value"),
    "budget neg": ({"route": "route: { receiver: ops, budget: { parts_per_day: -1 }, routes: [ { receiver: db, matchers: [a=b] } ] }"}, "error 12 bad-value"),
    "flapping zero": ({"route": "route: { receiver: ops, flapping: { after: 0 }, routes: [ { receiver: db, matchers: [a=b] } ] }"}, "error 12 bad-value"),
    "flapping hold": ({"route": "route: { receiver: ops, flapping: { after: 3, within: 1m, hold: 99y }, routes: [ { receiver: db, matchers: [a=b] } ] }"}, "warning 12 odd-duration"),
    "privacy zero": ({"privacy": "privacy: { texts: 0s }"}, "error 13 bad-value"),
    # --- plugins
    "plugin quiet none": (quiet(""), "error 13 bad-value"),
    "plugin quiet hours bad": (quiet("{ hours: '22-7' }"), "error 13 bad-value"),
    "plugin quiet hours same": (quiet("{ hours: '22:00-22:00' }"), "error 13 bad-value"),
    "plugin quiet hours empty": (quiet("{ hours: [] }"), "error 13 bad-value"),
    "plugin quiet matcher": (quiet("{ hours: '22:00-07:00', matchers: [severity] }"), "error 13 bad-matcher"),
    "plugin quiet contradict": (quiet("{ hours: '22:00-07:00', matchers: [a=b, a=c] }"), "error 13 bad-matcher"),
    "plugin quiet key": (quiet("{ hour: '22:00-07:00' }"), "error 13 missing-key; error 13 unknown-key"),
    "plugin quiet feb31": (quiet("{ hours: { days_of_month: ['31'], months: [february] } }"), "error 13 bad-value"),
    "plugin quiet block typo": (quiet("{ hours: { weekday: [saturday] } }"), "error 13 bad-value"),
    "plugin business": (plug("business_hours", "{ rules: [ { hours: '09:00-18:00', outside: opps } ] }"), "error 13 unknown-receiver"),
    "plugin business all day": (plug("business_hours", "{ rules: [ { hours: '00:00-24:00', outside: db } ] }"), ""),
    "plugin digest": (plug("digest", "{ to: [ana], at: ['25:00'] }"), "error 13 unknown-contact; error 13 bad-value"),
    "plugin digest zone": (plug("digest", "{ to: [anna], at: ['09:00+03:00'] }"), "error 13 bad-value"),
    "plugin digest nobody": (plug("digest", "{}"), "error 13 bad-value"),
    "plugin heartbeat": (plug("heartbeat", "{ expect: [ { name: prom, matchers: [alertname=Watchdog], receiver: opps, within: -5m } ] }"), "error 13 unknown-receiver; error 13 bad-value"),
    "plugin heartbeat dup": (plug("heartbeat", "{ expect: [ { name: prom, matchers: [a=b] }, { name: prom, matchers: [a=c] } ] }"), "error 13 bad-value"),
    "plugin csv relative": (plug("enrich_from_csv", "{ file: hosts.csv }"), "error 13 bad-value"),
    "plugin label": (plug("route_by_label", "{ receivers: { dba: bd } }"), "error 13 unknown-receiver"),
    "plugin unknown": (plug("quiet_hour", "{}"), "error 13 unknown-plugin"),
    "plugin list": ({"plugins": "plugins: [ quiet_hours ]"}, "error 13 bad-type"),
    # --- file
    "file empty": ("", "error 0 no-gateway; error 0 no-route"),
    "file dup key": (cfg()+"bridge: { name: again }\n", "error 13 duplicate-key"),
    "file dup deep": (cfg(contacts="contacts:\n  anna: { phone: 89087964781 }\n  anna: { phone: 89087964782 }\n  boris: { phone: 89087964783 }"), "error 6 duplicate-key"),
    "file tab": (cfg(contacts="contacts:\n\tanna: { phone: 89087964781 }\n\tboris: { phone: 89087964782 }"), "error 5 bad-yaml"),
    "file tab value": (cfg(contacts="contacts:\n  anna:\t{ phone: 89087964781 }\n  boris: { phone: 89087964782 }"), "error 5 bad-yaml"),
    "file bom": ("\ufeff"+cfg(), ""),
    "file bom fault": ("\ufeff"+cfg(route="route: { receiver: opps }"), "error 12 unknown-receiver; warning 10 unused-receiver"),
    "file crlf": (cfg().replace("\n","\r\n"), ""),
    "file crlf fault": (cfg(route="route:\n  receiver: opps\n").replace("\n","\r\n"), "error 13 unknown-receiver; warning 10 unused-receiver"),
    "file cr": (cfg(route="route:\n  receiver: opps\n").replace("\n","\r"), "error 13 unknown-receiver; warning 10 unused-receiver"),
    "file anchors": (cfg(receivers="receivers:\n  - &a { name: ops, steps: [ { notify: [sms:anna] } ] }\n  - { <<: *a, name: db, stpes: [] }"), "error 9 unknown-key"),
    "file alias unknown": (cfg(receivers="receivers: *nowhere"), "error 7 bad-yaml"),
    "file merge scalar": (cfg(bridge="bridge: { <<: 5 }"), "error 1 bad-yaml"),
    "file bomb": ("a: &a [x,x,x,x,x,x,x,x,x]\n"+"\n".join(f"{chr(98+i)}: &{chr(98+i)} [{','.join(['*'+chr(97+i)]*9)}]" for i in range(10)), "error 1 bad-yaml"),
    "file latin1": (cfg().encode()+"# caf\xe9\n".encode("latin-1"), "error 13 bad-yaml"),
    "file utf16": (cfg().encode("utf-16"), "error 1 bad-yaml"),
    "file nul": (cfg()+"\x00", "error 13 bad-yaml"),
    "file esc": (cfg()+"# \x1b[31m\n", "error 13 bad-yaml"),
    "file json": (json.dumps({"route": {"receiver": "opps"}}), "error 0 no-gateway; error 1 unknown-receiver"),
    "file two docs": (cfg()+"---\nbridge: {}\n", "error 13 bad-yaml"),
    "file tag": (cfg(bridge="bridge: { name: !!python/object:os.system x }"), "error 1 bad-yaml"),
    "file list": ("- bridge", "error 1 bad-type"),
    "file quote": (cfg(bridge="bridge: { name: \"ops }"), "error 1 bad-yaml"),
    "file indent": (cfg(receivers="receivers:\n  - name: ops\n     steps: [ { notify: [sms:anna] } ]"), "error 9 bad-yaml"),
    "file colon": (cfg(bridge="bridge: { name: a: b }"), "error 1 bad-yaml"),
    "file env": (cfg(bridge="bridge: { name: '${NOT_SET_ANYWHERE}' }"), "error 1 missing-env"),
    "file nokey": (cfg(bridge="bridge"), "error 2 bad-yaml"),
    "file many": (cfg(route=routes("{ receiver: opps, matchers: ['a==='] }","{ grup_by: [a] }"), storm="storm: { over: -1 }", **plug("digest","{ to: [ana] }")), "error 15 unknown-receiver; error 16 unknown-key; error 19 bad-value; error 20 unknown-contact"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_is_told_with_its_line_and_what_to_write(tmp_path, name):
    written, expected = CASES[name]
    text = cfg(**written) if isinstance(written, dict) else written
    file = tmp_path / "pilotbridge.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    file.chmod(0o600)

    loaded = read(file)

    told = [("error", fault) for fault in loaded.faults]
    told += [("warning", fault) for fault in loaded.warnings if fault.code not in OF_EVERY_FILE_HERE]
    assert "; ".join(f"{level} {fault.line} {fault.code}" for level, fault in told) == expected
    assert all(fault.cause and (fault.fix or fault.code in SAYS_IT_IN_ITS_CAUSE) for _, fault in told)
    assert (loaded.settings is None) is any(level == "error" for level, _ in told)


def read(file: Path):
    plugins = load_plugins(outline(file, env={}))
    return load(file, env={}, known=plugins.known(), now=NOW)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_file_of_a_megabyte_has_its_faults_told_too(tmp_path, line_end):
    file = tmp_path / "pilotbridge.yaml"
    text = "# " + "x" * 1_000_000 + "\n" + cfg(route="route: { receiver: opps }")
    file.write_bytes(text.replace("\n", line_end).encode())
    file.chmod(0o600)

    [fault] = read(file).faults

    assert (fault.line, fault.col, fault.fix) == (13, 20, "did you mean ops?")


def test_a_folder_or_nothing_is_no_file(tmp_path):
    assert [fault.code for fault in read(tmp_path).faults] == ["missing-file"]
    assert [fault.code for fault in read(tmp_path / "nowhere.yaml").faults] == ["missing-file"]
