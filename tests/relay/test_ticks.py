"""How a person's message shows what became of its SMS: forward only, found again after a crash."""

from __future__ import annotations

from itertools import product

import pytest

from pilotbridge.chat import Tick
from pilotbridge.lifecycle import FINAL, Event, State
from pilotbridge.outbox.postage import postage_of
from pilotbridge.relay.texting import Desk
from pilotbridge.relay.ticks import Ticks, is_forward, tick_of
from pilotbridge.store.records import Move

PARCEL = "+79131437355"
TITLE = "+7913***7355"


@pytest.mark.parametrize("state", State)
def test_every_state_has_a_tick_and_only_final_ones_have_a_last(state):
    is_last = tick_of(state) in (Tick.DELIVERED, Tick.FAILED)

    assert is_last == (state in FINAL)


def test_a_tick_only_moves_forward():
    forward = {pair for pair in product(Tick, Tick) if is_forward(*pair)}

    assert forward == {
        (Tick.TAKEN, Tick.SENT), (Tick.TAKEN, Tick.DELIVERED), (Tick.TAKEN, Tick.FAILED),
        (Tick.SENT, Tick.DELIVERED), (Tick.SENT, Tick.FAILED),
    }  # fmt: skip


def delivers(relay, sms):
    """The SMS is delivered, and nobody hands that over."""

    def job(tx):
        row = tx.outbox_row(sms.id)
        return tx.move(Move(row.id, row.revision, row.state, Event.CONFIRM, "delivered"), now_ms)

    now_ms = relay.world.clock.now_ms()
    relay.world.app.ground.store.write(job).result()


def test_news_of_a_time_when_nobody_ran_are_told(relay):
    relay.world.sms_from(PARCEL, "hello")
    relay.poll()
    message = relay.writes("On its way", to=TITLE)
    delivers(relay, relay.world.messages()[-1])
    relay.world.crash()

    relay.world.run_for(seconds=1)

    assert relay.chat.marks[message] == ["taken", "sent", "delivered"]


def test_news_that_never_end_keep_nobody_from_looking_at_the_rest(relay):
    relay.world.sms_from(PARCEL, "hello")
    relay.poll()
    relay.writes("On its way", to=TITLE)
    sms = relay.world.messages()[-1]
    settings = relay.world.app.in_force.settings
    desk = Desk(lambda: settings, lambda: postage_of(settings), lambda: "word")
    ticks = Ticks(relay.world.app.ground.store, desk, clock=relay.world.clock, wake=lambda: None)
    ticks.turn()
    delivers(relay, sms)

    for _ in range(61):
        relay.world.clock.forward(1000)
        ticks.hand_over([4711])
        ticks.turn()

    with relay.reads() as read:
        assert [shown.told for shown in read.chat_sms_in([sms.id])] == ["delivered"]


def test_what_an_operator_cancels_is_told(make_relay):
    relay = make_relay(("relay:", "limits: {{ sms_per_contact_per_hour: 1 }}\nrelay:"))
    relay.world.sms_from(PARCEL, "hi")
    relay.poll()
    relay.writes("one", to=TITLE)
    message = relay.writes("two", to=TITLE)

    relay.world.app.desk.cancel(relay.world.messages()[-1].id, by="boris")
    relay.world.run_for(seconds=5)

    assert relay.chat.marks[message] == ["taken", "failed"]
    assert relay.chat.texts(TITLE)[-1] == "Not delivered: cancelled by boris"
