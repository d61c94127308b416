"""The alert brain under load: very many incidents at once, and what is active already.

It owns these two questions; the programs that are asked are the harness's.
"""

from __future__ import annotations

import json
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from bench.bodies import COUNTED
from bench.figures import Figure
from bench.ground import SENDER_TOKEN, Bridge, bridge_and_gateway

WITHIN_S = 300.0


@dataclass(frozen=True, slots=True)
class BrainScale:
    """How much of everything."""

    rounds: int = 5
    people: int = 2_000
    posts: int = 20
    groups: int = 1_000
    active: int = 100_000
    more: int = 10_000
    routes: int = 1_000
    routed: int = 50_000


def measure(folder: Path, scale: BrainScale) -> list[Figure]:
    stormed = [_storm(folder / f"storm-{turn}", scale) for turn in range(scale.rounds)]
    taken = [_taken_in(folder / f"active-{turn}", scale) for turn in range(scale.rounds)]
    plain, mixed = (
        tuple(_routed_us(scale, by_expression=number) for _ in range(scale.rounds))
        for number in (1, max(scale.routes // 10, 1))
    )
    empty, full, held = (tuple(column) for column in zip(*taken, strict=True))
    return [
        Figure(f"{scale.people:,} new groups told to as many people", "s", tuple(stormed), 1.0, True),
        Figure(f"{scale.more:,} new alerts taken in, nothing active", "s", empty),
        Figure(
            f"the same, {scale.active:,} active in {scale.groups:,} groups",
            "s",
            full,
            1.5,
            True,
            references=empty,
        ),
        Figure(f"memory, {scale.active:,} active alerts in {scale.groups:,} groups", "MiB", held, 300, True),
        Figure(f"an alert routed, {scale.routes:,} routes", "us", plain, 20, True),
        Figure("the same, every tenth of them by an expression", "us", mixed),
    ]


def _storm(folder: Path, scale: BrainScale) -> float:
    """From the first post to the last message in the outbox (s)."""
    each = scale.people // scale.posts
    with bridge_and_gateway(folder, teams=scale.people) as (bridge, gateway):
        gateway.order("hold")
        written = [
            _body(
                f"storm-{post}",
                [(f"Storm{number}", f"t{number}") for number in range(post * each, (post + 1) * each)],
            )
            for post in range(scale.posts)
        ]
        began = time.monotonic()
        for body in written:
            _post(bridge, body)
        while sum(bridge.counts().values()) < each * scale.posts:
            if time.monotonic() - began > WITHIN_S:
                raise RuntimeError(f"not everybody was told: {bridge.counts()}")
            time.sleep(0.005)
        took = time.monotonic() - began
        gateway.order("release")
        return took


def _taken_in(folder: Path, scale: BrainScale) -> tuple[float, float, float]:
    """How long the same amount takes before and after very many are active (s), and the memory then (MiB)."""
    with bridge_and_gateway(folder, teams=scale.groups) as (bridge, _):
        empty = _timed(bridge, scale, "first", scale.more)
        _timed(bridge, scale, "bulk", scale.active - scale.more)
        full = _timed(bridge, scale, "last", scale.more)
        return empty, full, bridge.rss_mib


def _routed_us(scale: BrainScale, *, by_expression: int) -> float:
    """Processor time to find the receivers of an alert, in this very process.

    No two alerts look the same to the tree. ``by_expression`` routes ask for an expression instead of a team.
    """
    from pilotbridge.alerting.routing import Tree
    from pilotbridge.config.settings import RouteNode
    from pilotbridge.matcher import Matchers

    def node(number: int) -> RouteNode:
        asks = f'host=~"(x|y){number}.*"' if number < by_expression else f'team="t{number}"'
        return RouteNode(f"root/{number}", f"page-{number}", Matchers.parse(asks))

    tree = Tree(RouteNode("root", "page", children=tuple(map(node, range(scale.routes)))))
    labels = _label_sets(scale)
    began = time.process_time()
    for each in labels:
        tree.route(each)
    return (time.process_time() - began) / len(labels) * 1e6


def _label_sets(scale: BrainScale) -> list[dict[str, str]]:
    return [
        {"alertname": "DiskFull", "team": f"t{number % scale.routes}", "host": f"node-{number}.example.org"}
        for number in range(scale.routed)
    ]


def _timed(bridge: Bridge, scale: BrainScale, word: str, amount: int) -> float:
    """Alerts of ``kind="counted"``: they are grouped by their team, and nobody is told for an hour."""
    names = [(f"{word}{number}", f"t{number % scale.groups}") for number in range(amount)]
    written = [_body(word, names[at : at + 100], kind=COUNTED) for at in range(0, amount, 100)]
    began = time.monotonic()
    for body in written:
        _post(bridge, body)
    bridge.wait_until_taken_in(WITHIN_S)
    return time.monotonic() - began


def _body(group: str, names: list[tuple[str, str]], *, kind: str = "each") -> bytes:
    alerts = [
        {
            "status": "firing",
            "labels": {
                "alertname": name,
                "team": team,
                "kind": kind,
                "severity": "warning",
                "instance": f"{name}:9100",
            },
            "annotations": {"summary": f"{name} has been above its limit for five minutes"},
            "startsAt": "2026-01-01T00:00:00Z",
            "endsAt": "0001-01-01T00:00:00Z",
        }
        for name, team in names
    ]
    document = {"version": "4", "groupKey": group, "status": "firing", "receiver": "bridge", "alerts": alerts}
    return json.dumps(document, separators=(",", ":")).encode()


def _post(bridge: Bridge, body: bytes) -> None:
    """By the source that does not keep its sender's groups."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{bridge.port}/in/{COUNTED}",
        data=body,
        headers={"authorization": f"Bearer {SENDER_TOKEN}", "content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        if answer.status != 202:
            raise RuntimeError(f"a body was answered {answer.status}")
