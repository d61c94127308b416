"""The same stories told to a real Alertmanager: it tells what the table says, in that order.

On our side the phones hear the same, but for differences that have a name and stand in docs/alerting.md.
"""

from __future__ import annotations

import re
import socket
from pathlib import Path

import pytest

from tests.timelines.real import BINARY, Heard, live_through
from tests.timelines.story import ALERTMANAGER, PEOPLE, Line, Story, stories

COMPARED = [(f"{file}: {story.name}", story) for file, story in stories() if story.is_compared]
NAMES = [name for name, _ in COMPARED]
DOCS = Path(__file__).parent.parent.parent / "docs" / "alerting.md"
LATE_S = 45
"""A second of the hurried clock: what a machine with other work may cost."""
WHO = {"ops": {"anna"}, "db": {"boris"}, "all": {"anna", "boris"}}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def said(line: Line) -> tuple[str, frozenset[str], frozenset[str]]:
    """``ops firing db01 db02 resolved db03``."""
    found = re.fullmatch(r"(\S+)(?: firing ([^~]*?))?(?: resolved (.*))?", line.rest)
    assert found, line
    firing, resolved = (frozenset((words or "").split()) for words in found.groups()[1:])
    return found[1], firing, resolved


def written(story: Story, *, both: bool = False) -> list[Line]:
    """The lines of a real Alertmanager; ``both``: only those that we have as well."""
    lines = [line for line in story.of(ALERTMANAGER) if line.rest != "nothing"]
    return [line for line in lines if not (both and line.only)]


def as_told(heard: Heard, story: Story) -> tuple[str, frozenset[str], frozenset[str]]:
    """With the alerts named as the story does: by instance alone where that is enough."""
    is_full = any("/" in line.rest for line in written(story))
    short = {name: name if is_full else name.rpartition("/")[2] for name in heard.firing | heard.resolved}
    return (
        heard.receiver,
        frozenset(short[name] for name in heard.firing),
        frozenset(short[name] for name in heard.resolved),
    )


def unlike(story: Story, told: list[Heard]) -> list[str]:
    """What it told otherwise than the story has it: content and order for each receiver, and about when."""
    wrong = []
    for receiver in WHO:
        found = [heard for heard in told if heard.receiver == receiver and heard.at_s <= story.ends_s]
        expected = [line for line in written(story) if said(line)[0] == receiver]
        if [as_told(heard, story) for heard in found] != [said(line) for line in expected]:
            wrong.append(f"{receiver} was told {found}, not {[line.rest for line in expected]}")
        else:
            pairs = zip(found, expected, strict=True)
            wrong += [
                f"at {h.at_s:.0f}s, not at {line.at_s}s: {h}" for h, line in pairs if not is_then(h, line)
            ]
    return wrong


def is_then(heard: Heard, line: Line) -> bool:
    return line.at_s - LATE_S <= heard.at_s <= line.until_s + LATE_S


@pytest.mark.timeout(180)
@pytest.mark.skipif(BINARY is None, reason="no Alertmanager here: apt-get install prometheus-alertmanager")
def test_a_real_alertmanager_tells_what_the_stories_say_in_their_order(tmp_path: Path):
    """One test, so that one process lives through all stories once."""
    told = live_through([story for _, story in COMPARED], tmp_path, free_port)

    by_story = [[heard for heard in told if heard.story == number] for number in range(len(COMPARED))]
    differing = {
        name: wrong
        for (name, story), mine in zip(COMPARED, by_story, strict=True)
        if (wrong := unlike(story, mine))
    }
    assert differing == {}


@pytest.mark.parametrize("story", [story for _, story in COMPARED], ids=NAMES)
def test_our_phones_hear_the_same_and_no_later_but_for_the_differences_that_have_a_name(story: Story):
    for who in PEOPLE:
        theirs = [line for line in written(story, both=True) if who in WHO[said(line)[0]]]
        ours = [line for line in story.of(who) if not line.only]

        ends = [not firing for _, firing, _ in map(said, theirs)]
        assert [line.rest.startswith("CLEAR") for line in ours] == ends
        assert all(our.at_s <= their.until_s for our, their in zip(ours, theirs, strict=True))


def test_every_difference_that_has_a_name_is_written_down():
    docs = DOCS.read_text(encoding="utf-8")
    named = {line.only for _, story in COMPARED for line in story.lines if line.only}

    assert named
    assert [name for name in named if f"**{name}**" not in docs.lower()] == []
