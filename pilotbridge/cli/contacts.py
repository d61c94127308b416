"""`pilotbridge contacts`: people, how each is reached, who they are in the chat, who wants no texts."""

from __future__ import annotations

import csv
import sys
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from pilotbridge.cli.database import facts
from pilotbridge.cli.facts import json_option, show_list, show_one
from pilotbridge.cli.findings import Finding, Level, show
from pilotbridge.cli.invocation import Invocation

_COLUMNS = {
    "name": "NAME",
    "phone": "PHONE",
    "second_phone": "PHONE2",
    "telegram": "CHAT",
    "role": "ROLE",
    "language": "LANG",
    "zone": "ZONE",
    "has_texted": "HAS TEXTED",
    "last_delivered_at": "LAST DELIVERED",
}
_OPTOUTS = {"phone": "PHONE", "line": "LINE", "since": "SINCE", "reason": "REASON"}
_FORMULA = ("=", "-", "@", "\t", "\r")
"""What makes a spreadsheet run a cell; a phone's + does no harm."""


@click.group()
def contacts() -> None:
    """People, and what they want."""


@contacts.command("list")
@click.option("--full", is_flag=True, help="Whole phone numbers.")
@json_option
@click.pass_obj
def list_contacts(invocation: Invocation, *, full: bool) -> None:
    """List the contacts of the configuration with what the database knows of each."""
    from pilotbridge.desk.contacts import contacts as contact_facts

    with facts(invocation) as read:
        found = contact_facts(read, invocation.settings(), full=full)
    show_list(found, _COLUMNS, invocation, empty="No contacts.")


@contacts.command("verify")
@click.argument("name")
@json_option
@click.pass_obj
def verify(invocation: Invocation, name: str) -> None:
    """Look whether the contact NAME can be reached: phones, countries, the last SMS, the chat.

    Sends nothing. Exits 1 when a way does not work.
    """
    from pilotbridge.desk.contacts import contact_checks

    with facts(invocation) as read:
        found = contact_checks(read, name, invocation.settings())
    if invocation.as_json:
        show_list(found, {}, invocation, empty="")
    else:
        show([Finding(Level(each["level"]), each["what"], each["says"], each["fix"]) for each in found])
    if any(each["level"] == Level.FAIL for each in found):
        click.get_current_context().exit(1)


@contacts.command("link")
@click.argument("name")
@json_option
@click.pass_obj
def link(invocation: Invocation, name: str) -> None:
    """Make a code with which NAME says who they are in the chat: once, and within ten minutes.

    Give it to nobody else: whoever sends it to the bot first is NAME from then on.
    """
    from pilotbridge.cli.operate import operate

    fact = operate(invocation, "link", name=name)
    if invocation.as_json:
        show_one(fact, invocation)
        return
    zone = ZoneInfo(invocation.settings().bridge.zone)
    until = _moment(fact["expires_at"]).astimezone(zone)
    click.echo(f"Let {name} send this to the bot, in their private chat with it, until {until:%H:%M}:\n")
    click.echo(fact["send"])


def _moment(value: Any) -> datetime:
    """A running bridge tells times as text."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


# --- who wants no texts -----------------------------------------------------------------------------


@contacts.group("optouts")
def optouts() -> None:
    """Phones that want no texts of a line: they texted STOP, or somebody wrote it down."""


@optouts.command("list")
@click.option("--full", is_flag=True, help="Whole phone numbers.")
@json_option
@click.pass_obj
def list_optouts(invocation: Invocation, *, full: bool) -> None:
    """List the phones that want no texts, those that said so first on top."""
    from pilotbridge.desk import looks

    with facts(invocation) as read:
        found = looks.optouts(read, full=full)
    show_list(found, _OPTOUTS, invocation, empty="Nobody has opted out.")


@optouts.command("export")
@json_option
@click.pass_obj
def export(invocation: Invocation) -> None:
    """Print the list as CSV with whole numbers, for other systems that text the same people.

    \b
      pilotbridge contacts optouts export > optouts.csv
    """
    from pilotbridge.desk import looks
    from pilotbridge.desk.shown import plain

    with facts(invocation) as read:
        known = (each for each in looks.optouts(read, full=True) if each["phone"].startswith("+"))
        found = [plain(fact) for fact in known]
    if invocation.as_json:
        show_list(found, _OPTOUTS, invocation, empty="")
        return
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(_OPTOUTS)
    out.writerows([_harmless(str(fact[name])) for name in _OPTOUTS] for fact in found)


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


@optouts.command("add")
@click.argument("phone")
@click.option("--line", default="", help="Only of this line.  [every line]")
@click.option("--reason", default="", help="Why, and how it was said.")
@json_option
@click.pass_obj
def add(invocation: Invocation, phone: str, line: str, reason: str) -> None:
    """Text PHONE no more, as if it had texted STOP. Alerts to contacts still go.

    \b
      pilotbridge contacts optouts add "+7 913 143-73-55" --reason "said so by telephone"
    """
    from pilotbridge.cli.operate import operate

    fact = operate(invocation, "add_optout", phone=phone, line=line, reason=reason)
    _tell(fact, invocation, "gets no more texts of", "wanted none before")


@optouts.command("remove")
@click.argument("phone")
@click.option("--line", default="", help="Only of this line.  [every line]")
@click.option("--reason", default="", help="Why, and how it was said.")
@json_option
@click.pass_obj
def remove(invocation: Invocation, phone: str, line: str, reason: str) -> None:
    """Let PHONE be texted again, because whoever has it wants that."""
    from pilotbridge.cli.operate import operate

    fact = operate(invocation, "end_optout", phone=phone, line=line, reason=reason)
    _tell(fact, invocation, "may be texted again by", "")


def _tell(fact: dict[str, Any], invocation: Invocation, changed: str, unchanged: str) -> None:
    if invocation.as_json:
        show_one(fact, invocation)
        return
    lines = ", ".join(fact["changed"])
    click.echo(f"{fact['phone']} {changed} {lines}." if lines else f"{fact['phone']} {unchanged}.")
