"""Debian's Prometheus, Alertmanager and amtool, as processes on loopback."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROMETHEUS = shutil.which("prometheus")
ALERTMANAGER = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
AMTOOL = shutil.which("amtool")
READY_WITHIN_S = 30.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Program:
    """One program with a web page; what it says goes into a file."""

    name: str
    command: Sequence[str]
    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.folder / f"{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, cwd=self.folder)
        ends_at = time.monotonic() + READY_WITHIN_S
        while not self._is_ready():
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < ends_at, self.log()
            time.sleep(0.05)

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def kill(self) -> None:
        """kill -9."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)

    def log(self) -> str:
        return (self.folder / f"{self.name}.log").read_text("utf-8", "replace")[-4000:]


@contextlib.contextmanager
def running(program: Program) -> Iterator[Program]:
    program.start()
    try:
        yield program
    finally:
        program.stop()


def prometheus(folder: Path, bridge_port: int, token: str, rules: str) -> Program:
    """One that evaluates ``rules`` every second and posts to the bridge as its Alertmanager."""
    port = free_port()
    (folder / "rules.yml").write_text(rules, encoding="utf-8")
    (folder / "prometheus.yml").write_text(
        f"""
global: {{ evaluation_interval: 1s, scrape_interval: 1s }}
rule_files: [rules.yml]
scrape_configs: [ {{ job_name: self, static_configs: [ {{ targets: ["127.0.0.1:{port}"] }} ] }} ]
alerting:
  alertmanagers:
    - static_configs: [ {{ targets: ["127.0.0.1:{bridge_port}"] }} ]
      authorization: {{ credentials: {token} }}
""",
        encoding="utf-8",
    )
    command = [
        str(PROMETHEUS),
        "--config.file=prometheus.yml",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--web.enable-lifecycle",
        "--rules.alert.resend-delay=1s",
    ]
    return Program("prometheus", command, folder, port)


def alertmanager(folder: Path, configuration: str) -> Program:
    port = free_port()
    (folder / "alertmanager.yml").write_text(configuration, encoding="utf-8")
    command = [
        str(ALERTMANAGER),
        "--config.file=alertmanager.yml",
        f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
    ]
    return Program("alertmanager", command, folder, port)


@dataclass
class Amtool:
    """amtool against one address. Version 0.25 warns of any other version on stderr, which is no fault."""

    url: str
    options: Sequence[str] = ()
    said: list[str] = field(default_factory=list)

    def run(self, *arguments: str, given: str | None = None) -> tuple[int, str, str]:
        """Exit code, what it printed, and its faults."""
        done = subprocess.run(
            [str(AMTOOL), f"--alertmanager.url={self.url}", *self.options, *arguments],
            input=given,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        faults = "\n".join(
            line for line in done.stderr.splitlines() if not line.startswith("Warning: amtool")
        )
        return done.returncode, done.stdout, faults.strip()

    def __call__(self, *arguments: str, given: str | None = None) -> str:
        """What it printed; it has to have worked."""
        code, out, faults = self.run(*arguments, given=given)
        assert code == 0, (arguments, faults)
        return out

    def json(self, *arguments: str) -> Any:
        return json.loads(self(*arguments, "--output=json"))
