"""The saboteurs, by the rooms of the product: each stands for a promise of the docs or of the threat model.

Tables and nothing more; what is done with them is the runner's business. Each stands in the table of the file
that it breaks.
"""

from __future__ import annotations

from tests.saboteurs.mutants.alerting.going import ALERTING_GOING
from tests.saboteurs.mutants.alerting.taking_in import ALERTING_TAKING_IN
from tests.saboteurs.mutants.alerting.telling import ALERTING_TELLING
from tests.saboteurs.mutants.commands import COMMANDS
from tests.saboteurs.mutants.mutant import Edit, Mutant
from tests.saboteurs.mutants.oncall import ONCALL
from tests.saboteurs.mutants.outbox.posts import OUTBOX_POSTS
from tests.saboteurs.mutants.outbox.sending import OUTBOX_SENDING
from tests.saboteurs.mutants.outbox.settling import OUTBOX_SETTLING
from tests.saboteurs.mutants.plugins import PLUGINS
from tests.saboteurs.mutants.relay.chats import RELAY_CHATS
from tests.saboteurs.mutants.relay.inbound import RELAY_INBOUND
from tests.saboteurs.mutants.running import RUNNING
from tests.saboteurs.mutants.sandbox import SANDBOX
from tests.saboteurs.mutants.smspilot import SMSPILOT
from tests.saboteurs.mutants.store.engine import STORE_ENGINE
from tests.saboteurs.mutants.store.queries import STORE_QUERIES
from tests.saboteurs.mutants.store.upkeep import STORE_UPKEEP
from tests.saboteurs.mutants.web.alertmanager import WEB_ALERTMANAGER
from tests.saboteurs.mutants.web.doors import WEB_DOORS

__all__ = ["MUTANTS", "Edit", "Mutant"]

MUTANTS = (
    *STORE_ENGINE,
    *STORE_UPKEEP,
    *STORE_QUERIES,
    *OUTBOX_SETTLING,
    *OUTBOX_POSTS,
    *OUTBOX_SENDING,
    *SMSPILOT,
    *ALERTING_GOING,
    *ALERTING_TAKING_IN,
    *ALERTING_TELLING,
    *ONCALL,
    *RELAY_INBOUND,
    *RELAY_CHATS,
    *WEB_ALERTMANAGER,
    *WEB_DOORS,
    *PLUGINS,
    *SANDBOX,
    *COMMANDS,
    *RUNNING,
)
