"""A text template that fails costs nobody an alert, and somebody hears of it."""

from __future__ import annotations

from pilotbridge.testing.world import CONFIGURATION

FAILING = CONFIGURATION + "\ntemplates: {{ sms: '{{{{ 1 / 0 }}}}' }}\n"


def test_people_get_the_built_in_text_and_the_bridge_says_what_is_wrong(make_world):
    plain, failing = make_world(), make_world(configuration=FAILING)

    for world in (plain, failing):
        world.fire("DiskFull", instance="db01")
        world.run_for(minutes=10)

    [expected] = plain.texts_to("anna")
    texts = failing.texts_to("anna")
    assert texts[0].split("#")[0] == expected.split("#")[0]
    assert [text.split()[1] for text in texts] == ["DiskFull", "TemplateFailing"]
    with failing.engine.read() as read:
        [trouble] = [row.alert for row in read.alerts_listed("", 10) if row.alert.name == "TemplateFailing"]
    summary = trouble.annotations["summary"]
    assert summary.startswith(
        "the text template for page-ops fails, the built-in text goes out: ZeroDivision"
    )
