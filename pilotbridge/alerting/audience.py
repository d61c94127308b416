"""Who is told of a notification: some steps of the receiver, who took it, or everybody who knows of it.

It finds people and their phones; it refuses to decide whether there is anything to tell.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import msgspec

from pilotbridge.alerting.cards.rooms import addresses_of, is_told_in_chat
from pilotbridge.alerting.decide import Decision
from pilotbridge.config.settings import ReceiverSettings, Settings
from pilotbridge.errors import Refused
from pilotbridge.logs import get_logger
from pilotbridge.model import Contact, Incident, Reason, Way
from pilotbridge.oncall.roster import Roster, schedule_of
from pilotbridge.outbox.recipients import recipient_of
from pilotbridge.phone import PhoneNumber
from pilotbridge.store.protocol import ReadVerbs

_log = get_logger(__name__)


class Person(msgspec.Struct, frozen=True):
    """A contact at one phone; ``has_written`` says that they texted us before."""

    phone: PhoneNumber
    contact: Contact
    has_written: bool = False


def audience_of(
    read: ReadVerbs,
    decision: Decision,
    receiver: ReceiverSettings,
    incident: Incident | None,
    steps: Collection[int],
    roster: Roster,
) -> Mapping[PhoneNumber, Contact]:
    """Everybody to be told, each phone once; of news those of the ``steps`` that know of it.

    Where a schedule was told, that is whoever was told by it, and whoever is on call now.
    """
    settings = roster.settings
    if decision.closes:
        return _told(read, incident, settings) if receiver.send_resolved else {}
    taker = settings.contacts.get(incident.acknowledged_by) if incident and decision.to_taker else None
    if taker is not None and taker.phone is not None:
        return {taker.phone: taker}
    now = of_steps(receiver, steps, roster) or _stand_ins(receiver, steps, roster)
    is_news = decision.reason is not Reason.ESCALATION and not decision.frees
    if is_news and any(schedule_of(address) for address in addresses_of(receiver, steps)):
        return {**now, **_told(read, incident, settings)}
    return now


def people_of(
    read: ReadVerbs, audiences: Sequence[Mapping[PhoneNumber, Contact]]
) -> list[tuple[Person, ...]]:
    """The same people, each with whether they ever wrote to us: one question for all."""
    written = read.have_written({phone.digits for audience in audiences for phone in audience})
    return [
        tuple([Person(phone, contact, phone.digits in written) for phone, contact in audience.items()])
        for audience in audiences
    ]


def _told(read: ReadVerbs, incident: Incident | None, settings: Settings) -> dict[PhoneNumber, Contact]:
    """Those who were told that it fires, though the configuration may know them no more."""
    if incident is None:
        return {}
    return {
        phone: settings.contacts.get(name) or Contact(name, phone, settings.bridge.zone)
        for phone, name in read.told_recipients(incident.id).items()
    }


def _stand_ins(
    receiver: ReceiverSettings, steps: Collection[int], roster: Roster
) -> dict[PhoneNumber, Contact]:
    """The root's people, where a receiver names phones and none of them is left."""
    settings = roster.settings
    wants_sms = any(
        address.way is not Way.CHAT and not is_told_in_chat(address, settings)
        for address in addresses_of(receiver, steps)
    )
    root = settings.receivers[settings.route.receiver]
    return of_steps(root, (0,), roster) if wants_sms and root is not receiver else {}


def of_steps(
    receiver: ReceiverSettings, steps: Collection[int], roster: Roster
) -> dict[PhoneNumber, Contact]:
    """The phones that some steps of ``receiver`` lead to just now, each once."""
    settings = roster.settings
    found: dict[PhoneNumber, Contact] = {}
    for address in map(roster.resolved, addresses_of(receiver, steps)):
        if address.way is Way.CHAT or is_told_in_chat(address, settings):
            continue
        try:
            recipient = recipient_of(address, settings)
        except Refused as error:
            _log.error("an address reaches nobody", receiver=receiver.name, cause=error.reason)
            continue
        contact = recipient.contact or Contact(str(address), recipient.phone, settings.bridge.zone)
        found.setdefault(recipient.phone, contact)
    return found
