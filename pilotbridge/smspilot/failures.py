"""What went wrong on the wire, in words an operator can act on.

It reads the exceptions of requests, urllib3, ssl and sockets; whether the gateway may have the request
is not its question.
"""

from __future__ import annotations

import http.client
import os
import socket
import ssl
from collections.abc import Iterator
from functools import cache


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield ``error`` and everything it wraps, outermost first."""
    waiting, seen = [error], set[int]()
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        wrapped = (current.__cause__, current.__context__, getattr(current, "reason", None), *current.args)
        waiting += [inner for inner in wrapped if isinstance(inner, BaseException)]


def find_tls_error(error: BaseException) -> ssl.SSLError | None:
    """Return the TLS failure at the bottom of ``error``, if it is one."""
    return next((inner for inner in causes(error) if isinstance(inner, ssl.SSLError)), None)


def describe(error: BaseException) -> str:
    """Say in a few words what happened. The words never quote a URL, which may hold a password."""
    chain = list(causes(error))
    for kind, words in _words():
        if any(isinstance(inner, kind) for inner in chain):
            return words
    system = next((inner for inner in reversed(chain) if isinstance(inner, OSError) and inner.errno), None)
    if system is not None and system.errno is not None:
        return os.strerror(system.errno).lower()
    return f"failed ({type(chain[-1]).__name__})"


@cache
def _words() -> tuple[tuple[type[BaseException], str], ...]:
    """In order: the first kind found anywhere in the chain speaks."""
    import requests
    import urllib3.exceptions

    return (
        (requests.exceptions.InvalidProxyURL, "the proxy's URL cannot be read"),
        (requests.exceptions.InvalidSchema, "no support for this kind of URL or proxy"),
        (urllib3.exceptions.ProxySchemeUnknown, "no support for this kind of proxy"),
        (urllib3.exceptions.ProxyError, "the proxy did not let it through"),
        (requests.exceptions.ProxyError, "the proxy did not let it through"),
        (socket.gaierror, "the name cannot be resolved"),
        (urllib3.exceptions.NameResolutionError, "the name cannot be resolved"),
        (ConnectionRefusedError, "connection refused"),
        (urllib3.exceptions.ConnectTimeoutError, "no connection in time"),
        (requests.exceptions.ConnectTimeout, "no connection in time"),
        (http.client.RemoteDisconnected, "closed the connection without an answer"),
        (ConnectionResetError, "reset the connection"),
        (urllib3.exceptions.ReadTimeoutError, "no complete answer in time"),
        (requests.exceptions.ReadTimeout, "no complete answer in time"),
        (TimeoutError, "no complete answer in time"),
        (urllib3.exceptions.IncompleteRead, "the answer was torn"),
        (http.client.IncompleteRead, "the answer was torn"),
        (ssl.SSLError, "the TLS connection broke"),
        (http.client.HTTPException, "the answer is not HTTP"),
        (urllib3.exceptions.InvalidHeader, "the answer is not HTTP"),
        (urllib3.exceptions.DecodeError, "the answer's compression is damaged"),
    )
