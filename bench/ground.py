"""The processes of a measurement: the installed bridge, the gateway, the reference, the loader.

It owns their files, ports and ends; it refuses to measure. Each ends what it started, by its process id.
"""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

from bench import bodies
from bench.loader import Job, Sent

COMMAND = Path(sys.executable).with_name("pilotbridge")
TOP = Path(__file__).parent.parent
SENDER_TOKEN = "the-token-of-the-measurements"
STARTS_WITHIN_S = 30.0
ENDS_WITHIN_S = 15.0
GATEWAY_KEY = "MEASURED" * 8

_CONFIGURATION = """
bridge: {{ data_dir: "{folder}/data" }}
web:
  listen: 127.0.0.1:{port}
  external_url: http://127.0.0.1:{port}
  tokens: {{ reader: {{ token: {token}, may: read }} }}
gateways:
  smspilot:
    url: http://127.0.0.1:{gateway_port}/api2.php
    api_key: {key}
    sender: INFORM
    callback: off
    read_timeout: 2m
sources:
  grouped: {{ type: alertmanager, token: {token} }}
  counted: {{ type: alertmanager, token: {token}, regroup: true }}
contacts:
{contacts}
receivers:
{receivers}
route:
  receiver: page-0
  group_by: [alertname, team]
  group_wait: 0s
  routes:
  - {{ matchers: ['kind="counted"'], receiver: page-0, group_by: [team], group_wait: 1h }}
{routes}
limits: {{ sms_per_contact_per_hour: 1000000 }}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def ask(port: int, path: str, *, method: str = "GET") -> tuple[int, bytes]:
    """One request on a connection of its own.

    :raises OSError: when nobody answers.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, headers={"Authorization": f"Bearer {SENDER_TOKEN}"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    except http.client.HTTPException as error:
        raise ConnectionError(str(error)) from error
    finally:
        connection.close()


def _as_installed() -> dict[str, str]:
    """The environment, but modules are kept compiled, as pip leaves them."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


class Process:
    """A program that is started, found ready, and ended."""

    def __init__(self, folder: Path, name: str) -> None:
        self.port = free_port()
        self._log = folder / f"{name}.log"
        self._name = name
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, command: list[str | Path], is_ready: Callable[[], bool]) -> float:
        """Returns the seconds until it was ready.

        :raises RuntimeError: when it ends or does not get ready; its last words are in the sentence.
        """
        began = time.monotonic()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=TOP, env=_as_installed())
        while not _answers(is_ready):
            if self._process.poll() is not None or time.monotonic() - began > STARTS_WITHIN_S:
                self.stop()
                raise RuntimeError(f"{self._name} did not start: {self.last_words()}")
            time.sleep(0.002)
        return time.monotonic() - began

    def stop(self) -> None:
        """Ask it to end, and make it end when it does not."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(ENDS_WITHIN_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None

    def last_words(self) -> str:
        return self._log.read_text("utf-8", "replace")[-2000:]

    @property
    def rss_mib(self) -> float:
        """The memory it holds now."""
        return self._status("VmRSS") / 1024

    @property
    def cpu_s(self) -> float:
        """The processor time it has used."""
        assert self._process is not None
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def _status(self, field: str) -> int:
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(field))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _answers(is_ready: Callable[[], bool]) -> bool:
    try:
        return is_ready()
    except OSError:
        return False


class Gateway(Process):
    """``bench.gateway``."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "gateway")
        self.start([sys.executable, "-m", "bench.gateway", str(self.port)], lambda: bool(self.order("count")))

    def order(self, what: str) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(ask(self.port, f"/bench/{what}", method="POST")[1])
        return told

    def arrived_ns(self) -> dict[int, int]:
        """When the message about each body was read."""
        return {int(number): ns for number, ns in self.order("arrived")["arrived_ns"].items()}


class Reference(Process):
    """``bench.reference`` on uvicorn, with uvloop and httptools as the bridge has them."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "reference")
        options = ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"]
        options += ["--no-server-header", "--no-date-header"]
        command = [sys.executable, "-m", "uvicorn", "bench.reference:app", *options]
        self.start([*command, "--port", str(self.port)], lambda: ask(self.port, "/")[0] == 202)


class Bridge(Process):
    """``pilotbridge run`` with a route, a receiver and a person for each of ``teams``."""

    def __init__(self, folder: Path, *, gateway_port: int, teams: int) -> None:
        super().__init__(folder, "bridge")
        self.folder = folder
        self.teams = teams
        self.file = folder / "pilotbridge.yaml"
        self.file.touch(mode=0o600)
        self.file.write_text(_written(folder, self.port, gateway_port, teams), encoding="utf-8")

    @property
    def database(self) -> Path:
        return self.folder / "data" / "pilotbridge.db"

    def run(self) -> float:
        """Returns the seconds until it is ready."""
        command: list[str | Path] = [COMMAND, "-c", self.file, "run"]
        return self.start(command, lambda: ask(self.port, "/-/ready")[0] == 200)

    def counts(self) -> dict[str, int]:
        """Messages by state, read beside the running bridge."""
        return dict(self._rows("SELECT state, amount FROM message_count"))

    def amount(self, table: str) -> int:
        return int(self._rows(f"SELECT count(*) FROM {table}")[0][0])

    def _rows(self, sql: str) -> list[Any]:
        connection = sqlite3.connect(f"{self.database.as_uri()}?mode=ro", uri=True, timeout=10)
        with contextlib.closing(connection):
            return connection.execute(sql).fetchall()

    def wait_until_accepted(self, messages: int, within_s: float) -> float:
        """Wait until so many messages are settled as accepted; returns the moment (monotonic seconds).

        :raises RuntimeError: when that does not come.
        """
        ends_at = time.monotonic() + within_s
        while (found := self.counts().get("accepted", 0)) < messages:
            if time.monotonic() > ends_at:
                raise RuntimeError(
                    f"{found} of {messages} messages were accepted within {within_s:.0f} s; "
                    f"{self.counts()} {self.last_words()}"
                )
            time.sleep(0.02)
        return time.monotonic()

    def wait_until_taken_in(self, within_s: float) -> None:
        """Wait until all that was accepted is in the tables.

        :raises RuntimeError: when that does not come.
        """
        ends_at = time.monotonic() + within_s
        while waiting := self.amount("journal_waiting"):
            if time.monotonic() > ends_at:
                raise RuntimeError(f"{waiting} bodies still wait to be taken in; {self.last_words()}")
            time.sleep(0.05)

    def job(self, *, kind: str = bodies.GROUPED, **what: Any) -> Job:
        return Job(self.port, f"/in/{kind}", SENDER_TOKEN, kind=kind, teams=self.teams, **what)


def load(job: Job) -> Sent:
    """Run the loader as a process of its own until it is done."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.loader"],
        input=json.dumps(dataclasses.asdict(job)).encode(),
        capture_output=True,
        check=False,
        cwd=TOP,
    )
    if done.returncode:
        raise RuntimeError(f"the loader failed: {done.stderr.decode(errors='replace')[-2000:]}")
    return Sent(**json.loads(done.stdout))


@contextlib.contextmanager
def bridge_and_gateway(folder: Path, *, teams: int) -> Iterator[tuple[Bridge, Gateway]]:
    """Both of them, running, in a new folder."""
    folder.mkdir(mode=0o700, parents=True)
    with Gateway(folder) as gateway, Bridge(folder, gateway_port=gateway.port, teams=teams) as bridge:
        bridge.run()
        yield bridge, gateway


def _written(folder: Path, port: int, gateway_port: int, teams: int) -> str:
    people = range(teams)
    return _CONFIGURATION.format(
        folder=folder,
        port=port,
        gateway_port=gateway_port,
        key=GATEWAY_KEY,
        token=SENDER_TOKEN,
        contacts="\n".join(f'  c{n}: {{ phone: "+7 908 796-{n // 100:02d}-{n % 100:02d}" }}' for n in people),
        receivers="\n".join(f"- {{ name: page-{n}, steps: [ {{ notify: [sms:c{n}] }} ] }}" for n in people),
        routes="\n".join(f"  - {{ matchers: ['team=\"t{n}\"'], receiver: page-{n} }}" for n in people),
    )
