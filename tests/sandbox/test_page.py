"""The page: strict about what it loads, free of inline script, and asking only what the control has."""

import re

import pytest

from pilotbridge.sandbox.control import VIEWS
from pilotbridge.sandbox.http import Request


def page(box, path):
    return box.sandbox.handle(Request("GET", path), box.now)


@pytest.mark.parametrize("path", ["/", "/page/phones.js", "/page/phones.css"])
def test_every_file_comes_with_a_strict_policy(box, path):
    answer = page(box, path)

    policy = answer.headers["Content-Security-Policy"]
    assert answer.status == 200
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_the_page_has_no_inline_script_and_nothing_from_outside(box):
    html = page(box, "/").body.decode()

    assert re.findall(r"<script[^>]*>(.*?)</script>", html, re.DOTALL) == [""]
    assert not re.search(r"\son\w+=|style=|https?:", html)
    for link in re.findall(r'(?:src|href)="([^"]+)"', html):
        assert page(box, link).status == 200


def test_the_script_puts_texts_in_as_text(box):
    script = page(box, "/page/phones.js").body.decode()

    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval", script)
    for asked in re.findall(r'ask\([`"]/sandbox/([a-z]*)', script):
        assert asked in VIEWS
