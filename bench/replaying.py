"""``routes replay`` of a week's journal: how long it takes, and what it holds meanwhile.

It owns the journal that is played; the command is the installed one.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bench.figures import Figure
from bench.ground import COMMAND

PEOPLE = 20
LASTS = timedelta(minutes=20)
"""So long after its first alert an incident is over; every tenth team has a step for who stays silent."""

_CONFIGURATION = """
bridge: {{ data_dir: "{folder}/data" }}
gateways: {{ smspilot: {{ api_key: {key}, sender: INFORM, callback: off }} }}
sources: {{ alertmanager: {{ token: {key} }} }}
contacts:
{contacts}
receivers:
{receivers}
route:
  receiver: page-0
  group_by: [alertname, team]
  routes:
{routes}
"""


@dataclass(frozen=True, slots=True)
class ReplayScale:
    """How many bodies of how many alerts; half of the bodies say that it fires, half that it is over."""

    rounds: int = 5
    bodies: int = 10_000
    alerts: int = 10


def measure(folder: Path, scale: ReplayScale) -> list[Figure]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = written(folder, scale)
    found = [_replayed(file, scale) for _ in range(scale.rounds)]
    took, worked, held = (tuple(column) for column in zip(*found, strict=True))
    what = f"replay of {scale.bodies * scale.alerts:,} alerts in {scale.bodies:,} bodies"
    return [
        Figure(what, "s", took, 20, True),
        Figure("  processor time of it", "s", worked),
        Figure("  memory at its most", "MiB", held, 300, True),
    ]


def _replayed(file: Path, scale: ReplayScale) -> tuple[float, float, float]:
    """Seconds, processor seconds, and MiB at the most."""
    began = time.monotonic()
    command = [str(COMMAND), "-c", str(file), "--json", "routes", "replay", "--price", "3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.read())
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    took = time.monotonic() - began
    if process.returncode or told["alerts"] != scale.bodies * scale.alerts:
        raise RuntimeError(f"the replay ended with {process.returncode} and {told}")
    return took, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def written(folder: Path, scale: ReplayScale) -> Path:
    """A configuration with a database that holds the journal of the last week, and nothing else."""
    from pilotbridge.clock import to_ms
    from pilotbridge.protocols import Incoming
    from pilotbridge.runtime.writer import DirectStore
    from pilotbridge.store.migrations import migrate
    from pilotbridge.store.protocol import WriteVerbs
    from pilotbridge.store.records import Body
    from pilotbridge.store.sqlite import SqliteEngine

    file = folder / "pilotbridge.yaml"
    file.touch(mode=0o600)
    file.write_text(_configuration(folder), encoding="utf-8")
    path = folder / "data" / "pilotbridge.db"
    engine = SqliteEngine(path)
    engine.open(lambda connection: migrate(connection.raw, path))

    def keep(tx: WriteVerbs) -> None:
        for at, body in _journal(scale):
            incoming = Incoming("alertmanager", body, {}, {}, at)
            tx.taken_in([tx.append_journal(Body(incoming, scale.alerts))[0]])
        tx.add_event("message", 1, to_ms(at), "confirm", state="delivered", reason="delivered")

    DirectStore(engine).write(keep).result()
    engine.close()
    return file


def _journal(scale: ReplayScale) -> Iterator[tuple[datetime, bytes]]:
    """Each incident's beginning and end, spread over the last days, in order."""
    until = datetime.now().astimezone()
    every = timedelta(days=6) / (scale.bodies // 2)
    said = []
    for number in range(scale.bodies // 2):
        begun = until - LASTS - every * (scale.bodies // 2 - number)
        said += [
            (begun, _body(number, begun, scale.alerts, "firing")),
            (begun + LASTS, _body(number, begun, scale.alerts, "resolved")),
        ]
    yield from sorted(said)


def _body(number: int, begun: datetime, alerts: int, status: str) -> bytes:
    told = [_alert(f"Disk{number}", f"t{number % PEOPLE}", index, begun, status) for index in range(alerts)]
    document = {
        "version": "4",
        "groupKey": f"{{}}:{{alertname=Disk{number}}}",
        "status": status,
        "receiver": "bridge",
        "alerts": told,
    }
    return json.dumps(document).encode()


def _alert(name: str, team: str, index: int, begun: datetime, status: str) -> dict[str, object]:
    host = f"node-{index:03d}.{name.lower()}.example.org"
    return {
        "status": status,
        "labels": {
            "alertname": name,
            "cluster": "eu-1",
            "instance": f"{host}:9100",
            "job": "node",
            "severity": "warning",
            "team": team,
        },
        "annotations": {
            "summary": f"Disk almost full on {host}",
            "description": "The root file system has been above 90 percent for five minutes",
        },
        "startsAt": begun.isoformat(),
        "endsAt": (begun + LASTS).isoformat() if status == "resolved" else "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.example.org:9090/graph?g0.expr=disk&g0.tab=1",
    }


def _configuration(folder: Path) -> str:
    people = range(PEOPLE)
    on = ", { after: 5m, when: unacknowledged, notify: [sms:c0] }"
    on += ", { after: 3m, when: undelivered, notify: [sms:c1] }"
    steps = [f"{{ notify: [sms:c{n}] }}{on if n % 10 == 9 else ''}" for n in people]
    return _CONFIGURATION.format(
        folder=folder,
        key="measured" * 8,
        contacts="\n".join(f'  c{n}: {{ phone: "+7 908 796-00-{n:02d}" }}' for n in people),
        receivers="\n".join(f"- {{ name: page-{n}, steps: [ {steps[n]} ] }}" for n in people),
        routes="\n".join(f"  - {{ matchers: ['team=\"t{n}\"'], receiver: page-{n} }}" for n in people),
    )
