"""An imported configuration sends every alert to the receivers that Alertmanager's own tool names.

Debian's amtool is 0.25: names of labels in any script came with 0.27, so that it is asked about the same tree
with those names in Latin letters. Receivers matter to it by their names only.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pilotbridge.cli import call
from pilotbridge.cli.rehearsing import stage
from pilotbridge.clock import to_ms
from pilotbridge.config.alertmanager.carrying import carry
from pilotbridge.config.loader import load, outline
from pilotbridge.plugin_manager import load_plugins
from pilotbridge.testing.world import START

AMTOOL = shutil.which("amtool")
FIXTURE = Path(__file__).parents[1] / "config" / "alertmanager" / "alertmanager.yml"
SETS = int(os.environ.get("PILOTBRIDGE_LABEL_SETS", "1000"))
SEED = 20260112
IN_LATIN = {"магазин": "shop_name", "касса.номер": "till_number"}

pytestmark = pytest.mark.skipif(
    AMTOOL is None, reason="no amtool here: apt-get install prometheus-alertmanager"
)

WORDS = {
    "alertname": ["Watchdog", "InfoInhibitor", "DeadMansSwitch", "LinkDown", "PaymentFailed", "RefundFailed",
                  "BackupSlow", "NodeDown", *["DiskFull"] * 12],
    "severity": [*["critical", "page", "критично"] * 3, "warning", "info", "none", "ticket", "high", "crit"],
    "service": ["postgres", "postgres-main", "mysql-1", "redis", "redis-", "Postgres", "web"],
    "team": ["platform", "frontend", "frontend", "billing", "legacy", "it", "front"],
    "env": ["prod", "prod", "test", "dev", "dev-2", "stage"],
    "cluster": ["prod-eu-1", "prod-us-22", "prod-eu-", "xprod-eu-1"],
    "tier": ["gold", "gold", "silver"],
    "archive": ["no", "yes"],
    "job": ["snmp", "snmp", "snmp", "closing", "backup", "restic", "borgmatic"],
    "vendor": ["cisco"],
    "site": ["office", "warehouse", "plant"],
    "device": ["sw-1", "sw-1234", "sw-999"],
    "interface": ["eth0.10", "eth0.30", "eth0-10"],
    "магазин": ["Москва", "Мурманск", "Мурманск-2", "Тула"],
    "касса.номер": ["1", "2", "9", "10"],
    "namespace": ["kube-system", "monitoring", "sandbox-1", "sandbox-", "shop"],
    "amount": ["999", "1000", "12345"],
    "customer": ["test-1", "test-", "acme"],
    "category": ["security"],
    "src_ip": ["10.0.0.1", "192.168.1.1", "8.8.8.8"],
    "region": ["ap-south", "eu-west", "us-east"],
}  # fmt: skip


DEEP = (
    "service=postgres severity=page cluster=prod-eu-1 tier=gold",
    "service=mysql-1 severity=critical env=prod",
    "job=snmp vendor=cisco severity=info site=plant",
    "job=snmp vendor=cisco severity=info site=office",
    "job=snmp vendor=cisco severity=warning site=warehouse device=sw-1",
    "job=snmp vendor=cisco severity=info interface=eth0.10 alertname=LinkDown",
    "магазин=Москва касса.номер=1 severity=критично",
    "магазин=Мурманск касса.номер=9 team=billing",
    "team=platform severity=critical namespace=kube-system",
    "team=platform severity=ticket namespace=sandbox-1",
    "team=frontend env=prod severity=page",
    "team=billing severity=critical amount=1000 alertname=PaymentFailed customer=test-1",
    "team=billing job=closing",
    "category=security severity=high src_ip=8.8.8.8",
    "severity=page region=eu-west env=prod",
    "archive=no",
)
"""Alerts of the ends of the tree's branches."""


def label_sets() -> list[dict[str, str]]:
    """Half of them at random, most labels absent; half are those of a branch's end with something changed."""
    chance = random.Random(SEED)
    return [_near(chance) if number % 2 else _anywhere(chance) for number in range(SETS)]


def _anywhere(chance: random.Random) -> dict[str, str]:
    wanted = [
        name for name in WORDS if chance.random() < (0.85 if name in ("alertname", "severity") else 0.1)
    ]
    return {name: chance.choice(WORDS[name]) for name in wanted} or {"alertname": "DiskFull"}


def _near(chance: random.Random) -> dict[str, str]:
    words = chance.choice(DEEP).split()
    labels = {"alertname": "DiskFull"} | dict(word.split("=") for word in words)
    name = chance.choice(list(WORDS))
    if chance.random() < 0.3:
        labels.pop(chance.choice(list(labels)))
    elif chance.random() < 0.6:
        labels[name] = chance.choice(WORDS[name])
    return labels or {"alertname": "DiskFull"}


def tree_for_amtool(folder: Path) -> Path:
    """The fixture's own lines of ``route``, with names that 0.25 can read."""
    text = FIXTURE.read_text("utf-8")
    route = re.search(r"^route:.*?(?=^inhibit_rules:)", text, re.MULTILINE | re.DOTALL)[0]
    for name, latin in IN_LATIN.items():
        route = route.replace(f'"{name}"', latin)
    route = route.replace('"severity"=', "severity=")
    named = re.findall(r'^  - name: "?([\w-]+)"?$', text.partition("\nreceivers:")[2], re.MULTILINE)
    receivers = "".join(f'  - name: "{name}"\n' for name in named)
    times = sorted(set(re.findall(r"time_intervals: \[(.*?)\]", route)))
    names = sorted({name.strip() for listed in times for name in listed.split(",")})
    intervals = "".join(
        f"  - name: {name}\n    time_intervals: [ {{ years: ['2020'] }} ]\n" for name in names
    )
    file = folder / "for-amtool.yml"
    file.write_text(f"{route}\nreceivers:\n{receivers}\ntime_intervals:\n{intervals}", encoding="utf-8")
    return file


def asked_of_amtool(file: Path, sets: Sequence[Mapping[str, str]]) -> list[list[str]]:
    def ask(labels: Mapping[str, str]) -> list[str]:
        words = [f"{IN_LATIN.get(name, name)}={value}" for name, value in labels.items()]
        command = [str(AMTOOL), "config", "routes", "test", f"--config.file={file}", *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
        return done.stdout.strip().split(",")

    with ThreadPoolExecutor(max_workers=4) as pool:
        return list(pool.map(ask, sets))


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fixture as our file, with everybody filled in."""
    folder = tmp_path_factory.mktemp("imported")
    text = FIXTURE.read_text("utf-8")
    blanks = carry(text, file="alertmanager.yml", folder=folder, phones={}).blanks
    phones = {name: f"+790879648{number:02}" for number, name in enumerate(blanks)}
    carried = carry(text, file="alertmanager.yml", folder=folder, phones=phones)
    (folder / "secrets").mkdir(mode=0o700)
    for name in (*carried.secrets, "telegram-boss.token"):
        (folder / name).touch(mode=0o600)
        (folder / name).write_text("1000000001:SANDBOX-BOT-TOKEN-IS-NOT-A-SECRET-0")
    (folder / "pilotbridge.yaml").write_text(carried.text, encoding="utf-8")
    return folder / "pilotbridge.yaml"


def rehearsed(file: Path, sets: Sequence[Mapping[str, str]]) -> list[list[str]]:
    """What ``routes test`` says of each, by the rehearsal that it is."""
    plugins = load_plugins(outline(file, env={}))
    settings = load(file, env={}, known=plugins.known()).settled()
    with stage(settings, plugins, lambda trouble: None) as rehearsal:
        return [
            [heard.receiver for heard in rehearsal.of(labels, "prometheus", to_ms(START)).heard]
            for labels in sets
        ]


@pytest.mark.timeout(600)
def test_every_label_set_goes_where_amtool_says(imported: Path, tmp_path: Path):
    sets = label_sets()

    ours = rehearsed(imported, sets)
    theirs = asked_of_amtool(tree_for_amtool(tmp_path), sets)

    differing = [
        (labels, our, their) for labels, our, their in zip(sets, ours, theirs, strict=True) if our != their
    ]
    assert differing == []


def test_the_label_sets_reach_every_receiver(imported: Path):
    reached = {name for receivers in rehearsed(imported, label_sets()) for name in receivers}

    assert reached == set(re.findall(r"receiver: '?([\w-]+)'?", imported.read_text("utf-8")))


@pytest.mark.parametrize("labels", label_sets()[:5])
def test_the_command_says_the_same_as_the_rehearsal(
    imported: Path, labels: Mapping[str, str], capsys: pytest.CaptureFixture[str]
):
    words = [f"{name}={value}" for name, value in labels.items()]

    code = call(["-c", str(imported), "routes", "test", "--json", *words])

    [receivers] = rehearsed(imported, [labels])
    assert code == 0
    assert all(f'"receiver": "{name}"' in capsys.readouterr().out for name in receivers[:1])
