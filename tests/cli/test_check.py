"""`check`: every fault at once, and what gateways and chats say of the account."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise

import pytest

from pilotbridge.chat import PersonId
from pilotbridge.cli.database import owned
from pilotbridge.cli.invocation import Invocation
from pilotbridge.sandbox.telegram.chats import Bot
from pilotbridge.sandbox.telegram.state import FIRST_SUPERGROUP
from pilotbridge.store.chat_records import Enrolment
from tests.cli.conftest import Run, free_port
from tests.oncall.schedules import configured


def test_a_configuration_that_can_be_run_exits_0(pilotbridge: Run, world):
    told = pilotbridge("check", config=world)

    assert told.code == 0
    assert told.out.splitlines()[-1].startswith("The configuration can be run, with ")


def test_every_fault_is_told_at_once_with_place_cause_fix_and_code(pilotbridge: Run, tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text("bridge:\n  zone: Mars/Olympus\n  langage: en\n")

    told = pilotbridge("check", config=file)

    assert told.code == 78
    lines = told.out.splitlines()
    assert any(line.startswith(f"error: {file}:2:9: bridge.zone: ") for line in lines)
    assert any(f"{file}:3:3: bridge.langage" in line and "language" in line for line in lines)
    assert "the bridge would not start." in lines[-1]


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "\n".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]" for before, name in pairwise("abcdefghi")
)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        (b"bridge: { name: caf\xe9 }\n", "not UTF-8; save the file as UTF-8"),
        ("bridge: {}\n".encode("utf-16"), "not UTF-8; save the file as UTF-8"),
        (b"bridge:\n  name: a\x00b\n", ":2:10: the character 0x00, which nobody can see"),
        (b"bridge:\n\tname: ops\n", ":2:1: a tab; YAML is indented with spaces"),
        (b'bridge: { name: "ops }\n', ":1:17: a quote that is not closed"),
        (BOMB.encode(), ":1:1: aliases make more than 500000 values of it"),
    ],
)
def test_what_is_no_readable_file_is_one_fault_and_exits_78(pilotbridge: Run, tmp_path, written, says):
    file = tmp_path / "bad.yaml"
    file.write_bytes(written)

    told = pilotbridge("check", config=file)

    assert told.code == 78
    assert says in told.out
    assert told.out.splitlines()[-1] == "1 error: the bridge would not start."
    assert "Traceback" not in told.out + told.err


def test_a_misspelt_plugin_is_answered_with_the_installed_one(pilotbridge: Run, tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text("plugins: { ack_by_txt: {} }\n")

    told = pilotbridge("check", config=file)

    assert f"{file}:1:12: plugins.ack_by_txt: " in told.out
    assert "did you mean ack_by_text?" in told.out


def test_faults_have_keys_for_programs(pilotbridge: Run, tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text("bridge:\n  zone: Mars/Olympus\n")

    told = pilotbridge("check", "--json", config=file)

    assert told.code == 78
    fault = next(fault for fault in told.json["faults"] if fault["path"] == "bridge.zone")
    assert set(fault) == {"level", "code", "file", "line", "col", "path", "cause", "fix"}
    assert (fault["level"], fault["line"], fault["col"]) == ("error", 2, 9)


def events(*shifts: tuple[str, int, int]) -> bytes:
    """A calendar of who is on call from one day to another, counted from today."""
    today = datetime.now(UTC)
    blocks = (
        f"BEGIN:VEVENT\nUID:{number}\nDTSTART:{today + timedelta(first):%Y%m%dT000000Z}\n"
        f"DTEND:{today + timedelta(last):%Y%m%dT000000Z}\nSUMMARY:{name}\nEND:VEVENT"
        for number, (name, first, last) in enumerate(shifts)
    )
    return "\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *blocks, "END:VCALENDAR", ""]).encode()


@pytest.fixture
def scheduled(bridge, make_calendar):
    """A bridge's file with a schedule whose calendar stands at an address and says that."""

    def write(said: bytes | None):
        address = make_calendar(said)
        text = bridge.file.read_text().replace("[sms:anna]", "['sms:schedule/primary']")
        bridge.file.write_text(f"{text}schedules:\n  primary:\n    ical: {address}\n")
        return bridge.file

    return write


@pytest.fixture
def make_calendar():
    """Serves a calendar at a secret address; None: nobody is there."""
    servers = []

    def make(said: bytes | None) -> str:
        if said is None:
            return f"http://127.0.0.1:{free_port()}/private-4711"

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_):
                pass

        servers.append(HTTPServer(("127.0.0.1", 0), Answers))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}/private-4711"

    yield make
    for server in servers:
        server.shutdown()
        server.server_close()


def of_schedules(told):
    found = [fault for fault in told.json["faults"] if fault["path"].startswith("schedules")]
    return [(fault["code"], fault["cause"]) for fault in found]


def test_a_calendar_that_was_never_read_leaves_open_who_is_on_call(pilotbridge: Run, scheduled):
    file = scheduled(events(("anna", -1, 40)))

    told, text = pilotbridge("check", "--json", config=file), pilotbridge("check", config=file)

    assert told.code == 0
    assert of_schedules(told) == [
        (
            "unknown-oncall",
            "nobody can tell whether somebody is always on call: the calendar was never read here",
        )
    ]
    assert "pilotbridge check --online reads it [unknown-oncall]" in text.out
    assert "private-4711" not in text.out


def test_online_a_calendar_is_read_and_its_hole_is_named(pilotbridge: Run, scheduled):
    file = scheduled(events(("anna", -1, 3), ("anna", 5, 40), ("Gleb", 3, 5)))

    told = pilotbridge("check", "--online", "--json", config=file)
    text = pilotbridge("check", "--online", config=file)

    [(code, cause)] = of_schedules(told)
    assert (told.code, code) == (0, "oncall-gap")
    assert cause.startswith(f"nobody is on call {datetime.now(UTC) + timedelta(3):%Y-%m-%d} 00:00 to ")
    assert ", as the calendar said at " in cause
    assert told.json["schedules"][0]["fits"] is True
    assert "schedule primary: the calendar can be read: 2 events ahead name a contact" in text.out


def test_online_exits_1_when_a_calendar_cannot_be_read(pilotbridge: Run, scheduled):
    file = scheduled(None)

    told = pilotbridge("check", "--online", "--json", config=file)

    assert told.code == 1
    assert told.json["schedules"][0]["says"] == "the calendar at 127.0.0.1 cannot be read: ConnectionError"
    assert [code for code, _ in of_schedules(told)] == ["unknown-oncall"]
    assert "private-4711" not in told.out


def test_what_the_bridge_read_last_is_judged_without_asking(pilotbridge: Run, make_world):
    address = "http://calendar.example/private-4711"
    world = make_world(configuration=configured(f"ical: '{address}'"), start=datetime.now(UTC))
    world.calendars[address] = events(("anna", -1, 3), ("anna", 5, 40))
    world.run_for(minutes=6)

    told = pilotbridge("check", "--json", config=world)

    [(code, cause)] = of_schedules(told)
    assert (told.code, code) == (0, "oncall-gap")
    assert ", as the calendar said at " in cause


def test_online_the_gateway_is_asked_for_money_and_senders(pilotbridge: Run, bridge):
    told = pilotbridge("check", "--online", config=bridge.file)

    assert told.code == 0
    assert "smspilot: the key is good; balance 20006.97 roubles; senders INFORM, SMSPILOT" in told.out


@pytest.mark.parametrize(
    ("wrong", "says"), [({"sender": "NOBODYS"}, "refused with 204"), ({"key": "Z" * 64}, "101")]
)
def test_online_exits_1_when_the_gateway_would_not_take_messages(pilotbridge: Run, make_bridge, wrong, says):
    bridge = make_bridge(**wrong)

    told = pilotbridge("check", "--online", config=bridge.file)
    facts = pilotbridge("check", "--online", "--json", config=bridge.file).json

    assert told.code == 1
    assert says in told.out
    assert facts["gateways"][0]["fits"] is False


def test_people_read_the_balance_of_the_account_once(pilotbridge: Run, bridge):
    lines = pilotbridge("account", config=bridge.file).out.splitlines()

    assert [line for line in lines if line.startswith("balance")] == ["balance rub     20006.97"]


def test_the_account_is_shown_without_the_whole_phone(pilotbridge: Run, bridge):
    account = pilotbridge("account", "--json", config=bridge.file).json
    balance = pilotbridge("balance", config=bridge.file)

    assert account["senders"] == ["INFORM", "SMSPILOT"]
    assert account["phone"] == "7908***4781"
    assert balance.out == "20006.97 roubles at smspilot\n"


def test_a_gateway_that_nobody_answers_for_is_said_to_be_unreachable(pilotbridge: Run, make_bridge):
    bridge = make_bridge(gateway=f"http://127.0.0.1:{free_port()}")

    told = pilotbridge("balance", config=bridge.file)

    assert told.code == 75
    assert "Traceback" not in told.err


CHAT = """
chats:
  telegram:
    token: "{token}"
    api_url: {url}
    rooms: {{ ops-room: {{ id: "{room}" }} }}
"""


@pytest.fixture
def with_chat(make_bridge, sandbox):
    """A bridge whose room is the sandbox's duty room, unless said otherwise."""

    def make(room: int = FIRST_SUPERGROUP, token: str = Bot().token):
        bridge = make_bridge()
        with bridge.file.open("a") as file:
            file.write(CHAT.format(token=token, url=sandbox.url, room=room))
        return bridge

    return make


def test_online_the_chat_is_asked_for_the_bot_and_every_room(pilotbridge: Run, with_chat):
    told = pilotbridge("check", "--online", config=with_chat().file)

    assert told.code == 0, told.out
    assert "telegram: the token is good; the bridge is @pilotbridge_sandbox_bot" in told.out
    assert "telegram ops-room: Duty room, with threads" in told.out


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"room": -1999}, "telegram ops-room: Telegram knows no such group: the id of a supergroup begins"),
        ({"token": "123:" + "A" * 35}, "telegram: Telegram does not know this bot"),
    ],
)
def test_online_exits_1_when_nobody_could_talk_there(pilotbridge: Run, with_chat, wrong, says):
    bridge = with_chat(**wrong)

    told = pilotbridge("check", "--online", config=bridge.file)
    facts = pilotbridge("check", "--online", "--json", config=bridge.file).json

    assert told.code == 1
    assert says in told.out
    assert [chat["fits"] for chat in facts["chats"]][-1] is False
    assert "AAAA" not in told.out


LINE = 'relay: {{ lines: [ {{ name: ops, number: "79021121075", prefix: "1234", room: "{room}" }} ] }}\n'


@pytest.mark.parametrize(
    ("room", "telegram", "says"),
    [
        (
            "ops-room",
            "",
            "telegram: nobody can text from here: no contact (responder or admin) has a telegram id",
        ),
        ("@anna", "telegram: 4242", "telegram @anna: Telegram knows no such person who has started the bot"),
    ],
)
def test_online_exits_1_when_nobody_would_be_there_to_answer(
    pilotbridge: Run, with_chat, room, telegram, says
):
    file = with_chat().file
    text = file.read_text().replace('phone: "+7 908 796-47-81"', f'phone: "+7 908 796-47-81", {telegram}')
    file.write_text(text + LINE.format(room=room))

    told = pilotbridge("check", "--online", config=file)

    assert told.code == 1
    assert says in told.out


def test_online_whoever_was_linked_may_text(pilotbridge: Run, with_chat):
    file = with_chat().file
    file.write_text(file.read_text() + LINE.format(room="ops-room"))
    with owned(Invocation(file, as_json=False, language="").settings().store.sqlite_path) as store:
        store.write(lambda tx: tx.put_enrolment(Enrolment("telegram", PersonId("1001"), "anna", 1))).result()

    told = pilotbridge("check", "--online", config=file)

    assert (told.code, "nobody can text" in told.out) == (0, False)


def test_a_chat_without_a_token_and_with_a_strange_key_is_told_so(pilotbridge: Run, tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text("chats: { telegram: { proxi: direct, poll_timeout: 2m } }\n")

    told = pilotbridge("check", config=file)

    assert f"{file}:1:22: chats.telegram.proxi: there is no key 'proxi' here; did you mean proxy?" in told.out
    assert "chats.telegram: the key 'token' is missing" in told.out
    assert "chats.telegram.poll_timeout: " in told.out
