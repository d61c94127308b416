"""The web as ASGI applications: which address is whose, on each of the three listeners.

It joins doors and endpoints and decides nothing itself: fast doors prove their own senders, everything else
stands in the table of endpoints with the right it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from pilotbridge.config.settings import Settings
from pilotbridge.web import callback, intake
from pilotbridge.web.asgi import App, Receive, Scope, Send, not_found
from pilotbridge.web.endpoints import Endpoint, by_file_rights, by_token, serve_endpoints


def build(
    *,
    settings: Callable[[], Settings],
    intake_door: App,
    callback_door: App,
    endpoints: Sequence[Endpoint],
    doors: Mapping[str, App] | None = None,
    posts: Mapping[str, App] | None = None,
) -> App:
    """What ``web.listen`` serves. ``doors`` are further fast ones by the beginning of their path.

    ``posts`` are doors at addresses that are endpoints for everything but a POST.
    """
    found = {intake.PREFIX: intake_door, callback.PREFIX: callback_door, **(doors or {})}
    rest = serve_endpoints(endpoints, by_token(settings), settings)
    return _posted_apart(posts or {}, _front(found, rest))


def public_app(*, callback_door: App, doors: Mapping[str, App] | None = None) -> App:
    """What ``web.public_listen`` serves: what gateways and chats call, and nothing else."""
    return _front({callback.PREFIX: callback_door, **(doors or {})}, nothing_here)


def control_app(
    *, settings: Callable[[], Settings], endpoints: Sequence[Endpoint], doors: Mapping[str, App] | None = None
) -> App:
    """What the control socket serves: the endpoints, for whoever may open the file."""
    return _front(doors or {}, serve_endpoints(endpoints, by_file_rights, settings))


def _front(doors: Mapping[str, App], rest: App) -> App:
    by_prefix = tuple(doors.items())

    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        for prefix, door in by_prefix:
            if path.startswith(prefix):
                await door(scope, receive, send)
                return
        await rest(scope, receive, send)

    return front


def _posted_apart(posts: Mapping[str, App], rest: App) -> App:
    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        door = posts.get(scope["path"]) if scope["method"] == "POST" else None
        await (door or rest)(scope, receive, send)

    return front


async def nothing_here(_scope: Scope, _receive: Receive, send: Send) -> None:
    await not_found().give(send)
