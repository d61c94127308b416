"""The methods that fetch updates or say where they are to be brought."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from pilotbridge.sandbox.http import Waiting
from pilotbridge.sandbox.telegram.asks import Ask
from pilotbridge.sandbox.telegram.faults import Kind, strikes_updates
from pilotbridge.sandbox.telegram.state import Telegram
from pilotbridge.sandbox.telegram.updates import BATCH_MAX, Intake, Poll, Update
from pilotbridge.sandbox.telegram.wording import bad_request

Json = dict[str, Any]

LONGEST_POLL_S = 50
CONNECTIONS_MAX = 100
_SECRET = re.compile(r"[A-Za-z0-9_-]{0,256}")


def get_updates(ask: Ask) -> list[Json] | Waiting:
    """What waits for the bot, or that it has to wait itself."""
    mailbox = ask.telegram.mailbox
    mailbox.take_over()
    if "allowed_updates" in ask.params.fields:
        mailbox.allow(_kinds(ask))
    mailbox.confirm(ask.params.integer("offset") or 0)
    limit = min(max(ask.params.integer("limit") or BATCH_MAX, 1), BATCH_MAX)
    found = mailbox.first(limit, ask.at_ms)
    timeout_s = min(max(ask.params.integer("timeout") or 0, 0), LONGEST_POLL_S)
    if found or not timeout_s or not ask.may_wait:
        return updates_shown(ask.telegram, found, ask.at_ms)
    mailbox.wait(ask.number, Poll(ask.at_ms + timeout_s * 1000, limit))
    return Waiting(ask.number, float(timeout_s))


def updates_shown(telegram: Telegram, updates: list[Update], at_ms: int) -> list[Json]:
    """Updates as an answer holds them, in order and once unless a fault says otherwise."""
    shown = [update.shown() for update in updates]
    if shown and strikes_updates(telegram.faults, Kind.REPEATED, at_ms):
        shown = [update for update in shown for _ in range(2)]
    if shown[1:] and strikes_updates(telegram.faults, Kind.REORDERED, at_ms):
        shown.reverse()
    return shown


def _kinds(ask: Ask) -> tuple[str, ...] | None:
    """The kinds that are wanted; an empty list is the default again."""
    kinds = ask.params.value("allowed_updates")
    if kinds is not None and not (isinstance(kinds, list) and all(isinstance(kind, str) for kind in kinds)):
        raise bad_request("can't parse allowed_updates: expected an Array of String")
    return tuple(kinds) if kinds else None


def set_webhook(ask: Ask) -> bool:
    """Have updates brought to an address; an empty one is none."""
    url = ask.params.text("url")
    if not url:
        return delete_webhook(ask)
    _check_url(url, https_only=ask.telegram.bot.https_webhooks_only)
    secret = ask.params.text("secret_token")
    if not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    if ask.params.file("certificate") or ask.params.text("certificate"):
        raise bad_request("the sandbox takes no certificate; use plain HTTP or a trusted one")
    mailbox = ask.telegram.mailbox
    allowed = _kinds(ask) if "allowed_updates" in ask.params.fields else mailbox.intake.allowed
    connections = min(max(ask.params.integer("max_connections") or 40, 1), CONNECTIONS_MAX)
    _drop_pending(ask)
    mailbox.set_intake(Intake(url, secret, connections, allowed), ask.at_ms)
    return True


def _check_url(url: str, *, https_only: bool) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and (https_only or parts.scheme != "http"):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if not parts.hostname:
        raise bad_request("bad webhook: Failed to resolve host: Name or service not known")


def delete_webhook(ask: Ask) -> bool:
    _drop_pending(ask)
    mailbox = ask.telegram.mailbox
    mailbox.set_intake(Intake(allowed=mailbox.intake.allowed), ask.at_ms)
    return True


def _drop_pending(ask: Ask) -> None:
    waiting = ask.telegram.mailbox.waiting
    if waiting and ask.params.flag("drop_pending_updates"):
        ask.telegram.mailbox.confirm(waiting[-1].update_id + 1)


def webhook_shown(ask: Ask) -> Json:
    """What getWebhookInfo says."""
    mailbox = ask.telegram.mailbox
    mailbox.drop_old(ask.at_ms)
    intake = mailbox.intake
    shown: Json = {
        "url": intake.url,
        "has_custom_certificate": False,
        "pending_update_count": len(mailbox.waiting),
    }
    if intake.url:
        shown["max_connections"] = intake.max_connections
    if mailbox.last_error is not None:
        at_ms, message = mailbox.last_error
        shown |= {"last_error_date": at_ms // 1000, "last_error_message": message}
    return shown | ({"allowed_updates": list(intake.allowed)} if intake.allowed is not None else {})
