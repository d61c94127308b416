"""The sandbox as one function of a request and the time; no socket, no clock, no thread.

It routes: the gateway's address to the gateway with its faults, ``/bot`` to Telegram's Bot API,
``/sandbox/`` to the control, ``/`` to the page.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import datetime
from heapq import heappop

from pilotbridge.clock import from_ms, to_ms
from pilotbridge.sandbox.account import account_of
from pilotbridge.sandbox.callbacks import Call, Heard
from pilotbridge.sandbox.control import control
from pilotbridge.sandbox.faults import Kind, command_of, phones_of, pick, strike
from pilotbridge.sandbox.gateway import answer
from pilotbridge.sandbox.http import Fault, Request, Response, Waiting, json_response
from pilotbridge.sandbox.journal import Arrival
from pilotbridge.sandbox.page import find_page
from pilotbridge.sandbox.telegram.api import BotApi
from pilotbridge.sandbox.telegram.faults import Kind as BotFaultKind
from pilotbridge.sandbox.telegram.faults import strikes_updates
from pilotbridge.sandbox.telegram.updates import Delivery
from pilotbridge.sandbox.world import World
from pilotbridge.smspilot.wire import Asked, ErrorAnswer, SendAnswer, Version, read_request, write_answer

GATEWAY_PATHS = ("/api2.php",)
NOTHING_NEW = json_response({"ok": True, "result": []})
_OPEN_TO_ALL = {"Access-Control-Allow-Origin": "*"}


class Sandbox:
    """A gateway, its phones and its faults. ``now`` is always aware and may be any time at all."""

    def __init__(self, world: World | None = None) -> None:
        self.world = world or World()

    def handle(self, request: Request, now: datetime) -> Response | Fault:
        """Answer one request, or say how it fails; a poll for which there is nothing hears so at once."""
        outcome = self.begin(request, now)
        if isinstance(outcome, Waiting):
            self.give_up(outcome)
            return NOTHING_NEW
        return outcome

    def begin(self, request: Request, now: datetime) -> Response | Fault | Waiting:
        """Like :meth:`handle`, for whoever can wait and then :meth:`ask_again`."""
        at_ms = self._at_ms(now)
        self._settle(at_ms)
        if request.path.startswith("/bot"):
            return self._bot_api.ask(request, at_ms)
        if request.path in GATEWAY_PATHS:
            return self._ask_gateway(request, at_ms)
        if request.path == "/sandbox" or request.path.startswith("/sandbox/"):
            return control(self.world, request, at_ms)
        return find_page(request.path)

    def ask_again(self, waiting: Waiting, now: datetime) -> Response | Waiting:
        """Answer a poll that waits, or let it wait on."""
        return self._bot_api.ask_again(waiting, self._at_ms(now))

    def give_up(self, waiting: Waiting) -> None:
        """The client of a poll went away."""
        self.world.telegram.mailbox.give_up(waiting.number)

    @property
    def news(self) -> int:
        """Changes whenever a poll that waits should be asked again."""
        return self.world.telegram.mailbox.news

    def time(self, now: datetime) -> datetime:
        """The sandbox's own time, which its control may have moved."""
        return from_ms(self._at_ms(now))

    def calls_due(self, now: datetime) -> list[Call | Delivery]:
        """Callbacks to make now, at most one of a message, and the next update for a bot's webhook.

        Tell each outcome to :meth:`heard`.
        """
        at_ms = self._at_ms(now)
        self._settle(at_ms)
        return [*self.world.callbacks.take_due(at_ms), *self.world.telegram.mailbox.take_due(at_ms)]

    def heard(self, call: Call | Delivery, heard: Heard, now: datetime) -> None:
        at_ms = self._at_ms(now)
        if isinstance(call, Call):
            self.world.callback_heard(call, heard, at_ms)
            return
        telegram = self.world.telegram
        again = heard.is_taken and strikes_updates(telegram.faults, BotFaultKind.REPEATED, at_ms)
        telegram.mailbox.heard(call, heard, telegram.bot.webhook_retries_s, at_ms, again=again)

    def make_calls(self, now: datetime, perform: Callable[[Call | Delivery], Heard]) -> int:
        """Make every callback that is due, also those that become due on the way; return how many."""
        made = 0
        while calls := self.calls_due(now):
            made += len(calls)
            for call in calls:
                self.heard(call, perform(call), now)
        return made

    def next_due_s(self, now: datetime) -> float | None:
        """Seconds until the next callback or late landing; None when nothing waits."""
        waiting = [
            self.world.callbacks.next_due_ms(),
            self.world.telegram.mailbox.next_due_ms(),
            *(landing[0] for landing in self.world.landings[:1]),
        ]
        due_ms = min((ms for ms in waiting if ms is not None), default=None)
        return None if due_ms is None else max(0.0, (due_ms - self._at_ms(now)) / 1000)

    def down_for_s(self, now: datetime) -> float:
        """For how long no connection is to be accepted; 0 when the gateway is up.

        A DOWN without an end by time is told per request, for whoever asks without a socket.
        """
        at_ms = self._at_ms(now)
        rules = (fault.rule for fault in self.world.faults)
        ends = [rule.until_ms for rule in rules if rule.kind is Kind.DOWN and rule.until_ms]
        return max(0.0, (max(ends, default=0) - at_ms) / 1000)

    def _at_ms(self, now: datetime) -> int:
        return to_ms(now) + self.world.offset_ms

    def _settle(self, at_ms: int) -> None:
        """Let requests land that were late, at the time they land."""
        landings = self.world.landings
        while landings and landings[0][0] <= at_ms:
            due_ms, _, land = heappop(landings)
            land(due_ms)
        self.world.drop_spent_faults(at_ms)
        self.world.telegram.drop_spent_faults(at_ms)
        self.world.prune(at_ms)

    @property
    def _bot_api(self) -> BotApi:
        return BotApi(self.world.telegram, self.world.land_later)

    def _ask_gateway(self, request: Request, at_ms: int) -> Response | Fault:
        asked = read_request(request.query, request.body)
        arrival = self.world.journal.add(request, at_ms, command_of(asked), len(phones_of(asked)))
        take = functools.partial(self._take, asked, arrival)
        rule = pick(self.world.faults, asked, at_ms)
        if rule is None:
            return take(at_ms)
        struck = strike(
            rule, asked.form, lambda: take(at_ms), functools.partial(self._land_later, take, at_ms)
        )
        arrival.outcome = rule.kind
        return struck

    def _land_later(self, take: Callable[[int], Response], at_ms: int, seconds: float) -> None:
        self.world.land_later(at_ms + int(seconds * 1000), take)

    def _take(self, asked: Asked, arrival: Arrival, at_ms: int) -> Response:
        """Let the call have its effect."""
        told = answer(self.world, asked, arrival.request.client, at_ms)
        arrival.taken = True
        arrival.outcome = arrival.outcome or "answered"
        if isinstance(told, ErrorAnswer):
            arrival.error = told.error
        elif isinstance(told, SendAnswer):
            arrival.server_ids = tuple([int(entry.server_id) for entry in told.entries if entry.server_id])
        body = write_answer(told, asked.form, self._version(asked))
        return Response(200, body, asked.form.content_type, _OPEN_TO_ALL)

    def _version(self, asked: Asked) -> Version:
        """The version that the asking account's gateway speaks."""
        accounts = self.world.accounts
        known = account_of(accounts.values(), asked.credentials) if asked.credentials else None
        return (known or accounts["main"]).version
