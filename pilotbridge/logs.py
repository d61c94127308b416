"""One line per fact, as JSON or for a terminal, with no secret in it.

It owns how a line looks and what is taken out of it; it refuses to decide what is worth a line.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from threading import Lock, local
from typing import Any, Protocol, TextIO
from urllib.parse import quote

MIN_SECRET = 4
MAX_DEPTH = 6
HIDDEN = "***"

_SECRET_KEY = re.compile(
    r"(?:^|[_-])(?:authorization|api_?key|token|secret|password|passwd|cookie|signature)$", re.IGNORECASE
)
_ASSIGNED = re.compile(
    r"""(?ix)
    \b( (?:proxy-)?authorization | api_?key | (?:access_|bot_)?token | secret | password | passwd | cookie )
    ( ["']? \s* [:=] \s* ["']? )
    (?: (?:bearer | basic | digest) \s+ )?
    [^\s"'&,;)}\]]+
    """
)
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}")
# None of these three matches a text without one of their signs; most values have none.
_MAY_TELL = re.compile(r"[/:=]|(?i:bearer|basic)")
# /callback/<gateway>/<install>/<row>, /hooks/<chat>/<secret> and Telegram's /bot<token>/ carry their secret.
_SECRET_PATH = re.compile(r"(/callback/[^/\s]+|/hooks/[^/\s]+)/[^\s?#\"']+|/bot\d+:[\w-]+")
# What ends a line for somebody: C0 and C1 controls, DEL, the Unicode separators; and what no UTF-8 can hold
# (lone surrogates) or hides the order of text (bidi marks).
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_NUMBERS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_FIRST = ("level", "logger", "event")
# Their chatter at INFO is one line per poll, with the URL.
_NOISY = ("apscheduler", "httpx", "httpcore", "urllib3", "telegram")


class Redaction:
    """Takes secrets out of texts. ``hide`` adds some, as after a reload; none is ever forgotten."""

    def __init__(self, secrets: Iterable[Revealing] = ()) -> None:
        self._known: set[str] = set()
        self._pattern: re.Pattern[str] | None = None
        self.hide(secrets)

    def hide(self, secrets: Iterable[Revealing]) -> None:
        """Hide ``secrets`` from now on, in every spelling a log may hold. Up to 3 characters hide nothing."""
        for secret in secrets:
            self._known |= {spelt for spelt in _spellings(secret.reveal()) if len(spelt) >= MIN_SECRET}
        longest_first = sorted(self._known, key=lambda text: (-len(text), text))
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def clean(self, text: str) -> str:
        """``text`` without secrets, tokens, credentials and callback paths."""
        if self._pattern:
            text = self._pattern.sub(HIDDEN, text)
        if not _MAY_TELL.search(text):
            return text
        text = _SECRET_PATH.sub(
            lambda found: f"{found[1] or found[2]}/{HIDDEN}" if found[1] else f"/bot{HIDDEN}", text
        )
        text = _BEARER.sub(rf"\1 {HIDDEN}", text)
        return _ASSIGNED.sub(rf"\1\2{HIDDEN}", text)


class Revealing(Protocol):
    """A secret, as ``config.settings.Secret`` is one."""

    def reveal(self) -> str: ...


class Logger:
    """Writes lines under one name. An event is a constant sentence; who, which and why are fields."""

    __slots__ = ("_fields",)

    def __init__(self, **fields: Any) -> None:
        self._fields = fields

    def bind(self, **fields: Any) -> Logger:
        """A logger that adds ``fields`` to each line."""
        return Logger(**self._fields | fields)

    def debug(self, event: str, **fields: Any) -> None:
        self._say("debug", event, fields)

    def info(self, event: str, **fields: Any) -> None:
        """What an operator would tell a colleague."""
        self._say("info", event, fields)

    def warning(self, event: str, **fields: Any) -> None:
        """It will be tried again."""
        self._say("warning", event, fields)

    def error(self, event: str, **fields: Any) -> None:
        """A human must act."""
        self._say("error", event, fields)

    def exception(self, event: str, **fields: Any) -> None:
        """An error with the traceback of the exception being handled."""
        self._say("error", event, {"exc_info": True} | fields)

    def _say(self, level: str, event: str, fields: dict[str, Any]) -> None:
        if _Setup.present is None:
            configure(Redaction(), level="warning")
        setup = _Setup.present
        assert setup is not None
        if _NUMBERS[level] >= setup.level:
            setup.say(self._fields | fields | {"event": event, "level": level})


def get_logger(name: str) -> Logger:
    """The logger of a module: ``get_logger(__name__)``."""
    return Logger(logger=name.removeprefix("pilotbridge."))


def configure(
    redaction: Redaction,
    *,
    now: Callable[[], datetime] | None = None,
    stream: TextIO | None = None,
    as_json: bool | None = None,
    level: str = "info",
) -> None:
    """Send every line, of libraries too, to ``stream`` (stderr): JSON unless it is a terminal.

    Until the app has called this, warnings go to stderr. ``now`` puts the time on each line.
    """
    out = stream or sys.stderr
    number = _NUMBERS[level]
    render = _as_json if (not out.isatty() if as_json is None else as_json) else _for_people

    def say(fields: dict[str, Any]) -> None:
        line = render(_clean_fields(redaction, now, _with_traceback(fields)))
        if (held := _held.lines) is None:
            write(line)
        else:
            held.append(line)

    def write(lines: str) -> None:
        _write(out, lock, lines)

    lock = Lock()
    _Setup.present = _Setup(number, say, write)
    _take_over_libraries(number)


@contextmanager
def lines_together() -> Iterator[None]:
    """What this thread says meanwhile is written at the end, in one: each write lets other threads go."""
    held, _held.lines = _held.lines, []
    try:
        yield
    finally:
        lines, _held.lines = _held.lines, held
        if lines and _Setup.present is not None:
            _Setup.present.write("\n".join(lines))


class _Held(local):
    """The lines of one thread that are still to be written; None: each is written as it is said."""

    lines: list[str] | None = None


_held = _Held()


class _Setup:
    """How lines are made and written, and from which level on."""

    present: _Setup | None = None

    def __init__(
        self, level: int, say: Callable[[dict[str, Any]], None], write: Callable[[str], None]
    ) -> None:
        self.level = level
        self.say = say
        self.write = write


def _write(stream: TextIO, lock: Lock, line: str) -> None:
    """One line at a time, and one that cannot be written (pipe closed, disk full) must not stop an alert."""
    with lock:
        try:
            stream.write(line + "\n")
            stream.flush()
        except (OSError, ValueError):
            return


class _Foreign(logging.Handler):
    """Brings the lines of libraries here; they speak to the standard library's logging."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            sentence = record.getMessage()
        except (TypeError, ValueError):  # a library's format string that does not fit its arguments
            sentence = str(record.msg)
        level = "debug" if record.levelno < logging.INFO else record.levelname.lower()
        fields = {"exc_info": record.exc_info} if record.exc_info else {}
        logger = Logger(logger=record.name)
        {"debug": logger.debug, "info": logger.info, "warning": logger.warning}.get(level, logger.error)(
            sentence, **fields
        )


def _take_over_libraries(level: int) -> None:
    logging.root.handlers = [_Foreign()]
    logging.root.setLevel(level)
    logging.captureWarnings(True)
    for name in _NOISY:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


# --- fields -----------------------------------------------------------------------------------------


def _with_traceback(fields: dict[str, Any]) -> dict[str, Any]:
    """``exc_info`` (an exception, its triple, or True for the one in hand) as the text ``exception``."""
    given = fields.pop("exc_info", None)
    error = sys.exception() if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        fields["exception"] = "".join(traceback.format_exception(error)).removesuffix("\n")
    return fields


def _clean_fields(
    redaction: Redaction, now: Callable[[], datetime] | None, fields: Mapping[str, Any]
) -> dict[str, Any]:
    """The line's fields as plain values in their order, without secrets."""
    cleaned: dict[str, Any] = {"at": now().isoformat(timespec="milliseconds")} if now else {}
    for name in _FIRST:
        if name in fields:
            cleaned[name] = _clean(redaction, name, fields[name], MAX_DEPTH)
    for name, value in fields.items():
        if name not in _FIRST:
            cleaned[name] = _clean(redaction, name, value, MAX_DEPTH)
    return cleaned


def _clean(redaction: Redaction, name: str, value: Any, depth: int) -> Any:
    if type(value) is str:  # nearly all of them, and the questions below cost more than the rest
        return HIDDEN if _is_secret(name) else redaction.clean(value)
    if value is None or isinstance(value, bool | int | float):
        return HIDDEN if value is not None and _is_secret(name) else value
    if _is_secret(name):
        return HIDDEN
    if isinstance(value, Mapping) and depth:
        items = ((str(key), item) for key, item in value.items())
        return {redaction.clean(key): _clean(redaction, key, item, depth - 1) for key, item in items}
    if isinstance(value, list | tuple | set | frozenset) and depth:
        return [_clean(redaction, "", item, depth - 1) for item in value]
    return redaction.clean(_text(value))


@lru_cache(1024)
def _is_secret(name: str) -> bool:
    return _SECRET_KEY.search(name) is not None


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return str(value)


def _spellings(secret: str) -> set[str]:
    return {secret, quote(secret, safe=""), json.dumps(secret)[1:-1], repr(secret)[1:-1]}


# --- lines ------------------------------------------------------------------------------------------


def _escape(line: str) -> str:
    return _UNPRINTABLE.sub(lambda found: _SHORT.get(found[0]) or f"\\u{ord(found[0]):04x}", line)


_encode = json.JSONEncoder(ensure_ascii=False).encode


def _as_json(fields: dict[str, Any]) -> str:
    return _escape(_encode(fields))


def _for_people(fields: dict[str, Any]) -> str:
    at, level = str(fields.pop("at", ""))[11:19], str(fields.pop("level", ""))
    logger, event = fields.pop("logger", ""), fields.pop("event", "")
    rest = (
        f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in fields.items()
    )
    where = f"[{logger}]" if logger else ""
    return _escape(
        "  ".join(part for part in (at, f"{level.upper():7}", str(event), " ".join(rest), where) if part)
    )
