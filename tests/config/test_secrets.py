"""Secrets come from files and variables, and never show."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import pytest

from pilotbridge.config.loader import load, parse
from pilotbridge.config.settings import Secret

CANARY = "canary-7f3a"

EVERY_SECRET = """
web: { tokens: { a: { token: canary-7f3a-01, may: read } } }
gateways:
  smspilot: { api_key: canary-7f3a-02, proxy: "socks5h://user:canary-7f3a-03@proxy:1080" }
  second: { type: smspilot, login: me, password: canary-7f3a-04 }
  third: { type: modem, pin_token: canary-7f3a-12 }
sources:
  a: { token: canary-7f3a-05 }
  b: { basic: { user: u, password: canary-7f3a-06 } }
  c: { hmac: { secret: canary-7f3a-07, previous_secret: canary-7f3a-08 } }
  d: { type: generic, token: canary-7f3a-09, own: { api_key: canary-7f3a-10 } }
contacts: { anna: { phone: 89087964781 } }
receivers: [ { name: ops, steps: [ { notify: anna } ] } ]
route: { receiver: ops }
plugins: { mine: { deep: [ { bot_token: canary-7f3a-11 } ] } }
"""


def test_every_secret_of_the_file_is_known_as_one():
    secrets = parse(EVERY_SECRET).settled().secrets

    assert sorted(secret.reveal() for secret in secrets) == [f"{CANARY}-{n:02}" for n in range(1, 13)]


def test_settings_can_be_printed_without_a_secret():
    settings = parse(EVERY_SECRET).settled()

    assert CANARY not in repr(settings)
    assert CANARY not in str(settings)


@pytest.mark.parametrize("show", [repr, str, "{}".format, "{:>9}".format, lambda secret: f"{secret!s:5}"])
def test_a_secret_never_shows_itself(show):
    assert CANARY not in show(Secret(CANARY))


def test_a_secret_is_not_pickled_and_compares_by_value():
    with pytest.raises(TypeError):
        pickle.dumps(Secret(CANARY))
    with pytest.raises(TypeError):
        copy.copy(Secret(CANARY))

    assert Secret("пароль") == Secret("пароль")
    assert Secret("пароль") != Secret("p")
    assert not Secret("a").same_as("\udcff")


def test_a_secret_is_read_from_its_file_without_the_line_end(read, tmp_path):
    (tmp_path / "key").write_text(f"{CANARY}\n")

    settings = read(gateways="gateways: { smspilot: { api_key_file: key } }", folder=tmp_path).settled()

    assert settings.gateways["smspilot"].api_key == Secret(CANARY)


@pytest.mark.parametrize("content", [b"", b" \n", b"two words", b"\xff\xfe"])
def test_a_secret_file_holds_one_word(read, tmp_path, content):
    (tmp_path / "key").write_bytes(content)

    faults = read(gateways="gateways: { smspilot: { api_key_file: key } }", folder=tmp_path).faults

    assert [fault.code for fault in faults] == ["missing-file"]


def test_a_secret_from_a_variable_does_not_make_the_file_secret(read):
    blocks = {
        "gateways": "gateways: { smspilot: { api_key: '${KEY}' } }",
        "sources": "sources: { alertmanager: { token: '${KEY}' } }",
    }

    loaded = read(**blocks, env={"KEY": CANARY}, mode=0o644)

    assert loaded.faults == ()


@pytest.mark.parametrize(("mode", "codes"), [(0o600, []), (0o640, []), (0o644, ["open-file"])])
def test_a_file_with_secrets_may_not_be_read_by_everybody(tmp_path: Path, mode: int, codes: list[str]):
    file = tmp_path / "pilotbridge.yaml"
    file.write_text(EVERY_SECRET)
    file.chmod(mode)

    loaded = load(file, env={})

    assert [fault.code for fault in loaded.faults] == codes
    assert CANARY not in "".join(map(str, loaded.faults + loaded.warnings))
