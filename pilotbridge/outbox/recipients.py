"""From an address as people write it to the phones it means, within what the configuration allows.

It knows contacts and countries; it refuses to decide what is sent, or when.
"""

from __future__ import annotations

import msgspec

from pilotbridge.config.settings import Settings
from pilotbridge.errors import NotAllowed, NotFound
from pilotbridge.model import Address, Contact, Way
from pilotbridge.phone import InvalidPhone, PhoneNumber


class Recipient(msgspec.Struct, frozen=True):
    """One phone, and the contact it belongs to when it is somebody's."""

    phone: PhoneNumber
    contact: Contact | None = None

    @property
    def name(self) -> str:
        return self.contact.name if self.contact else ""


def recipient_of(address: Address, settings: Settings) -> Recipient:
    """The phone that ``anna``, ``sms:anna``, ``sms:anna#phone2`` or ``sms:+7...`` means.

    :raises NotFound: when nobody is called so, or has no such phone.
    :raises NotAllowed: when the number's country may not be texted.
    """
    if address.way is Way.CHAT:
        raise NotFound(f"{address}: there are no chats yet; write sms:NAME")
    if address.name.startswith("schedule/"):
        names = ", ".join(settings.schedules) or "none"
        raise NotFound(f"{address}: there is no such schedule; the configuration has: {names}")
    contact = settings.contacts.get(address.name)
    if contact is not None:
        return Recipient(_phone_of(contact, address.which), contact)
    return _number(address.name, settings)


def _phone_of(contact: Contact, which: str) -> PhoneNumber:
    phone = {"": contact.phone, "phone2": contact.second_phone}.get(which)
    if phone is None:
        raise NotFound(f"{contact.name} has no {which or 'phone'} in the configuration")
    return phone


def _number(text: str, settings: Settings) -> Recipient:
    try:
        phone = PhoneNumber.parse(text)
    except InvalidPhone as error:
        names = ", ".join(settings.contacts) or "none"
        raise NotFound(f"{text!r} is neither a contact ({names}) nor a phone number: {error}") from error
    allowed = settings.limits.countries
    if allowed and phone.country not in allowed:
        where = phone.country or "no known country"
        raise NotAllowed(f"{phone} is in {where}; limits.countries allows {', '.join(sorted(allowed))}")
    if phone.is_landline:
        raise NotAllowed(f"{phone} is a landline and takes no SMS")
    owners = (each for each in settings.contacts.values() if phone in (each.phone, each.second_phone))
    return Recipient(phone, next(owners, None))
