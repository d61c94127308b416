"""PilotBridge's public surface for plugins: everything a plugin may import stands in ``__all__``.

Names are fetched when first used, so that ``import pilotbridge`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from pilotbridge.config.settings import GatewaySettings
    from pilotbridge.errors import PilotBridgeError, Refused, ReplyLost, TryLater
    from pilotbridge.hookspecs import hookimpl
    from pilotbridge.lifecycle import State
    from pilotbridge.logs import get_logger
    from pilotbridge.matcher import Matcher, Matchers
    from pilotbridge.model import (
        Alert,
        AlertState,
        Contact,
        Fingerprint,
        Group,
        InboundSms,
        Incident,
        Labels,
        Message,
        MessageId,
        Notification,
        Parsed,
        Reason,
        Reply,
        Route,
        Severity,
        Trouble,
    )
    from pilotbridge.oncall.replies import ListOpen, NotAReply, PassOn, Take, Undo, read_reply
    from pilotbridge.phone import PhoneNumber
    from pilotbridge.protocols import (
        Accepted,
        Account,
        Bridge,
        Deferred,
        Gateway,
        GatewayType,
        Guarded,
        Incoming,
        Lost,
        Malformed,
        Outcome,
        OutgoingSms,
        Receipt,
        Rejected,
        Source,
        StatusReport,
        Submitted,
        Unreadable,
        Withheld,
    )

_HOMES = (
    "model",
    "protocols",
    "hookspecs",
    "errors",
    "lifecycle",
    "logs",
    "matcher",
    "phone",
    "config.settings",
    "oncall.replies",
)

__all__ = [
    "Accepted",
    "Account",
    "Alert",
    "AlertState",
    "Bridge",
    "Contact",
    "Deferred",
    "Fingerprint",
    "Gateway",
    "GatewaySettings",
    "GatewayType",
    "Group",
    "Guarded",
    "InboundSms",
    "Incident",
    "Incoming",
    "Labels",
    "ListOpen",
    "Lost",
    "Malformed",
    "Matcher",
    "Matchers",
    "Message",
    "MessageId",
    "NotAReply",
    "Notification",
    "Outcome",
    "OutgoingSms",
    "Parsed",
    "PassOn",
    "PhoneNumber",
    "PilotBridgeError",
    "Reason",
    "Receipt",
    "Refused",
    "Rejected",
    "Reply",
    "ReplyLost",
    "Route",
    "Severity",
    "Source",
    "State",
    "StatusReport",
    "Submitted",
    "Take",
    "Trouble",
    "TryLater",
    "Undo",
    "Unreadable",
    "Withheld",
    "__version__",
    "get_logger",
    "hookimpl",
    "read_reply",
]


def __getattr__(name: str) -> Any:
    if name in __all__:
        for home in _HOMES:
            module = import_module(f"pilotbridge.{home}")
            if hasattr(module, name):
                return getattr(module, name)
    raise AttributeError(f"module 'pilotbridge' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
