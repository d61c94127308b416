"""Who somebody in a chat is, and who texts to a line, as the configuration has it. Pure."""

from __future__ import annotations

from pilotbridge.chat import Person
from pilotbridge.config.settings import RelayLine, Settings
from pilotbridge.model import Contact
from pilotbridge.phone import PhoneNumber, mask, phone_of

NUMBER_DIGITS = 7
"""Fewer are a short code, which is nobody's number."""


def contact_of(person: Person, settings: Settings) -> Contact | None:
    """Whoever of ours that is; nobody for bots, channels and admins who hide."""
    if not person.is_person:
        return None
    contacts = settings.contacts.values()
    return next((c for c in contacts if c.telegram is not None and str(c.telegram) == person.id), None)


def line_named(name: str, settings: Settings) -> RelayLine | None:
    return next((line for line in settings.lines if line.name == name), None)


# --- parties ----------------------------------------------------------------------------------------


def party_of(sender: str) -> str:
    """How a conversation names who texted: E.164 when they can be answered, else as the gateway said it."""
    phone = phone_of(sender)
    return phone.e164 if phone is not None else sender.strip().lstrip("+") or "unknown"


def contact_with(party: str, settings: Settings) -> Contact | None:
    """The contact whose phone that is."""
    if not party.startswith("+"):
        return None
    phone = PhoneNumber(party)
    contacts = settings.contacts.values()
    return next((c for c in contacts if phone in (c.phone, c.second_phone)), None)


def shown_party(party: str, settings: Settings) -> str:
    """A party as a chat may read it: masked, unless the configuration says otherwise."""
    if not party.lstrip("+").isdigit() or len(party) < NUMBER_DIGITS:
        return party
    return party if settings.privacy.phones_in_chat == "full" else mask(party)


def title_of(party: str, settings: Settings) -> str:
    """What a conversation's thread is called: the contact, else the number; and that it has no answer."""
    contact = contact_with(party, settings)
    if contact is not None:
        return contact.name
    shown = shown_party(party, settings)
    return shown if party.startswith("+") else f"{shown} (cannot be answered)"


def head_of(party: str, settings: Settings) -> str:
    """What stands above a text where no thread says whom it is from."""
    contact = contact_with(party, settings)
    shown = shown_party(party, settings)
    return f"{shown} {contact.name}:" if contact else f"{shown}:"
