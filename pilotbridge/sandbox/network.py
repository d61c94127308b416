"""What the network does with a message: which operator a number has, and how a status moves with time.

Everything is a function of the number, its script and the clock; nothing here waits or stores.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

NOT_ACCEPTED, FAILED, ACCEPTED, AT_OPERATOR, DELIVERED, DELAYED = -2, -1, 0, 1, 2, 3
EXPIRED, UNDELIVERABLE = 600, 601
DAY_MS = 24 * 3600 * 1000

Step = tuple[int, int, int]
"""Milliseconds after the release, status, error."""

Plan = tuple[Step, ...]
"""The statuses of one message in their order; the first is always 0 at the release."""


class Outcome(StrEnum):
    """What becomes of messages to a number. Without a final status the network gives up in the end (600)."""

    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    AT_OPERATOR = "at_operator"
    ACCEPTED = "accepted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Script:
    """Delivery to one number, for the next ``count`` messages or for all.

    ``error`` is the delivery code of UNDELIVERED (601 when 0), or what REFUSED answers (212 when 0).
    ``None`` as a time means the account's own.
    """

    outcome: Outcome = Outcome.DELIVERED
    error: int = 0
    operator_after_s: float | None = None
    final_after_s: float | None = None
    count: int | None = None


DELIVER = Script()


@lru_cache(maxsize=1024)
def plan_of(
    outcome: Outcome, error: int, operator_after_s: float, final_after_s: float, lapse_ms: int
) -> Plan:
    """The course of a message; ``lapse_ms`` is when the network gives up on one without a final status."""
    operator = (int(operator_after_s * 1000), AT_OPERATOR, 0)
    final_ms = max(int(final_after_s * 1000), operator[0])
    match outcome:
        case Outcome.DELIVERED:
            return (_START, operator, (final_ms, DELIVERED, 0))
        case Outcome.UNDELIVERED:
            return (_START, operator, (final_ms, FAILED, error or UNDELIVERABLE))
        case Outcome.AT_OPERATOR:
            return (_START, operator, (max(lapse_ms, operator[0]), FAILED, EXPIRED))
        case _:
            return (_START, (lapse_ms, FAILED, EXPIRED))


_START: Step = (0, ACCEPTED, 0)
STAYS_HERE: Plan = (_START,)
"""Of a message that is never passed on (test=1)."""


@lru_cache(maxsize=65536)
def carrier_of(digits: str) -> tuple[str, str]:
    """Country (ISO 3166) and operator of a number; the table is coarse and only has to look right."""
    for length in (4, 3, 2, 1):
        country = _COUNTRIES.get(digits[:length])
        if country is not None:
            break
    else:
        return "", ""
    return country, _russian_operator(digits) if country == "RU" else ""


def _russian_operator(digits: str) -> str:
    code = int(digits[1:4])
    return next((name for name, ranges in _OPERATORS if any(code in known for known in ranges)), "OTHER")


_COUNTRIES = {
    "7": "RU", "76": "KZ", "77": "KZ", "1": "US", "20": "EG", "30": "GR", "31": "NL", "32": "BE",
    "33": "FR",
    "34": "ES", "36": "HU", "39": "IT", "40": "RO", "41": "CH", "43": "AT", "44": "GB", "45": "DK",
    "46": "SE",
    "47": "NO", "48": "PL", "49": "DE", "84": "VN", "86": "CN", "90": "TR", "91": "IN", "357": "CY",
    "358": "FI", "359": "BG", "370": "LT", "371": "LV", "372": "EE", "373": "MD", "374": "AM", "375": "BY",
    "380": "UA", "381": "RS", "382": "ME", "420": "CZ", "421": "SK", "971": "AE", "972": "IL", "992": "TJ",
    "993": "TM", "994": "AZ", "995": "GE", "996": "KG", "998": "UZ",
}  # fmt: skip
_OPERATORS: tuple[tuple[str, tuple[range, ...]], ...] = (
    ("MTS", (range(910, 920), range(980, 990))),
    ("MEGAFON", (range(920, 940), range(999, 1000))),
    ("BEELINE", (range(903, 904), range(905, 907), range(909, 910), range(960, 969))),
    (
        "TELE2",
        (
            range(900, 903),
            range(904, 905),
            range(908, 909),
            range(950, 954),
            range(977, 978),
            range(991, 997),
        ),
    ),
)
