"""What happens while a step is looked at: it is taken, the store is busy, news come in."""

from __future__ import annotations

from concurrent.futures import Future

import pytest

from pilotbridge.alerting.decide import decide
from pilotbridge.alerting.members import Standing
from pilotbridge.config.settings import ReceiverSettings, RouteNode
from pilotbridge.errors import Refused, StoreUnavailable
from pilotbridge.lifecycle import Event
from pilotbridge.model import Reason, Severity
from pilotbridge.oncall.acknowledgement import acknowledge
from pilotbridge.oncall.escalation import Escalate, pass_on
from pilotbridge.store.records import Move
from tests.oncall.steps.configured import ANNA, FAILED, SILENT


class TakenMeanwhile:
    """A store in which somebody takes the incident after it was looked at and before that is acted on."""

    def __init__(self, world) -> None:
        self._world = world
        self._was_read = False

    def read(self):
        self._was_read = True
        return self._world.app.ground.store.read()

    def write(self, job):
        store, incident = self._world.app.ground.store, self._world.incidents()[0]
        if self._was_read and not incident.acknowledged_by:
            now_ms = self._world.clock.now_ms()
            store.write(lambda tx: acknowledge(tx, incident.ref, by="anna", now_ms=now_ms)).result()
        return store.write(job)


def test_a_step_that_was_due_when_somebody_took_it_is_not_told(stepped):
    world = stepped(SILENT)
    world.fire()
    world.run_for(minutes=4, seconds=59)
    racing = Escalate(
        TakenMeanwhile(world), lambda: world.app.in_force.settings,
        clock=world.app.ground.runtime.clock, down=lambda: (), ask=lambda: None,
        wake=world.app.wakes.alerting,
    )  # fmt: skip
    world.clock.forward(5_000)

    racing.turn()
    racing.turn()
    world.run_for(hours=1)

    assert world.incidents()[0].acknowledged_by == "anna"
    assert world.texts_to("boris") == []


class BusyOnce:
    """A store whose next write cannot be committed, once it ``is_busy``."""

    def __init__(self, world):
        self._store = world.app.ground.store
        self.is_busy = False
        self.read = self._store.read

    def write(self, job):
        if not self.is_busy:
            return self._store.write(job)
        self.is_busy = False
        failed = Future()
        failed.set_exception(StoreUnavailable("somebody holds the lock"))
        return failed


def test_a_verdict_that_met_a_busy_store_is_not_forgotten(stepped):
    world = stepped(FAILED)
    world.order("scripts", phone=ANNA, outcome="at_operator")
    world.fire()
    world.run_for(minutes=15)
    store, (sms,) = BusyOnce(world), world.messages()
    escalate = Escalate(
        store, lambda: world.app.in_force.settings,
        clock=world.app.ground.runtime.clock, down=lambda: (), ask=lambda: None,
        wake=world.app.wakes.alerting,
    )  # fmt: skip
    escalate.turn()
    world.app.ground.store.write(lambda tx: fails(tx, sms.id, world.clock.now_ms())).result()

    escalate.hand_over([sms.id])
    store.is_busy = True
    with pytest.raises(StoreUnavailable):
        escalate.turn()
    escalate.turn()

    world.run_for(minutes=1)
    assert len(world.texts_to("boris")) == 1


def fails(tx, message_id, now_ms):
    """The network gives the SMS up."""
    row = tx.outbox_row(message_id)
    return tx.move(Move(row.id, row.revision, row.state, Event.FAIL, "not delivered"), now_ms)


def test_news_leave_an_answer_its_time_to_arrive(stepped):
    """The bridge stood still over a step: it asks, and hears meanwhile that an SMS has arrived."""
    world = stepped(SILENT)
    world.fire()
    world.run_for(minutes=2)
    asked, (sms,) = [], world.messages()
    escalate = Escalate(
        world.app.ground.store, lambda: world.app.in_force.settings,
        clock=world.app.ground.runtime.clock, down=lambda: (), ask=lambda: asked.append(True),
        wake=world.app.wakes.alerting,
    )  # fmt: skip
    world.clock.forward(4 * 60_000)

    escalate.turn()
    escalate.hand_over([sms.id])
    escalate.turn()
    world.run_for(seconds=2)

    assert (bool(asked), len(world.messages())) == (True, 1)


def test_what_somebody_has_is_not_passed_on_by_others(stepped):
    world = stepped(SILENT)
    world.fire()
    world.run_for(minutes=1)
    ref, now_ms = world.incidents()[0].ref, world.clock.now_ms()
    world.app.desk.acknowledge(ref, by="anna")

    with pytest.raises(Refused, match="already taken by anna"):
        world.app.ground.store.write(
            lambda tx: pass_on(tx, ref, by="vera", settings=world.app.in_force.settings, now_ms=now_ms)
        ).result()
    world.run_for(minutes=1)

    assert world.texts_to("boris") == []


def test_a_step_that_is_due_when_news_are_told_is_told_right_after_them(oncall):
    now_ms = oncall.clock.now_ms()
    with oncall.store.read() as read:
        (group,) = read.due_groups(now_ms, 1)
    standing = Standing(firing=2, fresh=[2], severity=Severity.WARNING)

    node, receiver = RouteNode("root", "ops"), ReceiverSettings("ops", ())
    decision = decide(standing, group, oncall.row(), node, receiver, now_ms, is_step_due=True)

    assert (decision.reason, decision.due_at_ms) == (Reason.NEW_ALERTS, now_ms)
