"""The digest, from morning to morning on the hand-moved clock; the world begins at noon in Moscow."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pilotbridge import ConfigurationError
from pilotbridge.testing.world import CONFIGURATION
from tests.relay.scripted import ScriptedChat, write_plugin

BLOCK = {"at": ["13:00"], "to": ["anna"]}
HOUR = {"hours": 1, "minutes": 1}


@pytest.fixture
def digesting(make_world):
    return lambda **changes: make_world(plugins={"digest": BLOCK | changes})


def info(world, name="CertExpiring", **labels):
    return world.tell({"alertname": name, "severity": "info", **labels})


def keep_alive(world, alert, days):
    """An Alertmanager repeats it, so that it is not taken for dead."""
    for _ in range(days * 2):
        world.run_for(hours=12)
        world.say_again(alert)


def test_low_severities_are_told_once_a_day_in_one_sms(digesting):
    world = digesting()
    world.run_for(minutes=1)
    info(world, instance="web01")
    info(world, "DiskSlow", instance="db01")
    world.run_for(minutes=50)
    before = list(world.messages())

    world.run_for(hours=2)

    assert before == []
    assert world.texts_to("anna") == [
        "Digest 12.01 13:00: 2 new, 0 over, 0 still on: CertExpiring web01, DiskSlow db01"
    ]


def test_others_go_their_usual_way_at_once(digesting):
    world = digesting(matchers=['squad="web"'])
    world.fire("ApiDown", squad="web")
    world.tell({"alertname": "DiskSlow", "severity": "warning", "squad": "db"})
    world.run_for(minutes=5)

    assert [text.split()[:2] for text in world.texts_to("anna")] == [
        ["CRIT", "ApiDown"],
        ["WARN", "DiskSlow"],
    ]


def test_critical_never_waits_whatever_matches(digesting):
    world = digesting(matchers=['squad="web"'])
    world.run_for(minutes=1)
    world.tell({"alertname": "ApiDown", "severity": "page", "severity_grade": "critical", "squad": "web"})

    world.run_for(**HOUR)

    assert world.texts_to("anna")[0].startswith("CRIT ApiDown")
    assert not any(text.startswith("Digest") for text in world.texts_to("anna"))


def test_what_ended_before_the_digest_is_named_as_over(digesting):
    world = digesting()
    world.run_for(minutes=1)
    alert = info(world, instance="web01")
    world.run_for(minutes=10)
    world.resolve(alert)

    world.run_for(**HOUR)

    (text,) = world.texts_to("anna")
    assert text.endswith("1 new, 1 over, 0 still on: CertExpiring web01 over")


def test_what_was_told_is_told_again_only_when_it_is_over(digesting):
    world = digesting()
    world.run_for(minutes=1)
    alert = info(world, instance="web01")
    world.run_for(**HOUR)

    keep_alive(world, alert, days=2)
    silent = len(world.texts_to("anna"))
    world.resolve(alert)
    world.run_for(days=3)

    assert silent == 1
    assert world.texts_to("anna")[1:] == [
        "Digest 15.01 13:00: 0 new, 1 over, 0 still on: CertExpiring web01 over"
    ]


def test_one_that_comes_back_is_new_again_and_the_others_are_counted(digesting):
    world = digesting()
    world.run_for(minutes=1)
    first, other = info(world, instance="web01"), info(world, "DiskSlow")
    world.run_for(**HOUR)
    world.resolve(first)
    world.run_for(hours=1)
    again = info(world, instance="web01")

    for _ in range(2):
        world.run_for(hours=11, minutes=55)
        for alert in (again, other):
            world.say_again(alert)

    assert world.texts_to("anna")[1].endswith("1 new, 0 over, 1 still on: CertExpiring web01")


def test_nothing_new_costs_no_sms(digesting):
    world = digesting()

    world.run_for(days=3)

    assert world.messages() == []


def test_a_restart_over_the_time_tells_it_late_and_once(digesting):
    world = digesting()
    world.run_for(minutes=50)
    info(world, instance="web01")
    world.engine.close()
    world.clock.forward(3 * 3_600_000)

    for _ in range(3):
        world.crash()
        world.run_for(minutes=1)

    assert len(world.texts_to("anna")) == 1
    assert world.texts_to("anna")[0].endswith("CertExpiring web01")


def test_a_crash_right_after_it_was_told_tells_it_no_second_time(digesting):
    world = digesting()
    world.run_for(minutes=1)
    info(world)
    world.run_for(minutes=59, seconds=5)
    world.run_for(seconds=20)

    world.crash()
    world.run_for(hours=2)

    assert len([message for message in world.messages() if message.origin == "plugin:digest"]) == 1


def test_several_times_and_people_each_hear_in_their_own_words(make_world):
    russian = CONFIGURATION.replace("boris: {{ ", "boris: {{ language: ru, sms_text: ru, ")
    world = make_world(
        plugins={"digest": {"at": ["13:00", "15:00"], "to": ["anna", "boris"]}}, configuration=russian
    )
    world.run_for(minutes=1)
    for hours in (1, 2):
        info(world, f"Slow{hours}")
        world.run_for(hours=hours, minutes=1)

    assert [text[:18] for text in world.texts_to("anna")] == ["Digest 12.01 13:00", "Digest 12.01 15:00"]
    assert world.texts_to("boris")[0] == "Сводка 12.01 13:00: новых 1, прошло 0, ещё 0: Slow1"


def test_very_many_are_counted_and_as_many_named_as_fit(digesting):
    world = digesting(parts=2)
    world.run_for(minutes=1)
    for number in range(150):
        info(world, instance=f"web{number:03d}")

    world.run_for(**HOUR)

    (text,) = world.texts_to("anna")
    assert text.startswith("Digest 12.01 13:00: 150 new, 0 over, 0 still on: CertExpiring web000, ")
    named, left = text.count("CertExpiring"), int(text.rpartition("+")[2])
    assert named + left == 150
    assert world.messages()[0].parts <= 2


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"to": ["bors"]}, r"to\[0\]: there is no contact 'bors'; did you mean boris"),
        ({"to": ["anna"], "rooms": ["ops"]}, r"rooms\[0\]: there is no room 'ops'"),
    ],
)
def test_who_is_told_has_to_be_there(digesting, options, fault):
    with pytest.raises(ConfigurationError, match=fault):
        digesting(**options)


def test_a_phone_that_wants_no_more_texts_stops_no_digest_and_is_told_of(digesting):
    world = digesting(to=["boris", "anna"])
    phone, now_ms = world.contacts["boris"].phone, world.clock.now_ms()
    world.app.ground.store.write(lambda tx: tx.add_optout("ops", phone, "STOP", now_ms)).result()
    world.run_for(minutes=1)
    info(world)

    world.run_for(**HOUR)

    assert not any(text.startswith("Digest") for text in world.texts_to("boris"))
    assert any(text.startswith("Digest") for text in world.texts_to("anna"))
    assert [incident.name for incident in world.incidents()] == ["DigestUnsent"]


def test_a_room_gets_a_line_for_each(make_world, tmp_path):
    chat = ScriptedChat()
    with_room = (
        CONFIGURATION + 'chats: {{ team: {{ type: scripted, rooms: {{ ops-room: {{ id: "-100" }} }} }} }}\n'
    )
    world = make_world(
        plugins={"digest": {"at": ["13:00"], "rooms": ["ops-room"]}},
        configuration=with_room,
        plugin_folder=write_plugin(tmp_path / "chat-plugin"),
        chat_network=chat,
    )
    world.run_for(minutes=1)
    info(world, instance="web01")
    world.resolve(info(world, "DiskSlow"))

    world.run_for(**HOUR)

    (post,) = chat.posted
    assert post.text.split("\n") == [
        "Digest 12.01 13:00: 2 new, 1 over, 0 still on: ",
        "CertExpiring web01",
        "DiskSlow over",
    ]
    assert world.messages() == []


def test_a_clock_that_was_ahead_for_a_while_stops_no_digest(digesting):
    world = digesting()
    world.clock.set_wall(datetime(2026, 2, 12, 9, tzinfo=UTC))
    world.run_for(minutes=5)
    world.clock.set_wall(datetime(2026, 1, 12, 9, tzinfo=UTC))
    world.run_for(minutes=5)
    info(world)

    world.run_for(**HOUR)

    assert len(world.texts_to("anna")) == 1


def test_it_is_told_on_the_day_the_clocks_are_moved(make_world):
    berlin = CONFIGURATION.replace("Europe/Moscow", "Europe/Berlin")
    start = datetime(2026, 3, 28, 20, tzinfo=UTC)
    world = make_world(
        plugins={"digest": {"at": ["02:30"], "to": ["anna"]}}, configuration=berlin, start=start
    )
    world.run_for(minutes=1)
    info(world)

    world.run_for(hours=8)

    assert len(world.texts_to("anna")) == 1


@pytest.mark.parametrize(
    ("changes", "says"),
    [({"to": []}, "nobody is told"), ({"at": ["25:00"]}, "no time of the day"), ({"at": []}, "at")],
)
def test_a_block_that_makes_no_sense_is_refused(digesting, changes, says):
    with pytest.raises(Exception, match=says):
        digesting(**changes)
