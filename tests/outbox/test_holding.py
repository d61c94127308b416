"""What keeps a message back, what lets it go, and that critical messages are never stopped in silence."""

from datetime import timedelta
from decimal import Decimal

import pytest

from pilotbridge.config.settings import Allowance, BalanceSettings, LimitsSettings
from pilotbridge.errors import NotAllowed
from pilotbridge.lifecycle import State
from pilotbridge.outbox.balance import BalanceWatch
from pilotbridge.outbox.enqueue import marked
from pilotbridge.outbox.operating import pause, resolve, resume
from pilotbridge.outbox.postage import postage_of
from pilotbridge.phone import PhoneNumber

ANNA = PhoneNumber("+79087964781")
BORIS = PhoneNumber("+79131437355")
HELSINKI = PhoneNumber("+358401234567")


def numbers(amount):
    return [PhoneNumber(f"+790879647{n:02}") for n in range(amount)]


# --- caps -------------------------------------------------------------------------------------------


def test_above_the_cap_a_message_waits_with_the_reason_and_goes_when_the_hour_has_passed(posts):
    post = posts(limits=LimitsSettings(sms_per_contact_per_hour=2))
    post.send("a"), post.send("b")

    third = post.send("c")

    assert (post.state(third), post.row(third).cause) == (State.HELD, "cap")
    assert "limits.sms_per_contact_per_hour is 2" in post.message(third).reason
    post.run_for(minutes=70)
    assert post.arrived() == ["a", "b", "c"]


def test_a_cap_never_stops_a_critical_message(posts):
    post = posts(limits=LimitsSettings(sms_per_contact_per_hour=1, in_all=Allowance(rub_per_day=Decimal(1))))
    post.send("a")

    assert post.state(post.send("b", critical=True)) is State.ACCEPTED


def test_what_a_cap_holds_goes_not_before_the_time_it_is_for(posts):
    post = posts(limits=LimitsSettings(sms_per_contact_per_hour=1))
    post.send("a")
    post.send("b", send_at_ms=post.clock.now_ms() + 3 * 3_600_000)

    post.run_for(hours=2)
    assert post.arrived() == ["a"]
    post.run_for(hours=1, minutes=11)

    assert post.arrived() == ["a", "b"]


def test_a_cap_is_per_person(posts):
    post = posts(limits=LimitsSettings(sms_per_contact_per_hour=1))
    post.send("a", ANNA)

    assert post.state(post.send("b", BORIS)) is State.ACCEPTED


def test_above_the_money_of_a_day_a_message_waits_for_the_next(posts):
    post = posts(limits=LimitsSettings(in_all=Allowance(rub_per_day=Decimal("2.96"))))
    post.send("a")

    second = post.send("b", BORIS)

    assert "limits.rub_per_day is 2.96" in post.message(second).reason
    post.run_for(hours=23)
    assert post.state(second) is State.HELD


@pytest.mark.parametrize("limits", [
    LimitsSettings(per_contact=Allowance(parts_per_day=2)),
    LimitsSettings(per_contact=Allowance(rub_per_day=Decimal("5.00"))),
])  # fmt: skip
def test_above_what_a_person_may_cost_in_a_day_a_message_waits_and_others_get_theirs(posts, limits):
    post = posts(limits=limits)
    post.send("a" * 200)

    second, other = post.send("b"), post.send("c", BORIS)

    assert "cap reached: limits.per_contact." in post.message(second).reason
    assert post.state(other) is State.ACCEPTED
    post.run_for(hours=23, minutes=45)
    assert post.state(second) is State.HELD
    post.run_for(minutes=30)
    assert post.state(second) is not State.HELD


def test_above_the_parts_of_a_day_a_message_waits(posts):
    post = posts(limits=LimitsSettings(in_all=Allowance(parts_per_day=2)))
    post.send("a" * 200)

    second = post.send("b", BORIS)

    assert "limits.parts_per_day is 2" in post.message(second).reason


def test_what_is_on_its_way_counts_towards_a_cap(posts):
    post = posts(limits=LimitsSettings(in_all=Allowance(parts_per_day=2)))

    put = [post.put(f"{number}", to) for number, to in enumerate((ANNA, BORIS, ANNA, BORIS))]
    post.run_for(minutes=1)

    assert post.arrived() == ["0", "1"]
    assert [post.state(each) for each in put[2:]] == [State.HELD, State.HELD]


@pytest.mark.parametrize("limits", [
    LimitsSettings(in_all=Allowance(rub_per_day=Decimal("8.88"))),
    LimitsSettings(per_contact=Allowance(rub_per_day=Decimal("8.88"))),
])  # fmt: skip
def test_what_is_on_its_way_is_reckoned_at_the_price_that_parts_had_last(posts, limits):
    post = posts(limits=limits)
    post.send("the first tells the price: 2.96")

    put = [post.put(f"{number}") for number in range(4)]
    post.run_for(minutes=1)

    assert len(post.arrived()) == 3
    assert [post.state(each) for each in put[2:]] == [State.HELD, State.HELD]


# --- equal texts ------------------------------------------------------------------------------------


def test_an_equal_text_that_a_person_wrote_waits_out_the_guard_and_then_goes(post):
    post.send("on my way", text_is_unique=False)

    second = post.send("on my way", text_is_unique=False)

    assert (post.state(second), post.row(second).cause) == (State.HELD, "same_text")
    post.run_for(minutes=7)
    assert post.arrived() == ["on my way"] * 2
    assert not post.row(second).text_is_unique


def test_an_equal_text_waits_for_as_long_as_the_first_one_is_not_settled(posts):
    post = posts(duplicate_window=timedelta())
    post.fault("down", count=None)
    first = post.send("on my way", text_is_unique=False)
    second = post.send("on my way", text_is_unique=False)

    post.run_for(hours=1)
    assert post.state(first) is State.QUEUED
    assert post.state(second) is State.HELD
    post.order("faults/clear")
    post.run_for(hours=1)

    assert post.arrived() == ["on my way"] * 2


def test_an_equal_text_waits_until_somebody_says_what_became_of_the_first(posts):
    post = posts(duplicate_window=timedelta())
    post.fault("reply_lost")
    first = post.send("on my way", text_is_unique=False)
    post.run_for(hours=2)
    assert post.state(first) is State.PARKED

    second = post.send("on my way", text_is_unique=False)
    assert (post.state(second), post.row(second).cause) == (State.HELD, "same_text")
    post.write(lambda tx: resolve(tx, first, accepted=True, by="anna", now_ms=post.clock.now_ms()))
    post.run_for(hours=2)

    assert post.arrived() == ["on my way", "on my way"]


def test_a_text_of_ones_own_is_unique(post):
    assert post.row(post.put("on my way", text_is_unique=False)).text_is_unique


@pytest.mark.parametrize("window", [timedelta(), timedelta(minutes=5)], ids=["unknown", "known"])
def test_an_equal_text_of_days_ago_is_not_forgotten(posts, window):
    post = posts(duplicate_window=window)
    post.send("on my way", text_is_unique=False)
    post.run_for(hours=30)

    assert not post.row(post.put("on my way", text_is_unique=False)).text_is_unique


def test_an_account_that_remembers_for_longer_than_it_says_swallows_no_equal_text(post):
    post.order("account", guard_s=3600)
    post.send("on my way", text_is_unique=False)
    post.run_for(minutes=7)
    post.fault("reply_lost")
    post.fault("reply_lost")

    second = post.send("on my way", text_is_unique=False)
    post.run_for(minutes=10)

    assert post.arrived() == ["on my way"]
    assert post.state(second) is State.PARKED


def test_equal_texts_to_different_people_have_nothing_to_do_with_each_other(post):
    post.send("on my way", ANNA, text_is_unique=False)

    assert post.state(post.send("on my way", BORIS, text_is_unique=False)) is State.ACCEPTED


def test_a_mark_lets_an_equal_text_go_at_once(post):
    post.send("on my way", text_is_unique=False)
    again = post.write(
        lambda tx: marked(tx, ANNA, "on my way", postage_of(post.settings), post.clock.now_ms())
    )

    assert again == "on my way (2)"
    assert post.state(post.send(again, text_is_unique=False)) is State.ACCEPTED


def test_a_text_that_was_refused_stands_in_nobodys_way(post):
    post.order("scripts", phone=ANNA.digits, outcome="refused", error=212, count=1)
    post.send("on my way", text_is_unique=False)

    assert post.state(post.send("on my way", text_is_unique=False)) is State.ACCEPTED


# --- countries --------------------------------------------------------------------------------------


def test_a_number_abroad_is_refused_with_the_way_out(posts):
    post = posts(limits=LimitsSettings(countries=frozenset({"RU"})))

    with pytest.raises(NotAllowed, match=r"number of FI, and limits.countries lists RU; add the country"):
        post.put(to=HELSINKI)


def test_who_wrote_to_us_may_be_answered_wherever_he_is(posts, inbound):
    post = posts(limits=LimitsSettings(countries=frozenset({"RU"})))
    post.write(lambda tx: tx.add_inbound(inbound(HELSINKI.digits), post.clock.now_ms()))

    assert post.state(post.put(to=HELSINKI)) is State.QUEUED


# --- the kill switch --------------------------------------------------------------------------------


def test_while_sending_is_paused_everything_waits_with_the_reason_and_then_goes(post):
    post.write(lambda tx: pause(tx, "the numbers are wrong", by="anna", now_ms=post.clock.now_ms()))
    messages = [post.put(str(n), to) for n, to in enumerate(numbers(5))]
    messages.append(post.put("critical", critical=True))

    post.run_for(hours=1)
    assert post.arrived() == []
    assert {post.state(message) for message in messages} == {State.HELD}
    assert "sending was paused by anna: the numbers are wrong" in post.message(messages[0]).reason

    woken = post.write(lambda tx: resume(tx, by="boris", now_ms=post.clock.now_ms()))
    post.run_for(seconds=1)

    assert woken == 6
    assert post.arrived()[0] == "critical"
    assert len(post.arrived()) == 6


def test_what_is_kept_back_for_longer_than_it_is_of_use_lapses_all_the_same(post):
    post.write(lambda tx: pause(tx, "a drill", by="anna", now_ms=0))
    message = post.send()

    post.run_for(hours=24, minutes=1)

    assert post.state(message) is State.LAPSED


def test_the_kill_switch_survives_a_restart(post):
    post.write(lambda tx: pause(tx, "wrong", by="anna", now_ms=post.clock.now_ms()))
    post.put()

    post.crash()
    post.run_for(minutes=30)

    assert post.requests() == []


def test_a_message_in_doubt_is_not_resent_while_sending_is_paused(post):
    post.fault("reply_lost")
    message = post.put(critical=True, prefer_duplicate=True)
    post.dispatches[0].turn()
    post.write(lambda tx: pause(tx, "wrong", by="anna", now_ms=post.clock.now_ms()))

    post.run_for(minutes=30)

    assert len(post.requests()) == 1
    assert post.state(message) is State.HELD


@pytest.mark.parametrize("why", ["", "  "])
def test_nobody_pauses_without_a_reason(post, why):
    with pytest.raises(NotAllowed, match="say why"):
        post.write(lambda tx: pause(tx, why, by="anna", now_ms=0))


def test_only_what_is_paused_is_resumed(post):
    with pytest.raises(NotAllowed, match="is not paused"):
        post.write(lambda tx: resume(tx, by="anna", now_ms=0))


# --- money ------------------------------------------------------------------------------------------


def watch(post, **changes):
    settings = post.settings
    return BalanceWatch(
        store=post.store, gateway=post.gateways["main"], settings=lambda: settings, fleet=post.fleet,
        clock=post.clock, meter=post.meter, troubles=post.troubles, wake=post.settle,
    )  # fmt: skip


def test_without_money_one_message_probes_and_when_money_comes_all_go_critical_first(post):
    post.order("account", balance_rub="0")
    for n, to in enumerate(numbers(30)):
        post.put(str(n), to)
    critical = [post.put(f"critical {n}", to, critical=True) for n, to in enumerate(numbers(3))]

    post.run_for(minutes=10)
    assert {post.state(message) for message in critical} == {State.HELD}
    asked = post.requests()
    assert len(asked) <= 16
    assert all(request["messages"] == 1 for request in asked[1:])

    post.order("account", balance_rub="1000")
    watch(post).turn()
    post.run_for(minutes=1)

    assert sorted(post.arrived()[:3]) == ["critical 0", "critical 1", "critical 2"]
    assert len(post.arrived()) == 33


def test_money_that_came_is_found_by_the_probe_alone(post):
    post.order("account", balance_rub="0")
    for n, to in enumerate(numbers(5)):
        post.put(str(n), to)
    post.put("critical", critical=True)
    post.run_for(minutes=3)
    post.order("account", balance_rub="1000")

    post.run_for(minutes=2)

    assert len(post.arrived()) == 6


def test_the_reserve_is_kept_for_critical_messages(posts):
    post = posts(balance=BalanceSettings(reserve_rub=Decimal(100)))
    post.order("account", balance_rub="90")
    watch(post).turn()

    ordinary, critical = post.send("a", BORIS), post.send("b", critical=True)

    assert (post.state(ordinary), post.row(ordinary).cause) == (State.HELD, "balance")
    assert "90" in post.message(ordinary).reason
    assert post.state(critical) is State.ACCEPTED
    assert post.troubles.open["GatewayBalanceLow", "main"].severity == "critical"


def test_what_waited_for_the_reserve_goes_by_itself_when_the_account_is_topped_up(posts):
    post = posts(balance=BalanceSettings(reserve_rub=Decimal(100)))
    post.order("account", balance_rub="90")
    watch(post).turn()
    post.send("a")
    post.order("account", balance_rub="500")

    watch(post).turn()
    post.run_for(seconds=1)

    assert post.arrived() == ["a"]
    assert post.troubles.open == {}


def test_a_balance_that_lasts_less_than_a_week_is_a_trouble_until_it_is_topped_up(post):
    for n, to in enumerate(numbers(20)):
        post.put(str(n), to)
    post.run_for(minutes=1)
    post.order("account", balance_rub="120")
    watched = watch(post)

    due_ms = watched.turn()
    assert due_ms == post.clock.now_ms() + 600_000
    low = post.troubles.open["GatewayBalanceLow", "main"]
    assert ("last 2 days at the present rate" in low.summary, low.severity) == (True, "warning")
    post.order("account", balance_rub="10")
    watched.turn()
    low = post.troubles.open["GatewayBalanceLow", "main"]
    assert ("4 hours" in low.summary, low.severity) == (True, "critical")
    post.order("account", balance_rub="5000")
    watched.turn()

    assert post.troubles.open == {}
    assert post.meter.gauges["balance_rub"] == 5000


def test_an_account_that_does_not_tell_its_balance_is_a_trouble_after_a_while(post):
    post.order("faults", kind="down", count=3)
    watched = watch(post)

    watched.turn(), watched.turn()
    assert post.troubles.open == {}
    watched.turn()
    assert "does not tell its balance" in post.troubles.open["GatewayBalanceUnknown", "main"].summary
    watched.turn()

    assert post.troubles.open == {}


def test_a_blocked_account_holds_everything_and_opens_again_by_itself(post):
    post.order("account", blocked=106)
    for n, to in enumerate(numbers(3)):
        post.put(str(n), to)
    post.run_for(minutes=5)
    assert post.arrived() == []
    post.order("account", blocked=0)

    post.run_for(minutes=12)

    assert len(post.arrived()) == 3


# --- another gateway --------------------------------------------------------------------------------


def test_the_next_gateway_takes_over_what_the_first_surely_did_not_accept(posts):
    post = posts("main", "second")
    post.fault("down", count=None)
    for n, to in enumerate(numbers(10)):
        post.put(str(n), to)

    post.run_for(seconds=30)

    assert len(post.arrived("second")) == 10
    assert post.arrived("main") == []


def test_what_may_have_been_accepted_is_never_handed_over(posts):
    post = posts("main", "second")
    post.fault("reply_lost")
    message = post.send(critical=True)
    post.fault("down", count=None)

    post.run_for(hours=1)

    assert post.arrived("second") == []
    assert post.state(message) is State.PARKED


@pytest.mark.parametrize("fault", [{"code": 241}, {"code": 106}, {"code": 113}, {"code": 999}])
def test_an_account_that_refuses_hands_over(posts, fault):
    post = posts("main", "second")
    post.fault("code", count=None, **fault)

    message = post.send()

    assert post.arrived("second") == ["disk full #417"]
    assert post.row(message).gateway == "second"
    assert "second takes it over" in post.reasons(message)


def test_a_243_at_the_next_gateway_is_no_proof_that_it_was_accepted(posts):
    post = posts("main", "second")
    post.send("same", ANNA)
    post.fault("code", count=None, code=106)
    post.fault("code", "second", code=243)

    message = post.send("another", BORIS)

    assert post.state(message) is State.QUEUED
    assert post.row(message).cause == "same_text"


def test_failures_at_one_gateway_prove_nothing_at_the_next(posts):
    post = posts("main", "second")
    post.fault("code", count=None, code=110)
    post.fault("code", "second", code=243)

    message = post.send()
    post.run_for(minutes=1)

    assert post.row(message).gateway == "second"
    assert post.state(message) is State.QUEUED


def test_a_failure_before_the_first_gateway_refused_proves_nothing_at_the_next(posts):
    post = posts("main", "second")
    post.fault("code", code=110)
    post.fault("code", code=106, count=None)
    post.fault("code", "second", code=243)

    message = post.send()
    post.run_for(minutes=1)

    assert post.row(message).gateway == "second"
    assert (post.state(message), post.row(message).cause) == (State.QUEUED, "same_text")


def test_everybody_goes_back_to_the_first_gateway_when_it_answers_again(posts):
    post = posts("main", "second")
    post.fault("down", count=3)
    post.send("a")
    post.run_for(minutes=1)
    assert post.arrived("second") == ["a"]

    post.send("b", BORIS)
    post.send("c", BORIS)

    assert post.arrived("main") == ["b", "c"]
