"""A gateway that speaks API-2 as the protocol allows and not as our sandbox does: another taste every time.

Written from the protocol's description alone; it shares no line with the sandbox or the wire. Whatever it
takes it delivers, and it refuses an equal text to an equal number for as long as it lives.
"""

from __future__ import annotations

import gzip
import http.client
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.sax.saxutils import escape, quoteattr

Json = dict[str, Any]
NOT_DELAYED = "0000-00-00 00:00:00"


@dataclass(slots=True)
class Taken:
    """A message it has accepted."""

    server_id: str
    id: Any
    to: str
    text: str
    callback: str
    price: str = "2.96"
    status: int = 0


class Stranger:
    """Each answer to ``send`` is written after the next of :attr:`tastes`; :attr:`used` counts them."""

    def __init__(self) -> None:
        self.taken: list[Taken] = []
        self.used: list[str] = []
        self.refused_numbers: dict[str, int] = {}
        self._lock = threading.Lock()
        self._tastes = count()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Door)
        self._server.daemon_threads = True
        self._server.stranger = self  # type: ignore[attr-defined]
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Stranger:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def texts_to(self, number: str) -> list[str]:
        return [sms.text for sms in self.taken if sms.to == number]

    # -- commands --------------------------------------------------------------------------------

    def answer(self, asked: Json) -> tuple[Json | None, Callable[[Json], Written]]:
        """What is said, and how it is written; nothing is said where the connection just ends."""
        if "send" in asked:
            return self._send(asked)
        if "check" in asked:
            return {"check": [self._checked(str(one["server_id"])) for one in asked["check"]][::-1]}, as_gzip
        if "inbound" in asked:
            return {"inbound": [], "apikey": "..."}, as_page
        return {"currency": "RUR", "balance": "9876.5"}, as_chunks

    def _send(self, asked: Json) -> tuple[Json | None, Callable[[Json], Written]]:
        taste = list(TASTES)[next(self._tastes) % len(TASTES)]
        self.used.append(taste)
        if taste == "system error":
            return {"error": {"code": 110, "description": "SYSTEM ERROR"}}, as_page
        entries = [self._take(sms, at_once=taste == "callback first") for sms in asked["send"]]
        said = {"extra": {"a": [1]}, "balance": "9876,50", "send": entries, "server_packet_id": 77}
        return TASTES[taste](said)

    def _take(self, sms: Json, *, at_once: bool) -> Json:
        error = self.refused_numbers.get(str(sms["to"]), 0)
        with self._lock:
            if any((known.to, known.text) == (str(sms["to"]), sms["text"]) for known in self.taken):
                error = error or 243
            if error:
                return _entry(sms, "", status="-2", error=str(error))
            kept = Taken(f"9{len(self.taken):06d}", sms["id"], str(sms["to"]), sms["text"], sms["callback"])
            self.taken.append(kept)
        kept.status = 2
        if at_once:
            self._call_back(kept)
        else:
            threading.Thread(target=self._call_back, args=(kept, 0.3), daemon=True).start()
        return _entry(sms, kept.server_id)

    def _checked(self, server_id: str) -> Json:
        found = next((sms for sms in self.taken if sms.server_id == server_id), None)
        if found is None:
            return {"error": 302, "modified": "", "status": "-2", "server_id": server_id, "id": ""}
        status = str(found.status)
        return {
            "x": None,
            "modified": "",
            "status": status,
            "server_id": found.server_id,
            "id": str(found.id),
        }

    def _call_back(self, sms: Taken, after_s: float = 0.0) -> None:
        """Out of order, repeated, by GET with more than was agreed and by POST."""
        time.sleep(after_s)
        parts = urlsplit(sms.callback)
        for number, status in enumerate((2, 0, 1, 2, 2)):
            fields = {"v": "3", "error": "0", "status": status, "server_id": sms.server_id, "phone": sms.to}
            connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
            try:
                if number % 2:
                    form = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
                    connection.request("POST", parts.path, urlencode(fields), form)
                else:
                    connection.request("GET", f"{parts.path}?{urlencode(fields)}&status={status}")
                connection.getresponse().read()
            except (OSError, http.client.HTTPException):
                return  # the poll covers what nobody heard
            finally:
                connection.close()


def _entry(sms: Json, server_id: str, *, status: str = "0", error: str = "0") -> Json:
    return {
        "price": "2.96", "error": error, "zone": "1", "status": status, "parts": "1",
        "to": str(sms["to"]), "send_datetime": NOT_DELAYED, "server_id": server_id, "id": str(sms["id"]),
    }  # fmt: skip


# --- how an answer is written -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Written:
    """Bytes and the headers that go with them; ``pieces`` makes them chunked."""

    body: bytes
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    pieces: int = 0


def as_json(said: Json) -> Written:
    return Written(json.dumps(said).encode())


def as_page(said: Json) -> Written:
    """JSON that calls itself a page, behind a byte order mark and before a line of blank space."""
    return Written(b"\xef\xbb\xbf\r\n " + json.dumps(said, indent=1).encode() + b"\r\n\r\n", "text/html")


def as_gzip(said: Json) -> Written:
    """Packed, though nobody asked for that."""
    return Written(gzip.compress(json.dumps(said).encode()), headers=(("Content-Encoding", "gzip"),))


def as_chunks(said: Json) -> Written:
    return Written(json.dumps(said).encode(), "text/plain", pieces=7)


def as_xml(said: Json) -> Written:
    """Attributes for everything, whatever was asked in."""
    rows = [
        f"<sms {' '.join(f'{name}={quoteattr(str(value))}' for name, value in entry.items())}>"
        f"{escape('text')}</sms>"
        for entry in said["send"]
    ]
    head = f'<send balance={quoteattr(said["balance"])} server_packet_id="77">'
    return Written(f"<?xml version='1.0'?>\n{head}{''.join(rows)}</send>".encode(), "text/plain")


TASTES: dict[str, Callable[[Json], tuple[Json | None, Callable[[Json], Written]]]] = {
    "strings": lambda said: (said, as_json),
    "a page": lambda said: (said, as_page),
    "packed": lambda said: (said, as_gzip),
    "chunks": lambda said: (said, as_chunks),
    "attributes": lambda said: (said, as_xml),
    "backwards and twice": lambda said: (said | {"send": (said["send"] * 2)[::-1]}, as_json),
    "one missing": lambda said: (said | {"send": said["send"][1:]}, as_json),
    "nothing": lambda _said: (None, as_json),
    "a comma": lambda said: (
        said | {"send": [entry | {"price": "2,96", "cost": "1 000,50"} for entry in said["send"]]},
        as_json,
    ),
    "callback first": lambda said: (said, as_chunks),
    "system error": lambda said: (said, as_page),
}


class _Door(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        said, write = self.server.stranger.answer(asked)  # type: ignore[attr-defined]
        self.close_connection = True
        if said is None:
            return
        self._write(write(said))

    def _write(self, written: Written) -> None:
        self.send_response(200)
        self.send_header("Content-Type", written.content_type)
        self.send_header("Connection", "close")
        for name, value in written.headers:
            self.send_header(name, value)
        if not written.pieces:
            self.send_header("Content-Length", str(len(written.body)))
            self.end_headers()
            self.wfile.write(written.body)
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for start in range(0, len(written.body), written.pieces):
            piece = written.body[start : start + written.pieces]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_: object) -> None:
        """It keeps to itself."""
