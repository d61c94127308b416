"""Found alerts as JSON, some hundred at a time, each page from a read of its own: never all in memory.

An alert that has ended since it was found is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import TypeVar

import msgspec

from pilotbridge.clock import from_ms
from pilotbridge.model import GroupId
from pilotbridge.store.firing import FiringView, GroupView
from pilotbridge.store.protocol import ReadVerbs
from pilotbridge.web.alertmanager.fingerprint import written
from pilotbridge.web.alertmanager.listing import Found, FoundGroup

PAGE = 512

T = TypeVar("T")
Groups = Mapping[GroupId, GroupView]
Piece = Callable[[ReadVerbs], bytes]
"""The next bytes, from a read of their own."""


class Receiver(msgspec.Struct):
    name: str


class _Status(msgspec.Struct, rename="camel"):
    inhibited_by: Sequence[str]
    muted_by: Sequence[str]
    silenced_by: Sequence[str]
    state: str


class _Alert(msgspec.Struct, rename="camel"):
    annotations: msgspec.Raw
    ends_at: str
    fingerprint: str
    receivers: list[Receiver]
    starts_at: str
    status: _Status
    updated_at: str
    labels: msgspec.Raw
    generator_url: str | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="generatorURL")


class _GroupHead(msgspec.Struct):
    labels: Mapping[str, str]
    receiver: Receiver


_encode = msgspec.json.Encoder().encode


@lru_cache(maxsize=4096)
def moment(ms: int) -> str:
    """As Alertmanager writes a time: UTC with milliseconds. Alerts that came together share theirs."""
    return from_ms(ms).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


class AlertPages:
    """The list of alerts, as pieces of JSON."""

    def __init__(self, found: Sequence[Found], groups: Groups) -> None:
        self._found = found
        self._groups = groups
        self._is_first = True

    def pieces(self) -> Iterator[Piece]:
        """All but the end; each is to be taken in turn."""
        return (partial(self._page, chunk) for chunk in _chunks(self._found))

    def _page(self, found: Sequence[Found], read: ReadVerbs) -> bytes:
        rows = read.firing_in([each.alert_id for each in found])
        parts = [
            _encode(_alert(rows[each.alert_id], each, _receivers(each, self._groups), ()))
            for each in found
            if each.alert_id in rows
        ]
        if not parts:
            return b""
        lead, self._is_first = b"[" if self._is_first else b",", False
        return lead + b",".join(parts)

    def end(self) -> bytes:
        return (b"[" if self._is_first else b"") + b"]\n"


class GroupPages:
    """The list of groups with their alerts, as pieces of JSON; a group may reach over several."""

    def __init__(self, found: Sequence[FoundGroup]) -> None:
        self._found = found
        self._groups = {group.view.id: group.view for group in found}
        self._open: FoundGroup | None = None

    def pieces(self) -> Iterator[Piece]:
        """All but the end; each is to be taken in turn."""
        pairs = [(group, alert) for group in self._found for alert in group.alerts]
        return (partial(self._page, chunk) for chunk in _chunks(pairs))

    def _page(self, found: Sequence[tuple[FoundGroup, Found]], read: ReadVerbs) -> bytes:
        rows = read.firing_in([alert.alert_id for _, alert in found])
        parts: list[bytes] = []
        for group, alert in found:
            if alert.alert_id in rows:
                parts.append(self._before(group))
                shown = _receivers(alert, self._groups)
                parts.append(_encode(_alert(rows[alert.alert_id], alert, shown, group.muted_by)))
        return b"".join(parts)

    def _before(self, group: FoundGroup) -> bytes:
        """What stands between the alert before and the next one, which is in ``group``."""
        if group is self._open:
            return b","
        ends = b"[" if self._open is None else b"]},"
        self._open = group
        head = _encode(_GroupHead(group.view.labels.as_dict(), Receiver(group.view.receiver)))
        return ends + head[:-1] + b',"alerts":['

    def end(self) -> bytes:
        return b"[]\n" if self._open is None else b"]}]\n"


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), PAGE):
        yield items[start : start + PAGE]


def _receivers(found: Found, groups: Groups) -> list[Receiver]:
    """Who is told of it, each once, in the order of the routes."""
    names = dict.fromkeys(groups[group].receiver for group in found.groups if group in groups)
    return [Receiver(name) for name in names]


def _alert(row: FiringView, found: Found, receivers: list[Receiver], muted_by: Sequence[str]) -> _Alert:
    status = found.status
    is_quiet = status.silenced_by or status.inhibited_by or muted_by
    return _Alert(
        annotations=msgspec.Raw(row.annotations),
        ends_at=moment(row.expires_at_ms),
        fingerprint=written(found.fingerprint),
        receivers=receivers,
        starts_at=moment(row.starts_at_ms),
        status=_Status(
            status.inhibited_by, muted_by, status.silenced_by, "suppressed" if is_quiet else "active"
        ),
        updated_at=moment(row.last_seen_at_ms),
        labels=msgspec.Raw(row.labels),
        generator_url=row.url or msgspec.UNSET,
    )
