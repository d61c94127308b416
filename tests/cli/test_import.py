"""`pilotbridge import`: what is carried, what is named, what is refused."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from tests.cli.conftest import Run

FIXTURE = Path(__file__).parents[1] / "config" / "alertmanager" / "alertmanager.yml"
SMALL = """
route: { receiver: ops }
receivers: [ { name: ops, pagerduty_configs: [ { routing_key: the-secret-key } ] } ]
"""


@pytest.fixture
def imported(pilotbridge: Run, tmp_path: Path):
    """Imports a text; returns what was said and our file."""

    def run(text: str, *options: str) -> tuple[object, Path]:
        file, output = tmp_path / "alertmanager.yml", tmp_path / "pilotbridge.yaml"
        file.write_text(text, encoding="utf-8")
        output.unlink(missing_ok=True)
        return pilotbridge("import", str(file), "-o", str(output), *options), output

    return run


def write_secrets(folder: Path) -> None:
    """What the report asks for."""
    (folder / "secrets").mkdir(mode=0o700)
    for name in ("secrets/smspilot", "secrets/prometheus", "secrets/telegram", "telegram-boss.token"):
        (folder / name).touch(mode=0o600)
        (folder / name).write_text("1000000001:SANDBOX-BOT-TOKEN-IS-NOT-A-SECRET-0\n")


def faults(told) -> set[str]:
    return set(re.findall(r"^error: \S+?:\d+:\d+: (\S+): ", told.out, re.MULTILINE))


# --- a file of 300 lines ----------------------------------------------------------------------------


def test_check_names_exactly_the_people_to_be_filled_in(pilotbridge: Run, imported, tmp_path):
    told, output = imported(FIXTURE.read_text("utf-8"))
    write_secrets(tmp_path)

    checked = pilotbridge("check", config=output)

    blanks = re.search(r"^Fill in the phone of \d+ contacts: (.*)$", told.out, re.MULTILINE)[1].split(", ")
    assert (told.code, checked.code) == (1, 78)
    assert faults(checked) == {f"contacts.{name}.phone" for name in blanks}


def test_with_everybody_filled_in_check_passes(pilotbridge: Run, imported, tmp_path):
    told, output = imported(FIXTURE.read_text("utf-8"))
    blanks = re.search(r"^Fill in the phone of \d+ contacts: (.*)$", told.out, re.MULTILINE)[1].split(", ")
    filled = [f"--contact={name}=+790879648{number:02}" for number, name in enumerate(blanks)]

    told, output = imported(FIXTURE.read_text("utf-8"), *filled)
    write_secrets(tmp_path)

    assert told.code == 0
    checked = pilotbridge("check", config=output)
    assert checked.code == 0, checked.out


def test_without_its_secrets_check_names_their_files(pilotbridge: Run, imported):
    _, output = imported(receiver("telegram_configs: [ { chat_id: -100, bot_token: the-secret } ]"))

    checked = pilotbridge("check", config=output)

    files = {"gateways.smspilot.api_key_file", "sources.prometheus.token_file", "chats.telegram.token_file"}
    assert faults(checked) == files


def test_no_secret_of_the_file_is_told_or_written(imported):
    told, output = imported(FIXTURE.read_text("utf-8"))

    secrets = set(re.findall(r"[\w:-]*secret[\w-]*|smtp-password-of-the-fixture", FIXTURE.read_text("utf-8")))
    said = output.read_text("utf-8") + told.out + told.err
    assert len(secrets) > 15
    assert [secret for secret in secrets if secret in said] == []


def test_the_file_is_for_its_owner_only_and_overwrites_nothing(pilotbridge: Run, imported, tmp_path):
    _, output = imported(SMALL)
    before = output.read_text("utf-8")

    again = pilotbridge("import", str(tmp_path / "alertmanager.yml"), "-o", str(output))

    assert stat.S_IMODE(output.stat().st_mode) == 0o600
    assert again.code == 4
    assert "overwrites nothing" in again.err
    assert output.read_text("utf-8") == before


# --- what became of each part -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "line", "says"),
    [
        ("-", 5, "global.smtp_smarthost: no mail is sent from here"),
        ("+", 4, "global.resolve_timeout: sources.prometheus.resolve_timeout"),
        ("-", 16, "templates[0]: Go templates; texts here are Jinja2"),
        ("-", 167, "route.routes[13]: no alert has ever reached this route"),
        ("~", 189, "inhibit_rules[3]: without target_matchers every alert is one"),
        ("~", 215, "mute_time_intervals[0].name: stands under time_intervals now"),
        ("+", 221, "receivers[0]: tells nobody, as before"),
        ("~", 226, "receivers[2]: tells nobody: it only said that monitoring lives"),
        ("~", 230, "receivers[3]: nothing of it could be carried: fill in who is told"),
        ("-", 241, "receivers[5].slack_configs[0]: nothing here posts to Slack"),
        ("-", 242, "receivers[5].slack_configs[0].title: a Go template (title)"),
        ("+", 249, "receivers[7].telegram_configs[0]: Telegram -> chat:dba-chat"),
        ("+", 255, "receivers[8].webhook_configs[0]: sachet.internal -> sms:network"),
        ("+", 275, "receivers[13].telegram_configs[0]: Telegram -> chat:@shop-boss"),
    ],
)
def test_each_part_is_told_of_with_its_line(imported, kind, line, says):
    told, _ = imported(FIXTURE.read_text("utf-8"))

    found = [text for text in told.out.splitlines() if re.match(rf"\{kind} \S+:{line}:\d+: ", text)]
    assert any(says in text for text in found), found


def test_it_can_be_read_by_a_program(pilotbridge: Run, imported, tmp_path):
    imported(SMALL)

    fact = pilotbridge("import", str(tmp_path / "alertmanager.yml"), "--json").json

    assert fact["blanks"] == ["ops"]
    assert set(fact["secrets"]) == {"secrets/smspilot", "secrets/prometheus"}
    assert [(note["kind"], note["line"]) for note in fact["notes"]] == [("carried", 3)]
    assert fact["configuration"].startswith("# Made of ")


def test_without_an_output_the_file_is_printed_and_the_rest_said_beside(pilotbridge: Run, imported, tmp_path):
    imported(SMALL)

    told = pilotbridge("import", str(tmp_path / "alertmanager.yml"))

    assert told.out.startswith("# Made of ")
    assert "Fill in the phone of 1 contact: ops" in told.err


def receiver(written: str) -> str:
    return f"route: {{ receiver: ops }}\nreceivers: [ {{ name: ops, {written} }} ]\n"


@pytest.mark.parametrize(
    ("written", "steps"),
    [
        ("pagerduty_configs: [ {} ]", "steps: [{ notify: [sms:ops] }]"),
        (
            "email_configs: [ { to: 'Anna <anna@x.org>, b.c@x.org' } ]",
            "steps: [{ notify: [sms:anna, sms:b.c] }]",
        ),
        ("email_configs: [ { to: a@x.org } ], sns_configs: [ {} ]", "steps: [{ notify: [sms:ops] }]"),
        ("telegram_configs: [ { chat_id: -100, bot_token: x } ]", "steps: [{ notify: [chat:ops] }]"),
        ("telegram_configs: [ { chat_id: 42, bot_token: x } ]", "steps: [{ notify: [chat:@ops] }]"),
        ("webhook_configs: [ { url: http://sachet:9876/alert } ]", "steps: [{ notify: [sms:ops] }]"),
        ("webhook_configs: [ { url: https://hc-ping.com/u } ]", "steps: []"),
        ("slack_configs: [ {} ]", "steps: [{ notify: [sms:ops] }]"),
        ("slack_configs: []", "steps: []"),
    ],
)
def test_who_is_told_instead(imported, written, steps):
    _, output = imported(receiver(written))

    assert steps in output.read_text("utf-8")


@pytest.mark.parametrize(
    ("written", "ends"),
    [
        ("pagerduty_configs: [ {} ]", True),
        ("pagerduty_configs: [ { send_resolved: no } ]", False),
        ("email_configs: [ { to: a@x.org } ]", False),
        ("email_configs: [ { to: a@x.org, send_resolved: yes } ]", True),
        ("slack_configs: [ {} ]", False),
    ],
)
def test_the_end_is_told_where_it_was(imported, written, ends):
    _, output = imported(receiver(written))

    assert ("send_resolved: false" not in output.read_text("utf-8")) is ends


def test_names_that_are_none_here_are_changed_everywhere_and_stay_apart(pilotbridge: Run, imported, tmp_path):
    told, output = imported(
        "route: { receiver: monitoring/main/ops, routes: [ { receiver: monitoring-main-ops } ] }\n"
        "receivers: [ { name: monitoring/main/ops }, { name: monitoring-main-ops } ]\n"
    )

    text = output.read_text("utf-8")
    assert "receiver: monitoring-main-ops\n" in text
    assert "receiver: monitoring-main-ops-2" in text
    assert "is called monitoring-main-ops here" in told.out


def test_times_without_a_location_are_in_utc_as_they_were(imported):
    times = (
        "{ times: [ { start_time: 09:00, end_time: 10:00 } ] }",
        "{ weekdays: [sunday], location: Europe/Moscow }",
        "{ months: ['1'], location: Local }",
    )

    _, output = imported(
        f"{SMALL}time_intervals: [ {{ name: n, time_intervals: [ {', '.join(times)} ] }} ]\n"
    )

    text = output.read_text("utf-8")
    assert text.count("location: UTC") == 1
    assert "location: Europe/Moscow" in text
    assert "Local" not in text


def test_what_yaml_of_old_means_by_yes_and_what_looks_like_a_variable_stay_what_they_were(
    pilotbridge: Run, imported, tmp_path
):
    _, output = imported(
        "route: { receiver: ops, routes: [ { receiver: ops, continue: yes, match: { on: yes, port: 0123 },"
        " matchers: ['a=\"${HOME}\"'] } ] }\nreceivers: [ { name: ops, pagerduty_configs: [ {} ] } ]\n",
        "--contact=ops=+79087964781",
    )
    write_secrets(tmp_path)

    [child] = pilotbridge("routes", "show", "--json", config=output).json["route"]["routes"]
    assert child["goes_on"] is True
    assert child["matchers"] == ['a="${HOME}"', 'on="yes"', 'port="0123"']


# --- what is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("route: { receiver: ops\n", 2, "{ that is not closed"),
        ("route: { receiver: a }\nroute: { receiver: b }\n", 2, "the key route stood in line 1 already"),
        (SMALL + "rout: {}\n", 4, "there is no key 'rout' here; did you mean route?"),
        (SMALL.replace("receiver: ops }", "reciever: ops }"), 2, "did you mean receiver?"),
        (SMALL.replace("receiver: ops }", "receiver: nobody }"), 2, "there is no receiver 'nobody'"),
        (SMALL.replace("receiver: ops }", "receiver: ops, group_wait: soon }"), 2, "'soon' is no duration"),
        (
            SMALL.replace("receiver: ops }", "receiver: ops, routes: [ { matchers: ['a=~\"(\"'] } ] }"),
            2,
            "a=~",
        ),
        (SMALL.replace("receiver: ops }", "receiver: ops, match: { a: b } }"), 2, "must take every alert"),
        (SMALL + "receivers: []\n", 4, "stood in line 3 already"),
        (SMALL.replace("name: ops,", "nmae: ops,"), 3, "a receiver without a name"),
        (SMALL + "inhibit_rules: [ { sorce_match: {} } ]\n", 4, "there is no key 'sorce_match' here"),
        (
            SMALL + "time_intervals: [ { name: n, time_intervals: [ { weekdays: [funday] } ] } ]\n",
            4,
            "funday",
        ),
        ("receivers: []\n", 0, "there is no route"),
        ("apiVersion: v1\nkind: Secret\n", 1, "an object of Kubernetes"),
        ("- a\n", 1, "must be a block of keys"),
    ],
)
def test_what_neither_program_can_read_is_named_with_its_line_and_nothing_is_written(
    imported, text, line, says
):
    told, output = imported(text)

    assert told.code == 78
    assert says in told.err
    assert not line or f"alertmanager.yml:{line}:" in told.err
    assert not output.exists()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--contact", "nobody=+79087964781"], "there is no contact nobody; the file has: ops"),
        (["--contact", "ops"], "write it like anna=+79087964781"),
        (["--contact", "ops=112"], "ops: "),
    ],
)
def test_a_contact_that_cannot_be_filled_in_is_said_and_nothing_is_written(imported, options, says):
    told, output = imported(SMALL, *options)

    assert told.code == 2
    assert says in told.err
    assert not output.exists()


def test_a_file_that_is_no_text_is_refused(pilotbridge: Run, tmp_path):
    (tmp_path / "a.yml").write_bytes(b"route:\n  receiver: \xff\n")

    told = pilotbridge("import", str(tmp_path / "a.yml"))

    assert told.code == 78
    assert "a.yml:2: not UTF-8" in told.err
