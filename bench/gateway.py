"""The gateway of the measurements: takes SMSPilot's JSON documents, answers, notes when each message came.

``python -m bench.gateway PORT``. It is correct in what the bridge asks for and has nothing else: no faults,
no phones, no XML. The project's sandbox has all that and would be the slowest part of every figure.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from decimal import Decimal
from typing import Any, cast

import httptools
import uvloop

from bench.bodies import DIGITS, TOKEN

PRICE = Decimal("2.5")
BALANCE = 1_000_000
_NAMED = re.compile(rf"{TOKEN}(\d{{{DIGITS}}})")


class Book:
    """Every message that came, by the number of the body it tells of."""

    def __init__(self) -> None:
        self.arrived_ns: dict[int, int] = {}
        self.messages = 0
        self.packets = 0
        self.ids: dict[str, int] = {}
        self.repeated = 0
        self.open = asyncio.Event()
        self.open.set()

    def take(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        """Note one packet and answer it."""
        now_ns = time.monotonic_ns()
        self.packets += 1
        entries = [self._entry(row, now_ns) for row in rows]
        balance = BALANCE - self.messages * PRICE
        return {
            "server_packet_id": str(self.packets),
            "balance": float(balance),
            "cost": float(PRICE * len(entries)),
            "send": entries,
        }

    def _entry(self, row: dict[str, Any], now_ns: int) -> dict[str, Any]:
        self.messages += 1
        server_id = str(10_000 + self.messages)
        self.ids[server_id] = row["id"]
        named = _NAMED.search(row["text"])
        if named is not None:
            number = int(named[1])
            self.repeated += number in self.arrived_ns
            self.arrived_ns.setdefault(number, now_ns)
        return {
            "id": row["id"],
            "server_id": server_id,
            "from": row.get("from", "INFORM"),
            "to": row["to"],
            "text": row["text"],
            "parts": 1,
            "status": 0,
            "error": 0,
            "send_datetime": "",
            "country": "RU",
            "operator": "TELE2",
            "price": float(PRICE),
        }

    def check(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """On its way to the phone, for ever: what becomes of deliveries is not measured here."""
        return [
            {
                "id": self.ids.get(row["server_id"], 0),
                "server_id": row["server_id"],
                "status": 1 if row["server_id"] in self.ids else -2,
                "modified": time.strftime("%Y-%m-%d %H:%M:%S"),
                "error": 0,
            }
            for row in rows
        ]


class Connection(asyncio.Protocol):
    """One keep-alive connection."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._waiting: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:

        self._transport = cast(asyncio.Transport, transport)  # uvloop has a class of its own
        self._parser = httptools.HttpRequestParser(self)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        self._body = bytearray()
        self._url = b""

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        if self._url.startswith(b"/bench/"):
            self._answer(self._ordered(self._url.decode()))
            return
        document = json.loads(bytes(self._body))
        if "send" in document and not self._book.open.is_set():
            task = asyncio.create_task(self._answer_later(document))
            self._waiting.add(task)
            task.add_done_callback(self._waiting.discard)
            return
        self._answer(self._asked(document))

    async def _answer_later(self, document: dict[str, Any]) -> None:
        await self._book.open.wait()
        self._answer(self._asked(document))

    def _asked(self, document: dict[str, Any]) -> dict[str, Any]:
        if "send" in document:
            return self._book.take(document["send"])
        if "check" in document:
            return {"check": self._book.check(document["check"])}
        if "balance" in document:
            return {"balance": BALANCE}
        if "inbound" in document:
            return {"inbound": []}
        return {"error": {"code": "14", "description": "no command"}}

    def _ordered(self, path: str) -> dict[str, Any]:
        """What the measurement itself asks for."""
        book = self._book
        if path == "/bench/hold":
            book.open.clear()
        elif path == "/bench/release":
            book.open.set()
        elif path == "/bench/arrived":
            return {"arrived_ns": book.arrived_ns}
        return {"messages": book.messages, "packets": book.packets, "repeated": book.repeated}

    def _answer(self, told: dict[str, Any]) -> None:
        body = json.dumps(told).encode()
        head = (
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: %d\r\n\r\n"
        )
        self._transport.write(head % len(body) + body)


async def serve(port: int) -> None:
    book = Book()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(book), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
