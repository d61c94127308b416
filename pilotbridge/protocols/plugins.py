"""What a plugin sees of the bridge, and what the bridge sees of its plugins."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar, runtime_checkable

from pilotbridge.matcher import Matchers
from pilotbridge.model import (
    Alert,
    Contact,
    InboundSms,
    Incident,
    Message,
    MessageId,
    Notification,
    Reply,
    Route,
    Sighting,
    Trouble,
    UpdateId,
)
from pilotbridge.phone import PhoneNumber
from pilotbridge.protocols.running import Step
from pilotbridge.rota import Swap

T = TypeVar("T")


class KeyValue(Protocol):
    """A plugin's own small storage in the bridge's database; values are JSON."""

    def get(self, key: str) -> Any: ...
    def set(self, key: str, value: Any) -> Future[None]: ...
    def delete(self, key: str) -> Future[None]: ...
    def items(self) -> Mapping[str, Any]: ...


class LocalClock(Protocol):
    """Time as plugins see it."""

    def utc_now(self) -> datetime: ...
    def local(self) -> datetime:
        """Now in ``bridge.zone``."""
        ...

    def steady_s(self) -> float:
        """Seconds that nobody can set; only differences mean something."""
        ...


class Bridge(Protocol):
    """What a plugin may ask of the bridge. Verbs that write return a future that resolves at the commit."""

    @property
    def clock(self) -> LocalClock: ...
    @property
    def contacts(self) -> Mapping[str, Contact]: ...
    def config(self, model: type[T]) -> T:
        """This plugin's block of the configuration, as the model it registered."""
        ...

    def storage(self, name: str = "default") -> KeyValue: ...
    def log(self, name: str = "") -> Any: ...
    def incidents(self, *, told_to: PhoneNumber | None = None) -> Sequence[Incident]:
        """Open incidents and those closed in the last 30 min; ``told_to``: that number knows of them."""
        ...

    def alerts(self, matchers: Matchers, *, since: datetime | None = None) -> Sequence[Sighting]:
        """Alerts that fire and match; with ``since`` also those that ended, or were spoken of, from then on.

        It looks at every alert there is, so ask rarely, and name a label with ``=`` where there are many.
        """
        ...

    def send_sms(self, to: str, text: str, *, repeat: bool = False) -> Future[MessageId]: ...
    def post_to_chat(self, room: str, text: str) -> Future[int]:
        """Post to a configured room, or to a contact's private chat (``@anna``)."""
        ...

    def acknowledge(self, ref: str, by: str, *, note: str = "") -> Future[Incident]: ...
    def unacknowledge(self, ref: str, by: str) -> Future[Incident]: ...
    def pass_on(self, ref: str, by: str) -> Future[Incident]: ...
    def who_is_next(self, incident: Incident) -> tuple[str, ...]: ...
    def swap(self, code: str) -> Swap | None:
        """The newest question to trade places on call that carries ``code``."""
        ...

    def answer_swap(self, code: str, by: str, *, agrees: bool) -> Future[Swap]: ...
    def raise_trouble(self, trouble: Trouble) -> None: ...
    def clear_trouble(self, name: str, what: str) -> None:
        """It is right again; costs nothing while it was."""
        ...

    def every(self, name: str, every: timedelta, work: Callable[[], object]) -> None:
        """Do ``work`` every so often until the bridge ends; ``name`` said again takes the old one's place.

        Never twice at once, and with the deadline of a question. What it asks to have written is one
        transaction once it has ended; of a round that raises or is too slow nothing is. The first round comes
        after ``every``; a restart forgets it, so that :func:`bridge_started` is where to call this.
        """
        ...

    def run_forever(self, name: str, step: Step) -> None:
        """Take ``step`` on the event loop again and again until the bridge ends, whatever it raises.

        A step that fails is taken again later and later; the end cancels it.
        """
        ...

    def call_async(self, coroutine: Coroutine[Any, Any, T]) -> Future[T]:
        """Run ``coroutine`` on the event loop, from any thread.

        The future fails with Closed when there is no loop yet, or no more.
        """
        ...

    def store_update(self, chat: str, update_id: UpdateId, body: bytes) -> Future[bool]:
        """Keep an update as it came; resolves at the commit, to False when it is known already."""
        ...

    def hook_url(self, chat: str) -> str:
        """Where ``chat`` reaches its connector's ``webhook``, a secret; empty like :meth:`public_url`."""
        ...

    def public_url(self, path: str) -> str:
        """The address of ``path`` as the internet reaches it; empty when the configuration names none."""
        ...


@dataclass(frozen=True, slots=True)
class Answered:
    """A plugin's answer to an inbound SMS. ``writes`` are the changes it asked for on the way.

    Each takes the store's write verbs; all of them, the reply and the settled row are one transaction.
    """

    plugin: str
    reply: Reply
    writes: tuple[Callable[[Any], Any], ...] = ()


@runtime_checkable
class Hooks(Protocol):
    """The plugins, as the flows see them: one typed method per hook, none of which ever raises."""

    def is_asked(self, *hooks: str) -> bool:
        """Whether any plugin answers one of ``hooks``."""
        ...

    def enrich_alerts(self, alerts: Sequence[Alert]) -> Sequence[Alert]: ...
    def route_alerts(self, alerts: Sequence[Alert]) -> Mapping[Alert, Sequence[tuple[str, Route]]]:
        """Per alert the opinions in configured order, each with the plugin's name."""
        ...

    def mute_group(self, notification: Notification) -> str: ...
    def compose_text(self, notification: Notification) -> str: ...
    def answer_inbound(self, inbound: InboundSms) -> Answered | None: ...
    def choose_conversation(self, inbound: InboundSms) -> str: ...
    def alerts_recorded(self, alerts: Sequence[Alert]) -> None: ...
    def inbound_recorded(self, inbound: InboundSms) -> None: ...
    def message_settled(self, message: Message) -> None: ...
