"""What the demo stands on: a configuration of its own, a sandbox, free ports, tokens made on the spot.

Nothing of it outlives the demo, and nothing of it leaves this machine.
"""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pilotbridge.sandbox.server import ThreadedServer
from pilotbridge.sandbox.telegram.chats import Bot
from pilotbridge.sandbox.telegram.state import FIRST_PERSON, FIRST_SUPERGROUP
from pilotbridge.smspilot.wire import TEST_KEY

BRIDGE_PORT, SANDBOX_PORT = 8080, 8025
PORTS_TRIED = 50

_CONFIGURATION = """\
# The demo's configuration. Everything in it is real but the gateway and Telegram, which are the sandbox.
bridge: {{ name: demo, data_dir: {folder}/data, language: {language} }}
web:
  listen: 127.0.0.1:{port}
  external_url: http://127.0.0.1:{port}
  tokens: {{ demo: {{ token: {token}, may: admin }} }}
gateways:
  smspilot:
    url: {gateway}/api2.php
    api_key: {key}
    sender: INFORM
    reply_to: {{ number: "79021121075", prefix: "1234" }}
    callback: on
    duplicate_window: 5m
    inbound_every: 1s
    status_every: 5s
sources:
  alertmanager: {{ token: {token} }}
contacts:
  anna: {{ phone: "+7 908 796-47-81", telegram: {person}, role: admin }}
chats:
  telegram:
    token: {bot}
    api_url: {gateway}
    rooms: {{ duty-room: {{ id: "{room}" }} }}
receivers:
  - {{ name: page-anna, steps: [ {{ notify: [sms:anna, chat:duty-room] }} ] }}
route: {{ receiver: page-anna, group_by: [alertname] }}
relay: {{ lines: [ {{ name: demo, number: "79021121075", prefix: "1234", room: duty-room }} ] }}
limits: {{ countries: [RU] }}
plugins: {{ ack_by_text: {{}} }}
"""


@dataclass(frozen=True, slots=True)
class DemoGround:
    """Where everything is."""

    file: Path
    token: str
    bridge_url: str
    sandbox: ThreadedServer
    moved: tuple[str, ...]

    @property
    def phones_url(self) -> str:
        return f"{self.sandbox.url}/"


@contextmanager
def demo_ground(*, port: int | None, language: str) -> Iterator[DemoGround]:
    """Start a sandbox and write a configuration; both are gone afterwards.

    ``port`` is the one that was asked for; without it the first free one is taken.

    :raises OSError: when no port can be had.
    """
    with TemporaryDirectory(prefix="pilotbridge-demo-") as folder, ExitStack() as claims:
        ports = _Ports(claims)
        bridge_port = ports.free(BRIDGE_PORT, "bridge") if port is None else ports.asked(port)
        with ThreadedServer(port=ports.free(SANDBOX_PORT, "sandbox")) as sandbox:
            token = secrets.token_hex(16)
            file = Path(folder) / "pilotbridge.yaml"
            file.touch(mode=0o600)
            file.write_text(
                _CONFIGURATION.format(
                    folder=folder,
                    language=language,
                    port=bridge_port,
                    token=token,
                    gateway=sandbox.url,
                    key=TEST_KEY,
                    bot=Bot().token,
                    person=FIRST_PERSON,
                    room=FIRST_SUPERGROUP,
                ),
                encoding="utf-8",
            )
            yield DemoGround(file, token, f"http://127.0.0.1:{bridge_port}", sandbox, tuple(ports.moved))


class _Ports:
    """Ports for this demo, each claimed until ``claims`` ends: until somebody listens it looks free.

    A claim is a name that only one process at a time can have, and that needs no file (unix(7), abstract).
    """

    def __init__(self, claims: ExitStack) -> None:
        self._claims = claims
        self.moved: list[str] = []

    def free(self, wanted: int, who: str) -> int:
        """The first port from ``wanted`` on that nobody has; a move is said."""
        for port in range(wanted, wanted + PORTS_TRIED):
            if not self._is_had(port):
                continue
            if port != wanted:
                self.moved.append(f"port {wanted} is taken; the {who} is on {port}")
            return port
        raise OSError(f"no free port between {wanted} and {wanted + PORTS_TRIED}")

    def asked(self, port: int) -> int:
        if not self._is_had(port):
            raise OSError(
                f"port {port} cannot be had; choose another with --port, or let the demo choose one"
            )
        return port

    def _is_had(self, port: int) -> bool:
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0pilotbridge-demo-{port}")
            _probe(port)
        except OSError:
            claim.close()
            return False
        self._claims.enter_context(claim)
        return True


def _probe(port: int) -> None:
    """:raises OSError: when somebody listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
