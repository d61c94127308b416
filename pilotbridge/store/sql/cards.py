"""Incidents' cards in rooms, and the news that change them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pilotbridge.chat import RoomId
from pilotbridge.model import IncidentId, MessageId
from pilotbridge.store.chat_records import Card, PostId
from pilotbridge.store.connection import Statements


class CardReads(Statements):
    __slots__ = ()

    def news_after(self, event_id: int, limit: int) -> list[tuple[int, str, int]]:
        """(number, subject, subject's number) of what happened after an event, oldest first."""
        return [(row[0], row[1], row[2]) for row in self.rows("news_after", (event_id, limit))]

    def last_event(self) -> int:
        row = self.row("last_event")
        return row[0] if row else 0

    def incidents_of_messages(self, message_ids: Sequence[MessageId]) -> set[IncidentId]:
        return {IncidentId(row[0]) for row in self.rows_in("incidents_of_messages", message_ids)}

    def cards_of(self, incident_id: IncidentId) -> list[Card]:
        return [_card(row) for row in self.rows("cards_of", (incident_id,))]

    def card_by_token(self, token: str) -> Card | None:
        row = self.row("card_by_token", (token,))
        return None if row is None else _card(row)


class CardWrites(CardReads):
    __slots__ = ()

    def add_card(self, card: Card) -> None:
        self.run("add_card", (card.incident, card.chat, card.room, card.post, card.token, card.shown))

    def show_card(self, card: Card, shown: str) -> None:
        """What the newest edit of it says."""
        self.run("show_card", (shown, card.incident, card.chat, card.room))

    def silence_by_card(self, incident_id: IncidentId, silence_id: str) -> None:
        """The silence that ends with the incident; '' when there is none any more."""
        self.run("silence_by_card", (silence_id, incident_id))


def _card(row: tuple[Any, ...]) -> Card:
    incident, chat, room, post, token, shown, silence = row
    return Card(IncidentId(incident), chat, RoomId(room), PostId(post), token, shown, silence)
