from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
NIGHT, NOON = (datetime(2026, 1, 12, hour, tzinfo=UTC) for hour in (23, 9))


def test_at_night_boris_is_told(make_world):
    world = make_world(plugins={"night_shift": {}}, plugin_folder=HERE, start=NIGHT)

    world.fire("DiskFull")
    world.run_for(minutes=1)

    assert len(world.texts_to("boris")) == 1
    assert world.texts_to("anna") == []


def test_by_day_the_routes_decide(make_world):
    world = make_world(plugins={"night_shift": {}}, plugin_folder=HERE, start=NOON)

    world.fire("DiskFull")
    world.run_for(minutes=1)

    assert len(world.texts_to("anna")) == 1
