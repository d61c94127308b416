"""Who is told: contacts, receivers and the addresses that lead from one to the other.

It judges that every address reaches a phone that takes SMS; it refuses numbers that are nobody's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pilotbridge.config.addresses import read_addresses
from pilotbridge.config.diagnostics import Path
from pilotbridge.config.fields import BLANK, as_list
from pilotbridge.config.names import is_phone
from pilotbridge.config.quiet import read_quiet_hours
from pilotbridge.config.reading import Reading
from pilotbridge.config.schema import (
    ContactBlock,
    LimitsBlock,
    ReceiverBlock,
    StepBlock,
    StormBlock,
    TemplatesBlock,
)
from pilotbridge.config.settings import (
    Allowance,
    BridgeSettings,
    GatewaySettings,
    LimitsSettings,
    ReceiverSettings,
    Step,
    StormSettings,
    When,
)
from pilotbridge.config.template_words import NAMES, fault_of, unknown_names
from pilotbridge.model import Contact, Templates, Way
from pilotbridge.phone import InvalidPhone, PhoneNumber

BUNDLED_BELOW = 120
NAMED = 3
"""SMS a person may get in an hour; where more are allowed nothing is bundled unless ``storm`` is written."""


def read_contacts(reading: Reading, bridge: BridgeSettings) -> dict[str, Contact]:
    contacts = (_contact(reading, name, bridge) for name in reading.entries(("contacts",)))
    found = {contact.name: contact for contact in contacts if contact}
    _warn_of_shared_phones(reading, found)
    _refuse_shared_users(reading, found)
    return found


def _contact(reading: Reading, name: str, bridge: BridgeSettings) -> Contact | None:
    path: Path = ("contacts", name)
    block = reading.block(ContactBlock, path)
    if block is None:
        return None
    if is_phone(name):
        fix = "call the contact by a name: a label that names somebody must never be a number"
        reading.fault("number-in-config", path, "a phone number stands where a name is meant", fix, key=True)
    if block.phone is None and block.telegram is None:
        reading.fault("no-phone", path, f"{name} cannot be reached", "add a phone", key=True)
    return Contact(
        name=name,
        phone=_phone(reading, (*path, "phone"), block.phone),
        second_phone=_phone(reading, (*path, "phone2"), block.phone2),
        zone=block.zone or bridge.zone,
        language=block.language or bridge.language,
        sms_text=block.sms_text,
        telegram=block.telegram,
        role=block.role,
        quiet_hours=read_quiet_hours(
            reading, (*path, "quiet_hours"), block.quiet_hours, block.zone or bridge.zone
        ),
    )


def _phone(reading: Reading, path: Path, written: Any) -> PhoneNumber | None:
    if written is None:
        return None
    if not isinstance(written, str | int) or isinstance(written, bool):
        reading.fault("bad-phone", path, "no phone number", "write it like +7 908 796-47-81")
        return None
    if written == BLANK:
        reading.fault("bad-phone", path, "still to be filled in", "write it like +7 908 796-47-81")
        return None
    try:
        phone = PhoneNumber.parse(getattr(written, "text", written))
    except InvalidPhone as error:
        reading.fault("bad-phone", path, error.cause, error.fix)
        return None
    if not phone.is_mobile and phone.kind != "unknown":
        kind = "a landline" if phone.is_landline else "no mobile phone"
        reading.fault("not-mobile", path, f"{phone} is {kind} and takes no SMS", "write a mobile number")
    return phone


def _warn_of_shared_phones(reading: Reading, contacts: dict[str, Contact]) -> None:
    owners: dict[PhoneNumber, str] = {}
    for contact in contacts.values():
        if contact.phone is not None and contact.phone == contact.second_phone:
            path: Path = ("contacts", contact.name, "phone2")
            reading.warn("duplicate-phone", path, "that is the first phone once more", "write another one")
        for key, phone in (("phone", contact.phone), ("phone2", contact.second_phone)):
            owner = owners.setdefault(phone, contact.name) if phone else contact.name
            if owner != contact.name:
                cause = f"{phone} is {owner}'s phone too"
                reading.warn(
                    "duplicate-phone", ("contacts", contact.name, key), cause, "who texts is one of them"
                )


def _refuse_shared_users(reading: Reading, contacts: dict[str, Contact]) -> None:
    """Who writes in a chat may do what one contact may; two would leave open which."""
    owners: dict[int, str] = {}
    for contact in contacts.values():
        owner = owners.setdefault(contact.telegram, contact.name) if contact.telegram else contact.name
        if owner != contact.name:
            path: Path = ("contacts", contact.name, "telegram")
            cause = f"that is {owner}'s user already"
            reading.fault("duplicate-person", path, cause, "one user, one contact")


def read_limits(reading: Reading, contacts: dict[str, Contact]) -> LimitsSettings:
    """The limits; countries are those of the contacts unless the file lists them."""
    block = reading.block(LimitsBlock, ("limits",))
    if block is None:
        return LimitsSettings()
    listed = frozenset(block.countries)
    phones = {
        (name, key): phone
        for name, contact in contacts.items()
        for key, phone in (("phone", contact.phone), ("phone2", contact.second_phone))
        if phone
    }
    for (name, key), phone in phones.items():
        if listed and phone.country not in listed:
            cause = f"{phone} is a number of {phone.country or 'no country'}"
            fix = f"limits.countries lists {', '.join(sorted(listed))}"
            reading.fault("foreign-phone", ("contacts", name, key), cause, fix)
    return LimitsSettings(
        parts_per_sms=block.parts_per_sms,
        sms_per_contact_per_hour=block.sms_per_contact_per_hour,
        in_all=Allowance(block.parts_per_day, block.rub_per_day),
        per_contact=Allowance(block.per_contact.parts_per_day, block.per_contact.rub_per_day),
        sms_ttl=block.sms_ttl,
        countries=listed or frozenset(phone.country for phone in phones.values() if phone.country),
        critical=block.critical,
        no_severity=block.no_severity,
    )


def read_storm(reading: Reading, limits: LimitsSettings) -> StormSettings:
    """When one SMS speaks for many incidents.

    Whoever raises the cap of a person beyond any storm wants each SMS, unless the file says when to bundle.
    """
    block = reading.block(StormBlock, ("storm",), default=StormBlock()) or StormBlock()
    usual = StormSettings().over if limits.sms_per_contact_per_hour <= BUNDLED_BELOW else None
    over = usual if block.over is None else block.over
    return StormSettings(None if over == "never" else over, block.within, block.then_every)


# --- receivers --------------------------------------------------------------------------------------


def read_receivers(reading: Reading, contacts: dict[str, Contact]) -> dict[str, ReceiverSettings]:
    reading.expect(("receivers",), list)
    receivers: dict[str, ReceiverSettings] = {}
    for index in range(reading.count(("receivers",))):
        path: Path = ("receivers", index)
        receiver = _receiver(reading, path, contacts)
        if receiver and receiver.name in receivers:
            cause = f"there is a receiver {receiver.name} already"
            reading.fault("duplicate-name", (*path, "name"), cause, "give it another name")
        elif receiver:
            receivers[receiver.name] = receiver
    return receivers


def receiver_names(reading: Reading) -> set[str]:
    """The names of all receivers, of those that are wrong too."""
    return {reading.text(("receivers", index, "name")) for index in range(reading.count(("receivers",)))} - {
        ""
    }


def _receiver(reading: Reading, path: Path, contacts: dict[str, Contact]) -> ReceiverSettings | None:
    block = reading.block(ReceiverBlock, path)
    if block is None:
        _judge_written(reading, path, contacts)
        return None
    return ReceiverSettings(
        name=block.name,
        steps=tuple(
            _step(reading, (*path, "steps", index), step, contacts) for index, step in enumerate(block.steps)
        ),
        send_resolved=block.send_resolved,
        acknowledged_for=block.acknowledged_for,
        when_in_doubt=block.when_in_doubt,
        templates=read_templates(reading, block.templates, (*path, "templates")),
    )


def _judge_written(reading: Reading, path: Path, contacts: dict[str, Contact]) -> None:
    """Who is named, also where something else is wrong with the receiver."""
    for index in range(reading.count((*path, "steps"))):
        here: Path = (*path, "steps", index, "notify")
        written = as_list(reading.document.get(here))
        if written and all(isinstance(each, str) for each in written):
            read_addresses(reading, here, tuple(written), contacts)


def _step(reading: Reading, path: Path, block: StepBlock, contacts: dict[str, Contact]) -> Step:
    notify = read_addresses(reading, (*path, "notify"), block.notify, contacts)
    is_first = path[-1] == 0
    for key in ("after", "when"):
        if is_first and getattr(block, key):
            cause = f"the first step is told at once; it has no {key!r}"
            reading.fault("bad-value", (*path, key), cause, "remove it, or let group_wait wait", key=True)
    if not is_first and block.when in ("undelivered", "unacknowledged") and not block.after:
        cause = "without a time it would be told before anybody can answer"
        reading.fault("missing-key", (*path, "after"), cause, "write after: 5m", key=True)
    return Step(notify, block.after, When(block.when or ""))


def read_templates(reading: Reading, block: TemplatesBlock, path: Path) -> Templates:
    if not block.sms:
        return Templates()
    here = (*path, "sms")
    if cause := fault_of(block.sms):
        reading.fault("bad-template", here, cause, "it is Jinja2, without filters that build what is huge")
        return Templates(sms=block.sms)
    for name, meant in unknown_names(block.sms).items():
        hint = f"did you mean {meant}?" if meant else f"there are {', '.join(NAMES)}"
        reading.warn("odd-template", here, f"no alert gives {name} a value, so nothing stands there", hint)
    return Templates(sms=block.sms)


def warn_of_one_way(
    reading: Reading, receivers: Mapping[str, ReceiverSettings], gateways: Collection[GatewaySettings]
) -> None:
    """Warn of receivers that hear nothing when one gateway is down: once, for they have one cause."""
    if len(gateways) != 1:
        return
    gateway = next(iter(gateways)).name
    found: dict[str, Path] = {}
    for index in range(reading.count(("receivers",))):
        path: Path = ("receivers", index, "name")
        name = reading.text(path)
        steps = receivers[name].steps if name in receivers else ()
        if steps and not any(address.way is Way.CHAT for step in steps for address in step.notify):
            found.setdefault(name, path)
    if found:
        who = _who([*found])
        cause = f"{who} told by {gateway} only; when that is down, nobody hears"
        reading.warn("one-way", next(iter(found.values())), cause, "add a second gateway")


def _who(names: Sequence[str]) -> str:
    """``a is``, ``a and b are``, ``a, b and 3 more are``."""
    if len(names) > NAMED:
        return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more are"
    return f"{', '.join(names[:-1])} and {names[-1]} are" if len(names) > 1 else f"{names[0]} is"
