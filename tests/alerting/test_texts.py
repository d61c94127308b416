"""The words of an SMS: what stands in it, in which letters, and that its ref is always there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilotbridge.alerting.compose import Wording, compose
from pilotbridge.alerting.facts import facts_of
from pilotbridge.alerting.teller import ask_here
from pilotbridge.alerting.templates import render
from pilotbridge.config.template_words import NAMES
from pilotbridge.model import (
    Alert,
    AlertState,
    Contact,
    Group,
    GroupId,
    Incident,
    IncidentId,
    Labels,
    Line,
    Notification,
    Reason,
    Ref,
    Severity,
)
from pilotbridge.sms_text import is_gsm7, measure, mixed_words

NOW = datetime(2026, 11, 25, 0, 20, tzinfo=UTC)
STARTED = datetime(2026, 11, 25, 0, 14, tzinfo=UTC)
ANNA = Contact("anna", None, "Europe/Moscow")
RUSSIAN = replace(ANNA, language="ru", sms_text="ru")
LINE = Line("79021121075", "1234")


def an_alert(labels=None, annotations=None, *, at=STARTED, **more) -> Alert:
    labels = {"alertname": "DiskFull", "instance": "db01:9100", "severity": "critical"} | (labels or {})
    return Alert("prom", Labels(labels), Labels(annotations or {}), AlertState.FIRING, at, **more)


def a_notification(*alerts: Alert, reason=Reason.FIRST, number=1, contact=ANNA, **more) -> Notification:
    alerts = alerts or (an_alert(),)
    ended = reason is Reason.ALL_RESOLVED
    incident = Incident(
        IncidentId(1), Ref("417"), Group(GroupId(1), "ops", "root", Labels()), STARTED, name=alerts[0].name,
        severity=Severity.CRITICAL,
    )  # fmt: skip
    facts = {
        "firing": () if ended else alerts,
        "new": () if ended else alerts,
        "resolved": alerts if ended else (),
        "firing_count": 0 if ended else len(alerts),
        "new_count": 0 if ended else len(alerts),
        "resolved_count": len(alerts) if ended else 0,
    }
    return Notification(incident, "ops", reason, number, contact=contact, at=NOW, **facts | more)


def text_of(notification, *, parts=2, template="", **more) -> str:
    return composed(notification, parts=parts, template=template, **more).text


def composed(notification, *, parts=2, template="", line=None, own_text="", may_hint=True, ask=ask_here):
    wording = Wording(parts, template, line)
    return compose(notification, wording, own_text=own_text, may_hint=may_hint, ask=ask)


# --- the built-in texts -----------------------------------------------------------------------------


def test_the_default_text_says_severity_count_name_what_differs_value_and_start():
    alerts = [an_alert({"instance": f"db0{n}"}, {"value": "95%"}) for n in (1, 2)]

    assert text_of(a_notification(*alerts)) == "CRIT x2 DiskFull db01,db02 95% 03:14 #417"


@pytest.mark.parametrize(("labels", "begins"), [
    ({"service": "api", "instance": "db02", "job": "x"}, "CRIT x api db02 "),
    ({"where": "y" * 100}, f"CRIT {'y' * 40} "),
    ({"severity": "critical"}, "CRIT Alert "),
])  # fmt: skip
def test_an_alert_without_a_name_says_what_its_labels_say(labels, begins):
    alert = an_alert({"alertname": "", "instance": "", "severity": "critical", **labels})

    assert text_of(a_notification(alert)).startswith(begins)


def test_later_texts_carry_a_running_number():
    new = [an_alert({"instance": f"db0{n}"}, at=NOW) for n in (3, 4)]
    told = a_notification(*new, reason=Reason.NEW_ALERTS, number=2, firing_count=4)

    assert text_of(told) == "+2 DiskFull db03,db04 (now 4) 03:20 #417.2"


@pytest.mark.parametrize(
    ("contact", "severities", "begins"),
    [
        (ANNA, ("warning", "critical"), "+1 CRIT DiskFull db02 (now 2)"),
        (ANNA, ("info", "warning"), "+1 WARN DiskFull db02 (now 2)"),
        (ANNA, ("critical", "warning"), "+1 DiskFull db02 (now 2)"),
        (ANNA, ("critical", "critical"), "+1 DiskFull db02 (now 2)"),
        (RUSSIAN, ("warning", "critical"), "+1 КРИТ DiskFull db02 (всего 2)"),
    ],
)
def test_more_that_is_worse_than_what_fires_says_so(contact, severities, begins):
    first, new = (
        an_alert({"instance": f"db0{n}", "severity": severity}) for n, severity in enumerate(severities, 1)
    )
    told = replace(
        a_notification(first, new, reason=Reason.NEW_ALERTS, number=2, contact=contact),
        new=(new,),
        new_count=1,
    )

    assert text_of(told).startswith(begins)


def test_the_end_says_how_long_it_took():
    over = [
        replace(an_alert({"instance": f"db0{n}"}), ends_at=STARTED + timedelta(minutes=17, seconds=12))
        for n in (1, 2)
    ]

    text = text_of(a_notification(*over, reason=Reason.ALL_RESOLVED, number=3))

    assert text == "CLEAR DiskFull db01,db02 after 17m #417.3"


@pytest.mark.parametrize(
    ("lasted", "words"),
    [
        (timedelta(seconds=42), "42s"),
        (timedelta(minutes=17), "17m"),
        (timedelta(hours=2, minutes=5), "2h5m"),
        (timedelta(days=3, hours=4, minutes=5), "3d4h"),
    ],
)
def test_durations_are_short(lasted, words):
    over = replace(an_alert(), ends_at=STARTED + lasted)

    assert f"after {words} #417" in text_of(a_notification(over, reason=Reason.ALL_RESOLVED))


def test_stale_is_never_called_clear():
    text = text_of(a_notification(reason=Reason.ALL_RESOLVED, stale=True))

    assert text == "STALE DiskFull db01 no more word of it, firing since 03:14 #417"


def test_the_start_carries_its_date_when_it_is_not_of_today():
    yesterday = a_notification(an_alert(at=STARTED - timedelta(days=1)))

    assert "24 Nov 03:14" in text_of(yesterday)


def test_the_start_is_in_the_contacts_own_zone():
    text = text_of(a_notification(contact=replace(ANNA, zone="Asia/Novosibirsk")))

    assert " 07:14 " in text


def test_a_russian_text_has_russian_words_where_they_cost_no_part():
    over = replace(an_alert(), ends_at=STARTED + timedelta(minutes=17))

    assert text_of(a_notification(contact=RUSSIAN)) == "КРИТ DiskFull db01 03:14 #417"
    assert (
        text_of(a_notification(over, reason=Reason.ALL_RESOLVED, contact=RUSSIAN))
        == "СНЯТО DiskFull db01 через 17м #417"
    )


def test_a_russian_text_turns_latin_where_russian_letters_would_cost_a_part():
    alerts = [an_alert({"instance": f"database-server-{n}"}, {"value": "95%"}) for n in range(3)]

    text = text_of(a_notification(*alerts, contact=RUSSIAN))

    assert text.startswith("KRIT x3 DiskFull database-server-0,database-server-1")
    assert is_gsm7(text)


def test_latin_spells_russian_words_in_latin():
    text = text_of(a_notification(an_alert({"alertname": "Диск полон"})))

    assert text == "CRIT Disk polon db01 03:14 #417"


def test_a_summary_stands_in_for_the_value_where_it_costs_no_part():
    short = a_notification(an_alert(annotations={"summary": "disk of db01 is 95% full"}))
    dear = a_notification(
        an_alert({"alertname": "A" * 55, "instance": "h" * 55}, {"summary": "s" * 80}),
    )

    assert text_of(short) == "CRIT DiskFull db01 disk of db01 is 95% full 03:14 #417"
    assert "ss" not in text_of(dear)


def test_many_hosts_are_counted_once_there_is_no_room():
    alerts = [an_alert({"instance": f"database{n:03}"}) for n in range(30)]

    text = text_of(a_notification(*alerts))

    assert (
        text == "CRIT x30 DiskFull database000,database001,database002,database003,database004+25 03:14 #417"
    )


def test_a_test_says_that_it_is_one():
    assert text_of(a_notification(an_alert(is_test=True))).startswith("TEST CRIT ")


def test_what_costs_two_septets_is_written_otherwise():
    text = text_of(a_notification(an_alert({"alertname": "Disk[/dev/sda]~{x}|y^z"})))

    assert not set(text) & set("[]{}|~^\\")


def test_no_word_mixes_alphabets():
    cyrillic_c = "с"
    text = text_of(a_notification(an_alert({"alertname": f"ba{cyrillic_c}kup сервер"}), contact=RUSSIAN))

    assert mixed_words(text) == ()


# --- how to take it ---------------------------------------------------------------------------------


def test_who_never_texted_back_learns_how():
    text = text_of(a_notification(), line=LINE)

    assert text == "CRIT DiskFull db01 03:14 #417 Take: SMS 1234 417 to +79021121075"


def test_the_hint_is_in_the_words_and_letters_of_the_text():
    long = a_notification(an_alert({"alertname": "D" * 55}), contact=RUSSIAN)

    assert " Взять: SMS 1234 417 на +7" in text_of(a_notification(contact=RUSSIAN), line=LINE)
    assert " Vzyat: SMS 1234 417 na +7" in text_of(long, line=LINE)


def test_the_hint_is_left_out_where_it_costs_a_part():
    long = a_notification(an_alert({"alertname": "D" * 59, "instance": "h" * 59}))

    assert "Take:" not in text_of(long, line=LINE)


def test_nobody_is_told_how_to_take_what_is_over():
    assert "Take:" not in text_of(a_notification(reason=Reason.ALL_RESOLVED), line=LINE)


def test_who_texted_before_needs_no_hint():
    assert "Take:" not in text_of(a_notification(), line=LINE, may_hint=False)


# --- templates of the configuration -----------------------------------------------------------------


def test_a_template_gets_labels_and_the_ref_is_added():
    template = "{{ name }} on {{ firing[0].labels.instance }} for {{ labels.nobody }}"

    assert text_of(a_notification(), template=template) == "DiskFull on db01:9100 for #417"


@pytest.mark.parametrize(
    "template",
    [
        "{{ 1 / 0 }}",
        "{{ name.nothing() }}",
        "{% for n in range(1000) %}xxxxxxxxxx{% endfor %}",
        "{{ 'x' * 1000000000 }}",
        "{{ name.center(1000000000) }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ firing.append(1) }}",
        "{{ name|attr('__class__') }}",
        "{% include '/etc/passwd' %}",
        "{{ '' }}",
        "{% if %}",
    ],
)
def test_a_template_that_fails_costs_its_words_and_never_the_alert(template):
    result = composed(a_notification(), template=template)

    assert result.text == composed(a_notification()).text
    assert result.fault


def test_a_template_that_never_ends_is_left_behind():
    def overrun(call, deadline_s):
        raise TimeoutError(f"no answer within {deadline_s:g} s")

    result = composed(a_notification(), template="{{ name }}", ask=overrun)

    assert result.text == composed(a_notification()).text
    assert "no answer" in result.fault


@pytest.mark.parametrize("evil", ["{{ 7 * 7 }}", "{% for x in y %}", "{# note #}", "${7*7}", "{{ ref }}"])
def test_what_an_alert_says_is_never_a_template(evil):
    told = a_notification(an_alert({"alertname": evil, "instance": evil}))

    for text in (text_of(told), text_of(told, template="{{ name }} {{ labels }}")):
        assert "49" not in text
        assert text.count("417") == 1


def test_a_plugins_text_gets_the_ref_too():
    assert text_of(a_notification(), own_text="Диск {полон}\nна db01") == "Disk (polon) na db01 #417"


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_a_long_text_is_cut_to_its_parts_and_keeps_the_ref(parts):
    text = text_of(a_notification(), own_text="disk full on many hosts, " * 70, parts=parts)

    assert measure(text).parts == parts
    assert text.endswith(".. #417")


def test_there_is_a_text_of_its_own_for_every_reason_in_both_languages():
    texts = {
        text_of(a_notification(reason=reason, contact=contact))
        for reason in set(Reason) - {Reason.SOME_RESOLVED, Reason.ESCALATION}
        for contact in (ANNA, RUSSIAN)
    }

    assert len(texts) == 2 * 4


# --- whatever comes in ------------------------------------------------------------------------------

words = st.text(max_size=60) | st.sampled_from(
    ["#417", "{{x}}", "сервер db01", "\u202e", "🔥" * 20, "a" * 400]
)
labels = st.dictionaries(st.sampled_from(["alertname", "instance", "host", "team", "ёж"]), words, max_size=5)


@settings(deadline=None)  # the first text compiles its template
@given(
    st.lists(
        st.tuples(labels, st.dictionaries(st.sampled_from(["value", "summary"]), words)),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from([Reason.FIRST, Reason.NEW_ALERTS, Reason.REPEAT, Reason.ALL_RESOLVED]),
    st.sampled_from([ANNA, RUSSIAN, replace(ANNA, language="ru"), replace(ANNA, sms_text="ru")]),
    st.integers(1, 3),
    st.integers(1, 12),
    st.sampled_from(["", "{{ name }} {{ what }}"]),
)
def test_any_alert_becomes_a_text_within_its_parts_that_ends_with_its_ref(
    told, reason, contact, parts, number, template
):
    alerts = [an_alert(labels, annotations) for labels, annotations in told]
    notification = a_notification(*alerts, reason=reason, number=number, contact=contact)

    text = text_of(notification, parts=parts, template=template)

    ref = "#417" if number == 1 else f"#417.{number}"
    assert text.endswith(ref)
    assert text.removesuffix(ref).strip()
    assert measure(text).parts <= parts
    assert contact.sms_text == "ru" or is_gsm7(text)
    assert mixed_words(text) == ()
    assert "\n" not in text


@pytest.mark.parametrize("path", ["__class__.__mro__", "__class__", "__init__.__globals__"])
def test_a_template_reaches_no_class_of_what_it_sees(path):
    assert render("{{ firing." + path + " }}", {"firing": []}) == ""


def test_check_knows_every_name_that_a_text_is_given():
    assert set(facts_of(a_notification(), "en")) == set(NAMES)
