"""Rows to nouns and back: every verb of the store, written once for all engines.

Verbs that only read are in :class:`ReadVerbs`; :class:`WriteVerbs` adds those that change something.
"""

from pilotbridge.store.sql.alerts import AlertReads, AlertWrites
from pilotbridge.store.sql.cards import CardReads, CardWrites
from pilotbridge.store.sql.chat_updates import ChatUpdateReads, ChatUpdateWrites
from pilotbridge.store.sql.conversations import ConversationReads, ConversationWrites
from pilotbridge.store.sql.escalations import EscalationReads, EscalationWrites
from pilotbridge.store.sql.inbound import InboundReads, InboundWrites
from pilotbridge.store.sql.incidents import IncidentReads, IncidentWrites
from pilotbridge.store.sql.intake import IntakeReads, IntakeWrites
from pilotbridge.store.sql.meta import MetaReads, MetaWrites
from pilotbridge.store.sql.notices import NoticeReads, NoticeWrites
from pilotbridge.store.sql.oncall import OnCallReads, OnCallWrites
from pilotbridge.store.sql.optouts import OptOutReads, OptOutWrites
from pilotbridge.store.sql.outbox import OutboxReads, OutboxWrites
from pilotbridge.store.sql.people import PeopleReads, PeopleWrites
from pilotbridge.store.sql.posts import PostReads, PostWrites
from pilotbridge.store.sql.privacy import PrivacyReads, PrivacyWrites
from pilotbridge.store.sql.replays import ReplayReads
from pilotbridge.store.sql.retention import RetentionReads, RetentionWrites
from pilotbridge.store.sql.storms import StormReads, StormWrites
from pilotbridge.store.sql.views import ViewReads


class ReadVerbs(
    AlertReads,
    CardReads,
    ChatUpdateReads,
    ConversationReads,
    EscalationReads,
    IncidentReads,
    IntakeReads,
    InboundReads,
    MetaReads,
    OnCallReads,
    NoticeReads,
    OptOutReads,
    OutboxReads,
    PeopleReads,
    PostReads,
    PrivacyReads,
    ReplayReads,
    RetentionReads,
    StormReads,
    ViewReads,
):
    """Every question the store answers."""


class WriteVerbs(
    ReadVerbs,
    AlertWrites,
    CardWrites,
    ChatUpdateWrites,
    ConversationWrites,
    EscalationWrites,
    IncidentWrites,
    IntakeWrites,
    InboundWrites,
    MetaWrites,
    OnCallWrites,
    NoticeWrites,
    OptOutWrites,
    OutboxWrites,
    PeopleWrites,
    PostWrites,
    PrivacyWrites,
    RetentionWrites,
    StormWrites,
):
    """Every question and every change; used inside one transaction on the writer's connection."""


__all__ = ["ReadVerbs", "WriteVerbs"]
