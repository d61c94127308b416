"""``docs/telegram.md`` says what the plugin is: keys, defaults, Troubles, ticks, a block that can be run."""

from __future__ import annotations

import re
from pathlib import Path

from pilotbridge.config.fields import write_duration
from pilotbridge.config.loader import parse
from pilotbridge.config.reading import Known
from pilotbridge_plugins.telegram import failing
from pilotbridge_plugins.telegram.options import TelegramOptions
from pilotbridge_plugins.telegram.posting import EMOJI

TEXT = (Path(__file__).parents[3] / "docs" / "telegram.md").read_text("utf-8")


def shown(default: object) -> str:
    """A default as the table writes it."""
    written = write_duration(default) if hasattr(default, "total_seconds") else default
    return f"`{written}`" if written else ""


def test_every_key_stands_there_with_its_default_and_meaning():
    rows = dict(re.findall(r"^\| `(\w+)` (\|.*\|)$", TEXT, re.MULTILINE))

    for name, field in TelegramOptions.model_fields.items():
        if name != "token":
            default = shown(field.default)
            assert rows[name] == f"| {default} | {field.description} |".replace("|  |", "| |"), name


def test_a_bot_is_set_up_in_less_than_ten_steps():
    steps = re.findall(r"^(\d+)\. ", TEXT, re.MULTILINE)

    assert steps == [str(number) for number in range(1, len(steps) + 1)]
    assert len(steps) < 10


def test_the_block_can_be_run(tmp_path):
    (block,) = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
    token = tmp_path / "token"
    token.write_text("1:abc")
    token.chmod(0o600)
    rest = """
gateways: { smspilot: { api_key: a-key, sender: INFORM } }
contacts: { anna: { phone: 89087964781, telegram: 1001 } }
receivers: [ { name: all, steps: [ { notify: [sms:anna] } ] } ]
route: { receiver: all }
"""

    loaded = parse(
        block.replace("/run/credentials/telegram", str(token)) + rest,
        known=Known(chats={"telegram": TelegramOptions}),
        env={},
    )

    assert loaded.faults == ()
    assert loaded.settled().chats["telegram"].rooms == {"ops-room": "-1001234567890"}


def test_every_tick_and_every_trouble_is_explained():
    for word in (*EMOJI.values(), failing.FETCHING, failing.CONFLICT, failing.TOKEN):
        assert word in TEXT
