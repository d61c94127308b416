"""The name an SMS comes from: whether any gateway could take it, said before something is sent in it.

Which names an account has only the gateway knows; ``check --online`` asks.
"""

from __future__ import annotations

from collections.abc import Iterable

HOW = "write 3 to 11 Latin letters, digits, - or ., or a number of 10 to 16 digits without +"


def is_no_sender(name: str, types: Iterable[str]) -> bool:
    """Whether gateways of these ``types`` would refuse every SMS from ``name``; a plugin's may take any."""
    if not name or set(types) != {"smspilot"}:
        return False
    from pilotbridge.smspilot.wire.asked_sms import is_sender  # costs the start what few need

    return not is_sender(name)
