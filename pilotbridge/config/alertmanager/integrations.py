"""What an Alertmanager's receiver may hold, and what stands in its place here.

A table: facts of 0.25 to 0.28, with the kinds that came later. Facts: ``config/notifiers.go``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Carried(Enum):
    """How an integration is carried."""

    BY_SMS = "a pager: whoever it woke is told by SMS"
    BY_CHAT = "a chat that we speak in"
    BY_SMS_IF_ALONE = "mail: whoever read it is told by SMS, unless the receiver has another way"
    BY_WEBHOOK = "whatever its URL says that it is"
    NOT_AT_ALL = "there is nothing like it here"


@dataclass(frozen=True, slots=True)
class Integration:
    """``ends``: whether Alertmanager tells the end by it unless ``send_resolved`` says otherwise."""

    how: Carried
    name: str
    ends: bool
    instead: str = ""


_ROOM = "a room in Telegram does the same: chats.telegram.rooms, and chat:ROOM in the receiver's steps"
_TICKET = (
    "an incident with its history is in `pilotbridge incidents`; a plugin may make a ticket (docs/plugins)"
)
_PAGER = "steps and schedules do what it did: docs/configuration.md"


def _pager(name: str, *, ends: bool = True) -> Integration:
    return Integration(Carried.BY_SMS, name, ends, _PAGER)


def _chat(name: str, *, ends: bool = True) -> Integration:
    return Integration(Carried.NOT_AT_ALL, name, ends, _ROOM)


INTEGRATIONS = {
    "webhook_configs": Integration(Carried.BY_WEBHOOK, "a webhook", True),
    "telegram_configs": Integration(Carried.BY_CHAT, "Telegram", True),
    "email_configs": Integration(
        Carried.BY_SMS_IF_ALONE, "mail", False, "no mail is sent from here; people are contacts"
    ),
    "pagerduty_configs": _pager("PagerDuty"),
    "opsgenie_configs": _pager("Opsgenie"),
    "jsm_configs": _pager("Jira Service Management"),
    "jsmops_configs": _pager("Jira Service Management"),
    "victorops_configs": _pager("VictorOps"),
    "pushover_configs": _pager("Pushover"),
    "signl4_configs": _pager("SIGNL4"),
    "sns_configs": _pager("SNS"),
    "slack_configs": _chat("Slack", ends=False),
    "discord_configs": _chat("Discord"),
    "msteams_configs": _chat("Teams"),
    "msteamsv2_configs": _chat("Teams"),
    "mattermost_configs": _chat("Mattermost"),
    "rocketchat_configs": _chat("Rocket.Chat", ends=False),
    "webex_configs": _chat("Webex"),
    "wechat_configs": _chat("WeChat", ends=False),
    "hipchat_configs": _chat("HipChat", ends=False),
    "jira_configs": Integration(Carried.NOT_AT_ALL, "Jira", True, _TICKET),
    "incidentio_configs": Integration(Carried.NOT_AT_ALL, "incident.io", True, _TICKET),
}

GLOBALS = {
    "smtp_": "no mail is sent from here",
    "slack_": f"nothing here posts to Slack; {_ROOM}",
    "rocketchat_": f"nothing here posts to Rocket.Chat; {_ROOM}",
    "mattermost_": f"nothing here posts to Mattermost; {_ROOM}",
    "webex_": f"nothing here posts to Webex; {_ROOM}",
    "wechat_": f"nothing here posts to WeChat; {_ROOM}",
    "hipchat_": f"nothing here posts to HipChat; {_ROOM}",
    "pagerduty_": _PAGER,
    "opsgenie_": _PAGER,
    "victorops_": _PAGER,
    "jira_": _TICKET,
    "http_config": "a proxy is gateways.NAME.proxy and chats.NAME.proxy, a CA is network.ca_file",
}
"""What is said of a key of ``global`` that begins like that."""

INTERVALS = ("time_intervals", "mute_time_intervals")
TOP_LEVEL = ("global", "route", "receivers", "inhibit_rules", "templates", "tracing", *INTERVALS)

SMS_WORDS = ("sachet", "sms", "twilio", "gammu", "kannel", "vonage", "nexmo", "textmagic")
"""A webhook whose host or path has one of these is a way to phones."""
HEARTBEAT_WORDS = ("healthchecks", "hc-ping", "deadmanssnitch", "nosnch", "cronitor", "heartbeat", "uptime")
"""A webhook whose host or path has one of these wants to hear that monitoring lives."""
