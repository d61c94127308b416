"""The body of one answer, piece by piece: unpacked, and whole or an error.

What has arrived is handed out before the next read can fail, so that the start of a torn answer is
never lost with its end; it bounds no time and judges no content.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

import requests
import urllib3.exceptions

_READ_SIZE = 64 * 1024
_ZLIB_OR_GZIP = 32 + zlib.MAX_WBITS


def pieces(response: requests.Response) -> Iterator[bytes]:
    """Yield the body as it arrives.

    :raises urllib3.exceptions.HTTPError: when it ends too soon or its compression is damaged.
    """
    arriving = _arriving(response)
    match response.headers.get("Content-Encoding", "identity").strip().lower():
        case "identity" | "":
            return arriving
        case "gzip" | "x-gzip" | "deflate":
            return _unpacked(arriving)
        case _:
            raise urllib3.exceptions.DecodeError("a compression nobody asked for")


def _arriving(response: requests.Response) -> Iterator[bytes]:
    while piece := response.raw.read1(_READ_SIZE, decode_content=False):
        yield piece


def _unpacked(arriving: Iterator[bytes]) -> Iterator[bytes]:
    """Unpack in bounded steps: a small answer may unpack to a huge one."""
    unpacking = zlib.decompressobj(_ZLIB_OR_GZIP)
    for packed in arriving:
        while packed:
            try:
                yield unpacking.decompress(packed, _READ_SIZE)
            except zlib.error as error:
                raise urllib3.exceptions.DecodeError(str(error)) from error
            packed = unpacking.unconsumed_tail
    if not unpacking.eof:
        raise urllib3.exceptions.DecodeError("the compressed answer ends too soon")
