"""A small valid configuration whose blocks a test replaces one by one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pilotbridge.config.loader import Loaded, parse
from pilotbridge.config.settings import Settings

BLOCKS = {
    "gateways": "gateways: { smspilot: { api_key: key-of-the-gateway } }",
    "sources": "sources: { alertmanager: { token: token-of-alertmanager } }",
    "contacts": "contacts: { anna: { phone: '+79087964781' }, boris: { phone: '+79087964782' } }",
    "receivers": "receivers: [ { name: ops, steps: [ { notify: [sms:anna] } ] } ]",
    "route": "route: { receiver: ops }",
}

Read = Callable[..., Loaded]


@pytest.fixture
def read() -> Read:
    """Read the small configuration with the named blocks replaced, added, or (None) left out."""

    def read(*, known=None, env=None, mode=0, folder=None, now=None, **blocks: str | None) -> Loaded:
        text = "\n".join(block for block in (BLOCKS | blocks).values() if block)
        more = {"known": known} if known else {}
        more |= {"folder": folder} if folder else {}
        return parse(text, env=env or {}, mode=mode, now=now, **more)

    return read


@pytest.fixture
def settings(read: Read) -> Callable[..., Settings]:
    """The settings of a configuration that has to be right."""

    def settings(**more) -> Settings:
        return read(**more).settled()

    return settings


@pytest.fixture
def codes(read: Read) -> Callable[..., list[str]]:
    """The codes of all faults, in the order of the file."""

    def codes(**more) -> list[str]:
        return [fault.code for fault in read(**more).faults]

    return codes
