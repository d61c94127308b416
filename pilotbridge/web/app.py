"""The web as ASGI applications: which address is whose, on each of the three listeners.

It joins doors and endpoints and decides nothing itself: fast doors prove their own senders, everything else
stands in the table of endpoints with the right it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from pilotbridge.config.settings import Settings
from pilotbridge.web import callback, intake
from pilotbridge.web.asgi import App, Receive, Scope, Send, not_found

if TYPE_CHECKING:
    from pilotbridge.web.endpoints import Endpoint


def build(
    *,
    settings: Callable[[], Settings],
    intake_door: App,
    callback_door: App,
    endpoints: Sequence[Endpoint],
    doors: Mapping[str, App] | None = None,
    posts: Mapping[str, App] | None = None,
) -> App:
    """What ``web.listen`` serves, all of it there: see :func:`network_app`."""
    return network_app(
        intake_door=intake_door,
        callback_door=callback_door,
        rest=network_table(settings, endpoints),
        doors=doors,
        posts=posts,
    )


def network_app(
    *,
    intake_door: App,
    callback_door: App,
    rest: App,
    doors: Mapping[str, App] | None = None,
    posts: Mapping[str, App] | None = None,
    gets: Mapping[str, App] | None = None,
) -> App:
    """What ``web.listen`` serves. ``doors`` are further fast ones by the beginning of their path.

    ``posts`` and ``gets`` are doors at addresses that are endpoints, in ``rest``, for all but this method.
    """
    found = {intake.PREFIX: intake_door, callback.PREFIX: callback_door, **(doors or {})}
    return _apart({"POST": posts or {}, "GET": gets or {}}, _front(found, rest))


def network_table(settings: Callable[[], Settings], endpoints: Sequence[Endpoint]) -> App:
    """The endpoints for those who ask over the network: by token."""
    from pilotbridge.web.endpoints import by_token, serve_endpoints

    return serve_endpoints(endpoints, by_token(settings), settings)


def public_app(*, callback_door: App, doors: Mapping[str, App] | None = None) -> App:
    """What ``web.public_listen`` serves: what gateways and chats call, and nothing else."""
    return _front({callback.PREFIX: callback_door, **(doors or {})}, nothing_here)


def control_app(*, settings: Callable[[], Settings], endpoints: Sequence[Endpoint]) -> App:
    """What the control socket serves: the endpoints, for whoever may open the file."""
    from pilotbridge.web.endpoints import by_file_rights, serve_endpoints

    return serve_endpoints(endpoints, by_file_rights, settings)


def with_gets(gets: Mapping[str, App], rest: App) -> App:
    """``rest``, but for a GET of these."""
    return _apart({"GET": gets}, rest)


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


def _apart(by_method: Mapping[str, Mapping[str, App]], rest: App) -> App:
    async def front(scope: Scope, receive: Receive, send: Send) -> None:
        doors = by_method.get(scope["method"])
        door = doors.get(scope["path"]) if doors else None
        await (door or rest)(scope, receive, send)

    return front


async def nothing_here(_scope: Scope, _receive: Receive, send: Send) -> None:
    await not_found().give(send)
