"""A real Alertmanager that lives through all compared stories at once, in hurried time, and what it tells.

Each story has a label, a route and receivers of its own, so that one process and one run serve all of them.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from tests.timelines.story import Story, seconds

BINARY = shutil.which("prometheus-alertmanager") or shutil.which("alertmanager")
FASTER = 45
"""So much faster than in the story time goes here: a group_wait of 30 s is two thirds of a second."""
APART_S = 0.1
STORY = "story"
"""The label that keeps stories apart."""
_WAITS = ("group_wait", "group_interval", "repeat_interval")
_DEFAULTS = {"group_wait": "30s", "group_interval": "5m", "repeat_interval": "4h"}
_OF_THE_WORD = ("since",)


@dataclass(frozen=True, slots=True)
class Heard:
    """One notification: so many seconds of the story after its start, to whom, and of what."""

    at_s: float
    story: int
    receiver: str
    firing: frozenset[str]
    resolved: frozenset[str]


@dataclass(slots=True)
class Recorder:
    """A webhook on loopback that writes down what it is told."""

    heard: list[tuple[float, str, Any]] = field(default_factory=list)

    @contextmanager
    def listening(self) -> Iterator[int]:
        """Its port, while it listens."""
        heard = self.heard

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                heard.append((time.monotonic(), self.path, body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nobody reads it."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


# --- its configuration ------------------------------------------------------------------------------


def configuration(stories: Sequence[Story], webhook: str) -> dict[str, Any]:
    """One tree with a branch for each story; ``webhook`` is where all of it goes."""
    receivers: list[dict[str, Any]] = [{"name": "none"}]
    routes, rules = [], []
    for number, story in enumerate(stories):
        silent_ends = {
            each["name"] for each in story.configured.get("receivers", ()) if not each.get("send_resolved", 1)
        }
        for name in ("ops", "db", "all"):
            hook = {"url": f"{webhook}/{number}/{name}", "send_resolved": name not in silent_ends}
            receivers.append({"name": f"{number}-{name}", "webhook_configs": [hook]})
        root = {"receiver": "ops", "group_by": ["alertname"]} | _DEFAULTS | story.configured.get("route", {})
        if not root["group_by"]:
            del root["group_by"]
        routes.append(_route(root, number) | {"matchers": [f'{STORY}="{number}"']})
        rules += [_rule(rule, number) for rule in story.configured.get("inhibit_rules", ())]
    return {
        "global": {"resolve_timeout": "1h"},
        "route": {"receiver": "none", "routes": routes},
        "receivers": receivers,
        "inhibit_rules": rules,
    }


def _route(written: Mapping[str, Any], number: int) -> dict[str, Any]:
    """A route of a story with the story's own receivers and hurried waits."""
    route = dict(written)
    if "receiver" in route:
        route["receiver"] = f"{number}-{route['receiver']}"
    for name in _WAITS:
        if name in route:
            route[name] = f"{seconds(route[name]) * 1000 // FASTER}ms"
    if "routes" in route:
        route["routes"] = [_route(below, number) for below in route["routes"]]
    return route


def _rule(written: Mapping[str, Any], number: int) -> dict[str, Any]:
    mine = [f'{STORY}="{number}"']
    rule = dict(written)
    for side in ("source_matchers", "target_matchers"):
        rule[side] = [*rule.get(side, ()), *mine]
    return rule


# --- the process ------------------------------------------------------------------------------------


class Alertmanager:
    """One process on loopback with its API v2."""

    def __init__(self, folder: Path, written: Mapping[str, Any], port: int) -> None:
        file = folder / "alertmanager.yml"
        file.write_text(json.dumps(written), encoding="utf-8")  # JSON is YAML
        self._address = f"http://127.0.0.1:{port}"
        self._log = (folder / "alertmanager.log").open("wb")
        command = [str(BINARY), f"--config.file={file}", f"--storage.path={folder / 'state'}"]
        command += [f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address="]
        self._process = subprocess.Popen(command, stdout=self._log, stderr=self._log)

    def wait(self, patience_s: float = 30) -> None:
        """Until it answers."""
        until = time.monotonic() + patience_s
        while time.monotonic() < until:
            try:
                self.ask("GET", "/-/ready")
                return
            except OSError:
                time.sleep(0.05)
        raise TimeoutError("Alertmanager does not start")

    def ask(self, method: str, path: str, body: Any = None) -> bytes:
        written = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self._address + path, written, {"Content-Type": "application/json"}, method=method
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return bytes(answer.read())

    def stop(self) -> None:
        os.kill(self._process.pid, signal.SIGTERM)
        self._process.wait(10)
        self._log.close()


# --- stories, hurried -------------------------------------------------------------------------------


class Actor:
    """Does to an Alertmanager what happens in one story."""

    def __init__(self, number: int, alertmanager: Alertmanager) -> None:
        self._number = number
        self._ask = alertmanager.ask
        self._starts: dict[str, datetime] = {}
        self._silences: dict[str, dict[str, Any]] = {}

    def do_fires(self, name: str, *words: str) -> None:
        self._tell(name, words, is_over=False)

    def do_ends(self, name: str, *words: str) -> None:
        self._tell(name, words, is_over=True)

    def _tell(self, name: str, words: Sequence[str], *, is_over: bool) -> None:
        instances = [word for word in words if "=" not in word] or [""]
        given = dict(word.split("=", 1) for word in words if "=" in word)
        since_s = seconds(given.pop("since", "0s")) / FASTER
        labels = {"alertname": name, "severity": "critical", STORY: str(self._number)} | given
        named = [labels | ({"instance": each} if each else {}) for each in instances]
        self._ask("POST", "/api/v2/alerts", [self._alert(each, since_s, is_over=is_over) for each in named])

    def _alert(self, labels: dict[str, str], since_s: float, *, is_over: bool) -> dict[str, Any]:
        now, identity = datetime.now(UTC), json.dumps(labels, sort_keys=True)
        starts = self._starts.setdefault(identity, now - timedelta(seconds=since_s or 0.001))
        if not is_over:
            return {"labels": labels, "startsAt": starts.isoformat()}
        del self._starts[identity]
        return {"labels": labels, "startsAt": starts.isoformat(), "endsAt": now.isoformat()}

    def do_silence(self, name: str, lasts: str, *matchers: str) -> None:
        now = datetime.now(UTC)
        ends = now + timedelta(seconds=seconds(lasts) / FASTER)
        before = self._silences.get(name)
        self._put(name, (before or self._silence(matchers, now)) | {"endsAt": ends.isoformat()})

    def do_silence_later(self, name: str, starts_in: str, lasts: str, *matchers: str) -> None:
        starts = datetime.now(UTC) + timedelta(seconds=seconds(starts_in) / FASTER)
        ends = starts + timedelta(seconds=seconds(lasts) / FASTER)
        self._put(name, self._silence(matchers, starts) | {"endsAt": ends.isoformat()})

    def _silence(self, matchers: Sequence[str], starts: datetime) -> dict[str, Any]:
        pairs = [*(matcher.split("=", 1) for matcher in matchers), (STORY, str(self._number))]
        return {
            "matchers": [{"name": n, "value": v, "isRegex": False, "isEqual": True} for n, v in pairs],
            "startsAt": starts.isoformat(),
            "createdBy": "boris",
            "comment": "a story",
        }

    def _put(self, name: str, silence: dict[str, Any]) -> None:
        answer = json.loads(self._ask("POST", "/api/v2/silences", silence))
        self._silences[name] = silence | {"id": answer["silenceID"]}

    def do_unsilence(self, name: str) -> None:
        self._ask("DELETE", f"/api/v2/silence/{self._silences[name]['id']}")

    def do_nothing(self) -> None:
        """Until here nothing else is heard."""


def live_through(stories: Sequence[Story], folder: Path, free_port: Callable[[], int]) -> list[Heard]:
    """What a real Alertmanager tells in all ``stories``, in the order it told it."""
    recorder = Recorder()
    with recorder.listening() as port:
        written = configuration(stories, f"http://127.0.0.1:{port}")
        alertmanager = Alertmanager(folder, written, free_port())
        try:
            alertmanager.wait()
            began = _act(stories, alertmanager)
        finally:
            alertmanager.stop()
    return [
        _heard(at - began, path, body) for at, path, body in sorted(recorder.heard, key=lambda each: each[0])
    ]


def _act(stories: Sequence[Story], alertmanager: Alertmanager) -> float:
    """Let everything happen when it is due; returns when the stories began."""
    actors = [Actor(number, alertmanager) for number in range(len(stories))]
    due = [
        (starts_s(number) + line.at_s / FASTER, number, line)
        for number, story in enumerate(stories)
        for line in story.events()
    ]
    began = time.monotonic()
    for due_s, number, line in sorted(due, key=lambda each: each[:2]):
        time.sleep(max(began + due_s - time.monotonic(), 0))
        getattr(actors[number], f"do_{line.word}")(*shlex.split(line.rest))
    time.sleep(1)
    return began


def starts_s(number: int) -> float:
    """When the story of this number begins: all at once would be late together."""
    return number * APART_S


def _heard(after_s: float, path: str, body: Mapping[str, Any]) -> Heard:
    _, number, receiver = path.split("/")
    by_state: dict[str, set[str]] = {"firing": set(), "resolved": set()}
    for alert in body["alerts"]:
        labels = alert["labels"]
        by_state[alert["status"]].add("/".join(filter(None, (labels["alertname"], labels.get("instance")))))
    firing, resolved = (frozenset(by_state[state]) for state in ("firing", "resolved"))
    at_s = (after_s - starts_s(int(number))) * FASTER
    return Heard(at_s, int(number), receiver, firing, resolved)
