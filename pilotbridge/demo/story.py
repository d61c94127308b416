"""The demo's story, on real sockets: an alert at a phone and in a chat, taken; a stranger answered.

It looks at the bridge and the sandbox from outside, as senders, phones and people in the chat would.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pilotbridge.clock import SystemClock
from pilotbridge.demo.outside import PATIENCE_S, Outside, StoryBroke

ANNA, STRANGER = "79087964781", "79131437355"
QUESTION, ANSWER = "is the office open today?", "yes, until six"
CRITICAL, TAKEN, OVER, DELIVERED = "🔴", "✋", "🟢", "👌"
"""What a card or a tick shows whatever its language."""
_LOOK_EVERY_S = 0.1


@dataclass(slots=True)
class Story:
    """``tell`` hears each chapter with the seconds since the beginning."""

    outside: Outside
    tell: Callable[[float, str], None]
    _began: float = field(default_factory=time.monotonic)

    def play(self) -> None:
        """:raises StoryBroke: with the chapter that did not come true."""
        self._began = time.monotonic()
        self._an_alert()
        self._a_stranger()

    def _an_alert(self) -> None:
        outside, starts = self.outside, SystemClock().utc_now().isoformat().replace("+00:00", "Z")
        outside.alert("firing", starts)
        self._say("an alert fires: DiskFull on db01; the bridge answered 202: it is on disk")
        first = self._next_text(ANNA, "the SMS", told=0)
        self._say(f"SMS to Anna: {first}")
        ref = first.rpartition("#")[2].split()[0].partition(".")[0]
        self._say(f"card in the duty room: {self._card(ref, CRITICAL)}")
        self._await("delivery", lambda: bool(outside.messages()[0]["state"] == "delivered"))
        self._say("the gateway called back, was asked, and confirmed: delivered")
        outside.text_from(ANNA, ref)
        self._say(f"Anna texts to the service number: 1234 {ref}")
        self._say(f"SMS to Anna: {self._next_text(ANNA, 'the answer', told=1)}")
        self._await("the acknowledgement", lambda: bool(outside.incident()["acknowledged_by"] == "anna"))
        self._say(f"the card says: {self._card(ref, TAKEN)}")
        outside.alert("resolved", starts)
        self._say("the alert is over")
        self._say(f"SMS to Anna: {self._next_text(ANNA, 'the resolved notice', told=2)}")
        self._say(f"the card says: {self._card(ref, OVER)}")
        self._await("the end", lambda: outside.incident()["closed_at"] is not None)
        self._say(f"incident #{ref} is closed; at a bridge of yours `trace {ref}` tells every step")

    def _a_stranger(self) -> None:
        outside = self.outside
        outside.text_from(STRANGER, QUESTION)
        self._say(f"a stranger texts to the service number: 1234 {QUESTION}")
        post = self._post("the SMS in the chat", QUESTION)
        thread = int(post.get("message_thread_id") or 0)
        self._say(f"topic {outside.topic(thread)!r} in the duty room: {post['text']}")
        number = outside.write(ANSWER, thread)
        self._say(f"Anna writes in the topic: {ANSWER}")
        self._say(f"SMS to the stranger: {self._next_text(STRANGER, 'the answer at the phone', told=0)}")
        self._await("the tick", lambda: DELIVERED in self._ticks(number))
        self._say(f"Anna's message shows {DELIVERED}: delivered")

    # -- chapters --------------------------------------------------------------------------------

    def _say(self, what: str) -> None:
        self.tell(time.monotonic() - self._began, what)

    def _next_text(self, phone: str, what: str, *, told: int) -> str:
        """The text on a phone after ``told`` earlier ones."""
        texts: list[str] = []

        def arrived() -> bool:
            texts[:] = self.outside.texts(phone)
            return len(texts) > told

        self._await(what, arrived)
        return texts[told]

    def _card(self, ref: str, containing: str) -> str:
        """The line of the incident's card that says so."""
        lines: list[str] = []

        def says() -> bool:
            cards = (post["text"] for post in self.outside.posts(f"#{ref}"))
            lines[:] = [line for card in cards for line in card.split("\n") if containing in line]
            return bool(lines)

        self._await(f"the card with {containing}", says)
        return lines[0]

    def _post(self, what: str, containing: str) -> Any:
        found: list[Any] = []

        def is_there() -> bool:
            found[:] = self.outside.posts(containing)
            return bool(found)

        self._await(what, is_there)
        return found[0]

    def _ticks(self, number: int) -> str:
        posts = [post for post in self.outside.posts(ANSWER) if post["message_id"] == number]
        return "".join(reaction["emoji"] for post in posts for reaction in post.get("reactions", ()))

    def _await(self, what: str, is_true: Callable[[], bool]) -> None:
        ends_at = time.monotonic() + PATIENCE_S
        while time.monotonic() < ends_at:
            if is_true():
                return
            time.sleep(_LOOK_EVERY_S)
        raise StoryBroke(f"{what} did not come within {PATIENCE_S:.0f} s")
