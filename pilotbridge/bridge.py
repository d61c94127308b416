"""The small object every plugin gets: what it may ask of the bridge, and the few things it may have done.

It turns verbs into jobs for the store. In a question the jobs are collected, so that they stand or fall
with what the question decides; elsewhere they return a future that resolves at the commit.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from pilotbridge.chat import Lane
from pilotbridge.clock import Clock, from_ms, to_ms
from pilotbridge.config.settings import Settings
from pilotbridge.errors import Closed, ConfigurationError, NotFound
from pilotbridge.logs import Logger, get_logger
from pilotbridge.matcher import Matchers, Op
from pilotbridge.model import Contact, Incident, MessageId, Sighting, Trouble, UpdateId
from pilotbridge.oncall.acknowledgement import acknowledge, unacknowledge
from pilotbridge.oncall.escalation import pass_on, who_is_next
from pilotbridge.oncall.roster import recipient_called, roster_of
from pilotbridge.oncall.storms import storms_told_to
from pilotbridge.oncall.swaps import Desk as SwapDesk
from pilotbridge.oncall.swaps import answer_swap, fits
from pilotbridge.outbox.enqueue import Order, Postage, check_country, check_wish, enqueue, marked
from pilotbridge.outbox.posts.enqueue import Saying, in_room, say
from pilotbridge.outbox.posts.rooms import find_room
from pilotbridge.phone import PhoneNumber
from pilotbridge.protocols import Duty, Runtime, Step
from pilotbridge.rota import Swap, SwapState
from pilotbridge.store.protocol import Store, WriteVerbs

T = TypeVar("T")
Job = Callable[[WriteVerbs], Any]

TOLD_WITHIN = timedelta(hours=12)
CLOSED_WITHIN = timedelta(minutes=30)
SHORTEST_ROUND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class BridgeParts:
    """What every plugin's bridge is made of."""

    store: Store
    settings: Callable[[], Settings]
    postage: Callable[[], Postage]
    clock: Clock
    raise_trouble: Callable[[Trouble], None]
    wake: Callable[[], None]
    on_update: Callable[[], None] = lambda: None
    hook_path: Callable[[str], str] = lambda _chat: ""
    clear_trouble: Callable[[str, str], None] = lambda _name, _what: None
    runtime: Runtime | None = None
    """None where nothing runs, as in a rehearsal."""
    do_round: Callable[[str, str, Callable[[], object]], object] = lambda _plugin, _name, work: work()
    """Does one round of a plugin's regular work, with its fence around it."""


class Uncommitted(Future[T]):
    """The promise of a write asked for in a question: nothing is on disk before the question is decided."""

    def result(self, timeout: float | None = None) -> T:  # noqa: ARG002 - waiting would be for ever
        raise RuntimeError("inside a question nothing is committed yet; answer first")


class _LocalClock:
    def __init__(self, parts: BridgeParts) -> None:
        self._parts = parts

    def utc_now(self) -> datetime:
        return self._parts.clock.utc_now()

    def local(self) -> datetime:
        """Now in ``bridge.zone``."""
        return self.utc_now().astimezone(ZoneInfo(self._parts.settings().bridge.zone))

    def steady_s(self) -> float:
        """Seconds since the machine started; nobody can set them."""
        return self._parts.clock.boot_ms() / 1000


class PluginBridge:
    """The bridge as the plugin ``name`` has it; see :class:`pilotbridge.protocols.Bridge`."""

    def __init__(self, name: str, parts: BridgeParts) -> None:
        self._name = name
        self._parts = parts
        self._question = threading.local()
        self.clock = _LocalClock(parts)

    # -- asking ----------------------------------------------------------------------------------

    @property
    def contacts(self) -> Mapping[str, Contact]:
        return self._parts.settings().contacts

    def config(self, model: type[T]) -> T:
        """This plugin's block, as the model it registered.

        :raises ConfigurationError: when the block does not fit the model.
        """
        block = self._parts.settings().plugins.get(self._name, {})
        validate: Callable[[Any], T] = model.model_validate  # type: ignore[attr-defined]
        try:
            return validate(dict(block))
        except ValueError as error:
            raise ConfigurationError(f"plugins.{self._name}: {error}") from error

    def log(self, name: str = "") -> Logger:
        return get_logger(f"plugin.{self._name}{'.' if name else ''}{name}")

    def incidents(self, *, told_to: PhoneNumber | None = None) -> Sequence[Incident]:
        """Open incidents and those closed in the last 30 min, newest first.

        With ``told_to`` those that this number was told of in the last 12 h, a storm as one of them.
        """
        now_ms = self._parts.clock.now_ms()
        closed_since = now_ms - _ms(CLOSED_WITHIN)
        with self._parts.store.read() as read:
            if told_to is None:
                return [row.incident for row in read.incidents_open(closed_since)]
            told_since = now_ms - _ms(TOLD_WITHIN)
            rows = read.incidents_told_to(told_to, told_since_ms=told_since, closed_since_ms=closed_since)
            return [*storms_told_to(read, told_to, told_since), *(row.incident for row in rows)]

    def alerts(self, matchers: Matchers, *, since: datetime | None = None) -> Sequence[Sighting]:
        """Alerts that fire and match; with ``since`` also what ended, or was spoken of, from then on."""
        surely = next(
            ((each.name, each.value) for each in matchers if each.op is Op.EQUAL and each.value), None
        )
        with self._parts.store.read() as read:
            rows = read.alerts_known(since_ms=None if since is None else to_ms(since), surely=surely)
            return [
                Sighting(row.alert, from_ms(row.last_seen_at_ms))
                for row in rows
                if matchers.matches(row.alert.labels)
            ]

    def storage(self, name: str = "default") -> Storage:
        return Storage(self, self._name, name)

    # -- having it done --------------------------------------------------------------------------

    def send_sms(self, to: str, text: str, *, repeat: bool = False) -> Future[MessageId]:
        """Send ``text`` to an address. An equal text to one number waits out the guard, or is marked.

        :raises NotFound: when the address means no phone.
        :raises NotAllowed: when the number may not be texted.
        """
        with self._parts.store.read() as read:
            roster = roster_of(read, self._parts.settings(), self._parts.clock.now_ms())
        recipient = recipient_called(to, roster)
        order = Order(
            recipient.phone,
            text,
            reason=f"plugin {self._name}",
            origin=f"plugin:{self._name}",
            is_unasked=True,
            contact=recipient.name,
        )
        with self._parts.store.read() as read:
            check_country(read, order.recipient, self._parts.postage())
            check_wish(read, order)

        def job(tx: WriteVerbs) -> MessageId:
            now_ms, postage = self._parts.clock.now_ms(), self._parts.postage()
            chosen = marked(tx, order.recipient, text, postage, now_ms) if repeat else text
            return enqueue(tx, msgspec.structs.replace(order, text=chosen), postage, now_ms)

        return self.write(job)

    def post_to_chat(self, room: str, text: str) -> Future[int]:
        """Post to a configured room, or to a contact's private chat (``@anna``).

        :raises NotFound: when there is no such room.
        """
        found = find_room(room, self._parts.settings())
        if found is None:
            raise NotFound(f"there is no room {room}")
        saying = Saying(text, f"plugin {self._name}", lane=Lane.URGENT)

        def job(tx: WriteVerbs) -> int:
            return say(tx, in_room(found.chat, found.id), saying, self._parts.clock.now_ms())

        return self.write(job)

    def acknowledge(self, ref: str, by: str, *, note: str = "") -> Future[Incident]:
        """Take the incident ``ref``; the future fails with NotFound or Refused, each with its sentence."""
        return self.write(
            lambda tx: acknowledge(tx, ref, by=by, note=note, now_ms=self._parts.clock.now_ms())
        )

    def unacknowledge(self, ref: str, by: str) -> Future[Incident]:
        """Give it back."""
        return self.write(lambda tx: unacknowledge(tx, ref, by=by, now_ms=self._parts.clock.now_ms()))

    def pass_on(self, ref: str, by: str) -> Future[Incident]:
        """Tell the receiver's next step now; the future fails with NotFound or Refused."""
        return self.write(
            lambda tx: pass_on(
                tx, ref, by=by, settings=self._parts.settings(), now_ms=self._parts.clock.now_ms()
            )
        )

    def who_is_next(self, incident: Incident) -> tuple[str, ...]:
        """Whom the next step would tell, as names of contacts and rooms; empty when there is none."""
        with self._parts.store.read() as read:
            return who_is_next(read, incident, self._parts.settings(), self._parts.clock.now_ms())

    def swap(self, code: str) -> Swap | None:
        """The newest question to trade places on call that carries ``code``.

        One that waits while the schedule has changed is shown as it will end: lapsed.
        """
        with self._parts.store.read() as read:
            swap = read.swap_by_code(code.upper())
            roster = roster_of(read, self._parts.settings(), self._parts.clock.now_ms())
        is_changed = swap is not None and swap.state is SwapState.ASKED and not fits(swap, roster)
        return replace(swap, state=SwapState.LAPSED) if swap and is_changed else swap

    def answer_swap(self, code: str, by: str, *, agrees: bool) -> Future[Swap]:
        """Say yes or no to it; the future fails with NotFound, NotAllowed or Refused."""

        def job(tx: WriteVerbs) -> Swap:
            settings, now_ms = self._parts.settings(), self._parts.clock.now_ms()
            desk = SwapDesk(roster_of(tx, settings, now_ms), self._parts.postage())
            return answer_swap(tx, code, desk, by=by, agrees=agrees)

        return self.write(job)

    def raise_trouble(self, trouble: Trouble) -> None:
        """Say something about the bridge or this plugin to whoever hears its Troubles."""
        self._parts.raise_trouble(trouble)

    def clear_trouble(self, name: str, what: str) -> None:
        """It is right again; costs nothing while it was."""
        self._parts.clear_trouble(name, what)

    def every(self, name: str, every: timedelta, work: Callable[[], object]) -> None:
        """Do ``work`` every so often until the bridge ends.

        :raises ValueError: when ``every`` is less than a second.
        """
        if every < SHORTEST_ROUND:
            raise ValueError(f"{name}: every {every} is too often; a second is the least")

        def round_() -> None:
            self._parts.do_round(self._name, name, work)

        self._running.add_duty(Duty(f"plugin {self._name}: {name}", every, round_))

    # -- for connectors --------------------------------------------------------------------------

    def run_forever(self, name: str, step: Step) -> None:
        """Take ``step`` on the event loop again and again until the bridge ends."""
        self._running.run_forever(name, step)

    def call_async(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Run ``coroutine`` on the event loop; the future fails with Closed when there is none."""
        return self._running.call_async(coroutine)

    def store_update(self, chat: str, update_id: UpdateId, body: bytes) -> Future[bool]:
        """Keep an update as it came; False when it is known already."""
        now_ms = self._parts.clock.now_ms()
        future = self._parts.store.write(lambda tx: tx.add_chat_update(chat, update_id, body, now_ms))
        future.add_done_callback(lambda _: self._parts.on_update())
        return future

    def public_url(self, path: str) -> str:
        """The address of ``path`` as the internet reaches it; empty without ``web.external_url``."""
        base = self._parts.settings().web.external_url
        return f"{base}{path}" if base else ""

    def hook_url(self, chat: str) -> str:
        """Where ``chat`` reaches its connector, a secret; empty without ``web.external_url``."""
        return self.public_url(self._parts.hook_path(chat))

    @property
    def _running(self) -> Runtime:
        if self._parts.runtime is None:
            raise Closed("nothing runs here: this is a rehearsal")
        return self._parts.runtime

    # -- writing ---------------------------------------------------------------------------------

    @contextmanager
    def question(self) -> Iterator[list[Job]]:
        """While a question is asked on this thread, writes are collected instead of made."""
        wanted: list[Job] = []
        self._question.wanted = wanted
        try:
            yield wanted
        finally:
            self._question.wanted = None

    def write(self, job: Callable[[WriteVerbs], T]) -> Future[T]:
        """Run ``job`` on the writer, or keep it for the plan of the question being asked."""
        wanted: list[Job] | None = getattr(self._question, "wanted", None)
        if wanted is None:
            future = self._parts.store.write(job)
            future.add_done_callback(lambda _: self._parts.wake())
            return future
        wanted.append(job)
        return Uncommitted()

    def read_value(self, store: str, key: str) -> Any:
        with self._parts.store.read() as read:
            return read.plugin_value(self._name, store, key)

    def read_items(self, store: str) -> dict[str, Any]:
        with self._parts.store.read() as read:
            return read.plugin_items(self._name, store)


class Storage:
    """A plugin's own values in the bridge's database; see :class:`pilotbridge.protocols.KeyValue`."""

    def __init__(self, bridge: PluginBridge, plugin: str, name: str) -> None:
        self._bridge = bridge
        self._plugin = plugin
        self._name = name

    def get(self, key: str) -> Any:
        """The value, None when there is none."""
        return self._bridge.read_value(self._name, key)

    def items(self) -> Mapping[str, Any]:
        return self._bridge.read_items(self._name)

    def set(self, key: str, value: Any) -> Future[None]:
        return self._bridge.write(lambda tx: tx.set_plugin_value(self._plugin, self._name, key, value))

    def delete(self, key: str) -> Future[None]:
        return self._bridge.write(lambda tx: tx.delete_plugin_value(self._plugin, self._name, key))


def _ms(duration: timedelta) -> int:
    return int(duration.total_seconds() * 1000)
