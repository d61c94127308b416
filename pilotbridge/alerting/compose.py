"""From a notification to the SMS of one contact: in their language and letters, fitted, its ref last.

It owns the wording; a text that cannot be made any other way is name, severity and ref. It refuses to send.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from pilotbridge.alerting.built_in import built_in
from pilotbridge.alerting.facts import VALUE_MAX, Facts, facts_of, shorten
from pilotbridge.alerting.templates import BadTemplate, render
from pilotbridge.config.settings import Settings
from pilotbridge.logs import get_logger
from pilotbridge.model import Contact, Line, Notification, Reason, Ref
from pilotbridge.phone import is_answerable
from pilotbridge.sms_text import Encoding, clean, fit, measure, transliterate, unmix

Ask = Callable[[Callable[[], str], float], str]
"""Runs a call with a deadline in seconds; raises TimeoutError when it overran."""

RENDER_DEADLINE_S = 2.0

# Two septets each in GSM-7; a text says the same without them.
_DEAR = str.maketrans({"[": "(", "]": ")", "{": "(", "}": ")", "|": "/", "~": "-", "^": "'", "\\": "/"})

_log = get_logger(__name__)


class Wording(msgspec.Struct, frozen=True):
    """What the configuration says about texts: the parts allowed, a template, and where to text back."""

    parts: int
    template: str = ""
    reply_to: Line | None = None

    @classmethod
    def of(cls, settings: Settings, receiver: str) -> Wording:
        own = settings.receiver(receiver)
        template = (own.templates.sms if own else "") or settings.templates.sms
        gateway = next(iter(settings.gateways.values()), None)
        needs_line = gateway is not None and not is_answerable(gateway.sender)
        line = gateway.reply_to if gateway is not None and needs_line else None
        return cls(settings.limits.parts_per_sms, template, line)


class Composed(msgspec.Struct, frozen=True):
    """A finished text; ``fault`` says what was wrong with the template that should have made it."""

    text: str
    fault: str = ""


def compose(
    notification: Notification, wording: Wording, *, own_text: str = "", may_hint: bool = False, ask: Ask
) -> Composed:
    """The SMS for ``notification.contact``.

    ``own_text`` is a plugin's; ``may_hint`` says that the contact never texted back and may have to learn
    how to.
    """
    body, fault = own_text, ""
    if not body.strip() and wording.template:
        body, fault = _templated(notification, wording.template, ask)
    if not body.strip():
        return Composed(_built_in(notification, wording, may_hint=may_hint), fault)
    text = _finished(body, notification, wording.parts)
    return Composed(_with_hint(text, notification, wording.reply_to, may_hint=may_hint), fault)


def finish(
    body: str, contact: Contact, wording: Wording, ref: Ref, number: int, *, may_hint: bool = False
) -> str:
    """``body`` for one contact: in their letters, fitted, ``number`` telling it from others with this ref."""
    text = _fitted(body, contact, _shown(ref, number), wording.parts)
    return _hinted(text, contact, ref, wording.reply_to) if may_hint else text


def ref_of(notification: Notification) -> str:
    """``#417``, and ``#417.2`` from the second notification on: no two texts to one number are equal."""
    return _shown(notification.incident.ref, notification.number)


def _shown(ref: Ref, number: int) -> str:
    return f"#{ref}.{number}" if number > 1 else f"#{ref}"


def _templated(notification: Notification, template: str, ask: Ask) -> tuple[str, str]:
    """What the configuration's template makes of it, or nothing and what is wrong with it."""
    facts = facts_of(notification, _language(notification.contact))
    try:
        text = ask(lambda: render(template, facts), RENDER_DEADLINE_S)
    except (BadTemplate, TimeoutError) as error:
        return "", str(error)
    if not clean(text).strip():
        return "", "the text is empty"
    return text, ""


def _raw(notification: Notification) -> str:
    """What stands in for a text that could not be made: name and severity; the ref follows."""
    word = "CLEAR" if notification.reason is Reason.ALL_RESOLVED else notification.incident.severity.upper()
    return f"{word} {notification.incident.name}"


def _built_in(notification: Notification, wording: Wording, *, may_hint: bool) -> str:
    facts = Facts(notification, _language(notification.contact))
    value = facts.value
    text = "" if value else _with_summary(facts, wording.parts)
    if not text:
        text = _finished(built_in(facts, value), notification, wording.parts)
    return _with_hint(text, notification, wording.reply_to, may_hint=may_hint)


def _with_summary(facts: Facts, parts_max: int) -> str:
    """The text with the summary in place of a value; empty when that says or costs more than it may.

    It may not say the name again, and not cost a part more than the text without it.
    """
    summary = facts.summary
    if not summary or summary.lower() == facts.name.lower():
        return ""
    fuller = _on_one_line(facts, shorten(summary, 2 * VALUE_MAX))
    parts = measure(fuller).parts
    if 1 < parts <= parts_max:
        parts_max = measure(_on_one_line(facts, "")).parts
    return fuller if parts <= parts_max else ""


def _on_one_line(facts: Facts, value: str) -> str:
    notification = facts.notification
    return f"{_line(built_in(facts, value), notification)} {ref_of(notification)}"


def _language(contact: Contact) -> str:
    return "ru" if contact.sms_text == "ru" else contact.language


def _finished(body: str, notification: Notification, parts: int) -> str:
    """One line in the contact's letters within ``parts``, the ref last."""
    body = body if _line(body, notification) else _raw(notification)
    return _fitted(body, notification.contact, ref_of(notification), parts)


def _line(body: str, notification: Notification) -> str:
    return _written(body, notification.contact, ref_of(notification))


def line_for(contact: Contact, text: str, max_parts: int) -> str:
    """``text`` on one clean line of at most ``max_parts`` parts, in the letters that ``contact`` wants."""
    return fit(_written(text, contact, ""), max_parts).strip()


def _fitted(body: str, contact: Contact, ref: str, parts: int) -> str:
    return fit(_written(body, contact, ref), parts, keep=f" {ref}").strip()


def _written(body: str, contact: Contact, ref: str) -> str:
    """``body`` on one clean line. In the contact's own letters unless those would cost a part more."""
    keep = f" {ref}"
    line = " ".join(clean(body).translate(_DEAR).split()).removesuffix(keep)
    latin = transliterate(line)
    if contact.sms_text != "ru":
        return latin
    own = unmix(line)
    return own if measure(own + keep).parts <= measure(latin + keep).parts else latin


def _with_hint(text: str, notification: Notification, line: Line | None, *, may_hint: bool) -> str:
    """How to take it, unless that is known already or this is news of its end."""
    if not may_hint or notification.reason is Reason.ALL_RESOLVED:
        return text
    return _hinted(text, notification.contact, notification.incident.ref, line)


def _hinted(text: str, contact: Contact, ref: Ref, line: Line | None) -> str:
    """How to take it, where that costs no part."""
    if line is None:
        return text
    number = f"+{line.number}" if line.number.isdigit() and len(line.number) > 6 else line.number
    said = f"{line.prefix} {ref}".strip()
    hint = (
        f" Взять: SMS {said} на {number}" if _language(contact) == "ru" else f" Take: SMS {said} to {number}"
    )
    if measure(text).encoding is not Encoding.UCS2:
        hint = transliterate(hint)
    return text + hint if measure(text + hint).parts <= measure(text).parts else text
