"""Updates that Telegram brings: the whole bridge, its door and the plugin, on the sandbox."""

from __future__ import annotations

import pytest

from pilotbridge.errors import ConfigurationError
from pilotbridge.testing.world import CONFIGURATION
from tests.plugins.telegram.both import CONFIGURED, STRANGER, Both
from tests.plugins.telegram.conftest import FORUM, Stage, ask

WITH_ADDRESS = f'web: {{{{ external_url: "http://bridge.example" }}}}\n{CONFIGURATION}'
WITH_WEBHOOK = CONFIGURED.replace("    api_url:", "    updates: webhook\n    api_url:").replace(
    "bridge: {{ zone", 'web: {{ external_url: "http://bridge.example" }}\nbridge: {{ zone'
)


@pytest.fixture
def both(make_world) -> Both:
    return Both(make_world(configuration=WITH_WEBHOOK))


def test_an_answer_that_is_brought_reaches_the_phone(both):
    both.sms("hello")
    both.poll()

    both.write("hi")
    both.world.run_for(minutes=1)

    assert both.world.texts_to(STRANGER) == ["hi"]
    assert both.look("updates") == []
    assert both.look("calls?method=getUpdates") == []


def test_an_update_that_cannot_be_kept_comes_again(both):
    both.sms("hello")
    both.poll()
    both.world.crash()
    both.write("hi")

    both.world.run_for(minutes=5)

    assert both.world.texts_to(STRANGER) == ["hi"]


def test_a_webhook_that_somebody_takes_away_is_set_again(both):
    both.poll()
    both.world.run_for(seconds=1)
    address = both.world.sandbox.world.telegram.mailbox.intake.url
    ask(both.world, "deleteWebhook")

    both.world.run_for(minutes=6)

    assert address.startswith("http://bridge.example/hooks/telegram/")
    assert both.world.sandbox.world.telegram.mailbox.intake.url == address


def test_a_webhook_that_telegram_does_not_reach_is_a_trouble(make_world):
    stage = Stage(make_world(configuration=WITH_ADDRESS))
    stage.start(updates="webhook")
    # The bridge itself knows nothing of this bot, so its door answers 404.
    stage.order(f"chats/{FORUM}/write", text="hi")

    stage.world.run_for(minutes=16)

    summary = stage.troubles["ChatUpdatesFailing"].summary
    assert "1 updates wait, bridge.example is not reached: Wrong response from the webhook: 404" in summary
    assert "s3cret" not in summary
    stage.chat.close()


def test_without_an_external_url_there_is_no_webhook(make_world):
    with pytest.raises(ConfigurationError, match=r"updates: webhook needs web\.external_url"):
        make_world(configuration=CONFIGURED.replace("    api_url:", "    updates: webhook\n    api_url:"))
