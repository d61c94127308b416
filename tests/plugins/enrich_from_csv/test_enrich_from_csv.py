"""Columns of a file become labels of alerts; a bad file takes nothing away."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from pilotbridge.config.loader import load, outline
from pilotbridge.plugin_manager import load_plugins
from pilotbridge.testing.world import CONFIGURATION

HOSTS = "host,owner,runbook\ndb01,boris,https://wiki/db\nweb01,anna,\n"
BY_OWNER = CONFIGURATION.replace('team="db"', 'owner="boris"')


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "hosts.csv"
    file.write_text(HOSTS)
    return file


@pytest.fixture
def enriching(make_world, file):
    def make(**changes):
        block = {"file": str(file), "annotations": ["runbook"]} | changes
        return make_world(plugins={"enrich_from_csv": block}, configuration=BY_OWNER)

    return make


def change(file, text):
    """Write it with a time of its own, however fast tests are."""
    file.write_text(text)
    os.utime(file, ns=(0, file.stat().st_mtime_ns + hash(text) % 10**12))


def last_alert(world):
    with world.engine.read() as read:
        return read.alerts_listed()[0].alert


def troubles(world):
    return [incident for incident in world.incidents() if incident.name == "CsvUnusable"]


def test_columns_become_labels_that_routes_can_use(enriching):
    world = enriching()
    world.fire("DiskFull", instance="db01:9100")
    world.run_for(minutes=1)

    assert len(world.texts_to("boris")) == 1
    assert last_alert(world).labels["owner"] == "boris"
    assert last_alert(world).annotations["runbook"] == "https://wiki/db"


def test_a_host_that_is_not_listed_stays_as_it_is(enriching):
    world = enriching()
    world.fire("DiskFull", instance="db99")
    world.run_for(minutes=1)

    assert len(world.texts_to("anna")) == 1
    assert "owner" not in last_alert(world).labels


def test_an_empty_field_gives_nothing(enriching):
    world = enriching()
    world.fire("DiskFull", instance="web01")

    assert "runbook" not in last_alert(world).annotations


@pytest.mark.parametrize(("overwrite", "owner"), [(False, "carl"), (True, "boris")])
def test_what_an_alert_says_itself_stands_unless_told_otherwise(enriching, overwrite, owner):
    world = enriching(overwrite=overwrite)
    world.fire("DiskFull", instance="db01", owner="carl")

    assert last_alert(world).labels["owner"] == owner


def test_another_label_and_column_may_be_the_key(enriching, file):
    file.write_text("owner;service\nboris;billing\n")
    world = enriching(by="job", column="service", delimiter=";", annotations=[])
    world.fire("DiskFull", job="billing")

    assert last_alert(world).labels["owner"] == "boris"


def test_a_changed_file_is_read_again(enriching, file):
    world = enriching()
    change(file, HOSTS.replace("db01,boris", "db01,anna") + "db02,boris,\n")
    world.run_for(seconds=11)

    world.fire("DiskFull", instance="db01")
    first = last_alert(world).labels["owner"]
    world.fire("DiskFull", instance="db02")

    assert (first, last_alert(world).labels["owner"]) == ("anna", "boris")


def test_a_row_that_is_gone_gives_nothing_any_more(enriching, file):
    world = enriching()
    change(file, "host,owner,runbook\nweb01,anna,\n")
    world.run_for(seconds=11)

    world.fire("DiskFull", instance="db01")

    assert "owner" not in last_alert(world).labels


BAD = {
    "gone": None,
    "empty": "",
    "without rows": "host,owner,runbook\n",
    "without its column": "host,owner\ndb01,anna\n",
    "a short line": HOSTS + "db02,anna\n",
    "a host twice": HOSTS + "db01,anna,\n",
    "a torn quote": HOSTS + 'db02,"anna,\n',
    "a column twice": "host,owner,owner,runbook\ndb01,a,b,\n",
    "severity": "host,owner,severity,runbook\ndb01,anna,critical,\n",
}


@pytest.mark.parametrize("text", BAD.values(), ids=BAD.keys())
def test_a_bad_file_leaves_the_last_good_rows_and_is_told_of(enriching, file, text):
    world = enriching()
    file.unlink() if text is None else change(file, text)
    world.run_for(minutes=1)

    world.fire("DiskFull", instance="db01")
    owner = last_alert(world).labels["owner"]
    (trouble,) = troubles(world)
    change(file, HOSTS) if text is not None else file.write_text(HOSTS)
    world.run_for(minutes=10)

    assert owner == "boris"
    assert trouble.closed_at is None
    assert troubles(world)[0].closed_at is not None


def test_bytes_that_are_no_text_are_told_of(enriching, file):
    file.write_bytes("host,owner,runbook\ndb01,Борис,\n".encode("cp1251"))
    world = enriching()
    world.run_for(minutes=1)

    assert len(troubles(world)) == 1


def test_naming_another_file_ends_the_trouble_with_the_one_before(enriching, file, tmp_path):
    world = enriching(file=str(tmp_path / "hosst.csv"))
    world.run_for(minutes=2)
    before = troubles(world)[0].closed_at

    settings = world.app.in_force.settings
    block = dict(settings.plugins["enrich_from_csv"]) | {"file": str(file)}
    world.app.reload(replace(settings, plugins={**settings.plugins, "enrich_from_csv": block}))
    world.run_for(minutes=10)

    assert before is None
    assert troubles(world)[0].closed_at is not None


def test_the_last_good_rows_survive_a_restart_with_a_bad_file(enriching, file):
    world = enriching()
    change(file, "nonsense")

    world.crash()
    world.fire("DiskFull", instance="db01")

    assert last_alert(world).labels["owner"] == "boris"


@pytest.mark.parametrize(
    ("changes", "says"),
    [({"file": "hosts.csv"}, "whole path"), ({"labels": ["severity"]}, "may not give"), ({"col": 1}, "col")],
)
def test_a_block_that_makes_no_sense_is_refused(enriching, changes, says):
    with pytest.raises(Exception, match=says):
        enriching(**changes)


def checked(tmp_path, file):
    """What `check` says of a configuration that names ``file``."""
    written = tmp_path / "pilotbridge.yaml"
    filled = CONFIGURATION.format(folder=tmp_path, plugins=tmp_path, key="k" * 64, token="t" * 40)
    written.write_text(f"{filled}\nplugins:\n  enrich_from_csv: {{ file: {file} }}\n")
    written.chmod(0o600)
    plugins = load_plugins(outline(written, env={}))
    loaded = load(written, env={}, known=plugins.known())
    return loaded, [fault for fault in loaded.warnings if fault.code == "missing-file"]


def test_a_file_that_is_not_there_is_warned_of_with_its_line_and_the_bridge_can_be_run(tmp_path):
    loaded, [warning] = checked(tmp_path, tmp_path / "nowhere.csv")

    assert loaded.settings is not None
    assert warning.path == "plugins.enrich_from_csv.file"
    assert "nowhere.csv cannot be read: No such file" in warning.cause
    assert warning.line == len((tmp_path / "pilotbridge.yaml").read_text().splitlines())
    assert warning.fix


def test_a_folder_in_place_of_the_file_is_warned_of_too(tmp_path):
    _, [warning] = checked(tmp_path, tmp_path)

    assert "cannot be read: Is a directory" in warning.cause


def test_a_file_that_can_be_read_is_not_spoken_of(tmp_path, file):
    assert checked(tmp_path, file)[1] == []
