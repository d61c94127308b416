"""One request to the gateway and its answer's bytes, with every failure sorted by one question.

The question is *could the gateway have it?* It never repeats a request, never follows a redirect, and
knows nothing of what the documents say.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pilotbridge.clock import Clock
from pilotbridge.errors import ConfigurationError, ReplyLost, TryLater
from pilotbridge.smspilot.failures import describe, find_tls_error
from pilotbridge.smspilot.line import Deadline, Parcel
from pilotbridge.smspilot.redaction import Redaction
from pilotbridge.smspilot.tls import explain_tls, find_validity, is_out_of_date, trusting_context

if TYPE_CHECKING:
    import requests
    from requests.adapters import BaseAdapter

ANSWER_BYTES_MAX = 16 * 1024 * 1024
# The other side may close an idle connection just as the next request sets out, and that send would be
# in doubt for nothing. Common servers wait 5 s or more before they close.
IDLE_MAX_S = 2.0
_PROXY_WANTS_A_NAME = 407


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the gateway is and how it is reached.

    ``proxy`` is ``direct``, ``env`` (the usual environment variables) or a URL (``http``, ``socks5h``).
    ``answer_deadline_s`` bounds the whole answer from the moment the request leaves: ``read_timeout_s``
    bounds one silence only, and a server that drips would hold a sender for hours.
    """

    url: str
    proxy: str = "direct"
    ca_file: Path | None = None
    connect_timeout_s: float = 5.0
    read_timeout_s: float = 20.0
    answer_deadline_s: float = 25.0

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ConfigurationError("the gateway's url must begin with https:// and name a host")

    @property
    def host(self) -> str:
        return urlsplit(self.url).hostname or ""

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        return self.host, parts.port or (443 if self.is_https else 80)

    @property
    def is_https(self) -> bool:
        return urlsplit(self.url).scheme == "https"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole; the status is never a redirect."""

    status: int
    body: bytes


@dataclass(slots=True)
class _Line:
    session: requests.Session
    adapter: BaseAdapter
    deadline: Deadline
    idle_since_s: float
    blanks: dict[tuple[object, ...], requests.PreparedRequest] = field(default_factory=dict)


class Transport:
    """Carries documents to one endpoint; each thread has a session and connections of its own.

    ``make_adapter`` stands in for the network in tests. Such an adapter takes the document by
    ``request.body.read()``; whatever it raises before that surely left nothing at the gateway.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        clock: Clock,
        redaction: Redaction,
        user_agent: str,
        make_adapter: Callable[[], BaseAdapter] | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._clock = clock
        self._redaction = redaction
        self._user_agent = user_agent
        self._proxies = _proxies(endpoint)
        self._context = trusting_context(endpoint.ca_file) if _needs_tls(endpoint, self._proxies) else None
        self._make_adapter = make_adapter
        self._local = threading.local()
        self._lines: list[_Line] = []
        self._lines_lock = threading.Lock()

    def post(self, document: bytes, *, content_type: str, query: Mapping[str, str]) -> Answer:
        """Send ``document`` once.

        :raises TryLater: when surely no byte of it has left.
        :raises ReplyLost: when the gateway may have it.
        :raises ConfigurationError: when the answer is a redirect.
        """
        from pilotbridge.smspilot.session import WIRE_ERRORS

        line = self._line()
        parcel = Parcel(document, lambda: line.deadline.begin(self._endpoint.answer_deadline_s))
        line.deadline.begin(self._endpoint.answer_deadline_s)
        try:
            return self._exchange(line, parcel, content_type, query)
        except WIRE_ERRORS as error:
            line.session.close()
            raise self._sorted(error, parcel) from error
        finally:
            line.idle_since_s = self._now_s()

    def close(self) -> None:
        """Close every thread's connections; a later request opens new ones."""
        with self._lines_lock:
            for line in self._lines:
                line.session.close()

    def _exchange(self, line: _Line, parcel: Parcel, content_type: str, query: Mapping[str, str]) -> Answer:
        request = self._blank(line, content_type, query).copy()
        request.prepare_body(parcel, None)
        # Session.send() would read the whole body of a redirect, however long, before we see it.
        with line.adapter.send(
            request,
            stream=True,
            timeout=(self._endpoint.connect_timeout_s, self._endpoint.read_timeout_s),
            proxies=self._proxies,
        ) as response:
            if 300 <= response.status_code < 400:
                raise ConfigurationError(_redirected(response, self._endpoint.host))
            if response.status_code == _PROXY_WANTS_A_NAME:
                raise TryLater(f"{self._nameless()}; nothing was sent")
            return Answer(response.status_code, self._read(response))

    def _blank(self, line: _Line, content_type: str, query: Mapping[str, str]) -> requests.PreparedRequest:
        """The request without its document, made once: to prepare one costs as much as to send it."""
        from requests import Request

        kind = (content_type, *query.items())
        if kind not in line.blanks:
            headers = {"Content-Type": content_type}
            request = Request("POST", self._endpoint.url, params=dict(query), headers=headers)
            line.blanks[kind] = line.session.prepare_request(request)
        return line.blanks[kind]

    def _read(self, response: requests.Response) -> bytes:
        from pilotbridge.smspilot.body import pieces
        from pilotbridge.smspilot.session import WIRE_ERRORS

        body = bytearray()
        try:
            for piece in pieces(response):
                body += piece
                if len(body) > ANSWER_BYTES_MAX:
                    raise self._lost(f"an answer of more than {ANSWER_BYTES_MAX >> 20} MiB", body)
        except WIRE_ERRORS as error:
            raise self._lost(describe(error), body) from error
        if not body:
            # A head that was torn between two lines looks like a whole answer without a body.
            raise self._lost("an empty answer", body)
        return bytes(body)

    def _nameless(self) -> str:
        if self._proxies:
            return "the proxy wants a name and password in its URL"
        return "a proxy on the way, of which nothing is configured, wants a name and password (HTTP 407)"

    def _lost(self, what: str, body: bytes | bytearray) -> ReplyLost:
        return ReplyLost(
            f"{self._endpoint.host}: {what}; the request had left", head=self._redaction.head(body)
        )

    def _sorted(self, error: Exception, parcel: Parcel) -> TryLater | ReplyLost:
        if parcel.taken:
            return self._lost(describe(error), b"")
        return TryLater(f"{self._connect_failure(error)}; nothing was sent")

    def _connect_failure(self, error: Exception) -> str:
        tls = find_tls_error(error)
        if tls is None:
            return f"{self._endpoint.host}: {describe(error)}"
        return explain_tls(tls, self._endpoint.host, self._clock.utc_now(), validity=self._validity(tls))

    def _validity(self, tls: ssl.SSLError) -> str:
        if self._proxies or not is_out_of_date(tls):
            return ""
        return find_validity(self._endpoint.address, self._endpoint.ca_file, self._endpoint.connect_timeout_s)

    def _line(self) -> _Line:
        line: _Line | None = getattr(self._local, "line", None)
        if line is None:
            line = self._local.line = self._open_line()
        elif self._now_s() - line.idle_since_s > IDLE_MAX_S:
            line.session.close()
        return line

    def _open_line(self) -> _Line:
        from pilotbridge.smspilot.session import OnceAdapter, open_session

        deadline = Deadline(self._now_s)
        adapter = self._make_adapter() if self._make_adapter else OnceAdapter(self._context, deadline)
        line = _Line(open_session(adapter, self._user_agent), adapter, deadline, self._now_s())
        with self._lines_lock:
            self._lines.append(line)
        return line

    def _now_s(self) -> float:
        return self._clock.boot_ms() / 1000


def _proxies(endpoint: Endpoint) -> dict[str, str]:
    match endpoint.proxy:
        case "direct":
            return {}
        case "env":
            from requests.utils import get_environ_proxies

            return dict(get_environ_proxies(endpoint.url, no_proxy=None))
        case url:
            return {"http": url, "https": url}


def _needs_tls(endpoint: Endpoint, proxies: Mapping[str, str]) -> bool:
    return endpoint.is_https or any(url.lower().startswith("https:") for url in proxies.values())


def _redirected(response: requests.Response, host: str) -> str:
    return (
        f"{host} answered with a redirect ({response.status_code}) to "
        f"{_place(response.headers.get('Location', ''))}, which is never followed; "
        "write the final address into the gateway's url"
    )


def _place(location: str) -> str:
    """A redirect's target without what may hold a secret."""
    try:
        target = urlsplit(location)
    except ValueError:
        return "an address that makes no sense"
    where = f"{target.scheme}://{target.hostname}{target.path}" if target.hostname else target.path
    return where or "nowhere"
