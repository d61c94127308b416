"""What a right configuration comes to: defaults, units, inheritance, order."""
# ruff: noqa: E501 - a block of configuration a line

from __future__ import annotations

import subprocess
import sys
import time
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import BaseModel

from pilotbridge.config.loader import Known, load, outline, parse
from pilotbridge.config.settings import CallbackMode, InDoubt, Listen, Right, Secret
from pilotbridge.errors import ConfigurationError
from pilotbridge.matcher import Matchers
from pilotbridge.model import Address, Line, Severity, Way


class Talking(BaseModel):
    """The keys a chat of a plugin may have."""

    model_config = {"arbitrary_types_allowed": True}

    token: Secret
    ca_file: str = ""


def test_a_small_configuration_has_every_default(settings):
    bridge = settings()

    assert bridge.web.listen == Listen("127.0.0.1", 8080)
    assert bridge.web.max_body_bytes == 16 * 1024 * 1024
    assert bridge.store.url == "sqlite:///data/pilotbridge.db"
    assert bridge.store.sqlite_path == Path("data/pilotbridge.db")
    assert bridge.gateways["smspilot"].url == "https://smspilot.ru/api2.php"
    assert bridge.gateways["smspilot"].duplicate_window == timedelta(0)
    assert bridge.gateways["smspilot"].callback is CallbackMode.AUTO
    assert bridge.gateways["smspilot"].balance.warn_below == timedelta(days=7)
    assert bridge.sources["alertmanager"].type == "alertmanager"
    assert bridge.sources["alertmanager"].stale_after == timedelta(hours=24)
    assert bridge.receivers["ops"].send_resolved
    assert bridge.limits.parts_per_sms == 2
    assert bridge.limits.sms_ttl == timedelta(minutes=60)
    assert bridge.limits.no_severity is Severity.CRITICAL
    assert bridge.limits.countries == {"RU"}
    assert bridge.limits.is_critical({"severity": "critical"})
    assert not bridge.limits.is_critical({"severity": "warning"})
    assert bridge.privacy.journal == timedelta(days=14)
    assert bridge.troubles_receiver == "ops"


def test_a_contact_has_the_bridges_zone_and_language_unless_it_has_its_own(settings):
    people = settings(
        bridge="bridge: { zone: Europe/Moscow, language: ru }",
        contacts="contacts: { anna: { phone: 89087964781 }, boris: { phone: 79087964782, zone: Asia/Omsk, language: en } }",
    ).contacts

    assert (people["anna"].zone, people["anna"].language) == ("Europe/Moscow", "ru")
    assert (people["boris"].zone, people["boris"].language) == ("Asia/Omsk", "en")


@pytest.mark.parametrize(
    "phone", ["'+7 908 796-47-81'", "8 908 796-47-81", "'8 (908) 7964781'", "79087964781", "89087964781"]
)
def test_a_phone_is_read_as_people_write_it(settings, phone):
    anna = settings(contacts=f"contacts: {{ anna: {{ phone: {phone} }} }}").contacts["anna"]

    assert anna.phone
    assert anna.phone.e164 == "+79087964781"


def test_numbers_keep_what_they_were_written_as(settings):
    lines = settings(relay="relay: { lines: [ { name: 0417, number: 79021121075, prefix: 0123 } ] }").lines

    assert (lines[0].name, lines[0].line) == ("0417", Line("79021121075", "0123"))


def test_a_name_of_digits_is_the_same_name_everywhere(settings):
    bridge = settings(
        bridge="bridge: { troubles: 0417 }",
        contacts="contacts: { o07: { phone: 89087964781 } }",
        receivers="receivers: [ { name: 0417, steps: [ { notify: 'sms:o07' } ] } ]",
        route="route: { receiver: 0417 }",
    )

    assert bridge.route.receiver == bridge.troubles_receiver == "0417"


def test_units_are_read(settings):
    bridge = settings(
        web="web: { max_body: 4MiB, listen: '[::1]:0', external_url: 'https://x.example/b/' }",
        gateways="gateways: { smspilot: { api_key: a, duplicate_window: 1h30m, read_timeout: 500ms } }",
        limits="limits: { rub_per_day: 99.90, countries: RU }",
        privacy="privacy: { texts: 1y, journal: 2w }",
    )

    assert bridge.web.max_body_bytes == 4 * 1024 * 1024
    assert bridge.web.listen == Listen("::1", 0)
    assert str(bridge.web.listen) == "[::1]:0"
    assert bridge.web.external_url == "https://x.example/b"
    assert bridge.gateways["smspilot"].duplicate_window == timedelta(minutes=90)
    assert bridge.gateways["smspilot"].read_timeout == timedelta(milliseconds=500)
    assert bridge.limits.in_all.rub_per_day == Decimal("99.9")
    assert (bridge.privacy.texts, bridge.privacy.journal) == (timedelta(days=365), timedelta(days=14))


def test_a_key_without_a_value_counts_as_not_written(settings):
    bridge = settings(
        web="web:", plugins="plugins: { quiet: }", limits="limits: { rub_per_day: null, parts_per_sms: }"
    )

    assert bridge.limits.parts_per_sms == 2
    assert bridge.plugins == {"quiet": {}}


def test_gateways_sources_and_plugins_keep_their_order(settings):
    bridge = settings(
        gateways="gateways: { second: { type: smspilot, api_key: a }, first: { type: smspilot, login: l, password: p } }",
        plugins="plugins: { z: {}, a: { b: 1 }, m: {} }",
    )

    assert list(bridge.gateways) == ["second", "first"]
    assert list(bridge.plugins) == ["z", "a", "m"]


def test_tokens_have_rights_and_admin_has_all(settings):
    tokens = settings(
        web="web: { tokens: { prom: { token: 0123456789abcdef, may: alerts }, me: { token: fedcba9876543210, may: [admin] } } }"
    ).web.tokens

    assert [token.name for token in tokens if token.may(Right.ALERTS)] == ["prom", "me"]
    assert [token.name for token in tokens if token.may(Right.SEND)] == ["me"]
    assert tokens[0].secret.same_as(b"0123456789abcdef")


def test_a_receiver_is_told_by_addresses(settings):
    receiver = settings(
        contacts="contacts: { anna: { phone: 89087964781, phone2: 89087964783 }, boris: { phone: 89087964782 } }",
        receivers="receivers: [ { name: ops, when_in_doubt: park, steps: [ { notify: ['sms:anna#phone2', boris, boris] } ] } ]",
    ).receivers["ops"]

    assert receiver.steps[0].notify == (Address(Way.SMS, "anna", "phone2"), Address(None, "boris"))
    assert receiver.when_in_doubt is InDoubt.PARK
    assert not receiver.prefers_duplicate(critical=True)


def test_by_default_only_a_critical_message_is_rather_sent_twice(settings):
    receiver = settings().receivers["ops"]

    assert receiver.prefers_duplicate(critical=True)
    assert not receiver.prefers_duplicate(critical=False)


@pytest.mark.parametrize(
    ("url", "mode", "called"),
    [
        ("https://bridge.example.org", "auto", True),
        ("https://bridge.example.org", "off", False),
        ("http://93.184.216.34:8080", "auto", True),
        ("http://192.168.1.5:8080", "auto", False),
        ("http://192.168.1.5:8080", "on", True),
        ("http://localhost:8080", "auto", False),
        ("http://[::1]:8080", "auto", False),
        ("http://bridge:8080", "auto", False),
        ("http://bridge.local", "auto", False),
    ],
)
def test_the_gateway_calls_back_where_it_can_reach_the_bridge(settings, url, mode, called):
    bridge = settings(
        web=f"web: {{ external_url: '{url}' }}",
        gateways=f"gateways: {{ smspilot: {{ api_key: a, callback: {mode} }} }}",
    )

    assert bridge.gateways["smspilot"].calls_back(bridge.web) is called
    assert not bridge.gateways["smspilot"].calls_back(type(bridge.web)()) or mode == "on"


# --- routes -----------------------------------------------------------------------------------------

TREE = """
route:
  receiver: ops
  group_by: [alertname, cluster, alertname]
  group_wait: 10s
  routes:
    - match: { team: db }
      match_re: { service: "sql|redis" }
      matchers: 'severity!="info"'
      group_by: ['...']
      continue: true
      routes:
        - matchers: [ '{env="prod", zone=~"eu.*"}' ]
          group_wait: 0s
          group_by: [host]
    - matchers: [ team="web" ]
      group_by: []
      repeat_interval: 1d12h
"""


def test_routes_inherit_what_they_do_not_say(settings):
    root = settings(route=TREE).route
    db, web = root.children
    prod = db.children[0]

    assert [node.path for node in root.walk()] == ["root", "root/0", "root/0/0", "root/1"]
    assert {node.receiver for node in root.walk()} == {"ops"}
    assert (root.group_by, root.group_by_all) == (("alertname", "cluster"), False)
    assert (db.group_by, db.group_by_all, db.group_wait) == ((), True, timedelta(seconds=10))
    assert (prod.group_by, prod.group_by_all, prod.group_wait) == (("host",), False, timedelta(0))
    assert (web.group_by, web.repeat_interval) == (("alertname", "cluster"), timedelta(hours=36))
    assert (db.goes_on, prod.goes_on, web.goes_on) == (True, False, False)
    assert {node.group_interval for node in root.walk()} == {timedelta(minutes=5)}


def test_old_and_new_spellings_of_matchers_hold_together(settings):
    db = settings(route=TREE).route.children[0]

    assert str(db.matchers) == '{severity!="info", team="db", service=~"sql|redis"}'
    assert db.children[0].matchers == Matchers.parse('{env="prod", zone=~"eu.*"}')


def test_a_node_is_found_by_its_path(settings):
    bridge = settings(route=TREE)

    node = bridge.node("root/0/0")

    assert node is bridge.route.children[0].children[0]
    assert bridge.node("root/7") is None


def test_a_route_after_one_that_goes_on_can_be_reached(settings):
    root = settings(
        route="route: { receiver: ops, routes: [ { continue: true }, { matchers: [a=b] }, { matchers: [a=c] } ] }"
    ).route

    assert len(root.children) == 3


# --- plugins ----------------------------------------------------------------------------------------


class Options(BaseModel):
    field: str
    times: int = 1


def test_a_sources_own_keys_become_its_types_model(settings):
    source = settings(
        sources="sources: { g: { type: generic_json, token: t, field: a.b, times: 2 } }",
        known=Known(sources={"generic_json": Options}),
    ).sources["g"]

    assert source.options == Options(field="a.b", times=2)


def test_a_gateway_type_of_a_plugin_has_its_own_keys_beside_the_common_ones(settings):
    gateway = settings(
        gateways="gateways: { modem: { sender: OPS, field: /dev/ttyS0 } }",
        known=Known(gateways={"modem": Options}),
    ).gateways["modem"]

    assert (gateway.type, gateway.sender, gateway.options.field) == ("modem", "OPS", "/dev/ttyS0")


def test_before_the_plugins_are_loaded_every_type_passes(settings):
    bridge = settings(
        sources="sources: { g: { type: whatever, token: t, field: 5 } }", plugins="plugins: { x: { a: 1 } }"
    )

    assert bridge.sources["g"].options == {"field": 5}
    assert type(bridge.plugins["x"]["a"]) is int


def test_an_outline_tells_what_to_load_even_of_a_wrong_file(tmp_path):
    file = tmp_path / "pilotbridge.yaml"
    file.write_text(
        "bridge: { plugin_folder: plugins, nonsense: 1 }\n"
        "plugins: { ack_by_text: {}, mine: {} }\n"
        "sources: { alertmanager: {}, g: { type: generic_json } }\n"
    )

    found = outline(file, env={})

    assert found.plugins == ("ack_by_text", "mine")
    assert found.sources == {"alertmanager", "generic_json"}
    assert found.plugin_folder == tmp_path / "plugins"
    assert outline(tmp_path / "nowhere.yaml", env={}).plugins == ()


# --- the file ---------------------------------------------------------------------------------------


def test_a_file_that_is_not_there_is_one_fault(tmp_path):
    loaded = load(tmp_path / "nowhere.yaml", env={})

    assert [fault.code for fault in loaded.faults] == ["missing-file"]
    with pytest.raises(ConfigurationError, match=r"nowhere\.yaml"):
        loaded.settled()


def test_a_file_that_is_not_utf8_is_one_fault_with_its_line(tmp_path):
    file = tmp_path / "x.yaml"
    file.write_bytes("bridge:\n  name: опс".encode("cp1251"))

    fault = load(file, env={}).faults[0]

    assert (fault.code, fault.line) == ("bad-yaml", 2)


@pytest.mark.parametrize(
    ("written", "place", "says"),
    [
        ("bridge:\n  name: ops\n   zone: UTC\n", (3, 8), "the line is indented too deep"),
        ("bridge:\n  name:\n    x: y\n   zone: UTC\n", (4, 4), "does not begin where those above do"),
        ("bridge:\n  name ops\n  zone: UTC\n", (3, 7), "the one above has no colon"),
        ("bridge:\n  zone: UTC\n  name ops\n\nweb: {}\n", (3, 3), "a key without its colon"),
        ("bridge: { name: ops\nweb: { }\n", (2, 4), "a { that is not closed"),
        ("bridge:\n  troubles: [ a }\n", (2, 17), "a [ that is not closed"),
        ('bridge:\n  name: "ops\n  zone: "UTC"\n', (3, 10), "check the quotes"),
        ("bridge:\n  name: ops: one\n", (2, 12), "put a text with : in quotes"),
    ],
)
def test_broken_yaml_is_explained_in_plain_words(written, place, says):
    [fault] = parse(written).faults

    assert (fault.code, (fault.line, fault.col)) == ("bad-yaml", place)
    assert says in f"{fault.cause}; {fault.fix}"


def test_names_of_files_begin_at_the_folder_of_the_configuration(tmp_path, settings):
    (tmp_path / "ca.pem").write_text("PEM")

    bridge = settings(
        network="network: { ca_file: ca.pem }", bridge="bridge: { plugin_folder: p }", folder=tmp_path
    )

    assert bridge.network.ca_file == tmp_path / "ca.pem"
    assert bridge.bridge.plugin_folder == tmp_path / "p"


def test_anchors_and_merged_blocks_are_understood(settings):
    receivers = settings(
        receivers="receivers:\n"
        "  - &first { name: ops, send_resolved: false, steps: [ { notify: anna } ] }\n"
        "  - { <<: *first, name: db }"
    ).receivers

    assert not receivers["db"].send_resolved


def test_variables_are_filled_in_after_the_yaml_is_read(settings):
    bridge = settings(
        templates="templates: { sms: '${A}-$${A} $5 ${' }",
        limits="limits: { parts_per_sms: '${PARTS}' }",
        contacts="contacts: { anna: { phone: 89087964781 } } # ${NOT_READ}",
        env={"A": "a: [b", "PARTS": "3"},
    )

    assert bridge.templates.sms == "a: [b-${A} $5 ${"
    assert bridge.limits.parts_per_sms == 3


def test_a_large_file_is_read_in_about_a_second():
    people = "".join(f"  c{n}: {{\n    phone: '+7908{n:07}',\n    role: viewer }}\n" for n in range(1200))
    children = "".join(f"    - matchers: [ team=t{n} ]\n      receiver: ops\n" for n in range(600))
    text = (
        f"gateways: {{ smspilot: {{ api_key: a }} }}\ncontacts:\n{people}"
        "receivers: [ { name: ops, steps: [ { notify: c1 } ] } ]\n"
        f"route:\n  receiver: ops\n  routes:\n{children}"
    )

    assert text.count("\n") > 4500
    started = time.process_time()
    settings = parse(text).settled()

    assert len(settings.contacts) == 1200
    assert time.process_time() - started < 3


def test_who_only_needs_the_values_does_not_pay_for_pydantic_or_yaml():
    program = "import sys, pilotbridge.config.settings; print(sorted({'pydantic', 'ruamel.yaml'} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def test_a_chat_has_rooms_a_token_from_a_file_and_files_beside_the_configuration(read, tmp_path):
    (tmp_path / "token").write_text("1:abc")
    (tmp_path / "token").chmod(0o600)

    settings = read(
        chats="chats: { team: { type: telegram, token_file: token, ca_file: ca.pem,"
        " rooms: { ops-room: { id: -1001234567890 } } } }",
        relay="relay: { lines: [ { name: ops, number: 79021121075, prefix: 0123, room: ops-room,"
        " words: [stop], max_age: 2h, sender: SHOP } ] }",
        known=Known(chats={"telegram": Talking}),
        folder=tmp_path,
    ).settled()

    chat = settings.chats["team"]
    assert (chat.type, chat.rooms) == ("telegram", {"ops-room": "-1001234567890"})
    assert chat.options == Talking(token=Secret("1:abc"), ca_file=str(tmp_path / "ca.pem"))
    assert Secret("1:abc") in settings.secrets
    assert "1:abc" not in repr(settings)
    (line,) = settings.lines
    assert (line.line, line.room, line.sender) == (Line("79021121075", "0123"), "ops-room", "SHOP")
    assert (line.words, line.max_age) == (("stop",), timedelta(hours=2))


def test_a_chat_trusts_the_networks_authorities_unless_it_names_its_own(read, tmp_path):
    (tmp_path / "net.pem").write_text("x")
    given = {"network": "network: { ca_file: net.pem }", "known": Known(chats={"telegram": Talking})}

    shared = read(chats="chats: { telegram: { token: '1:abcdef' } }", folder=tmp_path, **given)
    own = read(chats="chats: { telegram: { token: '1:abcdef', ca_file: own.pem } }", folder=tmp_path, **given)

    assert shared.settled().chats["telegram"].options.ca_file == str(tmp_path / "net.pem")
    assert own.settled().chats["telegram"].options.ca_file == str(tmp_path / "own.pem")


def test_the_password_of_a_chats_proxy_is_a_secret(read):
    settings = read(chats="chats: { telegram: { proxy: 'socks5h://ops:hush-hush@host:1080' } }").settled()

    assert Secret("hush-hush") in settings.secrets


def test_a_line_may_lead_to_the_private_chat_of_a_contact(read):
    settings = read(
        chats="chats: { telegram: {} }",
        contacts="contacts: { anna: { phone: 89087964781, telegram: 5 } }",
        relay="relay: { lines: [ { name: ops, number: 123, room: '@anna' } ] }",
    ).settled()

    assert settings.lines[0].room == "@anna"
    assert "отписаться" in settings.lines[0].words
