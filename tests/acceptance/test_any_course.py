"""Whatever happens to a bridge in whatever order: everybody who had to know knows, once, and hears of the end.

The whole product runs here: storms, steps, silences, quiet hours and outages meet in ways nobody wrote down.
"""

# ruff: noqa: E501 - questions to the database are quoted whole

from __future__ import annotations

import json
import os
import re
import tempfile
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pilotbridge.errors import Refused
from pilotbridge.model import SilenceId
from pilotbridge.oncall.silences import add_silence, expire_silence
from pilotbridge.testing.world import World
from tests.timelines.stage import CONFIGURATION, PHONES, SOURCE

NAMES = ("ApiDown", "CpuHot", "DiskFull", "NetSlow", "Queue", "Site")
SITE = "Site"
"""While it fires, warnings at the same host are told to nobody."""
HOSTS = ("a", "b")
STORMS = ("{ over: 2, within: 1m, then_every: 10m }", "{ over: never }")
LIMITS = ("1000", "4")
FLAPPING = ("", "  flapping: { after: 2, within: 30m, hold: 5m }\n")
BLOCKS = """
inhibit_rules:
  - { source_matchers: ['alertname="Site"'], target_matchers: ['severity="warning"'], equal: [instance] }
storm: STORM
limits: { sms_per_contact_per_hour: CAP }
"""
RECEIVERS = """receivers:
  - name: ops
    steps: [ { notify: [sms:anna] }, { after: 5m, when: unacknowledged, notify: [sms:boris] } ]
  - { name: db, steps: [ { notify: [sms:boris, sms:vera] } ] }
"""
ROUTE = """route:
  receiver: ops
  group_by: [alertname]
  group_wait: 10s
  group_interval: 2m
  repeat_interval: 2h
  routes: [ { receiver: db, matchers: ['alertname=~"DiskFull|Queue"'] } ]
"""
QUIET = 'boris: { phone: "+79087964782", quiet_hours: "12:40-13:30" }'
"""A world begins at noon in Moscow."""
SAME_HOWEVER_BAD = SOURCE.replace(
    "        is_test=",
    "        fingerprint=Labels({**told['labels'], 'severity': ''}).digest('told'),\n        is_test=",
)
"""Monitoring that says of one and the same alert that it got worse."""
SENT = "('accepted', 'delivered', 'undelivered', 'unconfirmed')"


def configuration(storm: str, cap: str, flapping: str) -> str:
    head = CONFIGURATION.partition("receivers:")[0].replace("troubles: troubles", "troubles: troubled")
    head = re.sub(r"boris: .*", QUIET, head)
    troubled = "  - { name: troubled, steps: [ { notify: [sms:root] } ] }\n"
    rest = CONFIGURATION[CONFIGURATION.index("relay:") :]
    blocks = BLOCKS.replace("STORM", storm).replace("CAP", cap)
    text = head + RECEIVERS + troubled + ROUTE + flapping + rest + blocks
    text = text.replace("{", "{{").replace("}", "}}")
    for name in ("folder", "plugins", "key", "token"):
        text = text.replace(f"<{name}>", f"{{{name}}}")
    return text


class Course(RuleBasedStateMachine):
    """One bridge, its monitoring, its people and its gateway."""

    def __init__(self) -> None:
        super().__init__()
        self.firing: dict[tuple[str, str], dict] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="course-")
        self.world: World

    @initialize(
        storm=st.sampled_from(STORMS), cap=st.sampled_from(LIMITS), flapping=st.sampled_from(FLAPPING)
    )
    def begin(self, storm: str, cap: str, flapping: str) -> None:
        folder = Path(self._folder.name)
        plugins = folder / "told"
        plugins.mkdir(mode=0o700)
        (plugins / "told.py").write_text(SAME_HOWEVER_BAD, encoding="utf-8")
        (plugins / "told.py").chmod(0o600)
        self.world = World(folder, configuration=configuration(storm, cap, flapping), plugin_folder=plugins)

    # -- monitoring ------------------------------------------------------------------------------

    @rule(names=st.lists(st.sampled_from(NAMES), min_size=1, unique=True), host=st.sampled_from(HOSTS),
          severity=st.sampled_from(("critical", "warning")))  # fmt: skip
    def fires(self, names: list[str], host: str, severity: str) -> None:
        for name in names:
            alert = self.firing.setdefault((name, host), self._alert(name, host, severity))
            alert["labels"]["severity"] = max(severity, alert["labels"]["severity"], key=len)
            self._tell(alert)
        self.world.settle()

    @rule(data=st.data(), all_of_them=st.booleans())
    @precondition(lambda self: self.firing)
    def ends(self, data: st.DataObject, all_of_them: bool) -> None:
        keys = sorted(self.firing) if all_of_them else [data.draw(st.sampled_from(sorted(self.firing)))]
        for key in keys:
            self._tell(self.firing.pop(key) | {"state": "resolved"})
        self.world.settle()

    @rule(host=st.sampled_from(HOSTS), name=st.sampled_from(NAMES), turns=st.integers(0, 8))
    def fires_and_the_bridge_is_killed_on_the_way(self, name: str, host: str, turns: int) -> None:
        self._tell(self.firing.setdefault((name, host), self._alert(name, host, "critical")))
        self._killed_after(turns)

    @rule(seconds=st.sampled_from((10, 120, 300, 600)), turns=st.integers(1, 12))
    def time_passes_and_it_is_killed_on_the_way(self, seconds: int, turns: int) -> None:
        self.world.clock.forward(1000 * seconds)
        self._killed_after(turns)

    def _killed_after(self, turns: int) -> None:
        """Some of what is due happens, and then everything in memory is gone."""
        for _ in range(turns):
            line = self.world.runtime._next()
            if line is not None:
                line.take_turn()
        self.world.crash()

    def _alert(self, name: str, host: str, severity: str) -> dict:
        labels = {"alertname": name, "instance": host, "severity": severity}
        starts = self.world.now.isoformat()
        return {"labels": labels, "state": "firing", "test": False, "starts": starts, "lease_s": None}

    def _tell(self, alert: dict) -> None:
        body = {"alerts": [alert], "group": "", "cut_off": 0, "ended": ""}
        assert self.world.post(body, source="told", settle=False).status == 202

    # -- people ----------------------------------------------------------------------------------

    @rule(who=st.sampled_from(("anna", "boris")), data=st.data())
    def takes(self, who: str, data: st.DataObject) -> None:
        free = [each.ref for each in self._open() if not each.acknowledged_at] + self._storms()
        if free:
            with suppress(Refused):
                self.world.app.desk.acknowledge(data.draw(st.sampled_from(free)), by=who)
            self.world.settle()

    @rule(data=st.data())
    def gives_back(self, data: st.DataObject) -> None:
        taken = [each.ref for each in self._open() if each.acknowledged_at]
        if taken:
            with suppress(Refused):
                self.world.app.desk.unacknowledge(data.draw(st.sampled_from(taken)), by="anna")
            self.world.settle()

    @rule(name=st.sampled_from(NAMES), minutes=st.sampled_from((1, 4, 20)))
    def is_silenced(self, name: str, minutes: int) -> None:
        now, id_ = self.world.now, SilenceId(name)

        def job(tx):
            add_silence(tx, [f'alertname="{name}"'], starts=now, ends=now + timedelta(minutes=minutes),
                        author="vera", comment="", id=id_, now_ms=self.world.clock.now_ms())  # fmt: skip

        self._write(job)

    @rule(name=st.sampled_from(NAMES))
    def speaks_again(self, name: str) -> None:
        def job(tx):
            if tx.silence(name) is not None:
                with suppress(Refused):
                    expire_silence(tx, name, now_ms=self.world.clock.now_ms())

        self._write(job)

    def _write(self, job) -> None:
        self.world.app.ground.store.write(job).result()
        self.world.runtime.rearm()
        self.world.settle()

    # -- the outside -----------------------------------------------------------------------------

    @rule(kind=st.sampled_from(("down", "reply_lost", "error_before", "torn")), count=st.integers(1, 3))
    def gateway_fails(self, kind: str, count: int) -> None:
        self.world.order("faults", kind=kind, count=count, command="send")

    @rule(minutes=st.sampled_from((2, 15)))
    def gateway_is_away(self, minutes: int) -> None:
        self.world.order("faults", kind="down", count=None, for_s=60 * minutes)

    @rule(who=st.sampled_from(("anna", "boris")), outcome=st.sampled_from(("delivered", "undelivered")))
    def phone_is(self, who: str, outcome: str) -> None:
        self.world.order("scripts", phone=PHONES[who][1:], outcome=outcome)

    @rule(seconds=st.sampled_from((1, 9, 11, 31, 61, 119, 301, 620, 1900)))
    def time_passes(self, seconds: int) -> None:
        self.world.run_for(seconds=seconds)

    @rule()
    def is_killed(self) -> None:
        self.world.crash()

    @rule()
    def the_configuration_is_read_again(self) -> None:
        self.world.app.reload(replace(self.world.app.in_force.settings))
        self.world.settle()

    @rule(minutes=st.sampled_from((3, 61)))
    def the_clock_is_set_ahead(self, minutes: int) -> None:
        self.world.clock.set_wall(self.world.clock.utc_now() + timedelta(minutes=minutes))
        self.world.run_for(seconds=2)

    # -- what holds ------------------------------------------------------------------------------

    @invariant()
    def nothing_is_sent_twice(self) -> None:
        for who in PHONES:
            sent = self.world.sandbox.world.to_phone.get(PHONES[who][1:], [])
            texts = Counter(sms.text for sms in sent)
            twice = [text for text, times in texts.items() if times > 1 and not self._by_policy(text)]
            assert not twice, (who, twice)

    @invariant()
    def a_phone_hears_an_end_once(self) -> None:
        ends = self._rows("""SELECT m.incident_id, m.recipient, count(*) FROM message m JOIN notification n
            ON n.id = m.notification_id WHERE n.reason = 'all_resolved' GROUP BY 1, 2 HAVING count(*) > 1""")
        assert not ends

    def teardown(self) -> None:
        try:
            if hasattr(self, "world"):
                self._heal()
                self._check_what_fires()
                for key in sorted(self.firing):
                    self._tell(self.firing.pop(key) | {"state": "resolved"})
                self.world.run_for(hours=3)
                self._check_what_is_over()
        finally:
            if hasattr(self, "world"):
                self.world.close()
            self._folder.cleanup()

    def _heal(self) -> None:
        self.world.order("faults/clear")
        for who in ("anna", "boris"):
            self.world.order("scripts", phone=PHONES[who][1:], outcome="delivered")
        for name in NAMES:
            self.speaks_again(name)
        self.world.crash()
        self.world.run_for(hours=2, minutes=1)

    def _check_what_fires(self) -> None:
        with self.world.engine.read() as read:
            oddities = read.oddities()
            assert oddities == []
        silent = self._rows("""SELECT a.labels, g.muted FROM alert a LEFT JOIN member m ON m.alert_id = a.id
            LEFT JOIN alert_group g ON g.id = m.group_id LEFT JOIN incident i ON i.id = g.incident_id
            WHERE a.state = 'firing' AND coalesce(m.told, 0) <> 1 AND i.acknowledged_at_ms IS NULL
            AND coalesce(g.muted, '') NOT LIKE 'inhibition%'""")
        assert not silent
        for incident in self._open():
            for who in self._addressees(incident):
                assert self._was_told(incident.id, who), (incident.ref, who, self._story(incident.id))
                assert self._heard_the_newest(incident.id, who), (who, self._story(incident.id))

    def _check_what_is_over(self) -> None:
        assert self._open() == []
        for row in self._rows("SELECT id FROM incident"):
            for who in PHONES:
                if self._was_told(row[0], who) and not self._was_quiet_at_its_end(row[0]):
                    assert self._was_told_of_the_end(row[0], who), (who, self._story(row[0]))
        assert not self._rows("""SELECT id, state, reason FROM message WHERE reason = ''
            OR state IN ('queued', 'held', 'sending', 'in_doubt')""")
        assert not self._rows("SELECT id FROM storm WHERE closed_at_ms IS NULL")
        assert not self._rows("SELECT incident_id FROM escalation")

    # -- the rows --------------------------------------------------------------------------------

    def _rows(self, query: str, *params) -> list[tuple]:
        with self.world.engine.read():
            return list(self.world.engine.connection.execute(query, params))

    def _open(self) -> list:
        return [each for each in self.world.incidents() if not each.closed_at and self._is_theirs(each)]

    def _is_theirs(self, incident) -> bool:
        """Not one of the bridge's own troubles."""
        return incident.group.receiver != "troubled"

    def _storms(self) -> list[str]:
        return [
            row[0] for row in self._rows("SELECT ref FROM storm WHERE ref <> '' AND closed_at_ms IS NULL")
        ]

    def _addressees(self, incident) -> list[str]:
        if incident.group.receiver == "db":
            return ["boris", "vera"]
        (told,) = self._rows("SELECT told FROM escalation WHERE incident_id = ?", incident.id)[0]
        if incident.acknowledged_at is None:
            assert json.loads(told) == [0, 1], (incident.ref, self._story(incident.id))
        return ["anna", "boris"][: len(json.loads(told))]

    def _was_told(self, incident: int, who: str) -> bool:
        """Whether the gateway took an SMS that says, alone or with others, that it fires."""
        return bool(self._rows(f"""SELECT 1 FROM message m JOIN message n ON n.id = coalesce(m.superseded_by, m.id)
            WHERE m.incident_id = ?1 AND m.recipient = ?2 AND (n.state IN {SENT} OR n.state = 'parked')
            AND NOT EXISTS (SELECT 1 FROM notification x WHERE x.id = m.notification_id AND x.reason = 'all_resolved')
            UNION ALL SELECT 1 FROM storm_incident t JOIN storm s ON s.id = t.storm_id
            JOIN storm_message w ON w.storm_id = s.id JOIN message m ON m.id = w.message_id
            JOIN message n ON n.id = coalesce(m.superseded_by, m.id)
            WHERE t.incident_id = ?1 AND s.recipient = ?2 AND (n.state IN {SENT} OR n.state = 'parked')""",
            incident, PHONES[who]))  # fmt: skip

    def _heard_the_newest(self, incident: int, who: str) -> bool:
        """Whether an SMS left after, or for, the last news of it; whoever took it meanwhile had quiet."""
        was_taken = self._rows("SELECT 1 FROM event WHERE subject = 'incident' AND subject_id = ? AND event = 'acknowledge'",
                               incident)  # fmt: skip
        ((newest, at_ms),) = self._rows("""SELECT id, max(at_ms) FROM notification
            WHERE incident_id = ? AND reason IN ('first', 'new_alerts')""", incident)  # fmt: skip
        return bool(was_taken or self._rows(f"""SELECT 1 FROM message m JOIN message n ON n.id = coalesce(m.superseded_by, m.id)
            WHERE m.incident_id = ?1 AND m.recipient = ?2 AND m.notification_id >= ?3 AND (n.state IN {SENT} OR n.state = 'parked')
            UNION ALL SELECT 1 FROM storm_incident t JOIN storm s ON s.id = t.storm_id
            JOIN storm_message w ON w.storm_id = s.id JOIN message m ON m.id = w.message_id
            WHERE t.incident_id = ?1 AND s.recipient = ?2 AND m.created_at_ms >= ?4""",
            incident, PHONES[who], newest, at_ms))  # fmt: skip

    def _was_told_of_the_end(self, incident: int, who: str) -> bool:
        return bool(self._rows(f"""SELECT 1 FROM message m JOIN message n ON n.id = coalesce(m.superseded_by, m.id)
            JOIN notification x ON x.id = m.notification_id WHERE x.reason = 'all_resolved'
            AND m.incident_id = ?1 AND m.recipient = ?2 AND (n.state IN {SENT} OR n.state = 'parked')
            UNION ALL SELECT 1 FROM message m JOIN message n ON n.id = m.superseded_by JOIN incident i ON i.id = ?1
            WHERE m.incident_id = ?1 AND m.recipient = ?2 AND n.created_at_ms >= i.closed_at_ms
            UNION ALL SELECT 1 FROM storm_incident t JOIN storm s ON s.id = t.storm_id JOIN incident i ON i.id = ?1
            JOIN storm_message w ON w.storm_id = s.id JOIN message m ON m.id = w.message_id
            WHERE t.incident_id = ?1 AND s.recipient = ?2 AND m.created_at_ms >= i.closed_at_ms""",
            incident, PHONES[who]))  # fmt: skip

    def _was_quiet_at_its_end(self, incident: int) -> bool:
        """Whether all there was to say of its end was kept quiet."""
        (row,) = self._rows("""SELECT resolved FROM notification WHERE incident_id = ? AND reason = 'all_resolved'""",
                            incident)  # fmt: skip
        return row[0] == 0

    def _by_policy(self, text: str) -> bool:
        return bool(
            self._rows(
                """SELECT 1 FROM event e JOIN message m ON m.id = e.subject_id
            WHERE e.subject = 'message' AND e.event = 'requeue' AND m.text = ?""",
                text,
            )
        )

    def _story(self, incident: int) -> list[tuple]:
        said = self._rows(
            """SELECT m.id, m.state, m.contact, m.text, m.reason, m.superseded_by FROM message m
            WHERE m.incident_id = ?1""",
            incident,
        )
        return said + self._rows(
            """SELECT at_ms, event, reason FROM event WHERE subject = 'incident'
            AND subject_id = ?""",
            incident,
        )


EXAMPLES, STEPS = (400, 50) if os.environ.get("PILOTBRIDGE_LONG") else (20, 25)
Course.TestCase.settings = settings(
    max_examples=EXAMPLES, stateful_step_count=STEPS, suppress_health_check=list(HealthCheck)
)
TestAnyCourse = pytest.mark.timeout(600)(Course.TestCase)
