"""Keeps cards true: what happened to incidents and their messages is read from the events, in order.

How far they were read is one commit with the posts that follow from them, so that nothing is told twice and
nothing is missed. It decides what a card says and in which rooms; who is told by SMS is no business of its.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from pilotbridge.alerting.cards.rooms import rooms_of_receiver
from pilotbridge.alerting.cards.text import Shown, card_text
from pilotbridge.alerting.cards.wording import Action, buttons_of
from pilotbridge.alerting.muting import Quiet
from pilotbridge.alerting.severity import RANK, severity_of
from pilotbridge.chat import Buttons, Lane, Place
from pilotbridge.clock import Clock, from_ms
from pilotbridge.config.settings import Settings
from pilotbridge.errors import PilotBridgeError, Refused
from pilotbridge.lifecycle import State
from pilotbridge.logs import get_logger
from pilotbridge.model import Alert, IncidentId, MessageId
from pilotbridge.oncall.roster import roster_of
from pilotbridge.oncall.silences import expire_silence
from pilotbridge.outbox.posts.enqueue import Edition, Saying, Spot, edit, in_room, say
from pilotbridge.outbox.posts.rooms import Room
from pilotbridge.store.chat_records import About, Card, PostKind
from pilotbridge.store.protocol import ReadVerbs, Store, WriteVerbs
from pilotbridge.store.records import IncidentRow

NEWS_PER_TURN = 1_000
ALERTS_LOADED = 200
KEY = "cards_read"
News = tuple[int, str, int]
"""The number of an event, whose it is, and that one's number."""
_NEVER_SHOWN = frozenset({State.REFUSED, State.CANCELLED, State.LAPSED})

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Face:
    """What a card shows."""

    text: str
    actions: tuple[tuple[Action, ...], ...]

    @property
    def digest(self) -> str:
        named = repr((self.text, self.actions)).encode()
        return hashlib.blake2b(named, digest_size=12).hexdigest()

    def buttons(self, token: str, language: str) -> Buttons:
        return buttons_of(self.actions, token, language)


class Cards:
    """The worker ``cards``. ``new_token`` makes a word nobody can guess; ``wake`` whoever posts."""

    name = "cards"

    def __init__(
        self,
        store: Store,
        settings: Callable[[], Settings],
        *,
        clock: Clock,
        new_token: Callable[[], str],
        wake: Callable[[], None],
    ) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._new_token = new_token
        self._wake = wake

    def recover(self) -> None:
        """At the first start with a chat: what happened before it has no cards."""

        def job(tx: WriteVerbs) -> None:
            if tx.meta(KEY) is None:
                tx.set_meta(KEY, str(tx.last_event()))

        self._store.write(job).result()

    def turn(self) -> int | None:
        """Take up what has happened since; returns when there is more."""
        with self._store.read() as read:
            news = read.news_after(_read_until(read), NEWS_PER_TURN)
        if news:
            self._take_up(news)
            self._wake()
        return self._clock.now_ms() if len(news) == NEWS_PER_TURN else None

    def _take_up(self, news: Sequence[News]) -> None:
        """All of it in one commit; an incident whose card cannot be made keeps no other waiting."""
        try:
            self._store.write(lambda tx: self._keep_all(tx, news)).result()
        except PilotBridgeError:
            raise
        except Exception:  # noqa: BLE001 - a fault of ours in one card; found below, logged, and left behind
            with self._store.read() as read:
                incidents = _incidents_in(read, news)
            for incident_id in incidents:
                self._keep_alone(incident_id)
            self._store.write(lambda tx: tx.set_meta(KEY, str(news[-1][0]))).result()

    def _keep_all(self, tx: WriteVerbs, news: Sequence[News]) -> None:
        for incident_id in _incidents_in(tx, news):
            self.keep(tx, incident_id)
        tx.set_meta(KEY, str(news[-1][0]))

    def _keep_alone(self, incident_id: IncidentId) -> None:
        try:
            self._store.write(lambda tx: self.keep(tx, incident_id)).result()
        except PilotBridgeError:
            raise
        except Exception:  # as above
            log.exception("a card could not be made", incident=incident_id)

    def keep(self, tx: WriteVerbs, incident_id: IncidentId) -> None:
        """Let every card of an incident say what is true now; make those that are missing."""
        row = tx.incidents([incident_id]).get(incident_id)
        if row is None:
            return
        cards = {Room(card.chat, card.room): card for card in tx.cards_of(incident_id)}
        rooms = self._rooms(tx, row)
        if not cards and not rooms:
            return
        _end_silence(tx, row, list(cards.values()), self._clock.now_ms())
        face = self._face(tx, row)
        for room in dict.fromkeys([*cards, *rooms]):
            card = cards.get(room)
            if card is not None and _is_there(tx, card):
                self._show(tx, card, face)
            elif row.incident.closed_at is None and (card is not None or room in rooms):
                self._post(tx, row, room, face)

    def _rooms(self, read: ReadVerbs, row: IncidentRow) -> tuple[Room, ...]:
        """Where an open incident is shown, by where those rooms are now."""
        settings = self._settings()
        receiver = settings.receiver(row.incident.group.receiver)
        if receiver is None or row.incident.closed_at is not None:
            return ()
        escalation = read.escalations([row.incident.id]).get(row.incident.id)
        roster = roster_of(read, settings, self._clock.now_ms())
        found = rooms_of_receiver(receiver, escalation.told if escalation else (0,), roster)
        return tuple(Room(room.chat, read.room_now(room.chat, room.id)) for room in found)

    def shown(self, read: ReadVerbs, row: IncidentRow) -> Shown:
        """All that is known of an incident, for its texts."""
        settings, now_ms = self._settings(), self._clock.now_ms()
        loaded = read.alerts_of_incident(row.incident.id, ALERTS_LOADED)
        alerts = sorted((found.alert for found, _ in loaded), key=_firing_and_worst_first)
        quiet = Quiet(read.silences(now_ms), now_ms)
        silences = (quiet.silence_of(alert.labels) for alert in alerts if alert.firing)
        return Shown(
            row.incident,
            alerts,
            read.messages_of_incident(row.incident.id),
            zone=settings.bridge.zone,
            language=settings.bridge.language,
            now=from_ms(now_ms),
            silence=next((silence for silence in silences if silence is not None), None),
        )

    def _face(self, read: ReadVerbs, row: IncidentRow) -> Face:
        shown = self.shown(read, row)
        return Face(card_text(shown), _actions(row, is_silenced=shown.silence is not None))

    def _show(self, tx: WriteVerbs, card: Card, face: Face) -> None:
        if card.shown == face.digest:
            return
        edition = Edition(
            face.text,
            "its incident has changed",
            of_post=card.post,
            buttons=face.buttons(card.token, self._settings().bridge.language),
            about=About("incident", card.incident),
        )
        edit(tx, Spot(card.chat, Place(card.room)), edition, self._clock.now_ms())
        tx.show_card(card, face.digest)

    def _post(self, tx: WriteVerbs, row: IncidentRow, room: Room, face: Face) -> None:
        token = self._new_token()
        saying = Saying(
            face.text,
            f"the card of #{row.incident.ref}",
            lane=Lane.URGENT,
            buttons=face.buttons(token, self._settings().bridge.language),
            about=About("incident", row.incident.id),
            repeats=True,
        )
        post = say(tx, in_room(room.chat, room.id), saying, self._clock.now_ms())
        tx.add_card(Card(row.incident.id, room.chat, room.id, post, token, face.digest))


def _read_until(read: ReadVerbs) -> int:
    """The event up to which the news were taken up."""
    noted = int(read.meta(KEY) or 0)
    # When every event was pruned, their numbers begin anew.
    return noted if noted <= read.last_event() else 0


def _incidents_in(read: ReadVerbs, news: Sequence[News]) -> list[IncidentId]:
    """The incidents that news are about, each once."""
    own = [IncidentId(number) for _, subject, number in news if subject == "incident"]
    messages = list({MessageId(number): None for _, subject, number in news if subject == "message"})
    return list(dict.fromkeys([*own, *sorted(read.incidents_of_messages(messages))]))


def _is_there(read: ReadVerbs, card: Card) -> bool:
    """Whether the card's post is in its room, or will be: nobody deleted it, and the room has not moved."""
    if read.room_now(card.chat, card.room) != card.room:
        return False
    posts = read.posts_about(About("incident", card.incident))
    own = next((post for post in posts if post.id == card.post), None)
    if own is None or own.state in _NEVER_SHOWN:
        return False
    edits = (post for post in posts if post.kind is PostKind.EDIT and post.of_post == card.post)
    return not any(post.state is State.REFUSED for post in edits)


def _actions(row: IncidentRow, *, is_silenced: bool) -> tuple[tuple[Action, ...], ...]:
    if row.incident.closed_at is not None:
        return ()
    first = Action.TAKE if row.incident.acknowledged_at is None else Action.GIVE_BACK
    quiet = () if is_silenced else ((Action.QUIET_HOUR, Action.QUIET),)
    return ((first,), *quiet, (Action.DETAILS,))


def _end_silence(tx: WriteVerbs, row: IncidentRow, cards: Sequence[Card], now_ms: int) -> None:
    """A silence that was to hold until the incident is over ends with it."""
    silence = next((card.silence for card in cards if card.silence), "")
    if not silence or row.incident.closed_at is None:
        return
    with suppress(Refused):  # somebody may have ended it before
        expire_silence(tx, silence, now_ms=now_ms)
    tx.silence_by_card(row.incident.id, "")


def _firing_and_worst_first(alert: Alert) -> tuple[bool, int]:
    return not alert.firing, -RANK[severity_of(alert.labels)]
