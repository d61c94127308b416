"""SMS that came in, and how far each feed was read."""

from __future__ import annotations

import json
from collections.abc import Collection

from pilotbridge.clock import to_ms
from pilotbridge.model import InboundId, InboundSms, MessageId
from pilotbridge.store.connection import Statements
from pilotbridge.store.sql.rows import inbound_from

_NEWEST = 1 << 62


class InboundReads(Statements):
    __slots__ = ()

    def inbound_waiting(self, limit: int) -> list[InboundSms]:
        """SMS nobody has looked at yet, oldest first."""
        return [inbound_from(row) for row in self.rows("inbound_waiting", (limit,))]

    def inbound_listed(self, limit: int = 100, before: int = _NEWEST) -> list[InboundSms]:
        return [inbound_from(row) for row in self.rows("inbound_listed", (before, limit))]

    def has_written(self, sender: str) -> bool:
        """Whether this number (digits, as the gateway writes it) ever wrote to us."""
        return self.row("inbound_seen", (sender,)) is not None

    def have_written(self, senders: Collection[str]) -> set[str]:
        """Those of these numbers that ever wrote to us."""
        if not senders:
            return set()
        return {row[0] for row in self.rows("inbound_seen_of", (json.dumps(sorted(senders)),))}

    def cursor(self, name: str) -> int | None:
        row = self.row("get_cursor", (name,))
        return None if row is None else row[0]


class InboundWrites(InboundReads):
    __slots__ = ()

    def add_inbound(self, sms: InboundSms, now_ms: int) -> InboundId | None:
        """Keep ``sms``; None when the feed has shown it before."""
        row = self.row(
            "add_inbound",
            (sms.gateway, sms.gateway_id, sms.sender, sms.number, sms.text, to_ms(sms.created_at), now_ms),
        )
        return None if row is None else InboundId(row[0])

    def settle_inbound(
        self, inbound_id: InboundId, state: str, reason: str, *, reply: MessageId | None = None
    ) -> bool:
        """Where it went; False when it had gone somewhere already."""
        return self.run("settle_inbound", (state, reason, reply, inbound_id)) == 1

    def name_reply(self, inbound_id: InboundId, reply: MessageId) -> None:
        """The message that answers it."""
        self.run("name_reply", (reply, inbound_id))

    def set_cursor(self, name: str, at_ms: int) -> None:
        self.run("set_cursor", (name, at_ms))
