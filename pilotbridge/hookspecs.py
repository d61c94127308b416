"""Every hook a plugin can answer: when it fires, how often, what its arguments are and what None means.

It owns the signatures and refuses to call anything; ``plugin_manager`` is the only caller. The tense tells
the kind: ``register_...`` is asked once at start, a bare verb is a question, a past participle is told
after the commit. An implementation names only the arguments it wants.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import pluggy

from pilotbridge.model import Alert, Group, InboundSms, Message, Notification, Reply, Route
from pilotbridge.protocols import Bridge, GatewayType, Source

if TYPE_CHECKING:
    from pydantic import BaseModel

    from pilotbridge.chat import ChatType

PROJECT = "pilotbridge"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a function of a plugin as its answer to the hook of the same name."""

# --- asked once at start ----------------------------------------------------------------------------


@hookspec
def register_config() -> type[BaseModel] | None:
    """The pydantic model of this plugin's block ``plugins.<name>``; None: the block has no keys."""


@hookspec
def register_sources() -> Sequence[Source]:
    """Kinds of monitoring senders this plugin reads; ``sources.<name>.type`` names one."""
    return ()


@hookspec
def register_gateways() -> Sequence[GatewayType]:
    """Kinds of SMS gateways this plugin speaks to; ``gateways.<name>.type`` names one."""
    return ()


@hookspec
def register_chats() -> Sequence[ChatType]:
    """Kinds of chats this plugin speaks in; ``chats.<name>.type`` names one."""
    return ()


# --- questions --------------------------------------------------------------------------------------
#
# Asked on the hook thread with a deadline. One that raises, is too slow or answers nonsense costs only its
# own answer; three times too slow and the plugin is off until the configuration is reloaded. A question may
# be asked again, so it should change nothing: what it asks Bridge to write is written after it has been
# answered, in answer_inbound together with the reply.


@hookspec
def enrich_alerts(alerts: Sequence[Alert], bridge: Bridge) -> Mapping[Alert, Alert] | None:
    """Alerts with other labels or annotations, by the alert given; the rest stays as it is.

    All plugins are asked, once per batch, each seeing what those before it changed. Fires before routing.
    An alert keeps its fingerprint, state and times.
    """


@hookspec
def route_alerts(alerts: Sequence[Alert], bridge: Bridge) -> Mapping[Alert, Route] | None:
    """Where alerts go, by alert; one left out, or None for all: no opinion.

    All plugins are asked, once per batch; the first in configured order that decides an alert wins, the
    others show in its trace. ``Route("page-dba")`` decides and the tree is not asked;
    ``Route("page-dba", and_continue=True)`` adds and the next one is asked; ``Route(None, reason="...")``
    keeps it silent, on the record; ``Route(None, and_continue=True, reason="...")`` decides nothing and
    shows in the trace.
    """


@hookspec(firstresult=True)
def mute_group(group: Group, now: datetime, notification: Notification, bridge: Bridge) -> str | None:
    """Why nobody is to be told of this group now; None: no objection.

    Asked once each time there is something to tell of a group; a mute is on the record with its reason, and
    the group is looked at again after its route's ``group_interval``. An end that is muted is kept back, too.
    """


@hookspec(firstresult=True)
def compose_text(notification: Notification, bridge: Bridge) -> str | None:
    """The text of one notification for one contact, before it is cleaned and fitted; None: the template.

    The ref is put at its end when it is not there already.
    """


@hookspec(firstresult=True)
def answer_inbound(inbound: InboundSms, bridge: Bridge) -> Reply | None:
    """A reply to an SMS that came in, which consumes it; None: it is not for this plugin.

    ``inbound.text`` comes without the prefix of the line. Asked once per SMS; after a crash in between it
    is asked again, and nothing of the first time has happened.
    """


@hookspec(firstresult=True)
def choose_conversation(inbound: InboundSms, bridge: Bridge) -> str | None:
    """Where to relay an SMS that nobody answered: a room's name or another line's; None: its own line's room.

    Another line's name makes it a text to that line, with its room and sender.
    """


# --- told -------------------------------------------------------------------------------------------
#
# Told after the commit, one after the other; a crash may swallow the telling, never the fact.


@hookspec
def bridge_started(bridge: Bridge) -> None:
    """Everything runs. Once per start; here belongs ``bridge.every``. Questions may have come before it."""


@hookspec
def bridge_stopping(bridge: Bridge) -> None:
    """The bridge ends in an orderly way: nothing comes in any more, and what is written now is still kept.

    The end waits for it as long as for an answer. A crash tells nobody.
    """


@hookspec
def alerts_recorded(alerts: Sequence[Alert], bridge: Bridge) -> None:
    """A batch of alerts with news is in the store: new, a new episode, or over."""


@hookspec
def inbound_recorded(inbound: InboundSms, bridge: Bridge) -> None:
    """An SMS that came in is in the store, before anybody is asked to answer it."""


@hookspec
def message_settled(message: Message, bridge: Bridge) -> None:
    """A message got news: accepted, held, in doubt, refused, delivered or not."""
