"""Forgetting what is finished and old, in small chunks; nothing unfinished ever goes."""

from __future__ import annotations

from pilotbridge.store.connection import Statements

CHUNK = 500


class RetentionWrites(Statements):
    __slots__ = ()

    def prune_journal(self, before_ms: int) -> int:
        """One chunk of bodies taken in before then; returns how many went."""
        return self.run("prune_journal", (before_ms, CHUNK)) + self.run("prune_refusals", (before_ms, CHUNK))

    def prune_messages(self, before_ms: int) -> int:
        """One chunk of finished messages with their attempts and history."""
        params = {"before": before_ms, "limit": CHUNK}
        self.run("prune_attempts", params)
        self.run("prune_message_events", params)
        return self.run("prune_messages", params) + self.run("prune_inbound", (before_ms, CHUNK))

    def prune_alerts(self, before_ms: int) -> int:
        """One chunk of ended alerts, closed incidents, empty groups, old silences and checked callbacks."""
        names = (
            "prune_alerts",
            "prune_incidents",
            "prune_notifications",
            "prune_hints",
            "prune_silences",
            "forget_group",
        )
        return sum(self.run(name, (before_ms, CHUNK)) for name in names)
