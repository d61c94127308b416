"""Every time of the gateway in its own zone: requests in GMT, answers in Moscow's."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotbridge.smspilot import wire

YEARS_1990_TO_2099 = st.integers(631_152_000, 4_070_908_800)
MOMENTS = st.builds(datetime.fromtimestamp, YEARS_1990_TO_2099, tz=st.just(UTC))


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2026-11-24 02:05", datetime(2026, 11, 23, 23, 5, tzinfo=UTC)),
        ("2026-01-01 00:00", datetime(2025, 12, 31, 21, 0, tzinfo=UTC)),
        ("2026-03-01 02:59", datetime(2026, 2, 28, 23, 59, tzinfo=UTC)),
        ("2011-09-20 20:15", datetime(2011, 9, 20, 16, 15, tzinfo=UTC)),
        ("2014-10-25 12:00", datetime(2014, 10, 25, 8, 0, tzinfo=UTC)),
        ("2014-10-26 12:00", datetime(2014, 10, 26, 9, 0, tzinfo=UTC)),
        ("2014-10-26 01:30", datetime(2014, 10, 25, 21, 30, tzinfo=UTC)),
        ("2011-08-11 14:35:07", datetime(2011, 8, 11, 10, 35, 7, tzinfo=UTC)),
    ],
)
def test_answers_speak_moscow_time_as_it_was_then(written, moment):
    assert wire.read_moscow(written) == moment


def test_requests_speak_gmt():
    assert wire.read_gmt("2030-01-01 10:00:00") == datetime(2030, 1, 1, 10, tzinfo=UTC)
    assert wire.write_gmt(datetime(2030, 1, 1, 13, tzinfo=wire.moscow())) == "2030-01-01 10:00:00"


@given(MOMENTS)
def test_a_moment_comes_back_from_gmt_to_the_second(moment):
    assert wire.read_gmt(wire.write_gmt(moment)) == moment.replace(microsecond=0)


@given(MOMENTS)
def test_a_moment_comes_back_from_moscow_unless_its_hour_was_repeated(moment):
    whole = moment.replace(microsecond=0)

    back = wire.read_moscow(wire.write_moscow(moment))
    to_the_minute = wire.read_moscow(wire.write_moscow_minute(moment))

    assert whole - back in (timedelta(), timedelta(hours=1))
    assert to_the_minute == back.replace(second=0)


@pytest.mark.parametrize("written", ["", wire.NO_DATE])
def test_both_empty_dates_mean_not_delayed(written):
    assert wire.read_send_datetime(written) is None


@pytest.mark.parametrize(
    "written",
    [
        "",
        "now",
        "2030-13-01 10:00:00",
        "2030-01-01T10:00:00",
        "2030-01-01 10:00:00 ",
        "0001-01-01 00:00",
        "٢٠٣٠-01-01 00:00",
    ],
)
def test_what_is_no_time_is_torn(written):
    with pytest.raises(wire.Torn):
        wire.read_moscow(written)


@pytest.mark.parametrize("write", [wire.write_gmt, wire.write_moscow, wire.write_moscow_minute])
def test_a_time_without_a_zone_is_a_mistake(write):
    with pytest.raises(ValueError, match="zone"):
        write(datetime(2030, 1, 1))  # noqa: DTZ001
