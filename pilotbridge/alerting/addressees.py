"""Whom a sender asked for: a receiver or contact of the configuration, by name or by the contact's own phone.

It owns what such a word may name; it refuses to take a number that the configuration does not have.
"""

from __future__ import annotations

from dataclasses import replace

from pilotbridge.config.settings import CONTACT_PREFIX, Settings
from pilotbridge.model import Alert, Fingerprint, Labels, Parsed, Taken
from pilotbridge.phone import PhoneNumber

LABEL = "to"


class Addressees:
    """Those of one configuration. A receiver's name goes before a contact's."""

    def __init__(self, settings: Settings) -> None:
        self._receivers: dict[str, str] = {}
        self._phones: dict[PhoneNumber, str] = {}
        for name, contact in settings.contacts.items():
            self._receivers[name.lower()] = CONTACT_PREFIX + name
            for phone in (contact.phone, contact.second_phone):
                if phone is not None:
                    self._phones.setdefault(phone, CONTACT_PREFIX + name)
        self._receivers |= {name.lower(): name for name in settings.receivers}

    def receiver(self, asked_for: str) -> str:
        """The receiver that is meant; empty when the configuration knows none."""
        named = self._receivers.get(asked_for.strip().lower())
        if named is not None:
            return named
        phone = _phone(asked_for)
        return self._phones.get(phone, "") if phone is not None else ""

    def addressed(self, parsed: Parsed) -> Parsed:
        """``parsed`` with the same alert to several people as several alerts, each with its label ``to``.

        Who asks for nobody we know is one alert like without such a word.
        """
        if not any(alert.to for alert in parsed.alerts) and not any(each.to for each in parsed.taken):
            return parsed
        return replace(
            parsed,
            alerts=tuple(self._alert(alert) for alert in parsed.alerts),
            taken=tuple(self._taken(each) for each in parsed.taken),
        )

    def _alert(self, alert: Alert) -> Alert:
        if not alert.to:
            return alert
        to = self.receiver(alert.to)
        label = to.removeprefix(CONTACT_PREFIX) or str(_phone(alert.to) or alert.to)
        return replace(
            alert,
            labels=Labels({**alert.labels, LABEL: label}),
            fingerprint=_of_one(alert.fingerprint, to),
        )

    def _taken(self, taken: Taken) -> Taken:
        return replace(taken, fingerprint=_of_one(taken.fingerprint, self.receiver(taken.to)))


def _of_one(fingerprint: Fingerprint, receiver: str) -> Fingerprint:
    """What identifies the alert as far as this receiver is concerned."""
    return Fingerprint(Labels({LABEL: receiver}).digest(fingerprint.hex())) if receiver else fingerprint


def _phone(written: str) -> PhoneNumber | None:
    try:
        return PhoneNumber.parse(written)
    except ValueError:
        return None
