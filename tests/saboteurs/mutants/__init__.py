"""The saboteurs: each stands for a promise of ``docs/delivery.md`` or of the threat model.

Tables and nothing more; what is done with them is the runner's business.
"""

from __future__ import annotations

from tests.saboteurs.mutants.alerting import ALERTING
from tests.saboteurs.mutants.delivery import DELIVERY
from tests.saboteurs.mutants.doors import DOORS
from tests.saboteurs.mutants.edges import EDGES
from tests.saboteurs.mutants.mutant import Edit, Mutant
from tests.saboteurs.mutants.oncall import ONCALL
from tests.saboteurs.mutants.outbox import OUTBOX
from tests.saboteurs.mutants.relay import RELAY
from tests.saboteurs.mutants.sandbox import SANDBOX
from tests.saboteurs.mutants.store import STORE
from tests.saboteurs.mutants.wiring import WIRING

__all__ = ["MUTANTS", "Edit", "Mutant"]

MUTANTS = (*DELIVERY, *OUTBOX, *STORE, *DOORS, *ALERTING, *ONCALL, *RELAY, *EDGES, *SANDBOX, *WIRING)
