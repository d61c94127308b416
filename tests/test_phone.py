"""Phone numbers as people write them."""

import pickle
import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pilotbridge.phone import InvalidPhone, PhoneKind, PhoneNumber, is_answerable, mask, phone_of

ANNA = PhoneNumber("+79087964781")


@pytest.mark.parametrize(
    "written",
    [
        "+7 908 796-47-81",
        "8 (908) 796-47-81",
        "8-908-796-47-81",
        "+7(908)7964781",
        "79087964781",
        "9087964781",
        "  +7\u00a0908\u00a0796\u201147\u201181\n",
        "\u202a+7 908 796 47 81\u202c",
        "+7.908.796.47.81",
        79087964781,
        89087964781,
        9087964781,
    ],
)
def test_every_usual_spelling_is_the_same_phone(written):
    assert PhoneNumber.parse(written) == ANNA


@pytest.mark.parametrize(
    ("written", "e164", "country"),
    [
        ("+49 1512 3456789", "+4915123456789", "DE"),
        ("380501234567", "+380501234567", "UA"),
        (375291234567, "+375291234567", "BY"),
        ("8 701 123 45 67", "+77011234567", "KZ"),
        ("810 49 1512 3456789", "+4915123456789", "DE"),
    ],
)
def test_foreign_numbers_keep_their_country(written, e164, country):
    phone = PhoneNumber.parse(written)

    assert (phone.e164, phone.country) == (e164, country)


def test_the_region_decides_what_a_number_without_plus_means():
    assert PhoneNumber.parse("050 123 45 67", region="UA").e164 == "+380501234567"


@pytest.mark.parametrize(
    ("written", "cause", "fix"),
    [
        ("", "empty", "+7 908"),
        (" - ", "empty", "+7 908"),
        ("8 908 796 47 81 доб. 3", "'д' does not belong", "+7 908"),
        ("7+9087964781", "'+' does not belong", "+7 908"),
        ("٠٩٠٨٧٩٦٤٧٨", "does not belong", "+7 908"),
        ("+8 908 796 47 81", "trunk prefix", "+7 or 8"),
        ("112", "too short", "+7 908"),
        ("+790879647811234567", "18 digits", "+7 908"),
        ("+999 908 796 47 81", "not in use", "check the digits"),
        ("+7 908 796 47 8", "not in use", "check the digits"),
        ("8 908 796 47", "neither a number of RU", "begin with +"),
        (True, "not bool", "+7 908"),
        (7.9e10, "not float", "+7 908"),
        (-79087964781234, "neither a number of RU", "begin with +"),
    ],
)
def test_what_is_no_phone_is_refused_with_cause_and_fix(written, cause, fix):
    with pytest.raises(InvalidPhone) as refusal:
        PhoneNumber.parse(written)

    assert cause in refusal.value.cause
    assert fix in refusal.value.fix
    assert str(refusal.value) == f"{refusal.value.cause}; {refusal.value.fix}"


@pytest.mark.parametrize(
    "e164", ["79087964781", "+7 908 796 47 81", "+0123456789", "+", "", "+123", "+7908796478１"]
)
def test_the_constructor_takes_e164_only(e164):
    with pytest.raises(InvalidPhone):
        PhoneNumber(e164)


def test_the_gateway_gets_digits_without_the_plus():
    assert ANNA.digits == "79087964781"


def test_a_phone_is_printed_masked():
    assert str(ANNA) == f"{ANNA}" == "+7908***4781"
    assert repr([ANNA]) == "[PhoneNumber(+7908***4781)]"


@given(st.text("+0123456789", max_size=20))
def test_a_mask_hides_three_characters_at_least(number):
    shown = mask(number).replace("***", "", 1)

    assert len(shown) <= max(0, len(number) - 3)


def test_refusals_print_no_whole_number():
    with pytest.raises(InvalidPhone) as refusal:
        PhoneNumber.parse("+8 908 796 47 81")

    assert "89087964781" not in str(refusal.value).replace(" ", "")


def test_phones_are_values():
    same = PhoneNumber.parse("8 908 796 47 81")
    other = PhoneNumber("+79087964782")

    assert {ANNA: 1}[same] == 1
    assert sorted([other, ANNA]) == [ANNA, other]
    assert pickle.loads(pickle.dumps(ANNA)) == ANNA
    with pytest.raises(AttributeError):
        ANNA.e164 = "+79087964782"


@pytest.mark.parametrize(
    ("e164", "kind"),
    [
        ("+79087964781", PhoneKind.MOBILE),
        ("+12015550123", PhoneKind.MOBILE),
        ("+74951234567", PhoneKind.LANDLINE),
        ("+78002000600", PhoneKind.OTHER),
        ("+7112345", PhoneKind.OTHER),
        ("+9999087964781", PhoneKind.OTHER),
        ("+72001234567", PhoneKind.UNKNOWN),
    ],
)
def test_the_numbering_plan_knows_the_kind(e164, kind):
    phone = PhoneNumber(e164)

    assert phone.kind is kind
    assert phone.is_mobile is (kind is PhoneKind.MOBILE)
    assert phone.is_landline is (kind is PhoneKind.LANDLINE)


@pytest.mark.parametrize(
    ("e164", "country"), [("+79087964781", "RU"), ("+80012345678", None), ("+9999087964", None)]
)
def test_a_number_of_no_single_country_has_none(e164, country):
    assert PhoneNumber(e164).country == country


@pytest.mark.parametrize(
    "sender", ["79087964781", "+79087964781", " 79087964781 ", "4915123456789", "72001234567"]
)
def test_phones_can_be_answered(sender):
    assert is_answerable(sender)


@pytest.mark.parametrize(
    "sender",
    [
        "INFORM",
        "900",
        "Tele2",
        "",
        "+",
        "1234567",
        "74951234567",
        "78002000600",
        "MTS.79087964781",
        "٧٩٠٨٧٩٦٤٧٨١",
    ],
)
def test_names_short_codes_and_landlines_cannot_be_answered(sender):
    assert not is_answerable(sender)


@given(st.text(max_size=30) | st.integers())
def test_any_input_is_a_phone_or_a_refusal(written):
    try:
        phone = PhoneNumber.parse(written)
    except InvalidPhone:
        return

    assert PhoneNumber.parse(phone.e164) == phone


def test_the_numbering_plans_are_loaded_only_when_a_number_is_read():
    code = "import sys, pilotbridge.phone; sys.exit('phonenumbers' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_sender_of_an_sms_becomes_a_phone():
    assert phone_of("79087964781") == ANNA
    assert phone_of("INFORM") is None


@given(st.from_regex(r"9[0-9]{9}", fullmatch=True), st.sampled_from(["+7", "8", "7", ""]))
@example("9300833005", "+7")
def test_russian_mobiles_are_known_without_the_numbering_plans_as_they_are_with_them(digits, before):
    import phonenumbers

    by_plan = phonenumbers.parse(f"+7{digits}", None)
    is_valid = phonenumbers.is_valid_number(by_plan)

    try:
        phone = PhoneNumber.parse(before + digits)
    except InvalidPhone:
        assert not is_valid
    else:
        assert is_valid
        assert (phone.e164, phone.kind, phone.country) == (f"+7{digits}", PhoneKind.MOBILE, "RU")


def test_the_plans_of_all_countries_are_not_loaded_for_a_russian_mobile():
    code = (
        "import sys; from pilotbridge.phone import PhoneNumber;"
        "assert PhoneNumber.parse('8 908 796-47-81').is_mobile; sys.exit('phonenumbers' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
