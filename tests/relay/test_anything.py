"""Whatever a chat brings: no update is lost, none stops the loop, and nobody reaches a phone who may not."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pilotbridge.chat import (
    Lane,
    Moved,
    RoomGone,
    ThreadClosed,
    ThreadGone,
)
from pilotbridge.errors import ReplyLost, TryLater
from pilotbridge.outbox.posts.content import AGAIN
from tests.relay.scripted import ScriptedRoom

PARCEL = "+79131437355"
TITLE = "+7913***7355"

words = st.text(max_size=60) | st.sampled_from(["stop", "hello", "x" * 500, "🎉" * 100, "/help", "Пpивет"])
ids = st.sampled_from(["1001", "1002", "666", "", "-100", "🎉", "0"]) | st.text(max_size=8)
rooms = st.sampled_from(["-100", "-999", "1001", "1002", "666", ""])
people = st.fixed_dictionaries({"id": ids}, optional={"name": words, "is_person": st.booleans()})
places = st.tuples(rooms, st.sampled_from(["", "t1000", "t1", "🎉"]))
messages = st.sampled_from(["m1001", "p1", "m5", "", "🎉"])


def event(event_name, **fields):
    return st.fixed_dictionaries({"event": st.just(event_name), **fields})


updates = st.one_of(
    event(
        "written", place=places, message=messages, author=people, text=words,
        kind=st.sampled_from(["text", "sticker", "photo", ""]), reply_to=st.none() | messages,
        command=st.sampled_from(["", "help", "🎉"]), is_private=st.booleans(),
    ),
    event("edited", place=places, message=messages, author=people),
    event("pressed", place=places, message=messages, author=people, token=words, press=words),
    event("room_moved", room=rooms, new_room=rooms),
    event("room_changed", room=rooms, is_ours=st.booleans(), by=people),
    event("thread_changed", place=places, by=people, is_open=st.none() | st.booleans()),
    event("nothing"),
    event("no_such_event"),
    st.dictionaries(words, words, max_size=3),
)  # fmt: skip
bodies = updates | st.binary(max_size=40)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(brought=st.lists(bodies, max_size=12))
def test_no_update_is_lost_and_none_stops_the_loop(make_relay, brought):
    relay = make_relay()
    relay.world.sms_from(PARCEL, "hello")
    relay.poll()

    for body in brought:
        if isinstance(body, bytes):
            relay.chat.brings_bytes(body)
        else:
            relay.chat.brings(body.pop("event", "?"), **body)
    relay.world.settle()
    after = relay.chat.writes("after all", thread=relay.chat.thread(TITLE), room=room_now(relay))
    relay.world.run_for(minutes=3)

    with relay.reads() as read:
        kept = read.chat_updates_listed(1000)
        by_strangers = [m for m in read.messages_listed() if m.origin.startswith("chat:")]
    assert len(kept) == len(brought) + 1
    assert {update.state for update in kept} <= {"done", "ignored", "unreadable"}
    assert kept[0].state in ("done", "ignored"), after
    assert all(m.recipient.e164 == PARCEL for m in by_strangers)


def test_an_update_that_came_to_nothing_is_told_to_people(relay):
    relay.chat.brings_bytes(b"junk")
    relay.world.run_for(minutes=2)

    with relay.reads() as read:
        alerts = [row.alert for row in read.alerts_listed()]
    (told,) = [alert for alert in alerts if alert.labels["alertname"] == "ChatUpdateFailed"]
    assert "whoever wrote it may have reached nobody" in told.annotations["summary"]


def room_now(relay):
    with relay.reads() as read:
        return read.room_now("team", "-100")


# --- a bad hour -------------------------------------------------------------------------------------


class Weather:
    """Failures of every kind by chance, for an hour."""

    def __init__(self, relay, seed: int) -> None:
        self.relay = relay
        self.chance = random.Random(seed)
        self.is_bad = True
        self.lost = 0
        self.room = "-100"

    def before(self, post):
        if not self.is_bad:
            return None
        draw = self.chance.random()
        if draw < 0.10:
            from datetime import timedelta

            return TryLater("Too Many Requests", after=timedelta(seconds=20), counts=False)
        if draw < 0.20:
            return TryLater("Bad Gateway")
        if draw < 0.24 and getattr(post, "place", None) and post.place.thread:
            self.relay.chat.rooms[post.place.room].threads.pop(post.place.thread, None)
            return ThreadGone("message thread not found")
        if draw < 0.27 and getattr(post, "place", None) and post.place.thread:
            self.relay.chat.rooms[post.place.room].closed.add(post.place.thread)
            return ThreadClosed("TOPIC_CLOSED")
        if draw < 0.28:
            return RoomGone("kicked, for a moment")
        if draw < 0.29:
            return self.move()
        return None

    def after(self, _post):
        if self.is_bad and self.chance.random() < 0.1:
            self.lost += 1
            return ReplyLost("timed out")
        return None

    def move(self):
        new, old = f"-{self.chance.randrange(10**6)}", self.room
        self.relay.chat.rooms[old].moved_to = new
        self.relay.chat.rooms[new] = ScriptedRoom()
        self.room = new
        return Moved("upgraded to a supergroup", new_room=new)


@pytest.mark.parametrize("seed", range(5))
def test_an_hour_of_everything_loses_nothing_and_repeats_only_with_a_mark(relay, seed):
    weather = Weather(relay, seed)
    relay.chat.fails, relay.chat.loses = weather.before, weather.after
    phones = [f"+7913143735{n}" for n in range(5)]
    sent: dict[str, list[str]] = {phone: [] for phone in phones}
    for minute in range(60):
        phone = phones[minute % 5]
        sent[phone].append(f"text {minute}")
        relay.world.sms_from(phone, f"text {minute}")
        relay.world.run_for(seconds=60)
        if minute % 17 == 16:
            relay.world.crash()
    weather.is_bad = False
    relay.world.run_for(hours=12)

    for phone in phones:
        masked = f"{phone[:5]}***{phone[-4:]}"
        found = [p for p in relay.chat.posted if relay.chat._title(p) == masked or ever_in(relay, p, phone)]
        texts = [strip(p.text) for p in found if "text " in p.text]
        assert set(texts) == set(sent[phone]), masked
    everything = [p.text for p in relay.chat.posted]
    plain = [text for text in everything if not text.startswith(AGAIN)]
    assert len(plain) == len(set(plain)), "a repeat without its mark"
    assert len(everything) <= 60 + weather.lost + 4
    with relay.reads() as read:
        assert [p for p in read.posts_listed(limit=10_000) if p.state in ("queued", "held", "sending")] == []


def ever_in(relay, posted, phone) -> bool:
    """Whether it stands in a thread of that phone that was deleted meanwhile."""
    with relay.reads() as read:
        link = read.link("team", posted.room, posted.id)
        conversation = read.conversation(link.conversation) if link else None
    return conversation is not None and conversation.party == phone


def strip(text: str) -> str:
    """The SMS itself, without mark, time and head."""
    return text[text.index("text ") :]


def test_ticks_wait_for_everything_else(relay):
    relay.chat.wait_s = lambda _room, lane: 30.0 if lane is Lane.TICK else 0.0
    relay.world.sms_from(PARCEL, "hello")
    relay.poll()

    message = relay.writes("On its way", to=TITLE)
    relay.world.sms_from(PARCEL, "thanks")
    relay.poll()

    assert relay.chat.texts(TITLE) == ["hello", "thanks"]
    assert message not in relay.chat.marks
