"""Makes one callback, or brings one update to a bot: ten seconds, no redirect, the whole answer or none.

Why it failed is in the answer; deciding what follows is the queue's business.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from urllib.parse import SplitResult, urlsplit

from pilotbridge.sandbox.callbacks import Call, Heard
from pilotbridge.sandbox.telegram.updates import Delivery

ANSWER_WITHIN_S = 10.0
_ANSWER_BYTES_MAX = 64 * 1024
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,9})[ \t]*(?:\r\n|$)", re.IGNORECASE)


async def make_call(call: Call | Delivery, answer_within_s: float = ANSWER_WITHIN_S) -> Heard:
    """Tell one change of status, or one update; never raises for what the other side does."""
    try:
        async with asyncio.timeout(answer_within_s):
            return await _exchange(call)
    except TimeoutError:
        return Heard(0, f"no answer within {answer_within_s:g} s")
    except (OSError, ValueError, asyncio.IncompleteReadError) as error:
        return Heard(0, str(error) or type(error).__name__)


async def _exchange(call: Call | Delivery) -> Heard:
    parts = urlsplit(call.address)
    is_https = parts.scheme == "https"
    reader, writer = await asyncio.open_connection(
        parts.hostname,
        parts.port or (443 if is_https else 80),
        ssl=ssl.create_default_context() if is_https else None,
    )
    try:
        writer.write(_request(call, parts))
        await writer.drain()
        return _heard(await read_answer(reader))
    finally:
        writer.close()


async def read_answer(reader: asyncio.StreamReader) -> bytes:
    """All that comes: to the end that the head names, or else to the end of the connection."""
    answer = bytearray()
    while not _is_whole(answer):
        piece = await reader.read(_ANSWER_BYTES_MAX)
        if not piece:
            break
        answer += piece
    return bytes(answer)


def _is_whole(answer: bytes | bytearray) -> bool:
    """Tell whether nothing more is to come, or nothing more is wanted."""
    head, blank, body = answer.partition(b"\r\n\r\n")
    length = _LENGTH.search(head) if blank else None
    return len(answer) >= _ANSWER_BYTES_MAX or (length is not None and len(body) >= int(length.group(1)))


def _request(call: Call | Delivery, parts: SplitResult) -> bytes:
    """HTTP/1.0, so that the answer ends with the connection and is never chunked."""
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = parts.netloc.rpartition("@")[2]
    head = [f"{call.method.upper()} {target} HTTP/1.0", f"Host: {host}", "User-Agent: pilotbridge-sandbox"]
    head += [f"{name}: {value}" for name, value in call.headers.items()]
    if call.method == "post":
        head.append(f"Content-Length: {len(call.body)}")
    return ("\r\n".join(head) + "\r\n\r\n").encode("utf-8") + call.body


def _heard(answer: bytes) -> Heard:
    head, _, body = answer.partition(b"\r\n\r\n")
    words = head.split(None, 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():
        raise ValueError("the answer is no HTTP")
    return Heard(int(words[1]), body.decode("utf-8", "replace"))
