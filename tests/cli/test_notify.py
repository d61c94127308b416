"""What monitoring hands over by a command: posted, or one whole file, or a sentence why neither."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from pilotbridge.spooled import BadSpoolFile, Spooled
from tests.cli.conftest import COMMAND

NAGIOS = (
    "--from", "nagios", "--type", "PROBLEM", "--host", "db01", "--service", "Disk /", "--state", "CRITICAL",
    "--output", "DISK test: 95% used", "--contact", "", "--time", "1795332471", "--author", "",
    "--comment", "",
)  # fmt: skip
ACCEPTED = (202, b'{"accepted": 1, "journal": 7}')
TOKEN = "the-token-of-nagios"
HEAVY = {"ruamel", "msgspec", "jinja2", "pydantic", "requests", "sqlite3", "rich", "asyncio"}


@dataclass
class Door:
    """A server that answers every post in the same way, and remembers them."""

    answer: tuple[int, bytes] = ACCEPTED
    waits_s: float = 0.0
    posts: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0

    def __enter__(self) -> Door:
        door = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                door.posts.append((self.path, dict(self.headers), body))
                time.sleep(door.waits_s)
                self.send_response(door.answer[0])
                self.send_header("Location", "http://elsewhere.test/")
                self.end_headers()
                self.wfile.write(door.answer[1])

            def log_message(self, *_: object) -> None: ...

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def words(self) -> dict[str, str]:
        return json.loads(self.posts[-1][2])


@pytest.fixture
def door() -> Iterator[Door]:
    with Door() as door:
        yield door


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    folder = tmp_path / "spool"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def notify(tmp_path: Path, spool: Path):
    token = tmp_path / "token"
    token.write_text(TOKEN + "\n")

    def run(*arguments: str, url: str = "", env: dict[str, str] | None = None, **options: str):
        ways = {"url": url, "token-file": str(token), "spool": str(spool)} | options
        flags = [part for name, value in ways.items() if value for part in (f"--{name}", value)]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("PILOTBRIDGE")}
        return subprocess.run(
            [COMMAND, "notify", *(arguments or NAGIOS), *flags],
            capture_output=True, text=True, timeout=30, env=clean | (env or {}), check=False,
        )  # fmt: skip

    return run


def nobody_listens() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


def kept(spool: Path) -> list[Spooled]:
    return [Spooled.decode(path.read_bytes()) for path in sorted(spool.iterdir())]


# --- posted -----------------------------------------------------------------------------------------


def test_it_is_posted_with_its_token_and_nothing_is_written(notify, door, spool):
    done = notify(url=f"http://127.0.0.1:{door.port}")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    [(path, headers, _)] = door.posts
    assert path == "/in/nagios"
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert headers["Idempotency-Key"].startswith("notify-")
    assert door.words == {
        "notify": "nagios",
        "type": "PROBLEM",
        "host": "db01",
        "service": "Disk /",
        "state": "CRITICAL",
        "output": "DISK test: 95% used",
        "time": "1795332471",
    }
    assert not list(spool.iterdir())


@pytest.mark.parametrize(
    ("url", "options", "path"),
    [
        ("", {}, "/in/nagios"),
        ("/", {}, "/in/nagios"),
        ("", {"source": "nagios-eu"}, "/in/nagios-eu"),
        ("/in/other", {}, "/in/other"),
        ("/behind/a/proxy", {}, "/behind/a/proxy/in/nagios"),
    ],
)
def test_the_source_is_called_like_its_sender_unless_it_is_said(notify, door, url, options, path):
    notify(url=f"http://127.0.0.1:{door.port}{url}", **options)

    assert [post[0] for post in door.posts] == [path]


def test_nagios_may_leave_everything_in_the_environment(notify, door):
    env = {
        "NAGIOS_NOTIFICATIONTYPE": "RECOVERY",
        "NAGIOS_HOSTNAME": "db01",
        "NAGIOS_HOSTADDRESS": "192.0.2.10",
        "NAGIOS_HOSTSTATE": "UP",
        "NAGIOS_HOSTOUTPUT": "PING OK",
        "NAGIOS_SERVICEDESC": "Disk /",
        "NAGIOS_SERVICESTATE": "OK",
        "NAGIOS_SERVICEOUTPUT": "DISK OK",
        "NAGIOS_CONTACTPAGER": "",
        "NAGIOS_CONTACTNAME": "anna",
        "NAGIOS_TIMET": "1795332479",
    }

    notify("--from", "nagios", url=f"http://127.0.0.1:{door.port}", env=env)

    assert door.words == {
        "notify": "nagios", "type": "RECOVERY", "host": "db01", "address": "192.0.2.10", "service": "Disk /",
        "state": "OK", "output": "DISK OK", "contact": "anna", "time": "1795332479",
    }  # fmt: skip


def test_a_host_without_a_service_says_its_own_state(notify, door):
    env = {"NAGIOS_HOSTNAME": "db01", "NAGIOS_HOSTSTATE": "DOWN", "NAGIOS_SERVICESTATE": "CRITICAL"}

    notify("--from", "nagios", url=f"http://127.0.0.1:{door.port}", env=env)

    assert (door.words["state"], "service" in door.words) == ("DOWN", False)


def test_monit_leaves_everything_in_the_environment_but_what_it_means(notify, door):
    env = {
        "MONIT_HOST": "web01",
        "MONIT_SERVICE": "nginx",
        "MONIT_EVENT": "Exists",
        "MONIT_DESCRIPTION": "process is running",
        "MONIT_DATE": "Sun, 22 Nov 2026 07:27:51",
    }

    notify("--from", "monit", "--type", "RECOVERY", url=f"http://127.0.0.1:{door.port}", env=env)

    words = door.words
    assert abs(time.time() - int(words.pop("time"))) < 60
    assert words == {
        "notify": "monit", "type": "RECOVERY", "host": "web01", "service": "nginx", "event": "Exists",
        "output": "process is running",
    }  # fmt: skip


def test_a_job_says_its_name_and_state_and_where_it_runs(notify, door):
    notify("--from", "cron", "--name", "backup", "--state", "failed", url=f"http://127.0.0.1:{door.port}")

    assert door.words["host"] == socket.gethostname()
    assert (door.words["name"], door.words["state"]) == ("backup", "failed")


def test_bytes_that_are_no_text_cost_a_mark_and_not_the_notification(notify, door):
    output = os.fsdecode(b"disk \xff full")

    done = notify(
        "--from", "nagios", "--host", "db01", "--output", output, url=f"http://127.0.0.1:{door.port}"
    )

    assert done.returncode == 0
    assert door.words["output"] == "disk \ufffd full"


def test_an_endless_output_is_cut_visibly(notify, door):
    output = "x" * 100_000

    notify("--from", "nagios", "--host", "db01", "--output", output, url=f"http://127.0.0.1:{door.port}")

    assert door.words["output"] == "x" * 8_000 + ".."


# --- kept -------------------------------------------------------------------------------------------


def test_with_nobody_there_it_is_one_file_that_only_its_owner_reads(notify, spool):
    done = notify(url=nobody_listens())

    assert done.returncode == 0
    assert "kept as" in done.stderr
    [path] = spool.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    [spooled] = kept(spool)
    assert path.name == spooled.file_name
    assert spooled.source == "nagios"
    assert json.loads(spooled.body)["service"] == "Disk /"


def test_where_the_folder_hands_its_group_on_the_group_may_read(notify, spool):
    spool.chmod(0o2770)

    notify(url=nobody_listens())

    [path] = spool.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize(
    "answer",
    [
        (503, b'{"error": {"code": "try-later", "message": "the disk is full", "at": ""}}'),
        (401, b'{"error": {"code": "unauthorized", "message": "not the token", "at": ""}}'),
        (404, b'{"error": {"code": "no-source", "message": "there is no such source", "at": ""}}'),
        (200, b"<html>please log in</html>"),
        (202, b"{}"),
        (202, b'{"journal": '),
        (302, b""),
        (400, b"<html>Bad Request</html>"),
        (502, b""),
    ],
)
def test_whatever_is_no_yes_of_the_bridge_is_kept(notify, door, spool, answer):
    door.answer = answer

    done = notify(url=f"http://127.0.0.1:{door.port}")

    assert done.returncode == 0
    assert len(kept(spool)) == 1


def test_a_post_whose_answer_does_not_come_is_kept_under_the_key_it_was_posted_with(notify, door, spool):
    door.waits_s = 5
    began = time.monotonic()

    done = notify(url=f"http://127.0.0.1:{door.port}")

    assert time.monotonic() - began < 4
    assert done.returncode == 0
    assert [spooled.key for spooled in kept(spool)] == [door.posts[0][1]["Idempotency-Key"]]


def test_a_token_that_cannot_be_read_costs_the_post_and_not_the_notification(notify, door, spool):
    options = {"token-file": "/nonexistent"}

    done = notify(url=f"http://127.0.0.1:{door.port}", **options)

    assert done.returncode == 0
    assert "the token cannot be read from /nonexistent: No such file or directory" in done.stderr
    assert len(kept(spool)) == 1


@pytest.mark.parametrize("url", ["ftp://bridge", "bridge:8080", "http://[", "http://no such host/"])
def test_an_address_that_is_none_costs_the_post_and_not_the_notification(notify, spool, url):
    assert notify(url=url).returncode == 0
    assert len(kept(spool)) == 1


def test_a_token_that_is_no_header_is_never_told(notify, door, spool, tmp_path):
    (tmp_path / "odd").write_text("two\r\nlines-of-a-token")

    done = notify(url=f"http://127.0.0.1:{door.port}", **{"token-file": str(tmp_path / "odd")})

    assert done.returncode == 0
    assert "lines-of-a-token" not in done.stderr
    assert len(kept(spool)) == 1


def test_a_folder_alone_is_a_way_too(notify, spool):
    assert notify().returncode == 0
    assert len(kept(spool)) == 1


def test_files_sort_by_time(notify, spool):
    for state in ("CRITICAL", "OK"):
        notify("--from", "nagios", "--host", "db01", "--state", state)

    assert [json.loads(spooled.body)["state"] for spooled in kept(spool)] == ["CRITICAL", "OK"]


# --- neither ----------------------------------------------------------------------------------------


def test_what_the_bridge_refuses_is_not_kept_and_its_sentence_is_told(notify, door, spool):
    door.answer = (422, b'{"error": {"code": "unreadable", "message": "there is no state", "at": "state"}}')

    done = notify(url=f"http://127.0.0.1:{door.port}")

    assert done.returncode == 5
    assert "refused it (422): there is no state" in done.stderr
    assert not list(spool.iterdir())


@pytest.mark.parametrize("spool_option", ["", "/nonexistent/spool", "/proc/self"])
def test_with_no_way_left_it_says_so_and_fails(notify, spool_option):
    done = notify(url=nobody_listens(), spool=spool_option)

    assert done.returncode == 69
    assert "NOT KEPT" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_with_no_way_configured_it_says_what_to_write(notify):
    done = notify(spool="")

    assert done.returncode == 78
    assert "--url" in done.stderr


@pytest.mark.parametrize(("arguments", "says"), [((), "--from"), (("--from", "zabbix"), "zabbix")])
def test_a_wrong_line_is_said_with_its_word(arguments, says):
    done = subprocess.run([COMMAND, "notify", *arguments], capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert says in done.stderr


def test_a_full_disk_leaves_no_half_file(notify, spool):
    script = f'ulimit -f 0; exec "{COMMAND}" notify --from cron --name x --state ok --spool "{spool}"'

    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)

    assert done.returncode != 0
    assert not list(spool.iterdir())


# --- settings and speed -----------------------------------------------------------------------------


def test_a_file_of_settings_keeps_the_command_line_short(notify, door, spool, tmp_path):
    file = tmp_path / "notify.conf"
    file.write_text(f"# where to\nurl: http://127.0.0.1:{door.port}  # here\n\nsource: nagios-eu\n")

    notify(*NAGIOS, "--settings", str(file))

    assert [post[0] for post in door.posts] == ["/in/nagios-eu"]


def test_the_environment_goes_before_the_file_and_a_flag_before_both(notify, door, tmp_path):
    file = tmp_path / "notify.conf"
    file.write_text(f"url: http://127.0.0.1:{door.port}\nsource: from-file\n")
    env = {"PILOTBRIDGE_NOTIFY_SETTINGS": str(file), "PILOTBRIDGE_NOTIFY_SOURCE": "from-env"}

    notify(env=env)
    notify(env=env, source="from-flag")

    assert [post[0] for post in door.posts] == ["/in/from-env", "/in/from-flag"]


@pytest.mark.parametrize(("content", "says"), [
    ("urls: x\n", "'urls'"),
    ("# a token\n\nsecret-0123456789\n", "line 3 is no `name: value`"),
    (None, "cannot be read: No such file or directory"),
])  # fmt: skip
def test_a_file_of_settings_that_is_wrong_is_named(notify, tmp_path, content, says):
    file = tmp_path / "notify.conf"
    if content is not None:
        file.write_text(content)

    done = notify(*NAGIOS, "--settings", str(file))

    assert done.returncode == 78
    assert str(file) in done.stderr
    assert says in done.stderr
    assert "secret" not in done.stderr


def test_it_imports_nothing_that_takes_time(door, tmp_path):
    script = (
        "import sys; from pilotbridge.cli import call; code = call(sys.argv[1:]);"
        "print('LOADED', *sorted({name.split('.')[0] for name in sys.modules})); sys.exit(code)"
    )
    ways = ("--url", f"http://127.0.0.1:{door.port}", "--spool", str(tmp_path), "--token-file", __file__)

    done = subprocess.run(
        [sys.executable, "-c", script, "notify", *NAGIOS, *ways], capture_output=True, text=True, check=True
    )

    loaded = set(done.stdout.rpartition("LOADED")[2].split())
    assert "pilotbridge" in loaded
    assert not loaded & HEAVY


@pytest.mark.parametrize(
    "written",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"source": "a", "key": "b", "at_ms": "c", "body": "d"}',
        b'{"source": "a", "key": 1, "at_ms": 1, "body": "d"}',
        b"\xff",
        b"[" * 100_000,
        b'{"source": "a", "key": "b", "at_ms": 1, "body": "\\ud800"}',
        b'{"source": "a", "key": "' + b"k" * 256 + b'", "at_ms": 1, "body": "d"}',
    ],
)
def test_a_file_that_is_no_spooled_notification_is_told_apart(written):
    with pytest.raises(BadSpoolFile):
        Spooled.decode(written)


def test_a_spooled_notification_is_read_as_it_was_written():
    spooled = Spooled("nagios", "notify-1", 1_795_332_471_000, '{"output": "Диск"}')

    assert Spooled.decode(spooled.encode()) == spooled
