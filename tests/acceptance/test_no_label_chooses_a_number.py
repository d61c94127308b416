"""Whatever a sender writes, and wherever: no number but those of the contacts ever gets an SMS."""

from __future__ import annotations

import copy
from datetime import UTC, datetime

import pytest

from pilotbridge.testing.world import CONFIGURATION, TOKEN
from tests.plugins.sources.samples import FIRING

START = datetime(2026, 11, 25, 11, 31, tzinfo=UTC)
STRANGER = "+79261234567"
SPELLINGS = (STRANGER, "89261234567", f"sms:{STRANGER}", f"anna,{STRANGER}", "{{ '" + STRANGER + "' }}")
"""How a phone may be asked for."""
NAMED = ("to", "receiver", "contact", "contacts", "phone", "recipient", "send_to", "sms", "team", "notify")
"""Words that might mean whom to tell, in some system."""


MAPPED = "labels: {{ to: $.to, phone: $.to, receiver: $.to, team: $.to, contact: $.to }}"
BODIES = FIRING | {"generic_json": {"title": "DiskFull", "to": "ops", "host": "db01"}}


def configured(name: str) -> str:
    more = f", {MAPPED}" if name == "generic_json" else ""
    options = "" if name == "alertmanager" else f"  {name}: {{{{ token: {TOKEN}{more} }}}}\n"
    roomy = "limits: {{ sms_per_contact_per_hour: 1000 }}\n"
    return CONFIGURATION.replace("sources:\n", f"sources:\n{options}") + roomy


def everywhere(body, word):
    """``body`` with ``word`` in the place of one text after the other, and under each name of NAMED."""
    for path in leaves(body):
        changed = copy.deepcopy(body)
        put(changed, path, word)
        yield changed
    for path in blocks(body):
        changed = copy.deepcopy(body)
        block = at(changed, path)
        block |= {key: word for key in NAMED if not isinstance(block.get(key), dict | list)}
        yield changed


def leaves(value, path=()):
    if isinstance(value, str):
        yield path
    for key, inner in inside(value):
        yield from leaves(inner, (*path, key))


def blocks(value, path=()):
    if isinstance(value, dict):
        yield path
    for key, inner in inside(value):
        yield from blocks(inner, (*path, key))


def inside(value):
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []


def at(value, path):
    for key in path:
        value = value[key]
    return value


def put(value, path, word):
    at(value, path[:-1])[path[-1]] = word


@pytest.fixture
def hosts(tmp_path):
    """A file that gives every host a stranger's number under every name."""
    file = tmp_path / "hosts.csv"
    hosts = (",".join([host, *[STRANGER] * len(NAMED)]) for host in ("db01", "a"))
    file.write_text("\n".join([",".join(["host", *NAMED]), *hosts]) + "\n")
    return file


def numbers(world):
    """Who was, or is to be, texted."""
    return {message.recipient.e164 for message in world.messages()}


@pytest.mark.parametrize("word", SPELLINGS)
@pytest.mark.parametrize("name", BODIES)
def test_no_text_of_a_body_becomes_a_number_to_tell(make_world, hosts, name, word):
    plugins = {
        "enrich_from_csv": {"file": str(hosts), "overwrite": True},
        "route_by_label": {"label": "team", "receivers": {"db": "page-boris"}},
    }
    world = make_world(configuration=configured(name), start=START, plugins=plugins)

    taken = [world.post(body, source=name).status for body in everywhere(BODIES[name], word)]
    world.run_for(minutes=3)

    assert 202 in taken
    assert {202, 400, 422} >= set(taken)
    assert numbers(world) <= {contact.phone.e164 for contact in world.contacts.values()}
    assert numbers(world)


@pytest.mark.parametrize("chosen", [STRANGER, f"sms:{STRANGER}", f"contact/{STRANGER}", "sms:anna"])
def test_a_plugin_that_routes_to_what_a_label_says_reaches_no_number(make_world, tmp_path, chosen):
    folder = tmp_path / "own"
    folder.mkdir(mode=0o700)
    (folder / "naive.py").write_text(
        "from pilotbridge import Route, hookimpl\n\n\n"
        "@hookimpl\n"
        "def route_alerts(alerts, bridge):\n"
        "    return {alert: Route(alert.labels.get('phone')) for alert in alerts}\n"
    )
    world = make_world(plugins={"naive": {}}, plugin_folder=folder)

    world.fire("DiskFull", phone=chosen)
    world.run_for(minutes=1)

    assert numbers(world) == {world.contacts["anna"].phone.e164}
    assert len(world.messages()) == 1
