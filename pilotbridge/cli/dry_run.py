"""`run --dry-run`: the same configuration on ground that is gone afterwards, and a gateway that never sends.

It owns what stands in for the database and the gateways; the bridge itself is the real one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

from pilotbridge.clock import SystemClock
from pilotbridge.config.settings import CallbackMode, GatewaySettings, Secret, Settings, StoreSettings
from pilotbridge.gateways import SMSPILOT
from pilotbridge.logs import get_logger
from pilotbridge.phone import mask
from pilotbridge.sandbox.account import Account, Line
from pilotbridge.sandbox.core import Sandbox
from pilotbridge.sandbox.http import Fault, Request, Response
from pilotbridge.sandbox.messages import SentSms
from pilotbridge.sandbox.world import World
from pilotbridge.smspilot.wire import TEST_KEY
from pilotbridge.testing.adapter import SandboxAdapter

NOWHERE = "http://dry-run.invalid/api2.php"

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DryGround:
    """Where nothing counts: a folder that is gone afterwards, and a sandbox in this process."""

    folder: Path
    sandbox: SharedSandbox

    def settings(self, real: Settings) -> Settings:
        """``real`` with every gateway and the database replaced; whoever is told stays as it is."""
        for gateway in real.gateways.values():
            self.sandbox.world.set_account(_account(gateway))
        return replace(
            real,
            bridge=replace(real.bridge, data_dir=self.folder),
            store=StoreSettings(f"sqlite:///{self.folder}/pilotbridge.db"),
            gateways={name: _stand_in(gateway) for name, gateway in real.gateways.items()},
        )

    def adapter(self) -> SandboxAdapter:
        """What a gateway's session gets instead of the network."""
        return SandboxAdapter(self.sandbox, SystemClock().utc_now)


@contextmanager
def dry_ground() -> Iterator[DryGround]:
    """Lay it out; everything on it is gone after the block."""
    with TemporaryDirectory(prefix="pilotbridge-dry-run-") as folder:
        yield DryGround(Path(folder), SharedSandbox(World(record=_tell, accounts={})))


class SharedSandbox(Sandbox):
    """A sandbox that several gateways ask from threads of their own."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._lock = Lock()

    def handle(self, request: Request, now: datetime) -> Response | Fault:
        with self._lock:
            return super().handle(request, now)


def _tell(kind: str, value: Any) -> None:
    """One line for each SMS that would have gone: here its text is the purpose."""
    if kind == "packet":
        _tell_each(value)


def _tell_each(messages: Iterable[SentSms]) -> None:
    for sms in messages:
        log.info(
            "an SMS would have gone",
            to=mask(f"+{sms.to}"),
            text=sms.text,
            sender=sms.sender,
            parts=sms.parts,
            gateway=sms.account,
        )


def _key_of(gateway: GatewaySettings) -> Secret | None:
    """The configured credentials; for a kind that has others, the sandbox's own."""
    is_known = gateway.api_key is not None or gateway.password is not None
    return gateway.api_key if is_known else Secret(TEST_KEY)


def _stand_in(gateway: GatewaySettings) -> GatewaySettings:
    """The same name, sender and pace, spoken to in this process."""
    return replace(
        gateway,
        type=SMSPILOT,
        url=NOWHERE,
        api_key=_key_of(gateway),
        proxy="direct",
        callback=CallbackMode.OFF,
        options=None,
    )


def _account(gateway: GatewaySettings) -> Account:
    """An account that takes what ``gateway`` is configured with."""
    key, line = _key_of(gateway), gateway.reply_to
    return replace(
        Account(),
        name=gateway.name,
        apikeys=(key.reveal(),) if key else (),
        login=gateway.login,
        password=gateway.password.reveal() if gateway.password else "",
        senders=(gateway.sender,) if gateway.sender else (),
        default_sender=gateway.sender or Account().default_sender,
        any_sender=True,
        lines=(Line(line.number, line.prefix),) if line else (),
    )
