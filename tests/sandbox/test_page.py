"""The page: strict about what it loads, free of inline script, and asking only what the control has."""

import re

import pytest

from pilotbridge.sandbox.control import VIEWS
from pilotbridge.sandbox.http import Request
from pilotbridge.sandbox.telegram import control as telegram
from pilotbridge.sandbox.telegram.chat_orders import CHAT_ORDERS


def page(box, path):
    return box.sandbox.handle(Request("GET", path), box.now)


@pytest.mark.parametrize("path", ["/", "/page/phones.js", "/page/chats.js", "/page/phones.css"])
def test_every_file_comes_with_a_strict_policy(box, path):
    answer = page(box, path)

    policy = answer.headers["Content-Security-Policy"]
    assert answer.status == 200
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_page_has_no_inline_script_and_nothing_from_outside(box):
    html = page(box, "/").body.decode()

    assert set(re.findall(r"<script[^>]*>(.*?)</script>", html, re.DOTALL)) == {""}
    assert not re.search(r"\son\w+=|style=|https?:", html)
    for link in re.findall(r'(?:src|href)="([^"]+)"', html):
        assert page(box, link).status == 200


@pytest.mark.parametrize("name", ["phones.js", "chats.js"])
def test_a_script_puts_texts_in_as_text(box, name):
    script = page(box, f"/page/{name}").body.decode()

    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval", script)


def test_the_scripts_ask_only_what_the_control_has(box):
    phones, chats = (page(box, f"/page/{name}.js").body.decode() for name in ("phones", "chats"))

    for asked in re.findall(r'ask\([`"]/sandbox/([a-z]*)', phones):
        assert asked in VIEWS
    for asked in re.findall(r'ask\([`"]/sandbox/telegram/([a-z]*)', chats):
        assert asked in telegram.VIEWS
    for verb in re.findall(r"act\([^,]*, \"([a-z]*)\"", chats):
        assert verb in CHAT_ORDERS
