"""One GET to an address that is a secret, with bounds on everything and no second try.

It tells whether the answer was a yes; it refuses redirects, reads no body, and names the host alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pilotbridge import __version__
from pilotbridge.clock import Clock
from pilotbridge.errors import TryLater
from pilotbridge.smspilot.failures import describe, find_tls_error
from pilotbridge.smspilot.line import Deadline
from pilotbridge.smspilot.tls import explain_tls, trusting_context

if TYPE_CHECKING:
    import requests
    from requests.adapters import BaseAdapter

CONNECT_S, READ_S, WHOLE_S = 5.0, 10.0, 15.0


@dataclass(frozen=True, slots=True)
class PingWay:
    """How the address is reached; ``proxy`` is ``direct``, ``env`` or a URL. All of it ends ``within_s``."""

    proxy: str = "direct"
    ca_file: Path | None = None
    within_s: float = WHOLE_S
    make_adapter: Callable[[], BaseAdapter] | None = None


def ping(url: str, way: PingWay, clock: Clock) -> None:
    """Ask ``url`` once.

    :raises TryLater: when the answer is none of 2xx, or there is none, with the cause.
    :raises ConfigurationError: when ``ca_file`` holds no certificates.
    """
    from pilotbridge.smspilot.session import WIRE_ERRORS, OnceAdapter, open_session

    host = urlsplit(url).hostname or ""
    deadline = Deadline(monotonic)
    deadline.begin(way.within_s)
    proxies = _proxies(url, way.proxy)
    # A context reads all authorities, and most pings of the own door need none.
    is_tls = any(each.lower().startswith("https:") for each in (url, *proxies.values()))
    context = trusting_context(way.ca_file) if is_tls else None
    adapter = way.make_adapter() if way.make_adapter else OnceAdapter(context, deadline)
    with open_session(adapter, f"PilotBridge/{__version__}") as session:
        try:
            status = _status(session, adapter, url, proxies, way.within_s)
        except WIRE_ERRORS as error:
            tls = find_tls_error(error)
            why = explain_tls(tls, host, clock.utc_now()) if tls else describe(error)
            raise TryLater(f"{host}: {why}") from None
    if 300 <= status < 400:
        raise TryLater(
            f"{host} answers {status}, a redirect, which is never followed; write the final address"
        )
    if not 200 <= status < 300:
        raise TryLater(f"{host} answers {status}")


def _status(
    session: requests.Session, adapter: BaseAdapter, url: str, proxies: dict[str, str], within_s: float
) -> int:
    from requests import Request

    # Session.send() would read the whole body of a redirect, however long, before we see it.
    request = session.prepare_request(Request("GET", url))
    timeout = (min(CONNECT_S, within_s), min(READ_S, within_s))
    with adapter.send(request, stream=True, timeout=timeout, proxies=proxies) as answer:
        return answer.status_code


def _proxies(url: str, proxy: str) -> dict[str, str]:
    if proxy == "direct":
        return {}
    if proxy == "env":
        from requests.utils import get_environ_proxies

        return dict(get_environ_proxies(url, no_proxy=None))
    return {"http": proxy, "https": proxy}
