"""Does what a card's button says, within the transaction of the press; every press gets a sentence."""

from __future__ import annotations

from datetime import timedelta

from pilotbridge.alerting.cards.keeper import Cards
from pilotbridge.alerting.cards.text import details_text
from pilotbridge.alerting.cards.wording import FORGED, VIEWER, Action
from pilotbridge.chat import Lane, Place, Pressed
from pilotbridge.clock import from_ms
from pilotbridge.errors import Refused
from pilotbridge.matcher import Matcher, Op
from pilotbridge.model import Contact
from pilotbridge.oncall.acknowledgement import acknowledge, unacknowledge
from pilotbridge.oncall.silences import add_silence, new_silence_id
from pilotbridge.outbox.posts.enqueue import Saying, Spot, say
from pilotbridge.store.chat_records import About, Card
from pilotbridge.store.protocol import WriteVerbs
from pilotbridge.store.records import IncidentRow

HOUR = timedelta(hours=1)
LONGEST = timedelta(days=30)
"""Until clear: the incident's end ends the silence; should it never come, this does."""


def press_card(
    tx: WriteVerbs, cards: Cards, chat: str, event: Pressed, contact: Contact, now_ms: int
) -> str | None:
    """What whoever pressed is told; None when it is no card's button."""
    token, _, word = event.token.partition(".")
    card = tx.card_by_token(token) if token else None
    if card is None:
        return None
    row = tx.incidents([card.incident]).get(card.incident)
    if row is None or word not in tuple(Action) or (chat, event.place.room) != (card.chat, card.room):
        return FORGED
    action = Action(word)
    if contact.role == "viewer" and action is not Action.DETAILS:
        return VIEWER
    try:
        said = _act(tx, cards, action, card, row, event, contact, now_ms)
    except Refused as error:
        said = error.reason
    cards.keep(tx, card.incident)
    return said


def _act(
    tx: WriteVerbs,
    cards: Cards,
    action: Action,
    card: Card,
    row: IncidentRow,
    event: Pressed,
    contact: Contact,
    now_ms: int,
) -> str:
    ref = row.incident.ref
    match action:
        case Action.TAKE:
            acknowledge(tx, ref, by=contact.name, now_ms=now_ms)
            return f"#{ref} is yours. Silent till it clears"
        case Action.GIVE_BACK:
            unacknowledge(tx, ref, by=contact.name, now_ms=now_ms)
            return f"#{ref} is given back"
        case Action.QUIET_HOUR:
            _silence(tx, row, contact, HOUR, f"hour-{card.token}-{now_ms}", now_ms)
            return f"#{ref} is silent for an hour"
        case Action.QUIET:
            silence = _silence(tx, row, contact, LONGEST, f"clear-{card.token}", now_ms)
            tx.silence_by_card(row.incident.id, silence)
            return f"#{ref} is silent till it clears"
        case Action.DETAILS:
            _tell_details(tx, cards, card, row, event, now_ms)
            return "Details are below"


def _silence(
    tx: WriteVerbs, row: IncidentRow, contact: Contact, lasts: timedelta, name: str, now_ms: int
) -> str:
    """:raises Refused: when the group has no labels that tell it from everything else, or it is over."""
    incident = row.incident
    if incident.closed_at is not None:
        raise Refused(f"#{incident.ref} is over; there is nothing to silence")
    matchers = [str(Matcher(name, Op.EQUAL, value)) for name, value in incident.group.labels.items()]
    if not matchers:
        raise Refused("its group has no labels; write the silence yourself: pilotbridge silence add")
    now = from_ms(now_ms)
    silence = add_silence(
        tx,
        matchers,
        starts=now,
        ends=now + lasts,
        author=contact.name,
        comment=f"from the card of #{incident.ref}",
        id=new_silence_id(name),
        now_ms=now_ms,
    )
    return silence.id


def _tell_details(
    tx: WriteVerbs, cards: Cards, card: Card, row: IncidentRow, event: Pressed, now_ms: int
) -> None:
    saying = Saying(
        details_text(cards.shown(tx, row)),
        f"the details of #{row.incident.ref}",
        lane=Lane.ANSWER,
        reply_to=event.message,
        about=About("details", row.incident.id),
    )
    say(tx, Spot(card.chat, Place(card.room, event.place.thread)), saying, now_ms)
