"""Steps of a receiver: who is told next, when, and for which reason, from the alert to the phones."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace
from datetime import timedelta

import pytest

from pilotbridge.alerting.decide import decide
from pilotbridge.alerting.members import Standing
from pilotbridge.config.settings import ReceiverSettings, RouteNode
from pilotbridge.errors import Refused, StoreUnavailable
from pilotbridge.lifecycle import Event, State
from pilotbridge.model import MessageId, Reason, Severity
from pilotbridge.oncall.acknowledgement import acknowledge
from pilotbridge.oncall.escalation import Escalate, pass_on
from pilotbridge.oncall.steps import fared
from pilotbridge.store.records import Move, StepSms
from pilotbridge.testing.world import CONFIGURATION

ANNA, BORIS, VERA = "79087964781", "79087964782", "79087964783"

PEOPLE = 'vera: { phone: "+79087964783", language: ru }'


def configured(steps: str, receiver: str = "", contacts: str = "") -> str:
    """The usual configuration, its first receiver with ``steps`` after ``sms:anna``."""
    head, _, rest = CONFIGURATION.partition("receivers:\n")
    routes = rest[rest.index("route:") :]
    head = head.replace(
        "contacts:\n", f"contacts:\n  {PEOPLE.replace('{', '{{').replace('}', '}}')}\n{contacts}"
    )
    more = ", ".join(f"{{{{ {step} }}}}" for step in steps.split("; "))
    return (
        f"{head}receivers:\n"
        f"  - {{{{ name: page-ops, {receiver} steps: [ {{{{ notify: [sms:anna] }}}}, {more} ] }}}}\n"
        "  - {{ name: page-boris, steps: [ {{ notify: [sms:boris] }} ] }}\n"
        f"{routes}"
    )


SILENT = (
    "after: 5m, when: unacknowledged, notify: [sms:boris]; "
    "after: 10m, when: unacknowledged, notify: [sms:vera]"
)
UNDELIVERED = (
    "after: 2m, when: undelivered, notify: [sms:boris]; after: 5m, when: unacknowledged, notify: [sms:vera]"
)
FAILED = "when: failed, notify: [sms:boris]"
BY_TIME = "after: 15m, notify: [sms:boris]"


@pytest.fixture
def stepped(make_world):
    """A world whose receiver has these steps after Anna."""

    def make(steps: str, **more: str):
        return make_world(configuration=configured(steps, **more), plugins={"ack_by_text": {}})

    return make


def silence(world, minutes: int) -> None:
    """Somebody silences what fires."""
    lasts = timedelta(minutes=minutes)
    world.app.desk.silence(['alertname="DiskFull"'], starts=None, lasts=lasts, by="anna", comment="")
    world.settle()


def off(world, phone: str, **fields) -> None:
    """Whatever is sent to this phone ends like that."""
    world.order("scripts", phone=phone, **({"outcome": "undelivered"} | fields))


# --- nobody took it ---------------------------------------------------------------------------------


def test_while_nobody_takes_it_one_after_the_other_is_told(stepped):
    world = stepped(SILENT)
    world.fire("ApiDown", instance="api1")
    world.run_for(minutes=4, seconds=59)
    before = world.texts_to("boris"), world.texts_to("vera")

    world.run_for(minutes=11)

    ref = world.incidents()[0].ref
    assert before == ([], [])
    assert world.texts_to("boris")[0].startswith(f"ESC 2/3 CRIT ApiDown api1 12:00, Anna silent 5m #{ref}.2")
    assert world.texts_to("vera")[0].startswith("ESK 3/3 KRIT ApiDown api1 12:00, Boris molchit 10m #")
    assert len(world.texts_to("anna")) == 1


def test_the_step_comes_on_the_second(stepped):
    world = stepped(SILENT)
    world.fire()
    world.run_for(minutes=4, seconds=58)
    early = world.taken()

    world.run_for(seconds=3)

    assert (early, world.taken()) == (1, 2)


def test_whoever_takes_it_ends_the_steps(stepped):
    world = stepped(SILENT)
    world.fire()
    world.run_for(minutes=3)
    world.sms_from("anna", world.incidents()[0].ref)

    world.run_for(hours=3)

    assert (world.texts_to("boris"), world.texts_to("vera")) == ([], [])


def test_an_answer_on_its_way_is_asked_for_before_the_step(stepped):
    world = stepped(SILENT, receiver="")
    world.app.ground.runtime._duties["inbound smspilot"].due_ms = None  # nobody polls by himself any more
    world.fire()
    world.run_for(minutes=4, seconds=30)
    world.sms_from("anna", world.incidents()[0].ref)

    world.run_for(minutes=3)

    assert world.texts_to("boris") == []


def test_an_answer_that_came_while_the_bridge_stood_still_is_asked_for_before_the_step(stepped):
    world = stepped(SILENT)
    world.fire()
    world.run_for(minutes=4, seconds=30)
    world.sms_from("anna", world.incidents()[0].ref)

    world.clock.forward(5 * 60_000)
    world.crash()
    world.run_for(minutes=30)

    assert world.incidents()[0].acknowledged_by == "anna"
    assert world.texts_to("boris") == []


def test_one_that_is_given_back_goes_on_at_once(stepped):
    world = stepped(SILENT)
    world.fire()
    world.run_for(minutes=3)
    world.sms_from("anna", world.incidents()[0].ref)
    world.run_for(minutes=9)
    while_taken = world.texts_to("boris")

    world.sms_from("anna", "undo")
    world.run_for(minutes=1)

    assert while_taken == []
    assert len(world.texts_to("boris")) == 1


def test_one_that_is_over_goes_no_further(stepped):
    world = stepped(SILENT)
    alert = world.fire()
    world.run_for(minutes=3)

    world.resolve(alert)
    world.run_for(hours=1)

    assert world.texts_to("boris") == []


def test_news_go_to_everybody_who_was_told(stepped):
    world = stepped(SILENT)
    world.fire(instance="db01")
    world.run_for(minutes=6)

    world.fire(instance="db02")
    world.run_for(minutes=6)

    assert [text[:2] for text in world.texts_to("anna")] == ["CR", "+1"]
    assert [text[:2] for text in world.texts_to("boris")] == ["ES", "+1"]


def test_its_end_is_told_to_everybody_who_was_told(stepped):
    world = stepped(SILENT)
    alert = world.fire()
    world.run_for(minutes=6)

    world.resolve(alert)
    world.run_for(minutes=6)

    assert [len(world.texts_to(name)) for name in ("anna", "boris", "vera")] == [2, 2, 0]


def test_a_silenced_incident_waits_and_goes_on_after_it(stepped):
    world = stepped(SILENT)
    world.fire()
    world.run_for(minutes=3)
    silence(world, minutes=60)
    world.run_for(minutes=50)
    while_silent = world.texts_to("boris")

    world.run_for(minutes=20)

    assert while_silent == []
    assert len(world.texts_to("boris")) == 1


def test_when_nobody_ended_it_in_time_the_steps_begin_anew(stepped):
    world = stepped(SILENT, receiver="acknowledged_for: 1h,")
    world.fire()
    world.run_for(minutes=2)
    world.sms_from("anna", world.incidents()[0].ref)
    world.run_for(minutes=59)
    while_taken = world.taken()

    world.run_for(minutes=8)

    assert [text.split()[0] for text in world.texts_to("anna")] == ["CRIT", "Taken", "STILL"]
    assert while_taken == 2
    assert len(world.texts_to("boris")) == 1


def test_steps_that_begin_anew_tell_each_in_their_time(stepped):
    world = stepped(SILENT, receiver="acknowledged_for: 1h,")
    world.fire()
    world.run_for(minutes=6)
    world.sms_from("anna", world.incidents()[0].ref)
    world.run_for(minutes=64)
    before = len(world.texts_to("boris"))

    world.run_for(minutes=4)

    assert (before, len(world.texts_to("boris"))) == (1, 2)


def test_no_means_the_next_one_now(stepped):
    world = stepped(SILENT)
    world.fire("ApiDown", instance="api1")
    world.run_for(minutes=1)

    world.sms_from("anna", f"no {world.incidents()[0].ref}")
    world.run_for(minutes=1)

    assert "Anna passed it on" in world.texts_to("boris")[0]
    assert "Passed on" in world.texts_to("anna")[-1]


def test_after_the_last_one_no_is_answered_so(stepped):
    world = stepped(SILENT)
    world.fire()
    world.run_for(minutes=17)

    world.sms_from("vera", f"нет {world.incidents()[0].ref}")
    world.run_for(minutes=1)

    assert (
        "после вас никого" in world.texts_to("vera")[-1] or "posle vas nikogo" in world.texts_to("vera")[-1]
    )


def test_no_from_who_took_it_gives_it_back_and_tells_the_next(stepped):
    world = stepped(SILENT)
    world.fire()
    world.run_for(minutes=1)
    world.sms_from("anna", world.incidents()[0].ref)
    world.run_for(minutes=1)

    world.sms_from("anna", f"no {world.incidents()[0].ref}")
    world.run_for(minutes=1)

    assert len(world.texts_to("boris")) == 1
    assert world.incidents()[0].acknowledged_at is None


def test_who_it_was_passed_on_to_is_told_after_a_silence_whatever_is_heard_meanwhile(stepped):
    """Boris is next; the first SMS fails before the silence ends, for which there is a step of Vera's."""
    unreached = FAILED.replace("boris", "vera")
    world = stepped(f"after: 90m, when: unacknowledged, notify: [sms:boris]; {unreached}")
    off(world, ANNA, final_after_s=60, count=1)
    world.fire()
    world.run_for(seconds=5)
    silence(world, minutes=40)
    world.sms_from("anna", f"no {world.incidents()[0].ref}")
    world.run_for(minutes=39)
    failed = world.messages()[0].state

    world.run_for(minutes=2)

    assert failed is State.UNDELIVERED
    assert "Anna passed it on" in world.texts_to("boris")[0]
    assert world.texts_to("vera") == []


# --- it did not arrive ------------------------------------------------------------------------------


def test_what_is_not_delivered_in_time_goes_to_the_next(stepped):
    world = stepped(UNDELIVERED)
    off(world, ANNA, outcome="at_operator")
    world.fire("ApiDown", instance="api1")
    world.run_for(minutes=1, seconds=58)
    before = world.texts_to("boris")

    world.run_for(seconds=10)

    assert before == []
    assert world.texts_to("boris")[0].startswith("ESC 2/3 CRIT ApiDown api1 12:00, Anna not reached #")


def test_what_arrived_in_time_goes_to_nobody_else_until_it_is_silent(stepped):
    world = stepped(UNDELIVERED)
    world.fire()

    world.run_for(minutes=6)

    assert world.texts_to("boris") == []
    assert world.texts_to("vera")[0].startswith("ESK 3/3 ")


def test_a_verdict_that_came_meanwhile_is_asked_for_before_the_step(stepped):
    world = stepped(UNDELIVERED)
    off(world, ANNA, outcome="delivered", operator_after_s=1, final_after_s=113)
    world.fire()

    world.run_for(minutes=3)

    assert world.texts_to("boris") == []


@pytest.mark.parametrize("steps", [UNDELIVERED, FAILED])
def test_what_the_network_gave_up_goes_to_the_next_within_seconds(stepped, steps):
    world = stepped(steps)
    off(world, ANNA, final_after_s=5)
    world.fire()

    world.run_for(seconds=25)

    assert len(world.texts_to("boris")) == 1


@pytest.mark.parametrize("steps", [UNDELIVERED, FAILED])
def test_what_the_gateway_refuses_goes_to_the_next_at_once(stepped, steps):
    world = stepped(steps)
    off(world, ANNA, outcome="refused", error=212)
    world.fire()

    world.run_for(seconds=8)

    assert len(world.texts_to("boris")) == 1


TWO_TOLD = "notify: [sms:anna, sms:boris]"


@pytest.mark.parametrize(
    "steps", ["when: failed, notify: [sms:vera]", "after: 2m, when: undelivered, notify: [sms:vera]"]
)
def test_of_two_who_are_told_one_who_can_be_reached_is_enough(make_world, steps):
    configuration = configured(steps).replace("notify: [sms:anna]", TWO_TOLD)
    world = make_world(configuration=configuration, plugins={"ack_by_text": {}})
    off(world, ANNA, outcome="refused", error=212)
    world.fire()

    world.run_for(minutes=15)

    assert (len(world.texts_to("boris")), world.texts_to("vera")) == (1, [])


def test_of_two_who_are_told_one_who_got_it_is_enough(make_world):
    steps = "after: 2m, when: undelivered, notify: [sms:vera]"
    configuration = configured(steps).replace("notify: [sms:anna]", TWO_TOLD)
    world = make_world(configuration=configuration, plugins={"ack_by_text": {}})
    off(world, ANNA, outcome="at_operator")
    world.fire()

    world.run_for(minutes=15)

    assert (len(world.texts_to("boris")), world.texts_to("vera")) == (1, [])


@pytest.mark.parametrize(("second_ms", "handed_over_ms"), [(90_000, 90_000), (None, None)])
def test_the_time_to_arrive_runs_from_when_the_gateway_has_the_last_of_two(second_ms, handed_over_ms):
    sms = [
        StepSms(MessageId(1), State.ACCEPTED, "anna", 1_000),
        StepSms(MessageId(2), State.ACCEPTED, "boris", second_ms),
    ]

    assert fared(sms, expects_sms=True).handed_over_ms == handed_over_ms


def test_who_is_reached_by_the_same_dead_way_is_not_told_before_their_time(stepped):
    world = stepped(SILENT)
    world.order("faults", kind="down", count=None)
    world.fire("Early")
    world.run_for(minutes=15)

    world.fire()
    world.run_for(minutes=4)

    assert told_of(world, "DiskFull") == {"anna"}


def test_what_the_gateway_has_not_got_counts_as_if_it_had_it_after_a_minute(stepped):
    world = stepped(UNDELIVERED)
    world.order("faults", kind="code", code=110, command="send", count=None)
    world.fire()

    world.run_for(minutes=2, seconds=50)
    before = told_of(world, "DiskFull")
    world.run_for(seconds=30)

    assert (before, told_of(world, "DiskFull")) == ({"anna"}, {"anna", "boris"})


def told_of(world, name: str) -> set[str]:
    """Whom messages about an incident are for, whether or not they arrived."""
    incident = next(each for each in world.incidents() if each.name == name)
    with world.engine.read() as read:
        return {message.contact for message in read.messages_of_incident(incident.id)}


def test_who_got_it_in_a_summary_got_it(stepped):
    world = stepped(FAILED)
    world.order("faults", kind="down", count=None)
    for name in ("Api1", "Api2"):
        world.fire(name)
    world.run_for(minutes=15)

    world.order("faults/clear")
    world.run_for(minutes=15)

    assert any(text.startswith("LATE") and "Api1" in text for text in world.texts_to("anna"))
    assert told_of(world, "Api1") == {"anna"}


def test_what_arrived_is_no_failure(stepped):
    world = stepped(FAILED)
    world.fire()

    world.run_for(hours=1)

    assert world.texts_to("boris") == []


# --- by time ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("taken", [False, True])
def test_a_step_by_time_alone_is_told_whether_it_is_taken_or_not(stepped, taken):
    world = stepped(BY_TIME)
    world.fire()
    world.run_for(minutes=2)
    if taken:
        world.sms_from("anna", world.incidents()[0].ref)

    world.run_for(minutes=14)

    assert [text[:7] for text in world.texts_to("boris")] == ["ESC 2/2"]


# --- restarts and reloads ---------------------------------------------------------------------------


@pytest.mark.parametrize("minutes", [0, 1, 4, 5, 6, 14, 16])
def test_a_restart_repeats_no_step_and_loses_none(stepped, minutes):
    world = stepped(SILENT)
    world.fire()
    world.run_for(minutes=minutes)

    world.crash()
    world.run_for(minutes=20 - minutes)

    assert [len(world.texts_to(name)) for name in ("anna", "boris", "vera")] == [1, 1, 1]


def test_a_restart_while_it_is_taken_tells_nobody(stepped):
    world = stepped(SILENT)
    world.fire()
    world.run_for(minutes=2)
    world.sms_from("anna", world.incidents()[0].ref)
    world.run_for(minutes=1)

    world.crash()
    world.run_for(hours=1)

    assert world.texts_to("boris") == []


def test_other_steps_of_another_configuration_count_at_once(stepped):
    world = stepped(SILENT)
    world.fire()
    world.run_for(minutes=2)
    settings = world.app.in_force.settings
    receiver = settings.receivers["page-ops"]
    sooner = replace(receiver.steps[1], after=timedelta(minutes=3))
    receivers = {**settings.receivers, "page-ops": replace(receiver, steps=(receiver.steps[0], sooner))}

    world.app.reload(replace(settings, receivers=receivers))
    world.run_for(minutes=1, seconds=30)

    assert len(world.texts_to("boris")) == 1
    world.run_for(hours=1)
    assert world.texts_to("vera") == []


def test_steps_that_a_receiver_gets_lead_what_is_open_already(stepped):
    world = stepped(SILENT)
    settings = world.app.in_force.settings
    receiver = settings.receivers["page-ops"]
    alone = {**settings.receivers, "page-ops": replace(receiver, steps=receiver.steps[:1])}
    world.app.reload(replace(settings, receivers=alone))
    world.fire()
    world.run_for(minutes=2)

    world.app.reload(settings)
    world.crash()
    world.run_for(minutes=2, seconds=55)
    before = world.texts_to("boris")
    world.run_for(seconds=30)

    assert (len(before), len(world.texts_to("boris"))) == (0, 1)


def test_a_receiver_that_lost_its_steps_goes_no_further(stepped):
    world = stepped(SILENT)
    world.fire()
    world.run_for(minutes=6)
    settings = world.app.in_force.settings
    receiver = settings.receivers["page-ops"]
    receivers = {**settings.receivers, "page-ops": replace(receiver, steps=receiver.steps[:1])}

    world.app.reload(replace(settings, receivers=receivers))
    world.run_for(hours=1)

    assert world.texts_to("vera") == []


# --- why --------------------------------------------------------------------------------------------


def test_why_a_step_came_and_why_a_group_was_quiet_is_kept(stepped):
    world = stepped(SILENT)
    world.fire()
    world.run_for(minutes=3)
    silence(world, minutes=60)
    world.run_for(minutes=70)

    with world.engine.read() as read:
        steps = [each.reason for each in read.events_of("incident", 1) if each.event == "step"]
        quiet = [each.event for each in read.events_of("group", 1)]

    assert steps[0] == "step 2 is due: silent"
    assert quiet == ["kept quiet", "speaks again"]


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


def test_what_waits_for_the_end_of_quiet_hours_has_not_failed(make_world):
    asleep = configured(FAILED).replace(", role: admin", ', quiet_hours: "11:00-13:00"')
    world = make_world(configuration=asleep, plugins={"ack_by_text": {}})
    world.fire("DiskFull", severity="warning")

    world.run_for(minutes=30)

    assert [message.state for message in world.messages()] == [State.HELD]
    assert world.texts_to("boris") == []


def test_a_step_that_is_due_when_news_are_told_is_told_right_after_them(oncall):
    now_ms = oncall.clock.now_ms()
    with oncall.store.read() as read:
        (group,) = read.due_groups(now_ms, 1)
    standing = Standing(firing=2, fresh=[2], severity=Severity.WARNING)

    node, receiver = RouteNode("root", "ops"), ReceiverSettings("ops", ())
    decision = decide(standing, group, oncall.row(), node, receiver, now_ms, is_step_due=True)

    assert (decision.reason, decision.due_at_ms) == (Reason.NEW_ALERTS, now_ms)
