"""One event is one line, and no line holds a secret."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pilotbridge.config.settings import Secret
from pilotbridge.logs import Redaction, configure, get_logger, lines_together
from pilotbridge.phone import PhoneNumber

AT = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
CANARY = 'can"ary 7f3a/é'


class Log(io.StringIO):
    """What was written, as text and as events."""

    @property
    def text(self) -> str:
        return self.getvalue()

    @property
    def events(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def log() -> Iterator[Log]:
    """Everything that is logged, as JSON, with one secret known; afterwards logging is as before."""
    root, noisy, level = list(logging.root.handlers), logging.getLogger("urllib3").level, logging.root.level
    written = Log()
    configure(Redaction([Secret(CANARY)]), now=lambda: AT, stream=written, as_json=True)
    yield written
    logging.root.handlers = root
    logging.root.setLevel(level)
    logging.getLogger("urllib3").setLevel(noisy)
    logging.captureWarnings(False)


def test_a_line_says_when_how_bad_who_and_what(log):
    get_logger("pilotbridge.outbox.dispatch").warning(
        "Gateway did not answer", gateway="smspilot", after_s=20
    )

    assert log.events == [
        {
            "at": "2026-01-05T10:00:00.000+00:00",
            "level": "warning",
            "logger": "outbox.dispatch",
            "event": "Gateway did not answer",
            "gateway": "smspilot",
            "after_s": 20,
        }
    ]


def test_a_bound_logger_adds_its_fields_to_each_line(log):
    logger = get_logger("x").bind(message=7)

    logger.info("Message accepted")
    logger.info("Message delivered", parts=2)

    assert [event["message"] for event in log.events] == [7, 7]


def test_debug_is_left_out_unless_asked_for(log):
    get_logger("x").debug("Detail")
    configure(Redaction(), stream=log, as_json=True, level="debug")
    get_logger("x").debug("More detail")

    assert [event["event"] for event in log.events] == ["More detail"]


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(event=st.text(), value=st.text(), as_json=st.booleans())
def test_any_text_is_one_line_of_printable_characters(log, event, value, as_json):
    written = io.StringIO()
    configure(Redaction(), stream=written, as_json=as_json)

    get_logger("x").info(event, value=value, deep={"list": [value]})

    lines = written.getvalue().splitlines()
    assert len(lines) == 1
    assert "\x1b" not in lines[0]
    lines[0].encode("utf-8")


@pytest.mark.parametrize(
    "said",
    [
        lambda log: log.info(f"Sent {CANARY}"),
        lambda log: log.info("Sent", text=CANARY),
        lambda log: log.info("Sent", deep={"list": [("x", CANARY)]}),
        lambda log: log.info("Sent", body=json.dumps({"x": CANARY})),
        lambda log: log.info("Sent", url="https://h/?q=can%22ary%207f3a%2F%C3%A9"),
        lambda log: log.info("Sent", raw=f"x{CANARY}".encode()),
        lambda log: log.info("Sent", secret_object=Secret(CANARY)),
        lambda log: log.info("Sent", error=ValueError(CANARY)),
        lambda log: log.info("Sent", error=repr({"key": CANARY})),
        lambda log: logging.getLogger("library").warning("Sent %s", CANARY),
        lambda log: raise_and_log(log, CANARY),
    ],
)
def test_a_configured_secret_is_in_no_line(log: Log, said: Callable[..., None]):
    said(get_logger("x"))

    assert len(log.events) == 1
    assert "7f3a" not in log.text


def raise_and_log(log, secret):
    try:
        raise ValueError(f"bad key {secret}")
    except ValueError:
        log.exception("Sending failed")


@pytest.mark.parametrize(
    "fields",
    [
        {"authorization": "hidden-1"},
        {"api_key": "hidden-1"},
        {"apikey": "hidden-1"},
        {"bot_token": "hidden-1"},
        {"headers": {"Authorization": "Bearer hidden-1", "X-Grafana-Alerting-Signature": "hidden-1"}},
        {"password": 1234567},
        {"body": '{"apikey":"hidden-1","send":[]}'},
        {"body": "apikey=hidden-1&send=1"},
        {"body": '<send apikey="hidden-1"><sms/></send>'},
        {"body": "login=ops&password=hidden-1"},
        {"error": "Authorization: Bearer hidden-1"},
        {"error": "got Basic aGlkZGVuLTE6aGlkZGVuLTE="},
        {"path": "/callback/smspilot/hidden-1/hidden-1?status=1"},
        {"path": "/hooks/telegram/hidden-1"},
        {"url": "https://api.telegram.org/bot123:hidden-1/getMe"},
    ],
)
def test_what_looks_like_a_secret_is_in_no_line(log, fields):
    get_logger("x").info("Request", **fields)

    assert not any(word in log.text for word in ("hidden-1", "1234567", "aGlkZGVu"))
    assert "***" in log.text


def test_words_about_secrets_stay_readable(log):
    get_logger("x").info("The token of alertmanager is too short", tokens=3, name="apikey")

    assert log.events[0]["event"] == "The token of alertmanager is too short"
    assert (log.events[0]["tokens"], log.events[0]["name"]) == (3, "apikey")


def test_a_phone_is_printed_masked(log):
    get_logger("x").info("Told", phone=PhoneNumber("+79087964781"))

    assert log.events[0]["phone"] == "+7908***4781"


def test_a_traceback_is_in_the_same_line(log):
    raise_and_log(get_logger("x"), "fine")

    assert log.events[0]["level"] == "error"
    assert "ValueError: bad key fine" in str(log.events[0]["exception"])


def test_a_librarys_exception_is_in_the_same_line_too(log):
    try:
        raise OSError(f"no route {CANARY}")
    except OSError:
        logging.getLogger("library").exception("Gone")
    get_logger("x").error("Later", exc_info=ValueError("kept"))

    assert "OSError: no route ***" in str(log.events[0]["exception"])
    assert log.events[1]["exception"] == "ValueError: kept"


def test_nothing_being_handled_leaves_no_empty_traceback(log):
    get_logger("x").exception("Nothing was raised")

    assert "exception" not in log.events[0]


def test_secrets_of_a_reload_are_hidden_from_then_on(log):
    redaction = Redaction([Secret("first-secret")])
    configure(redaction, stream=log, as_json=True)

    redaction.hide([Secret("second-secret")])
    get_logger("x").info("first-secret second-secret")

    assert log.events[0]["event"] == "*** ***"


def test_a_secret_too_short_to_be_one_does_not_eat_the_log(log):
    configure(Redaction([Secret("a"), Secret("")]), stream=log, as_json=True)

    get_logger("x").info("a clear sentence")

    assert log.events[0]["event"] == "a clear sentence"


def test_people_at_a_terminal_get_words_and_not_json(log):
    configure(Redaction(), now=lambda: AT, stream=log, as_json=False)

    get_logger("web.intake").info("Body accepted", source="alertmanager", alerts=2)

    assert log.text == "10:00:00  INFO     Body accepted  source=alertmanager alerts=2  [web.intake]\n"


def test_libraries_speak_here_too_and_chatter_is_left_out(log):
    logging.getLogger("uvicorn.error").info("Started %s", "server")
    logging.getLogger("urllib3.connectionpool").info("Starting new connection")

    assert [event["event"] for event in log.events] == ["Started server"]


def test_a_librarys_own_mistake_in_a_format_is_still_a_line(log):
    record = logging.makeLogRecord(
        {"msg": "%d", "args": ("no number",), "levelno": 30, "levelname": "WARNING"}
    )

    logging.root.handlers[0].handle(record)

    assert log.events[0]["event"] == "%d"


class Writes(io.StringIO):
    """A stream that counts how often it is written to."""

    amount = 0

    def write(self, text: str) -> int:
        self.amount += 1
        return super().write(text)


def test_lines_may_leave_together(log):
    stream = Writes()
    configure(Redaction(), stream=stream, as_json=True)

    with lines_together():
        for event in ("one", "two"):
            get_logger("x").info(event)
        before = stream.getvalue()

    assert before == ""
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["one", "two"]
    assert stream.amount == 1


def test_what_other_threads_say_meanwhile_is_written_as_they_say_it(log):
    stream = Writes()
    configure(Redaction(), stream=stream, as_json=True)

    with lines_together():
        get_logger("x").info("mine")
        other = threading.Thread(target=get_logger("x").info, args=("theirs",))
        other.start()
        other.join()

    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["theirs", "mine"]


def test_a_failure_amid_lines_that_leave_together_costs_none_of_them(log):
    stream = Writes()
    configure(Redaction(), stream=stream, as_json=True)

    def fail() -> None:
        with lines_together():
            get_logger("x").info("before it")
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        fail()
    get_logger("x").info("after it")

    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["before it", "after it"]


class BrokenPipe(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_a_log_that_cannot_be_written_stops_nothing(log):
    configure(Redaction(), stream=BrokenPipe(), as_json=True)

    get_logger("x").error("Nobody reads this")

    assert log.text == ""


def test_before_the_app_has_configured_it_warnings_go_to_stderr():
    program = (
        "from pilotbridge.logs import get_logger; log = get_logger('x');"
        "log.info('quiet'); log.warning('loud')"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == ""
    assert json.loads(done.stderr)["event"] == "loud"
