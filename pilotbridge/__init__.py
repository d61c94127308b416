"""PilotBridge's public surface for plugins: everything a plugin may import stands in ``__all__``.

Names are fetched when first used, so that ``import pilotbridge`` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from pilotbridge.chat import (
        NO_THREAD,
        Button,
        Buttons,
        ChangeThread,
        ChatConnector,
        ChatEvent,
        ChatMessageId,
        ChatPost,
        ChatReceipt,
        ChatType,
        Edited,
        EditPost,
        Lane,
        MarkPost,
        Moved,
        NewPost,
        NewThread,
        NoThreads,
        Person,
        PersonId,
        Place,
        PostGone,
        Pressed,
        RoomChanged,
        RoomFacts,
        RoomGone,
        RoomId,
        RoomMoved,
        ThreadChanged,
        ThreadClosed,
        ThreadGone,
        ThreadId,
        Tick,
        UpdateId,
        WebhookAnswer,
        Written,
    )
    from pilotbridge.config.fields import FilePath, Positive, Proxy, SecretText, WebUrl
    from pilotbridge.config.settings import GatewaySettings, Secret
    from pilotbridge.errors import Closed, ConfigurationError, PilotBridgeError, Refused, ReplyLost, TryLater
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
        Step,
        Submitted,
        Unreadable,
        Withheld,
    )
    from pilotbridge.smspilot.tls import trusting_context

_HOMES = (
    "model",
    "protocols",
    "chat",
    "hookspecs",
    "errors",
    "lifecycle",
    "logs",
    "matcher",
    "phone",
    "config.settings",
    "oncall.replies",
    "config.fields",
    "smspilot.tls",
)

__all__ = [
    "NO_THREAD",
    "Accepted",
    "Account",
    "Alert",
    "AlertState",
    "Bridge",
    "Button",
    "Buttons",
    "ChangeThread",
    "ChatConnector",
    "ChatEvent",
    "ChatMessageId",
    "ChatPost",
    "ChatReceipt",
    "ChatType",
    "Closed",
    "ConfigurationError",
    "Contact",
    "Deferred",
    "EditPost",
    "Edited",
    "FilePath",
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
    "Lane",
    "ListOpen",
    "Lost",
    "Malformed",
    "MarkPost",
    "Matcher",
    "Matchers",
    "Message",
    "MessageId",
    "Moved",
    "NewPost",
    "NewThread",
    "NoThreads",
    "NotAReply",
    "Notification",
    "Outcome",
    "OutgoingSms",
    "Parsed",
    "PassOn",
    "Person",
    "PersonId",
    "PhoneNumber",
    "PilotBridgeError",
    "Place",
    "Positive",
    "PostGone",
    "Pressed",
    "Proxy",
    "Reason",
    "Receipt",
    "Refused",
    "Rejected",
    "Reply",
    "ReplyLost",
    "RoomChanged",
    "RoomFacts",
    "RoomGone",
    "RoomId",
    "RoomMoved",
    "Route",
    "Secret",
    "SecretText",
    "Severity",
    "Source",
    "State",
    "StatusReport",
    "Step",
    "Submitted",
    "Take",
    "ThreadChanged",
    "ThreadClosed",
    "ThreadGone",
    "ThreadId",
    "Tick",
    "Trouble",
    "TryLater",
    "Undo",
    "Unreadable",
    "UpdateId",
    "WebUrl",
    "WebhookAnswer",
    "Withheld",
    "Written",
    "__version__",
    "chat",
    "errors",
    "get_logger",
    "hookimpl",
    "hookspecs",
    "lifecycle",
    "logs",
    "matcher",
    "model",
    "phone",
    "protocols",
    "read_reply",
    "trusting_context",
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
