"""What is wrong with a configuration is said with its code, its path and what to write instead."""
# ruff: noqa: E501 - one case a line

from __future__ import annotations

import json
from dataclasses import replace
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, field_validator

from pilotbridge.config.diagnostics import CODES
from pilotbridge.config.loader import Known, parse
from pilotbridge.config.names import (
    ContactName,
    IntervalName,
    RoomName,
    ScheduleName,
    TextedContact,
    names_a,
)
from pilotbridge.config.settings import Secret

TWO_RECEIVERS = (
    "receivers: [ { name: ops, steps: [ { notify: anna } ] }, { name: db, steps: [ { notify: boris } ] } ]"
)


class Mapping(BaseModel):
    """The keys a source of a plugin may have."""

    path: str
    limit: int = 3

    @field_validator("path")
    @classmethod
    def _no_braces(cls, path: str) -> str:
        if "{" in path:
            raise ValueError("a path without {braces} is meant")
        return path


class Talking(BaseModel):
    """The keys a chat of a plugin may have."""

    model_config = {"arbitrary_types_allowed": True}

    token: Secret
    ca_file: str = ""


class Naming(BaseModel):
    """The keys of a plugin that name what other blocks hold."""

    tell: Annotated[str, names_a("receiver", "nobody")] = "nobody"
    night: IntervalName = ""
    people: tuple[ContactName, ...] = ()
    texted: tuple[TextedContact, ...] = ()
    by_team: dict[str, ScheduleName] = {}
    room: RoomName = ""


KNOWN = Known(
    sources={"alertmanager": None, "generic_json": Mapping},
    gateways={},
    chats={"telegram": Talking},
    plugins={"ack_by_text": Mapping, "quiet": None},
)


def named(value: object) -> str:
    return value if isinstance(value, str) else ""


def routes(*children: str) -> str:
    return "route: { receiver: ops, routes: [ " + ", ".join(children) + " ] }"


def steps(written):
    return f"receivers: [ {{ name: ops, steps: [ {written} ] }} ]"


def receiver(notify: str) -> str:
    return f"receivers: [ {{ name: ops, steps: [ {{ notify: [{notify}] }} ] }} ]"


def schedule(rotation: str) -> str:
    return f"schedules: {{ x: {{ rotation: {rotation} }} }}"


def gateway(keys: str) -> str:
    return f"gateways: {{ smspilot: {{ {keys} }} }}"


def naming(keys: str) -> dict[str, object]:
    return {"plugins": f"plugins: {{ naming: {{ {keys} }} }}", "known": Known(plugins={"naming": Naming})}


CHATS = "chats: { telegram: { rooms: { ops-room: { id: -1001 } } } }"


def line(keys: str) -> str:
    return f"relay: {{ lines: [ {{ name: a, number: 123, {keys} }} ] }}"


# code, path, blocks
FAULTS = [
    ("bad-address", "receivers[0].steps[0].notify[0]", {"receivers": receiver("mail:anna")}),
    ("bad-address", "receivers[0].steps[0].notify[0]", {"receivers": receiver("'sms:anna#office'")}),
    ("bad-credentials", "gateways.smspilot", {"gateways": gateway("sender: INFORM")}),
    ("bad-credentials", "gateways.smspilot", {"gateways": gateway("api_key: a, login: b, password: c")}),
    ("bad-credentials", "gateways.smspilot", {"gateways": gateway("login: b")}),
    ("bad-credentials", "gateways.smspilot.api_key", {"gateways": gateway("api_key: a, api_key_file: b")}),
    ("bad-credentials", "sources.x", {"sources": "sources: { x: { } }"}),
    ("bad-credentials", "sources.x", {"sources": "sources: { x: { token: t, basic: {user: u, password: p} } }"}),
    ("bad-credentials", "sources.x.basic", {"sources": "sources: { x: { basic: {user: u} } }"}),
    ("bad-credentials", "sources.x.hmac", {"sources": "sources: { x: { hmac: {} } }"}),
    ("bad-credentials", "web.tokens.x", {"web": "web: { tokens: { x: { may: read } } }"}),
    ("bad-matcher", "route.routes[0].matchers[0]", {"route": routes("{ matchers: [severity] }")}),
    ("bad-matcher", "route.routes[0].matchers[0]", {"route": routes("{ matchers: ['a=~\"(?=b)\"'] }")}),
    ("bad-matcher", "route.routes[0].match_re.a", {"route": routes("{ match_re: { a: '(' } }")}),
    ("bad-matcher", "limits.critical[1]", {"limits": "limits: { critical: [a=b, 'c'] }"}),
    ("bad-phone", "contacts.anna.phone", {"contacts": "contacts: { anna: { phone: 12 } }"}),
    ("bad-phone", "contacts.anna.phone", {"contacts": "contacts: { anna: { phone: [12] } }"}),
    ("bad-template", "templates.sms", {"templates": "templates: { sms: '{{ x' }"}),
    ("bad-template", "templates.sms", {"templates": "templates: { sms: '{{ name|replace(1, 2) }}' }"}),
    ("bad-template", "templates.sms", {"templates": "templates: { sms: '{{ name|shout }}' }"}),
    ("bad-type", "bridge", {"bridge": "bridge: ops"}),
    ("bad-type", "bridge.name", {"bridge": "bridge: { name: [ops] }"}),
    ("bad-type", "relay", {"relay": "relay: [ops]"}),
    ("bad-type", "plugins.x", {"plugins": "plugins: { x: 5 }"}),
    ("bad-value", "web.listen", {"web": "web: { listen: localhost }"}),
    ("bad-value", "web.listen", {"web": "web: { listen: 'localhost:99999' }"}),
    ("bad-value", "web.public_listen", {"web": "web: { listen: ':80', public_listen: ':80' }"}),
    ("bad-value", "web.external_url", {"web": "web: { external_url: bridge.example.org }"}),
    ("bad-value", "bridge.zone", {"bridge": "bridge: { zone: Europe/Moskow }"}),
    ("bad-value", "bridge.language", {"bridge": "bridge: { language: de }"}),
    ("bad-value", "gateways.smspilot.read_timeout", {"gateways": gateway("api_key: a, read_timeout: 20")}),
    ("bad-value", "gateways.smspilot.read_timeout", {"gateways": gateway("api_key: a, read_timeout: 0s")}),
    ("bad-value", "gateways.smspilot.callback", {"gateways": gateway("api_key: a, callback: on")}),
    ("bad-value", "gateways.smspilot.proxy", {"gateways": gateway("api_key: a, proxy: 'ftp://x'")}),
    ("bad-value", "limits.sms_ttl", {"limits": "limits: { sms_ttl: 5m }"}),
    ("bad-value", "limits.parts_per_sms", {"limits": "limits: { parts_per_sms: 11 }"}),
    ("bad-value", "limits.countries[0]", {"limits": "limits: { countries: [Russia] }"}),
    ("bad-value", "store.url", {"store": "store: { url: 'mysql://x' }"}),
    ("bad-value", "route.group_by", {"route": "route: { receiver: ops, group_by: ['...', a] }"}),
    ("bad-value", "route.group_interval", {"route": "route: { receiver: ops, group_interval: 0s }"}),
    ("bad-value", "sources.x.hmac", {"sources": "sources: { x: { hmac: {secret: s, require_timestamp: yes} } }"}),
    ("bad-value", "sources.x.severity.page", {"sources": "sources: { x: { token: t, severity: {page: red} } }"}),
    ("bad-value", "contacts.an na", {"contacts": "contacts: { anna: {phone: 89087964781}, an na: {telegram: 5} }"}),
    ("bad-yaml", "", {"bridge": "bridge: ["}),
    ("duplicate-key", "bridge.name", {"bridge": "bridge: { name: a, name: b }"}),
    ("duplicate-key", "contacts.anna.role", {"contacts": "contacts: {anna: {phone: 89087964781, role: admin, role: viewer}}"}),
    ("duplicate-name", "receivers[1].name", {"receivers": TWO_RECEIVERS.replace("db", "ops")}),
    ("duplicate-name", "relay.lines[1].name", {"relay": "relay: {lines: [{name: a, number: 123}, {name: a, number: 124}]}"}),
    ("duplicate-name", "chats.b.rooms.ops", {"chats": "chats: { a: { rooms: { ops: { id: 1 } } }, b: { rooms: { ops: { id: 2 } } } }"}),
    ("duplicate-name", "chats.a.rooms.all.id", {"chats": "chats: { a: { rooms: { ops: { id: 1 }, all: { id: 1 } } } }"}),
    ("duplicate-person", "contacts.boris.telegram", {"contacts": "contacts: { anna: { phone: 89087964781, telegram: 5 }, boris: { phone: 89087964782, telegram: 5 } }"}),
    ("foreign-phone", "contacts.anna.phone", {"limits": "limits: { countries: [KZ] }", "contacts": "contacts: { anna: { phone: '+79087964781' } }"}),
    ("missing-env", "bridge.name", {"bridge": "bridge: { name: '${BRIDGE}' }"}),
    ("missing-file", "gateways.smspilot.api_key_file", {"gateways": gateway("api_key_file: nowhere/key")}),
    ("missing-file", "network.ca_file", {"network": "network: { ca_file: nowhere.pem }"}),
    ("missing-key", "receivers[1]", {"receivers": "receivers: [ { name: ops, steps: [ {notify: anna} ] }, { steps: [ {notify: anna} ] } ]"}),
    ("missing-key", "web.tokens.x", {"web": "web: { tokens: { x: { token: abc } } }"}),
    ("no-gateway", "gateways", {"gateways": None}),
    ("no-phone", "contacts.carl", {"contacts": "contacts: { anna: { phone: 89087964781 }, carl: {} }"}),
    ("no-phone", "receivers[0].steps[0].notify[0]", {"contacts": "contacts: { anna: { telegram: 5 } }"}),
    ("no-phone", "receivers[0].steps[0].notify[0]", {"receivers": receiver("'sms:anna#phone2'")}),
    ("no-route", "route", {"route": None}),
    ("no-route", "route", {"route": "route: { group_by: [a] }"}),
    ("bad-value", "bridge.heartbeat.url", {"bridge": "bridge: { heartbeat: { url: 'ftp://x.example' } }"}),
    ("bad-value", "bridge.heartbeat.every", {"bridge": "bridge: { heartbeat: { url: 'https://x.example', every: 1ms } }"}),
    ("missing-file", "bridge.heartbeat.url_file", {"bridge": "bridge: { heartbeat: { url_file: nowhere/url } }"}),
    ("bad-inhibition", "inhibit_rules[0]", {"inhibit_rules": "inhibit_rules: [ { source_matchers: [ a = b ] } ]"}),
    ("bad-matcher", "inhibit_rules[0].target_match_re.b", {"inhibit_rules": "inhibit_rules: [ { source_match: { a: b }, target_match_re: { b: '(' } } ]"}),
    ("bad-interval", "time_intervals[0].time_intervals[0].weekdays", {"time_intervals": "time_intervals: [ { name: x, time_intervals: [ { weekdays: [funday] } ] } ]"}),
    ("bad-interval", "time_intervals[0].time_intervals[0]", {"time_intervals": "time_intervals: [ { name: x, time_intervals: [ night ] } ]"}),
    ("duplicate-name", "time_intervals[1].name", {"time_intervals": "time_intervals: [ { name: x, time_intervals: [{}] }, { name: x, time_intervals: [{}] } ]"}),
    ("root-matchers", "route", {"route": "route: { receiver: ops, mute_time_intervals: [x] }", "time_intervals": "time_intervals: [ { name: x, time_intervals: [{}] } ]"}),
    ("unknown-interval", "route.routes[0].active_time_intervals[0]", {"route": routes("{ active_time_intervals: [night] }")}),
    ("missing-key", "receivers[0].steps[1].after", {"receivers": steps("{notify: anna}, {notify: boris, when: unacknowledged}")}),
    ("bad-value", "receivers[0].steps[0].after", {"receivers": steps("{notify: anna, after: 5m}")}),
    ("unknown-contact", "receivers[0].steps[1].notify[0]", {"receivers": steps("{notify: anna}, {notify: bors, after: 5m}")}),
    ("bad-value", "receivers[0].steps[0].when", {"receivers": steps("{notify: anna, when: failed}")}),
    ("no-chat", "receivers[0].steps[0].notify[0]", {"receivers": receiver("chat:ops-room")}),
    ("unknown-room", "receivers[0].steps[0].notify[0]", {"chats": CHATS, "receivers": receiver("chat:ops-rom")}),
    ("unknown-contact", "receivers[0].steps[0].notify[0]", {"chats": CHATS, "receivers": receiver("'chat:@ana'")}),
    ("no-telegram", "receivers[0].steps[0].notify[0]", {"chats": CHATS, "receivers": receiver("'chat:@anna'")}),
    ("unknown-schedule", "receivers[0].steps[0].notify[0]", {"receivers": receiver("'sms:schedule/primary#next'")}),
    ("bad-interval", "contacts.anna.quiet_hours", {"contacts": "contacts: { anna: { phone: 89087964781, quiet_hours: '22-7' } }"}),
    ("bad-interval", "contacts.anna.quiet_hours.weekdays", {"contacts": "contacts: { anna: { phone: 89087964781, quiet_hours: { weekdays: [sun] } } }"}),
    ("missing-key", "relay.lines[0].away", {"relay": "relay: { lines: [ { name: a, number: 123, away: later } ] }"}),
    ("bad-value", "relay.lines[0].away", {"relay": "relay: { lines: [ { name: a, number: 123, away: 'Cпасибо', hours: x } ] }", "time_intervals": "time_intervals: [ { name: x, time_intervals: [{}] } ]"}),
    ("unknown-interval", "relay.lines[0].hours[0]", {"relay": "relay: { lines: [ { name: a, number: 123, hours: office } ] }"}),
    ("missing-key", "relay.lines[0].remind", {"relay": "relay: { lines: [ { name: a, number: 123, remind: anna } ] }"}),
    ("unknown-contact", "relay.lines[0].remind[0]", {"relay": "relay: { lines: [ { name: a, number: 123, remind_after: 1h, remind: ana } ] }"}),
    ("no-phone", "relay.lines[0].remind", {"chats": CHATS, "relay": line("room: ops-room, remind_after: 1h, remind: 'chat:ops-room'")}),
    ("not-built-yet", "store.url", {"store": "store: { url: 'postgresql://h/d' }"}),
    ("bad-calendar", "schedules.x.ical", {"schedules": f"schedules: {{ x: {{ ical: '{__file__}' }} }}"}),
    ("not-mobile", "contacts.anna.phone", {"contacts": "contacts: { anna: { phone: '+7 495 123-45-67' } }"}),
    ("number-in-config", "receivers[0].steps[0].notify[0]", {"receivers": receiver("'sms:+79087964781'")}),
    ("number-in-config", "receivers[0].steps[0].notify[0]", {"receivers": receiver("'89087964781'")}),
    ("open-file", "gateways.smspilot.api_key", {"mode": 0o644}),
    ("prefix-collision", "relay.lines[1]", {"relay": "relay: { lines: [ { name: a, number: 123, prefix: 12 }, { name: b, number: 123, prefix: 1234 } ] }"}),
    ("prefix-collision", "relay.lines[1]", {"relay": "relay: { lines: [ { name: a, number: 123, prefix: 12 }, { name: b, number: 123 } ] }"}),
    ("root-matchers", "route", {"route": "route: { receiver: ops, matchers: [a=b] }"}),
    ("root-matchers", "route", {"route": "route: { receiver: ops, continue: true }"}),
    ("unknown-contact", "receivers[0].steps[0].notify[0]", {"receivers": receiver("sms:ana")}),
    ("unknown-contact", "relay.lines[0].room", {"chats": CHATS, "relay": line("room: '@ana'")}),
    ("unknown-key", "brigde", {"brigde": "brigde: { name: ops }"}),
    ("unknown-key", "gateways.smspilot.balance.warn_bellow", {"gateways": gateway("api_key: a, balance: { warn_bellow: 5d }")}),
    ("unknown-key", "route.routes[0].recever", {"route": routes("{ recever: ops }")}),
    ("unknown-key", "relay.room", {"relay": "relay: { room: ops }"}),
    ("unknown-key", "sources.alertmanager.tokn_file", {"sources": "sources: { alertmanager: { token: t, tokn_file: f } }", "known": KNOWN}),
    ("unknown-key", "sources.g.pth", {"sources": "sources: { g: { type: generic_json, token: t, path: a, pth: b } }", "known": KNOWN}),
    ("unknown-key", "plugins.quiet.from", {"plugins": "plugins: { quiet: { from: 22 } }", "known": KNOWN}),
    ("missing-key", "sources.g", {"sources": "sources: { g: { type: generic_json, token: t } }", "known": KNOWN}),
    ("bad-value", "plugins.ack_by_text.limit", {"plugins": "plugins: { ack_by_text: { path: a, limit: many } }", "known": KNOWN}),
    ("bad-value", "plugins.ack_by_text.path", {"plugins": "plugins: { ack_by_text: { path: '{x}' } }", "known": KNOWN}),
    ("unknown-plugin", "plugins.ack_by_txt", {"plugins": "plugins: { ack_by_txt: {} }", "known": KNOWN}),
    ("unknown-receiver", "plugins.naming.tell", naming("tell: opps")),
    ("unknown-contact", "plugins.naming.people[1]", naming("people: [anna, bors]")),
    ("unknown-contact", "plugins.naming.texted[0]", naming("texted: [bors]")),
    ("no-phone", "plugins.naming.texted[1]", naming("texted: [anna, carl]") | {"contacts": "contacts: { anna: { phone: 89087964781 }, carl: { telegram: 5 } }"}),
    ("unknown-schedule", "plugins.naming.by_team.db", naming("by_team: { db: primry }")),
    ("unknown-interval", "plugins.naming.night", naming("night: office")),
    ("unknown-room", "plugins.naming.room", naming("room: ops-rom") | {"chats": CHATS}),
    ("unknown-room", "plugins.naming.room", naming("room: '@anna'") | {"chats": CHATS}),
    ("number-in-config", "plugins.naming.tell", naming("tell: 89087964781")),
    ("number-in-config", "plugins.naming.texted[0]", naming("texted: ['sms:+7 908 796-47-81']")),
    ("unknown-receiver", "route.receiver", {"route": "route: { receiver: opps }"}),
    ("unknown-receiver", "route.routes[0].routes[0].receiver", {"route": routes("{ routes: [ { receiver: opps } ] }")}),
    ("unknown-receiver", "bridge.troubles", {"bridge": "bridge: { troubles: opps }"}),
    ("unknown-room", "relay.lines[0].room", {"chats": CHATS, "relay": line("room: ops-rom")}),
    ("unknown-room", "relay.lines[0].room", {"chats": CHATS, "relay": line("room: '@anna'")}),
    ("unknown-room", "relay.lines[0].room", {"relay": line("room: ops-room")}),
    ("unknown-key", "chats.telegram.tokn", {"chats": "chats: { telegram: { token: t, tokn: t } }", "known": KNOWN}),
    ("missing-key", "chats.telegram.rooms.ops", {"chats": "chats: { telegram: { rooms: { ops: {} } } }"}),
    ("bad-value", "relay.lines[0].max_age", {"relay": line("max_age: 0s")}),
    ("unknown-type", "chats.telegrm", {"chats": "chats: { telegrm: { token: t } }", "known": KNOWN}),
    ("unknown-type", "sources.alertmanger", {"sources": "sources: { alertmanger: { token: t } }", "known": KNOWN}),
    ("unknown-type", "gateways.main.type", {"gateways": "gateways: { main: { type: smspilt, api_key: a } }", "known": KNOWN}),
    ("unreachable-route", "route.routes[0]", {"route": routes("{ matchers: [a=b, a=c] }")}),
    ("unreachable-route", "route.routes[0].routes[0]", {"route": routes("{ matchers: [a=b], routes: [ { matchers: ['a=~c.*'] } ] }")}),
    ("unreachable-route", "route.routes[1]", {"route": routes("{ receiver: ops }", "{ matchers: [a=b] }")}),
    ("unreachable-route", "route.routes[1]", {"route": routes("{ matchers: [a=b] }", "{ matchers: [a=b, c=d] }")}),
]  # fmt: skip

# code, path, blocks
WARNINGS = [
    ("idle-inhibition", "inhibit_rules[0]", {"inhibit_rules": "inhibit_rules: [ { source_matchers: [a=b], target_matchers: [a=b] } ]"}),
    ("idle-plugin", "plugins.quiet", {"plugins": "plugins: { quiet: {} }", "known": replace(KNOWN, idle=frozenset({"quiet"}))}),
    ("idle-step", "receivers[0].steps[1].when", {"chats": CHATS, "receivers": steps("{notify: 'chat:ops-room'}, {notify: 'chat:ops-room', when: failed}")}),
    ("nobody-told", "route.receiver", {"receivers": "receivers: [ { name: ops, steps: [] } ]"}),
    ("odd-duration", "receivers[0].steps[1].after", {"receivers": steps("{notify: anna}, {notify: boris, after: 9d}")}),
    ("odd-interval", "time_intervals[0].time_intervals[0]", {"time_intervals": "time_intervals: [ { name: x, time_intervals: [ { months: ['2'], days_of_month: ['30'] } ] } ]"}),
    ("odd-interval", "contacts.anna.quiet_hours", {"contacts": "contacts: { anna: { phone: 89087964781, quiet_hours: '00:00-24:00' } }"}),
    ("odd-matcher", "route.routes[0].matchers", {"route": routes("{ matchers: ['a=b or c=d'] }")}),
    ("odd-template", "templates.sms", {"templates": "templates: { sms: '{{ summry or name }}' }"}),
    ("odd-severity", "route.routes[0].matchers", {"route": routes("{ matchers: ['severity=~\"page|sev1\"'] }")}),
    ("silent-route", "route.routes[0].active_time_intervals", {"route": routes("{ matchers: [a=b], active_time_intervals: [x] }"), "time_intervals": "time_intervals: [ { name: x, time_intervals: [ { years: ['2020'] } ] } ]"}),
    ("unused-interval", "time_intervals[0].name", {"time_intervals": "time_intervals: [ { name: x, time_intervals: [{}] } ]"}),
    ("unreachable-route", "route.routes[1]", {"route": routes("{ matchers: ['a=~\"b|c\"'] }", "{ matchers: [a=c] }")}),
    ("no-handover", "schedules.x.rotation[0].members[0]", {"schedules": schedule("[ { every: 7d, start: 2026-01-05, members: boris }, { every: 7d, start: 2026-01-05, members: anna } ]"), "receivers": receiver("sms:schedule/x")}),
    ("oncall-gap", "schedules.x", {"schedules": schedule("{ every: 7d, start: 2199-01-05, members: [anna, boris] }"), "receivers": receiver("sms:schedule/x")}),
    ("unused-schedule", "schedules.x", {"schedules": schedule("{ every: 7d, start: 2026-01-05, members: [anna, boris] }")}),
    ("duplicate-phone", "contacts.boris.phone", {"contacts": "contacts: { anna: {phone: '+79087964781'}, boris: {phone: 89087964781} }"}),
    ("no-callback", "gateways.smspilot", {"web": "web: { external_url: 'http://10.0.0.1:8080' }"}),
    ("no-door", "sources", {"sources": None}),
    ("no-room", "relay.lines[0]", {"chats": CHATS, "relay": line("prefix: 1234")}),
    ("one-way", "receivers[0].name", {}),
    ("plain-http", "gateways.smspilot.url", {"gateways": gateway("api_key: a, url: 'http://gateway.example/api2.php'")}),
    ("unused-receiver", "receivers[1].name", {"receivers": TWO_RECEIVERS}),
    ("weak-token", "sources.x", {"sources": "sources: { x: { token: short } }"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "path", "blocks"), FAULTS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_fault_is_found_alone_and_in_its_place(read, code, path, blocks):
    loaded = read(**blocks)

    assert [(fault.code, fault.path) for fault in loaded.faults] == [(code, path)]
    assert loaded.settings is None


@pytest.mark.parametrize(
    ("code", "path", "blocks"), WARNINGS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_warning_forbids_nothing(read, code, path, blocks):
    loaded = read(**blocks)

    assert (code, path) in [(warning.code, warning.path) for warning in loaded.warnings]
    assert loaded.faults == ()
    assert loaded.settings


@pytest.mark.parametrize(
    ("block", "text"),
    [("receivers", "receivers: { ops: {} }"), ("contacts", "contacts: [anna]"), ("gateways", "gateways: a")],
)
def test_a_block_of_the_wrong_shape_is_said_before_what_follows_from_it(read, block, text):
    faults = [(fault.code, fault.path) for fault in read(**{block: text}).faults]

    assert ("bad-type", block) in faults


@pytest.mark.parametrize(("mode", "codes"), [(0o600, []), (0o640, []), (0o644, ["open-secret"])])
def test_a_file_with_one_secret_that_everybody_can_read_is_told(read, tmp_path, mode, codes):
    (tmp_path / "key").write_text("0123456789abcdef")
    (tmp_path / "key").chmod(mode)

    loaded = read(gateways="gateways: { smspilot: { api_key_file: key } }", folder=tmp_path)

    told = [warning for warning in loaded.warnings if warning.code == "open-secret"]
    assert [warning.code for warning in told] == codes
    assert all(warning.path == "gateways.smspilot.api_key_file" for warning in told)
    assert loaded.faults == ()


@pytest.mark.parametrize(
    ("count", "says"),
    [(1, "r0 is"), (2, "r0 and r1 are"), (3, "r0, r1 and r2 are"), (20, "r0, r1, r2 and 17 more are")],
)
def test_one_cause_is_one_warning_however_many_receivers_it_concerns(read, count, says):
    written = "".join(
        f"  - {{ name: r{number}, steps: [ {{ notify: [sms:anna] }} ] }}\n" for number in range(count)
    )

    loaded = read(receivers=f"receivers:\n{written}", route="route: { receiver: r0 }")

    [warning] = [each for each in loaded.warnings if each.code == "one-way"]
    assert warning.cause == f"{says} told by smspilot only; when that is down, nobody hears"
    assert warning.path == "receivers[0].name"


def test_what_a_plugin_names_is_used(read):
    schedules = schedule("{ every: 7d, start: 2026-01-05, members: [anna, boris] }")

    loaded = read(receivers=TWO_RECEIVERS, schedules=schedules, **naming("tell: db, by_team: { a: x }"))

    assert loaded.settings
    assert not {"unused-receiver", "unused-schedule"} & {warning.code for warning in loaded.warnings}


def test_a_phone_that_stands_for_a_name_is_not_printed(read):
    loaded = read(**naming("texted: ['+7 908 796-47-81']"))

    assert "796" not in str(loaded.faults[0])


def test_every_code_has_a_case_here_and_a_meaning_in_the_reference():
    assert {code for code, _, _ in FAULTS + WARNINGS} | {"open-secret", "unknown-oncall"} == set(CODES)


def test_every_fault_is_told_at_once_in_the_order_of_the_file(read):
    loaded = read(
        bridge="bridge: { zone: Nowhere }",
        gateways="gateways: { smspilot: { api_kye: a } }",
        contacts="contacts: { anna: { phone: 5 } }",
        receivers="receivers: [ { name: ops, steps: [ { notify: [sms:ana, sms:boris] } ] } ]",
        route="route: { receiver: opps, group_wait: 5 }",
        storm="storm: { over: 0 }",
    )

    assert [fault.code for fault in loaded.faults] == [
        "unknown-key",
        "bad-phone",
        "unknown-contact",
        "unknown-contact",
        "unknown-receiver",
        "bad-value",
        "bad-value",
        "bad-value",
    ]


def test_a_fault_reads_as_file_line_col_path_cause_fix_code():
    text = "bridge:\n  nmae: ops\n"

    fault = parse(text, file="x.yaml").faults[0]

    assert (
        str(fault)
        == "x.yaml: gateways: there is no gateway; add gateways: { smspilot: { ... } } [no-gateway]"
    )
    assert "x.yaml:2:3: bridge.nmae: there is no key 'nmae' here; did you mean name? [unknown-key]" in map(
        str, parse(text, file="x.yaml").faults
    )


@pytest.mark.parametrize(
    ("blocks", "fix"),
    [
        ({"brigde": "brigde: {}"}, "did you mean bridge?"),
        ({"route": "route: { receiver: opps }"}, "did you mean ops?"),
        ({"receivers": receiver("sms:ana")}, "did you mean anna?"),
        ({"bridge": "bridge: { zone: Moscow }"}, "did you mean Europe/Moscow?"),
        (naming("tell: nobdy"), "did you mean nobody?"),
        (naming("people: [ana]"), "did you mean anna?"),
        ({"route": routes("{ grup_by: [a] }")}, "did you mean group_by?"),
        ({"sources": "sources: { alertmanger: { token: t } }", "known": KNOWN}, "did you mean alertmanager?"),
        ({"plugins": "plugins: { ack_by_tekst: {} }", "known": KNOWN}, "did you mean ack_by_text?"),
        (
            {"sources": "sources: { alertmanager: { tokn: t, token_file: f } }", "known": KNOWN},
            "did you mean token?",
        ),
    ],
)
def test_a_slip_of_the_finger_is_answered_with_the_word_that_was_meant(read, blocks, fix):
    assert any(fix in fault.fix for fault in read(**blocks).faults)


def test_no_value_of_a_wrong_key_shows_in_a_fault(read):
    loaded = read(gateways="gateways: { smspilot: { apikey: do-not-show-me, api_key: [do-not-show-me] } }")

    assert loaded.faults
    assert "do-not-show-me" not in "".join(map(str, loaded.faults))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- a",
        "5",
        "\x00",
        "a: *b",
        "%",
        "[" * 500,
        "a: &a [*a]",
        "? [a]\n: b",
        "a: !!python/object x",
        "...",
    ],
)
def test_any_text_gives_faults_and_no_exception(text):
    loaded = parse(text)

    assert loaded.faults
    assert loaded.settings is None


@pytest.mark.parametrize(
    "text", ["a: \u0085b", "b: 1" + "0" * 5000, "a: 1e999", "a: 0x", "? \n", "a: 'x\n\n\ny", "&a a: *a"]
)
def test_odd_scalars_are_read_or_refused(text):
    assert parse(text).settings is None


@given(data=st.data())
def test_any_value_anywhere_gives_settings_or_faults(data):
    whole = {
        "web": {"listen": ":80", "tokens": {"a": {"token": "x", "may": ["read"]}}},
        "gateways": {
            "smspilot": {"api_key": "a", "reply_to": {"number": "123", "prefix": "1"}, "balance": {}}
        },
        "sources": {"a": {"hmac": {"secret": "s"}, "severity": {"p": "info"}}},
        "contacts": {"anna": {"phone": "89087964781"}},
        "receivers": [{"name": "ops", "steps": [{"notify": ["anna"]}], "templates": {"sms": "{{ x }}"}}],
        "route": {
            "receiver": "ops",
            "group_by": ["a"],
            "routes": [{"match": {"a": "b"}, "matchers": ["a=b"]}],
        },
        "limits": {"critical": ["a=b"], "countries": ["RU"]},
        "relay": {"lines": [{"name": "a", "number": "123"}]},
        "plugins": {"x": {"y": 1}},
    }
    where, key = data.draw(st.sampled_from(list(places(whole))))
    where[key] = data.draw(JSON)

    loaded = parse(json.dumps(whole), known=data.draw(st.sampled_from([KNOWN, Known()])))

    assert bool(loaded.faults) is (loaded.settings is None)
    assert [fault.code for fault in loaded.faults if fault.code not in CODES or not fault.cause] == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def places(value):
    """Every place in ``value`` where something else could stand."""
    keys = value.keys() if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places(value[key])
