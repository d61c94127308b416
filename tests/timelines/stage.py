"""Plays a story on a bridge in miniature: events by hand, and what the gateway took for each phone."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pilotbridge.config.document import read_document
from pilotbridge.model import Silence, SilenceId
from pilotbridge.oncall.silences import add_silence, expire_silence
from pilotbridge.testing.world import World
from tests.timelines.story import PEOPLE, Story, seconds

PHONES = {"anna": "+79087964781", "boris": "+79087964782", "vera": "+79087964783"}
CONFIGURATION = """
bridge: { data_dir: "<folder>", plugin_folder: "<plugins>", troubles: troubles }
gateways:
  smspilot:
    url: http://sandbox/api2.php
    api_key: <key>
    sender: INFORM
    reply_to: { number: "79021121075", prefix: "1234" }
    duplicate_window: 5m
    inbound_every: 15m
    status_every: 5m
    balance: { check_every: 12h }
sources:
  told:    { type: told, token: <token> }
  grouped: { type: told_in_groups, token: <token> }
contacts:
  anna:  { phone: "+79087964781", role: admin }
  boris: { phone: "+79087964782" }
  vera:  { phone: "+79087964783" }
  root:  { phone: "+79087964789" }
receivers:
  - { name: troubles, steps: [ { notify: [sms:root] } ] }
  - { name: ops, steps: [ { notify: [sms:anna] } ] }
  - { name: db,  steps: [ { notify: [sms:boris] } ] }
  - { name: all, steps: [ { notify: [sms:anna, sms:boris] } ] }
route: { receiver: ops, group_by: [alertname] }
relay: { lines: [ { name: ops, number: "79021121075", prefix: "1234" } ] }
plugins: { told: {}, ack_by_text: {} }
"""
Kills = Callable[[int], tuple[bool, bool]]
"""Whether the bridge is killed a second before, and a second after, the moment of this number."""
_ONE_OF = {"gateway": "smspilot", "source": "told"}
"""Whose options a story changes by these keys."""
_OF_THE_WORD = ("group", "lease", "test", "cut_off", "all", "since")
"""What is said of a word about an alert and is no label of it."""
SOURCE = (Path(__file__).parent / "told.py").read_text(encoding="utf-8")


def never_killed(_number: int) -> tuple[bool, bool]:
    return False, False


def configuration(story: Story) -> str:
    """The usual configuration with what the story changes, as a world takes it."""
    written = read_document(CONFIGURATION, file="", env={}).values
    written["bridge"]["zone"] = story.zone
    for key, value in story.configured.items():
        if key in _ONE_OF:
            written[f"{key}s"][_ONE_OF[key]] |= value
            continue
        if key == "receivers":
            names = {receiver["name"] for receiver in value}
            value = [*value, *(each for each in written[key] if each["name"] not in names)]
        elif isinstance(value, dict):
            value = written.get(key, {}) | value
        written[key] = value
    text = json.dumps(written, ensure_ascii=False).replace("{", "{{").replace("}", "}}")
    for name in ("folder", "plugins", "key", "token"):
        text = text.replace(f"<{name}>", f"{{{name}}}")
    return text


class Stage:
    """A world in which a story happens."""

    def __init__(self, make_world: Callable[..., World], folder: Path, story: Story) -> None:
        plugins = folder / "told"
        plugins.mkdir(mode=0o700)
        (plugins / "told.py").write_text(SOURCE, encoding="utf-8")
        (plugins / "told.py").chmod(0o600)
        self.story = story
        self.world = make_world(configuration=configuration(story), plugin_folder=plugins, start=story.start)
        self._starts: dict[str, datetime] = {}

    # -- time ------------------------------------------------------------------------------------

    def run_to(self, at_s: int) -> None:
        """Let time pass until ``at_s`` seconds after the start."""
        left = self.story.start + timedelta(seconds=at_s) - self.world.now
        self.world.run_for(seconds=left.total_seconds())

    def play(self, kills: Kills = never_killed) -> None:
        """Let everything happen; ``kills`` says by the number of a moment where it is killed."""
        moments = sorted({at_s for line in self.story.lines for at_s in (line.at_s, line.until_s)})
        for number, at_s in enumerate(moments):
            before, after = kills(number)
            if before and at_s:
                self.run_to(at_s - 1)
                self.world.crash()
            self.run_to(at_s)
            for line in self.story.events():
                if line.at_s == at_s:
                    getattr(self, f"do_{line.word}")(*shlex.split(line.rest))
            if after:
                self.run_to(at_s + 1)
                self.world.crash()
        self.run_to(moments[-1] + 5)

    def heard(self, who: str) -> list[tuple[int, str]]:
        """What the gateway took for this phone: seconds after the start, and the text."""
        sent = self.world.sandbox.world.to_phone.get(PHONES[who][1:], [])
        began_ms = int(self.story.start.timestamp() * 1000)
        return [((sms.taken_ms - began_ms) // 1000, sms.text) for sms in sent]

    # -- what can happen -------------------------------------------------------------------------

    def do_fires(self, name: str, *words: str) -> None:
        self._tell(name, words, "firing")

    def do_ends(self, name: str, *words: str) -> None:
        self._tell(name, words, "resolved")

    def _tell(self, name: str, words: tuple[str, ...], state: str) -> None:
        instances = [word for word in words if "=" not in word]
        given = dict(word.split("=", 1) for word in words if "=" in word)
        told = {key: given.pop(key) for key in _OF_THE_WORD if key in given}
        labels = {"alertname": name, "severity": "critical"} | given
        named = [labels | ({"instance": each} if each else {}) for each in instances or [""]]
        alerts = [self._alert(each, state, told) for each in named]
        body = {"alerts": alerts, "group": told.get("group", ""), "cut_off": int(told.get("cut_off", 0))}
        body["ended"] = body["group"] if "all" in told else ""
        assert self.world.post(body, source="grouped" if body["group"] else "told").status == 202

    def _alert(self, labels: dict[str, str], state: str, told: dict[str, str]) -> dict[str, Any]:
        identity = json.dumps(labels, sort_keys=True)
        since = self.world.now - timedelta(seconds=seconds(told.get("since", "0s")))
        starts = self._starts.setdefault(identity, since)
        if state == "resolved":
            self._starts.pop(identity, None)
        lease_s = seconds(told["lease"]) if "lease" in told else None
        labels = {name: value for name, value in labels.items() if value}
        times = {"starts": starts.isoformat(), "lease_s": lease_s}
        return {"labels": labels, "state": state, "test": "test" in told} | times

    def do_silence(self, name: str, lasts: str, *matchers: str) -> None:
        """A new one, or the one of this name made to last until so long from now."""
        now = self.world.now
        self._write(lambda tx, now_ms: add_silence(
            tx, matchers or known(tx, name).matchers,
            starts=now if matchers else known(tx, name).starts_at,
            ends=now + timedelta(seconds=seconds(lasts)),
            author="boris", comment="", id=SilenceId(name), now_ms=now_ms,
        ))  # fmt: skip

    def do_silence_later(self, name: str, starts_in: str, lasts: str, *matchers: str) -> None:
        starts = self.world.now + timedelta(seconds=seconds(starts_in))
        self._write(lambda tx, now_ms: add_silence(
            tx, matchers, starts=starts, ends=starts + timedelta(seconds=seconds(lasts)),
            author="boris", comment="", id=SilenceId(name), now_ms=now_ms,
        ))  # fmt: skip

    def do_unsilence(self, name: str) -> None:
        self._write(lambda tx, now_ms: expire_silence(tx, name, now_ms=now_ms))

    def _write(self, job: Callable[[Any, int], Any]) -> None:
        store, now_ms = self.world.app.ground.store, self.world.clock.now_ms()
        store.write(lambda tx: job(tx, now_ms)).result()
        self.world.runtime.rearm()
        self.world.settle()

    def do_takes(self, who: str) -> None:
        """The newest incident, at the desk."""
        self.world.app.desk.acknowledge(self.world.incidents()[-1].ref, by=who)
        self.world.settle()

    def do_gives_back(self, who: str) -> None:
        self.world.app.desk.unacknowledge(self.world.incidents()[-1].ref, by=who)
        self.world.settle()

    def do_texts(self, who: str, *words: str) -> None:
        """An SMS to the service number; REF stands for the newest incident's."""
        ref = self.world.incidents()[-1].ref
        self.world.sms_from(who, " ".join(words).replace("REF", ref))

    def do_phone(self, who: str, *fields: str) -> None:
        """What becomes of texts to this phone: outcome=undelivered, error=212 ..."""
        self.world.order("scripts", phone=PHONES[who][1:], **fields_of(fields))

    def do_gateway(self, *fields: str) -> None:
        """A fault of the gateway: kind=down for_s=10 ..."""
        self.world.order("faults", **{"count": None} | fields_of(fields))

    def do_crash(self) -> None:
        self.world.crash()

    def do_nothing(self) -> None:
        """Until here nothing else is heard."""


def fields_of(words: tuple[str, ...]) -> dict[str, int | str]:
    """``name=value`` as a block, numbers as numbers."""
    pairs = (word.split("=") for word in words)
    return {name: int(value) if value.isdigit() else value for name, value in pairs}


def known(tx: Any, name: str) -> Silence:
    found = tx.silence(name)
    assert found is not None
    return found


def unlike(story: Story, heard: dict[str, list[tuple[int, str]]], *, slack_s: int = 3) -> list[str]:
    """What each phone heard otherwise than the story has it, as sentences."""
    wrong: list[str] = []
    for who in PEOPLE:
        expected, found = story.of(who), heard[who]
        for line, (at_s, text) in zip(expected, found, strict=False):
            if not text.startswith(line.rest):
                wrong.append(f"{who} heard {text!r} at {at_s}s, not {line.rest!r}")
            elif not line.at_s <= at_s <= line.until_s + slack_s:
                wrong.append(f"{who} heard {text!r} at {at_s}s, not at {line.at_s}s")
        wrong += [f"{who} did not hear {line.rest!r} at {line.at_s}s" for line in expected[len(found) :]]
        wrong += [f"{who} heard {text!r} at {at_s}s, too" for at_s, text in found[len(expected) :]]
    return wrong
