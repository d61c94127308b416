"""Reads the webhook of Healthchecks, with the body that our docs give for it.

It owns that body: Healthchecks itself has no fixed shape. The check's ping URL is a secret that may stand in
it, and reaches no label. Facts: ``hc/integrations/webhook/transport.py``, ``send_test_notification``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from pilotbridge import Incoming, Parsed, Severity, Told, Unreadable, hookimpl, read_json, read_moment

TEST_NAME, TEST_PINGS = "TEST", 42
"""What the test button calls its check, and how often that was pinged."""

_UNFILLED = re.compile(r"\$[A-Z_0-9]+")
"""A placeholder that Healthchecks does not know, or had no value for."""


class _Check(msgspec.Struct):
    n_pings: int | None = None
    last_ping: str | None = ""


class _Body(msgspec.Struct):
    source: Literal["healthchecks"]
    id: str
    status: Literal["up", "down"]
    name: str
    tags: str = ""
    time: str = ""
    exit: str | int | None = ""
    check: _Check | None = None


_decoder = msgspec.json.Decoder(_Body)


class Healthchecks:
    """The source type ``healthchecks``."""

    type = "healthchecks"
    sender = "the body of Healthchecks that our docs give"
    options = None
    groups = False
    severities: Mapping[str, Severity] = {"down": Severity.CRITICAL}

    def looks_like(self, body: Any) -> bool:
        return isinstance(body, dict) and body.get("source") == "healthchecks"

    def parse(self, incoming: Incoming, _options: Any) -> Parsed:
        """:raises Unreadable: when this is not the documented body."""
        body = read_json(incoming.body, _decoder)
        if not _filled(body.id):
            raise Unreadable("the check has no id; write $CODE there", at="id")
        return Parsed((_told(body).alert(incoming),))


@hookimpl
def register_sources() -> list[Healthchecks]:
    return [Healthchecks()]


def _told(body: _Body) -> Told:
    moment = read_moment(body.time)
    pings = body.check.n_pings if body.check else None
    code = _filled(str(body.exit if body.exit is not None else ""))
    return Told(
        name=_filled(body.name) or f"check {body.id}",
        identity={"check": body.id},
        resolved=body.status == "up",
        severity="down",
        labels=_labels(_filled(body.tags)),
        value=f"exit {code}" if code not in ("", "0") else "",
        summary=f"last ping {body.check.last_ping}" if body.check and body.check.last_ping else "",
        since=moment,
        until=moment,
        is_test=body.name == TEST_NAME and pings in (None, TEST_PINGS),
    )


def _labels(tags: str) -> dict[str, str]:
    """A tag ``team=db`` is a label; the others stand together in ``tags``."""
    pairs = dict(tag.split("=", 1) for tag in tags.split() if "=" in tag)
    own = {name: value for name, value in pairs.items() if name not in ("alertname",)}
    return {**own, "tags": " ".join(tag for tag in tags.split() if "=" not in tag)}


def _filled(text: str) -> str:
    return "" if _UNFILLED.fullmatch(text.strip()) else text.strip()
