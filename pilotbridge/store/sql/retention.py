"""Forgetting what is finished and old, in small chunks; nothing unfinished ever goes."""

from __future__ import annotations

from pilotbridge.lifecycle import State
from pilotbridge.model import MessageId
from pilotbridge.store.connection import Statements

CHUNK = 500


ODDITIES = {
    "odd_attempts": "attempts of messages that are not there",
    "odd_doubt": "messages whose doubt and state contradict each other",
    "odd_counts": "states whose counter is wrong",
    "odd_tallies": "figures of chats that are not what there is",
    "odd_waiting": "bodies that wait to be taken in and are not there",
    "odd_members": "members of groups that are not there",
    "odd_post_doubt": "chat posts whose doubt and state contradict each other",
    "odd_chat_sms": "SMS of chats that are not there, and of which more is to be told",
    "odd_conversations": "posts and links of conversations that are not there",
}

FIGURES = ("odd_counts", "odd_tallies")
"""Those that are only counted, and can be counted anew."""
TALLIED = ("new", "answered", "closed", "post stuck")


class RetentionReads(Statements):
    __slots__ = ()

    def oddities(self, *, figures: bool = True) -> list[str]:
        """Facts that contradict each other, in words; empty in a sound database. ``figures``: those too."""
        asked = {name: words for name, words in ODDITIES.items() if figures or name not in FIGURES}
        counted = ((words, self.row(name)) for name, words in asked.items())
        return [f"{row[0]} {words}" for words, row in counted if row and row[0]]

    def unsent_ids(self) -> list[MessageId]:
        """Messages that were on their way when this database was copied."""
        return [MessageId(row[0]) for row in self.rows("unsent_ids")]


class RetentionWrites(RetentionReads):
    __slots__ = ()

    def count_anew(self) -> None:
        """Make every figure what there is."""
        self.run_many("count_messages_anew", [(state.value,) for state in State])
        self.run_many("count_chats_anew", [(what,) for what in TALLIED])

    def prune_journal(self, before_ms: int) -> int:
        """One chunk of bodies and chat updates taken in before then; returns how many went."""
        names = (
            "prune_journal",
            "prune_refusals",
            "prune_chat_updates",
            "prune_questions",
            "prune_link_codes",
        )
        return sum(self.run(name, (before_ms, CHUNK)) for name in names)

    def prune_repeats(self, before_ms: int) -> int:
        """One chunk of bodies that brought no news and came before then."""
        oldest = list(self.rows("oldest_repeats", (CHUNK,)))
        gone = [(number,) for number, came_ms in oldest if came_ms is None or came_ms < before_ms]
        self.run_many("forget_body", gone)
        self.run_many("forget_repeat", gone)
        return len(gone)

    def prune_messages(self, before_ms: int) -> int:
        """One chunk of finished messages with their attempts and history."""
        params = {"before": before_ms, "limit": CHUNK}
        self.run("prune_attempts", params)
        self.run("prune_message_events", params)
        return self.run("prune_messages", params) + self.run("prune_inbound", (before_ms, CHUNK))

    def prune_posts(self, before_ms: int) -> int:
        """One chunk of finished posts with their history, of links, and of how SMS of chats fared."""
        params = {"before": before_ms, "limit": CHUNK}
        self.run("prune_post_events", params)
        gone = self.run("prune_posts", params) + self.run("prune_links", (before_ms, CHUNK))
        return gone + self.run("prune_chat_sms", (before_ms, CHUNK))

    def prune_alerts(self, before_ms: int) -> int:
        """One chunk of what ended: alerts, incidents, groups, silences, callbacks, answers and opt-outs."""
        names = (
            "prune_alerts",
            "prune_incident_events",
            "prune_cards",
            "prune_incidents",
            "prune_incident_alerts",
            "prune_notifications",
            "prune_hints",
            "prune_silences",
            "prune_overrides",
            "prune_swaps",
            "prune_handovers",
            "prune_once",
            "prune_optouts",
            "forget_group",
            "prune_group_events",
        )
        gone = sum([self.run(name, (before_ms, CHUNK)) for name in names])
        self.run("prune_notices")
        storms = self.run("prune_storms", (before_ms, CHUNK))
        if storms:
            self.run("prune_storm_incidents")
            self.run("prune_storm_messages")
        return gone + storms
