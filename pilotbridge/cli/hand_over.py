"""A notification on its way to the bridge: posted within two seconds, or else one file on disk.

It owns that one of the two is done or a sentence says why neither is. The file carries the key that the post
had, so that a post whose answer was lost and its file are one body to the bridge.
"""

from __future__ import annotations

import contextlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

from pilotbridge.errors import Closed, Refused
from pilotbridge.spooled import UNFINISHED, Spooled

WITHIN_S = 2.0
ANSWER_MAX = 64 * 1024
REFUSES = (400, 413, 415, 422)
"""What the bridge answers to a body that it will not take from a file either."""


@dataclass(frozen=True, slots=True)
class Ways:
    """Where to post and where to keep; an empty text: not that way."""

    url: str
    token_file: str
    spool: str
    source: str
    ca_file: str = ""


class _NotPosted(Exception):
    """Why the bridge surely, or perhaps, has not got it."""


def hand_over(spooled: Spooled, ways: Ways) -> str:
    """Returns empty when it was posted, else where it was kept and why.

    :raises Refused: when the bridge will not take what it says.
    :raises Closed: when it could neither be posted nor kept.
    """
    try:
        _post(spooled, ways)
    except _NotPosted as error:
        return _keep(spooled, ways, str(error))
    return ""


def cause_of(error: Exception) -> str:
    """The cause in words, without numbers that only a program knows."""
    return str(getattr(error, "strerror", None) or error or type(error).__name__)


# --- posting ----------------------------------------------------------------------------------------


def _post(spooled: Spooled, ways: Ways) -> None:
    """:raises _NotPosted: with the cause. Names that nobody answers for block; only a thread can be left."""
    if not ways.url:
        raise _NotPosted("no address was given; say it with --url")
    outcome: list[BaseException | None] = []

    def attempt() -> None:
        try:
            _attempt(spooled, ways)
            outcome.append(None)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the main thread decides what to do
            outcome.append(error)

    thread = Thread(target=attempt, daemon=True)
    thread.start()
    thread.join(WITHIN_S)
    if not outcome:
        raise _NotPosted(f"{ways.url} did not answer within {WITHIN_S:g} s")
    error = outcome[0]
    if isinstance(error, Refused | _NotPosted):
        raise error
    if error is not None:  # its text may hold a header, and so the token
        raise _NotPosted(f"{ways.url}: {type(error).__name__}")


def _attempt(spooled: Spooled, ways: Ways) -> None:
    import http.client

    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": spooled.key,
        "Authorization": f"Bearer {_token(ways)}",
    }
    connection, path = _connection(ways)
    try:
        connection.request("POST", path, spooled.body.encode(), headers)
        answer = connection.getresponse()
        _judge(answer.status, answer.read(ANSWER_MAX))
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        raise _NotPosted(f"{ways.url}: {cause_of(error)}") from error
    finally:
        connection.close()


def _token(ways: Ways) -> str:
    if not ways.token_file:
        raise _NotPosted("no token was given; name its file with --token-file")
    try:
        token = Path(ways.token_file).read_text(encoding="utf-8").strip()
        token.encode("latin-1")
    except (OSError, UnicodeError) as error:
        raise _NotPosted(f"the token cannot be read from {ways.token_file}: {cause_of(error)}") from error
    return token


def _connection(ways: Ways):  # type: ignore[no-untyped-def]
    """A connection of the standard library, and the path of the source."""
    import http.client

    try:
        url = urlsplit(ways.url)
        host, port = url.hostname, url.port
    except ValueError:
        host = None
    if host is None or url.scheme not in ("http", "https"):
        raise _NotPosted(f"{ways.url!r} is no address; write it like http://127.0.0.1:8080")
    path = url.path.rstrip("/")
    path = path if "/in/" in f"{path}/" else f"{path}/in/{ways.source}"
    if url.scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=WITHIN_S), path
    import ssl

    context = ssl.create_default_context(cafile=ways.ca_file or None)
    return http.client.HTTPSConnection(host, port, timeout=WITHIN_S, context=context), path


def _judge(status: int, answer: bytes) -> None:
    """Only our own 202 says that it is on disk; anything else in between may answer 200.

    :raises _NotPosted: when it is not.
    :raises Refused: when the bridge will never take it.
    """
    import json

    try:
        told = json.loads(answer)
    except (ValueError, RecursionError):
        told = None
    if status == 202 and isinstance(told, dict) and isinstance(told.get("journal"), int):
        return
    error = told.get("error") if isinstance(told, dict) else None
    reason = str(error.get("message", "")) if isinstance(error, dict) else ""
    if status in REFUSES and reason:
        raise Refused(f"the bridge refused it ({status}): {reason}")
    raise _NotPosted(f"answered {status}, {reason or 'which is not an answer of PilotBridge'}")


# --- keeping ----------------------------------------------------------------------------------------


def _keep(spooled: Spooled, ways: Ways, why: str) -> str:
    """One whole file that survives a power cut, or none.

    :raises Closed: when there is no folder or it cannot be written.
    """
    if not ways.spool:
        raise Closed(f"NOT KEPT: {why}; and there is no spool folder: name one with --spool")
    folder = Path(ways.spool)
    try:
        _write(folder, spooled)
    except OSError as error:
        raise Closed(f"NOT KEPT: {why}; and {folder} cannot be written: {error.strerror}") from error
    return f"not posted: {why}; kept as {folder / spooled.file_name}"


def _write(folder: Path, spooled: Spooled) -> None:
    """Its mode lets in the owner alone; where the folder hands its group on, that group may read it, too."""
    is_shared = folder.stat().st_mode & stat.S_ISGID
    unfinished = folder / f"{UNFINISHED}{spooled.key}"
    try:
        _write_through(unfinished, spooled.encode(), 0o640 if is_shared else 0o600)
        unfinished.rename(folder / spooled.file_name)
    except OSError:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_through(path: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with open(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)
        file.write(content)
        file.flush()
        os.fsync(descriptor)
