"""From an Alertmanager's file to ours: judge, carry, write, and say what became of each part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath

from pilotbridge.config.alertmanager.blocks import (
    UNREACHABLE,
    carried_intervals,
    carried_route,
    carried_rules,
    judge,
    mend,
)
from pilotbridge.config.alertmanager.integrations import GLOBALS
from pilotbridge.config.alertmanager.notes import Note, Notes
from pilotbridge.config.alertmanager.ours import KEY_FILE, TOKEN_FILE, Ours, written
from pilotbridge.config.alertmanager.receivers import People, Person, Receiver, read_receivers
from pilotbridge.config.diagnostics import Fault
from pilotbridge.config.document import Document, read_document
from pilotbridge.config.reading import Known, Reading

TROUBLES = "troubles"


@dataclass(frozen=True, slots=True)
class Carried:
    """``text`` is our file, empty when there are ``faults``. ``blanks`` are contacts without a phone.

    ``secrets`` are files to be written, with what belongs into each; ``unknown`` are names that were given a
    phone and are no contacts.
    """

    text: str = ""
    faults: tuple[Fault, ...] = ()
    notes: tuple[Note, ...] = ()
    contacts: tuple[str, ...] = ()
    blanks: tuple[str, ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()


def carry(text: str, *, file: str, folder: FilePath, phones: Mapping[str, str]) -> Carried:
    """Read ``text`` and write it as ours; ``phones`` fills in contacts, ``folder`` is where ``file`` is."""
    document = read_document(text, file=file, env=None, begins="route")
    if document.faults:
        return Carried(faults=tuple(document.faults))
    reading, notes = Reading(document, folder, Known()), Notes(document)
    mend(reading, notes)
    judge(reading)
    unreachable = {fault.path for fault in reading.faults if fault.code == UNREACHABLE}
    faults = [fault for fault in reading.faults if fault.code != UNREACHABLE]
    if faults:
        return Carried(faults=tuple(sorted(faults, key=lambda fault: (fault.line, fault.col))))
    people = read_receivers(document, notes, folder)
    troubles = _troubles(people)
    unknown = tuple(sorted(set(phones) - set(people.contacts)))
    for name in set(phones) - set(unknown):
        people.contacts[name].phone = phones[name]
    ours = Ours(
        made_of=file,
        troubles=troubles,
        resolve_timeout=document.get(("global", "resolve_timeout")) or "",
        people=people,
        route=carried_route(reading, people.receivers, unreachable, notes),
        rules=carried_rules(reading),
        intervals=list(carried_intervals(reading, notes)),
    )
    _say_the_rest(document, notes)
    return Carried(
        text=written(ours),
        notes=tuple(notes.in_order()),
        contacts=tuple(people.contacts),
        blanks=tuple(name for name, each in people.contacts.items() if not each.phone and not each.telegram),
        secrets={KEY_FILE: "the key of your SMSPilot account", TOKEN_FILE: "the token Prometheus carries"}
        | notes.secrets,
        unknown=unknown,
    )


def _troubles(people: People) -> str:
    """Who hears of the bridge itself: the first receiver that tells anybody."""
    found = next((receiver.name for receiver in people.receivers.values() if receiver.notify), None)
    if found is None:
        people.contacts[TROUBLES] = Person(TROUBLES, "nobody was told of anything")
        people.receivers[""] = Receiver(TROUBLES, "nobody was told of anything", (f"sms:{TROUBLES}",), True)
    return found or TROUBLES


def _say_the_rest(document: Document, notes: Notes) -> None:
    """What stands in no block of ours."""
    for key in document.get(("global",)) or {}:
        says = next((says for begins, says in GLOBALS.items() if key.startswith(begins)), None)
        if key == "resolve_timeout":
            notes.carried(("global", key), "sources.prometheus.resolve_timeout")
        elif not key.startswith("telegram_"):
            notes.left_out(("global", key), says or "there is nothing like it here")
    for index, _ in enumerate(document.get(("templates",)) or ()):
        notes.left_out(
            ("templates", index), "Go templates; texts here are Jinja2: templates.sms, docs/texts.md"
        )
    if document.get(("tracing",)):
        notes.left_out(("tracing",), "there are metrics and `pilotbridge trace` instead")
