"""An account at the gateway: who may use it, what it may send, how its gateway behaves.

Settings are frozen and replaced whole; money, guard and messages are in the world, not here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from pilotbridge.smspilot.wire import TEST_KEY, Credentials, Version

_KEY_FORM = re.compile(r"[A-Za-z0-9]{64}")
_NO_KEY, _BAD_KEY, _NO_USER, _BAD_LOGIN, _BAD_ADDRESS = 100, 101, 400, 401, 113


@dataclass(frozen=True, slots=True)
class Line:
    """A service number with the prefix that leads a text to this account."""

    number: str
    prefix: str


@dataclass(frozen=True, slots=True)
class Account:
    """Everything that can be set; the values of the test key are what the real gateway has answered.

    ``allowed_addresses`` and ``countries`` empty mean all. ``blocked`` is the code a blocked account
    answers (105, 106, 107). ``unknown_key`` is 101, or 102 as newer gateways say.
    """

    name: str = "main"
    apikeys: tuple[str, ...] = (TEST_KEY,)
    login: str = "test"
    password: str = "test"
    balance_rub: Decimal = Decimal("20006.97")
    price_rub: Decimal = Decimal("2.96")
    senders: tuple[str, ...] = ("INFORM", "SMSPILOT")
    default_sender: str = "INFORM"
    any_sender: bool = False
    trial: bool = False
    blocked: int = 0
    unknown_key: int = 101
    allowed_addresses: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    blacklist: tuple[str, ...] = ()
    filter_words: tuple[str, ...] = ()
    cyrlat_filter: bool = True
    https_callbacks: bool = True
    guard_s: float = 300.0
    operator_after_s: float = 1.0
    final_after_s: float = 3.0
    callback_retries_s: tuple[float, ...] = (60.0, 300.0, 900.0)
    lines: tuple[Line, ...] = (Line("79021121075", "1234"),)
    auto_reply: str = ""
    version: Version = Version.V2_5
    about: Mapping[str, str] = field(
        default_factory=lambda: {
            "id": "10000",
            "tariff_id": "1",
            "name": "Букин Геннадий",
            "email": "bukin@example.org",
            "phone": "79087964781",
        }
    )


def account_of(accounts: Iterable[Account], credentials: Credentials) -> Account | None:
    """Return the account that ``credentials`` name, whether or not they open it."""
    if credentials.apikey:
        return next((account for account in accounts if credentials.apikey in account.apikeys), None)
    return next((account for account in accounts if account.login == credentials.login), None)


def find_account(accounts: Iterable[Account], credentials: Credentials, client: str) -> Account | int:
    """Return the account that ``credentials`` open from ``client``, or the code of the refusal."""
    found = _by_key(accounts, credentials) if credentials.apikey else _by_login(accounts, credentials)
    if isinstance(found, int):
        return found
    if found.blocked:
        return found.blocked
    if found.allowed_addresses and client not in found.allowed_addresses:
        return _BAD_ADDRESS
    return found


def _by_key(accounts: Iterable[Account], credentials: Credentials) -> Account | int:
    known = list(accounts)
    if not _KEY_FORM.fullmatch(credentials.apikey):
        return account_of(known, credentials) or _BAD_KEY
    return account_of(known, credentials) or max(account.unknown_key for account in known)


def _by_login(accounts: Iterable[Account], credentials: Credentials) -> Account | int:
    if not credentials.login and not credentials.password:
        return _NO_KEY
    if not credentials.login or not credentials.password:
        return _BAD_LOGIN
    account = account_of(accounts, credentials)
    if account is None:
        return _NO_USER
    return account if account.password == credentials.password else _BAD_LOGIN
