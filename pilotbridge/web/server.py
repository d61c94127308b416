"""uvicorn on the running loop: listeners for addresses and for the control socket, and their orderly end.

It owns sockets and nothing of what is served; signals stay with whoever runs the process.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import functools
import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import uvicorn

from pilotbridge.config.settings import Listen
from pilotbridge.web.asgi import App
from pilotbridge.web.fast_path import FastDoor
from pilotbridge.web.receiving import BoundedProtocol, Limits

BACKLOG = 4096
"""One Alertmanager was seen to open 884 connections at once; the kernel may cap it lower (somaxconn)."""
KEEP_ALIVE_S = 75
STOP_WITHIN_S = 5
_STARTING_S = 0.005
_SOCKET_PATH_BYTES = 107


class _Uvicorn(uvicorn.Server):
    """Leaves the process's signals alone: ``serve`` would raise a caught one again at its end."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class WebServer:
    """One application on one listener; posts to ``fast`` that are whole at once are spared the way to it."""

    def __init__(
        self,
        app: App,
        *,
        fast: FastDoor | None = None,
        limits: Limits | None = None,
        stop_within_s: int = STOP_WITHIN_S,
    ) -> None:
        self._app = app
        self._fast = fast
        self._limits = limits or Limits()
        self._stop_within_s = stop_within_s
        self._uvicorn: _Uvicorn | None = None
        self._serving: asyncio.Task[None] | None = None
        self._socket_path: Path | None = None
        self._inode = 0
        self.listen = Listen("", 0)

    @property
    def url(self) -> str:
        return f"http://{self.listen}"

    @property
    def connections(self) -> int:
        """How many are open now."""
        return len(self._uvicorn.server_state.connections) if self._uvicorn else 0

    async def start(self, listen: Listen) -> None:
        """Listen on an address; port 0 takes a free one, which :attr:`listen` tells.

        :raises OSError: with a sentence, when the address cannot be had.
        """
        listener = bind_address(listen)
        self.listen = Listen(listen.host, listener.getsockname()[1])
        await self._serve(listener)

    async def start_control(self, path: Path) -> None:
        """Listen on a unix socket that only this user may open; one that nobody serves is replaced.

        :raises OSError: with a sentence, when it cannot be had.
        """
        listener = bind_control(path)
        self._socket_path, self._inode = path, path.stat().st_ino
        await self._serve(listener)

    async def stop(self) -> None:
        """Stop accepting; let requests in flight finish, but not for ever."""
        if self._uvicorn is None or self._serving is None:
            return
        self._uvicorn.should_exit = True
        await self._serving
        self._serving = None
        self._remove_socket()

    async def _serve(self, listener: socket.socket) -> None:
        config = uvicorn.Config(
            cast(Any, self._app),
            http=cast(Any, functools.partial(BoundedProtocol, limits=self._limits, fast=self._fast)),
            interface="asgi3",
            backlog=BACKLOG,
            proxy_headers=False,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=self._stop_within_s,
        )
        server = self._uvicorn = _Uvicorn(config)
        self._serving = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:
            if self._serving.done():
                listener.close()
                self._serving.result()
                raise OSError(errno.EIO, "the web server ended before it had started")
            await asyncio.sleep(_STARTING_S)

    def _remove_socket(self) -> None:
        path = self._socket_path
        with contextlib.suppress(FileNotFoundError):
            if path is not None and path.lstat().st_ino == self._inode:
                path.unlink()


# --- listeners --------------------------------------------------------------------------------------


def bind_address(listen: Listen) -> socket.socket:
    """:raises OSError: with a sentence that names the address and the key of the configuration."""
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((listen.host, listen.port))
    except OSError as failure:
        listener.close()
        raise OSError(failure.errno, _why_not(listen, failure)) from failure
    return listener


def _why_not(listen: Listen, failure: OSError) -> str:
    if failure.errno == errno.EADDRINUSE:
        return f"{listen} is taken by another program; stop it, or change web.listen"
    if failure.errno == errno.EACCES:
        return f"this user may not listen on {listen}; take a port above 1023"
    if failure.errno == errno.EADDRNOTAVAIL:
        return f"{listen}: this machine has no such address; change web.listen"
    return f"cannot listen on {listen}: {failure.strerror or failure}"


def bind_control(path: Path) -> socket.socket:
    """A unix socket with mode 0600 in a folder of mode 0700; nobody can connect before it is listened on.

    :raises OSError: with a sentence.
    """
    if len(os.fsencode(path)) > _SOCKET_PATH_BYTES:
        raise OSError(
            errno.ENAMETOOLONG, f"{path} is too long for a socket; choose a shorter bridge.data_dir"
        )
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _check_folder(path.parent)
    _remove_stale(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(path))
        path.chmod(0o600)
    except OSError as failure:
        listener.close()
        raise OSError(
            failure.errno, f"cannot make the control socket {path}: {failure.strerror}"
        ) from failure
    return listener


def _check_folder(folder: Path) -> None:
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & 0o077:
        raise PermissionError(
            errno.EPERM,
            f"others may enter {folder}, where the control socket stands; run: chmod 700 {folder}",
        )


def _remove_stale(path: Path) -> None:
    """Remove what a killed process has left; a socket that answers is another bridge's."""
    try:
        is_socket = stat.S_ISSOCK(path.lstat().st_mode)
    except FileNotFoundError:
        return
    if not is_socket:
        raise FileExistsError(errno.EEXIST, f"{path} is in the way and no socket; move it")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        if caller.connect_ex(str(path)) == 0:
            raise OSError(errno.EADDRINUSE, f"another PilotBridge answers on {path}; stop it first")
    path.unlink()
