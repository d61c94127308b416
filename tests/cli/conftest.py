"""The command line as people call it: on the files of a world, or beside a bridge that runs as a process."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pilotbridge.cli import call
from pilotbridge.sandbox.server import ThreadedServer
from pilotbridge.smspilot.wire import TEST_KEY
from pilotbridge.testing.world import World

COMMAND = Path(sys.executable).with_name("pilotbridge")
READY_WITHIN_S = 20.0
TOKEN = "the-token-of-the-command-tests"

CONFIGURATION = """
bridge: {{ data_dir: "{folder}/data" }}
web:
  listen: 127.0.0.1:{port}
  external_url: http://127.0.0.1:{port}
  tokens: {{ test: {{ token: {token}, may: admin }} }}
gateways:
  smspilot:
    url: {gateway}/api2.php
    api_key: {key}
    sender: {sender}
    callback: on
sources: {{ alertmanager: {{ token: {token} }} }}
contacts: {{ anna: {{ phone: "+7 908 796-47-81" }} }}
receivers: [ {{ name: page-anna, steps: [ {{ notify: [sms:anna] }} ] }} ]
route: {{ receiver: page-anna, group_by: [alertname], group_wait: 0s }}
"""


@dataclass(frozen=True, slots=True)
class Ended:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ended]


@pytest.fixture
def pilotbridge(capsys: pytest.CaptureFixture[str]) -> Run:
    """Calls a command in this process; ``config`` is a world's, or a file."""

    def run(*arguments: object, config: World | Path | None = None) -> Ended:
        capsys.readouterr()
        path = config.folder / "pilotbridge.yaml" if isinstance(config, World) else config
        before = [] if path is None else ["-c", str(path)]
        code = call([*before, *map(str, arguments)])
        said = capsys.readouterr()
        return Ended(code, said.out, said.err)

    return run


@dataclass(slots=True)
class Bridge:
    """A bridge as a process of its own, and the sandbox it sends to."""

    file: Path
    port: int
    sandbox: ThreadedServer
    process: subprocess.Popen[bytes] | None = None

    @property
    def database(self) -> Path:
        return self.file.parent / "data" / "pilotbridge.db"

    def start(self, *options: str) -> Bridge:
        with (self.file.parent / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [COMMAND, "-c", self.file, "run", *options], stdout=log, stderr=log, cwd=self.file.parent
            )
        ends_at = time.monotonic() + READY_WITHIN_S
        while '"ready"' not in self.log():
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < ends_at, self.log()
            time.sleep(0.02)
        return self

    def stop(self) -> int:
        """Ask for its end; returns its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15)

    def log(self) -> str:
        return (self.file.parent / "log").read_text("utf-8", "replace")


@pytest.fixture
def sandbox() -> Iterator[ThreadedServer]:
    with ThreadedServer() as server:
        yield server


@pytest.fixture
def make_bridge(tmp_path: Path, sandbox: ThreadedServer) -> Iterator[Callable[..., Bridge]]:
    """Writes a configuration; :meth:`Bridge.start` runs it."""
    made: list[Bridge] = []

    def make(*, sender: str = "INFORM", key: str = TEST_KEY, gateway: str = "") -> Bridge:
        port = free_port()
        file = tmp_path / "pilotbridge.yaml"
        file.write_text(
            CONFIGURATION.format(
                folder=tmp_path,
                port=port,
                token=TOKEN,
                gateway=gateway or sandbox.url,
                key=key,
                sender=sender,
            ),
            encoding="utf-8",
        )
        file.chmod(0o600)
        made.append(Bridge(file, port, sandbox))
        return made[-1]

    yield make
    for bridge in made:
        if bridge.process is not None and bridge.process.poll() is None:
            bridge.process.kill()
            bridge.process.wait()


@pytest.fixture
def bridge(make_bridge: Callable[..., Bridge]) -> Bridge:
    return make_bridge()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def on_terminal(*arguments: object, config: Path, columns: int = 80) -> str:
    """What a person sees on a terminal so wide."""
    import pty

    ours, theirs = pty.openpty()
    environment = os.environ | {"COLUMNS": str(columns), "TERM": "xterm", "NO_COLOR": "1"}
    process = subprocess.Popen(
        [COMMAND, "-c", config, *map(str, arguments)], stdout=theirs, stderr=theirs, env=environment
    )
    os.close(theirs)
    seen = b""
    try:
        while chunk := os.read(ours, 65536):
            seen += chunk
    except OSError:  # the other side of a terminal ends with an error, not with nothing
        pass
    os.close(ours)
    process.wait()
    return seen.decode().replace("\r\n", "\n")
