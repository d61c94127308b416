"""Whatever happens in whatever order, with restarts between: nothing is lost, nothing is said twice."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from .conftest import ANNA, BORIS, Alerting, settings_for

HOSTS = st.lists(st.sampled_from(["db01", "db02", "db03"]), min_size=1, max_size=3, unique=True)
NAMES = st.sampled_from(["DiskFull", "CpuHot"])
STEPS = st.one_of(
    st.tuples(st.just("fire"), NAMES, HOSTS, st.booleans()),
    st.tuples(st.just("resolve"), NAMES, HOSTS, st.booleans()),
    st.tuples(st.just("again")),
    st.tuples(st.just("restart")),
    st.tuples(st.just("take")),
    st.tuples(st.just("send")),
    st.tuples(st.just("wait"), st.sampled_from([1, 20, 31, 299, 301, 3600])),
)


class Story:
    """Plays steps on a world."""

    def __init__(self, world: Alerting) -> None:
        self.world = world
        self.last = None
        self.starts: dict[tuple[str, str], int] = {}

    def play(self, step) -> None:
        kind, *rest = step
        getattr(self, kind)(*rest)

    def fire(self, name, hosts, hint) -> None:
        for host in hosts:
            self.starts.setdefault((name, host), self.world.now_ms())
            self._push("fire", name, host, self.starts[name, host], hint)

    def resolve(self, name, hosts, hint) -> None:
        for host in hosts:
            starts = self.starts.pop((name, host), None)
            if starts is not None:
                self._push("resolve", name, host, starts, hint)

    def _push(self, kind, name, host, starts, hint) -> None:
        # A source tells its body's alerts in order, so the episodes of one condition never share a start.
        self.last = lambda: getattr(self.world, kind)(name, host, starts=starts, hint=hint)
        self.last()
        if not hint:
            self.world.restart()
        self.world.run_for(seconds=1)

    def again(self) -> None:
        if self.last:
            self.last()

    def restart(self) -> None:
        self.world.restart()

    def take(self) -> None:
        if any(not each.closed_at and not each.acknowledged_at for each in self.world.incidents()[-1:]):
            self.world.take()

    def send(self) -> None:
        self.world.send_all()

    def wait(self, seconds) -> None:
        self.world.run_for(seconds=seconds)


def untold(world) -> list[tuple]:
    """Firing alerts of groups that nobody took, of which nobody was told."""
    query = """
        SELECT a.labels FROM alert a JOIN member m ON m.alert_id = a.id
        JOIN alert_group g ON g.id = m.group_id
        LEFT JOIN incident i ON i.id = g.incident_id
        WHERE a.state = 'firing' AND m.told <> 1 AND i.acknowledged_at_ms IS NULL
    """
    return list(world.engine.connection.execute(query))


@settings(deadline=None, max_examples=40)
@given(st.lists(STEPS, max_size=25))
def test_in_any_order_everything_is_told_once_and_ends(steps):
    with tempfile.TemporaryDirectory() as folder:
        world = Alerting(Path(folder) / "any.db", settings_for())
        try:
            story = Story(world)
            for step in steps:
                story.play(step)
            world.restart()
            world.run_for(minutes=11)
            assert untold(world) == []

            world.send_all()
            for name, host in list(story.starts):
                story.resolve(name, [host], True)
            world.run_for(minutes=11)
            check(world)
        finally:
            world.engine.close()


def check(world) -> None:
    assert world.alert_rows("firing") == []
    assert all(incident.closed_at for incident in world.incidents())
    for phone in (ANNA, BORIS):
        texts = world.texts_to(phone)
        assert len(texts) == len(set(texts))
    told = defaultdict(list)
    for message in world.messages():
        if message.state != "cancelled":
            told[message.incident].append(message.text)
    for texts in told.values():
        assert texts[0].startswith("CRIT ")
        assert texts[-1].startswith("CLEAR ")
        assert [text.startswith("CLEAR ") for text in texts].count(True) == 1


def test_what_ended_began_again_and_ended_in_one_turn_is_over(tmp_path):
    world = Alerting(tmp_path / "turn.db", settings_for())
    began = world.now_ms()
    world.fire("DiskFull", starts=began)
    world.run_for(minutes=1)
    world.take()
    again = world.now_ms()

    world.resolve("DiskFull", starts=began, settle=False)
    world.fire("DiskFull", starts=again, settle=False)
    world.resolve("DiskFull", starts=again)
    world.run_for(minutes=10)

    assert all(incident.closed_at for incident in world.incidents())
    world.engine.close()
