"""The integers by which the gateway names our messages back to us.

They start at a base drawn once per database, so that an echo can never match a stranger's row.
"""

from __future__ import annotations

from pilotbridge.protocols import Rng
from pilotbridge.store.protocol import WriteVerbs

KEY = "client_id_base"
BASE_MAX = 2**30
"""Leaves room for a billion messages below the largest number of 31 bits, which is all a gateway may keep."""


def client_id_base(tx: WriteVerbs, rng: Rng) -> int:
    """The base of this database; drawn on first use."""
    known = tx.meta(KEY)
    return int(known) if known is not None else new_client_id_base(tx, rng)


def new_client_id_base(tx: WriteVerbs, rng: Rng) -> int:
    """Draw another base: after a restore the old one may have named messages that are gone."""
    base = int(rng.uniform(1, BASE_MAX))
    tx.set_meta(KEY, str(base))
    return base
