"""The sandbox's page: phones and chats side by side, live, with no help from outside.

It serves four files of this package and nothing else; what they show they ask of the control.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from pilotbridge.sandbox.http import HTML, Response, not_found

_FILES = {
    "/": ("phones.html", HTML),
    "/page/phones.js": ("phones.js", "text/javascript; charset=utf-8"),
    "/page/chats.js": ("chats.js", "text/javascript; charset=utf-8"),
    "/page/phones.css": ("phones.css", "text/css; charset=utf-8"),
}
_STRICT = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def find_page(path: str) -> Response:
    """The file at ``path``, or 404."""
    found = _FILES.get(path)
    if found is None:
        return not_found(path)
    name, content_type = found
    return Response(200, _content(name), content_type, _STRICT)


@lru_cache(maxsize=len(_FILES))
def _content(name: str) -> bytes:
    return files("pilotbridge.sandbox").joinpath("static", name).read_bytes()
