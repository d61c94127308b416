"""What is wrong with a configuration: where, why, and what to write instead.

It owns the stable codes and how a fault reads; it refuses to find faults itself.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

CODES = {
    "bad-address": "Somebody to notify is not written as an address, such as `anna` or `sms:anna`.",
    "bad-calendar": "A calendar cannot be read, or an event in it names no contact.",
    "bad-credentials": "Credentials are missing, or there are two where one is meant.",
    "bad-inhibition": "An inhibition rule has no source or no target, so that it would take every alert.",
    "bad-interval": "A time interval cannot be read, or there is no such time.",
    "bad-matcher": "A matcher cannot be read.",
    "bad-phone": "A phone number is no number that can be in use.",
    "bad-template": "A text template is not valid Jinja2.",
    "bad-type": "A value has the wrong shape: a list where a text is meant, a text where a block is meant.",
    "bad-value": "A value has the right shape and makes no sense.",
    "bad-yaml": "The file is not YAML 1.2.",
    "duplicate-key": "The same key stands twice in one block.",
    "duplicate-name": "Two things of one kind carry the same name.",
    "duplicate-person": "Two contacts share a user of the chat; who writes is taken for one of them.",
    "duplicate-phone": "Two contacts share a phone; who texts from it is taken for the first.",
    "foreign-phone": "A contact's phone is in a country that `limits.countries` does not list.",
    "idle-inhibition": "An inhibition rule can never keep anything quiet.",
    "idle-plugin": "A plugin answers no hook.",
    "idle-step": "A step can never be told.",
    "missing-env": "A `${VAR}` names a variable that is not set.",
    "missing-file": "A file that the configuration names cannot be read.",
    "missing-key": "A key that has no default is not there.",
    "no-callback": "The gateway is not asked to report deliveries: it could not reach the bridge.",
    "no-door": "Nobody can post an alert: there is no source.",
    "no-chat": "An address leads to a chat, and none is configured.",
    "no-gateway": "There is no gateway, so nothing can be sent.",
    "no-handover": "Somebody in a schedule never comes to be on call, or nobody ever takes over.",
    "no-phone": "A contact without a phone shall get an SMS, or cannot be reached at all.",
    "no-room": "A line has no room: what people text to it is in the inbox only.",
    "no-route": "There is no root route, or it names no receiver.",
    "no-telegram": "A contact without a telegram id shall be told in a private chat.",
    "not-built-yet": "The key is known, and this version does not do it yet.",
    "not-mobile": "A phone number is a landline or another kind that takes no SMS.",
    "nobody-told": "A receiver without steps stands where somebody has to be told.",
    "number-in-config": "An address holds a phone number; a number in the configuration is a contact's.",
    "odd-duration": "A duration is far from what people mean by it.",
    "odd-interval": "A time interval never comes, or never ends.",
    "odd-matcher": "A matcher takes several conditions for one value.",
    "odd-severity": "A matcher asks for a severity that no alert has here.",
    "odd-template": "A text template uses a name that is always empty.",
    "oncall-gap": "Nobody is on call at some time of the next four weeks.",
    "one-way": "A receiver reaches people by one way only; when that is down, nobody is told.",
    "open-secret": "A file with a secret can be read by everybody on this machine.",
    "open-file": "The file holds secrets and everybody on this machine can read it.",
    "plain-http": "A gateway's address is not https: its key crosses the network in clear.",
    "prefix-collision": "Two lines cannot be told apart by number and prefix.",
    "root-matchers": "The root route has matchers; it must take every alert.",
    "silent-route": "A route is quiet at all times.",
    "unknown-contact": "There is no contact of this name.",
    "unknown-interval": "There is no time interval of this name.",
    "unknown-key": "There is no such key here.",
    "unknown-oncall": "Whether somebody is on call is not known: a calendar was not read lately.",
    "unknown-plugin": "No installed plugin has this name.",
    "unknown-receiver": "There is no receiver of this name.",
    "unknown-room": "There is no room of this name.",
    "unknown-schedule": "There is no schedule of this name.",
    "unknown-type": "No source, gateway or chat of this type is installed.",
    "unreachable-route": "A route can never match: its matchers contradict, or an earlier one takes all.",
    "unused-interval": "Nothing names this time interval.",
    "unused-schedule": "No receiver names this schedule.",
    "unused-receiver": "No route leads to this receiver.",
    "weak-token": "A token is shorter than 16 characters.",
}
"""Every code with its meaning. Codes are promises: scripts compare them."""

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend. ``line`` and ``col`` count from 1; 0 means the whole file."""

    code: str
    file: str
    line: int
    col: int
    path: str
    cause: str
    fix: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.col}" if self.line else self.file
        path = f"{self.path}: " if self.path else ""
        fix = f"; {self.fix}" if self.fix else ""
        return f"{where}: {path}{self.cause}{fix} [{self.code}]"


def spell(path: Path) -> str:
    """A path as people write it: ``receivers[0].steps[1].after``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def suggest(word: str, known: Iterable[str], *, what: str) -> str:
    """The fix for an unknown word: the nearest known one, else all of them."""
    names = sorted(known)
    near = difflib.get_close_matches(word.lower(), names, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]}?"
    return f"{what}: {', '.join(names)}" if names else f"there are no {what} yet"
