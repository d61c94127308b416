"""What is kept of an answer that could not be read: what it was, and nothing of what people wrote."""

import pytest

from pilotbridge.smspilot.redaction import HEAD_BYTES_MAX, Redaction

KEY = "CANARY7890ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


@pytest.mark.parametrize(
    "answer",
    [
        '{"send":[{"to":"79087964781","text":"see you \\"there\\""',
        '{"inbound":[{"r_message": "see you there"}]}',
        '<send><sms id="1" to="79087964781">see you &amp; there</sms>',
        '<inbound><sms r_message="see you" text="it\'s there"/>',
        "<inbound><sms text='see \"you\" there'/>",
        "<send><sms><to>79087964781</to><text>see you there</text><r_message>see you</r_message></sms>",
        '{"text":"see you',
        "<send><sms>see you",
    ],
)
def test_no_text_of_a_person_is_kept(answer):
    kept = Redaction([KEY]).head(answer.encode())

    assert not any(word in kept for word in ("see", "you", "there", "79087964781"))
    assert "***" in kept


@pytest.mark.parametrize(
    "answer",
    [
        f'{{"error":"{KEY} is no key"}}',
        f"the key {KEY[:20]}",
        '{"login":"CANARY7890","password":"CANARY7890"}',
        "apikey=CANARY7890&balance=rur",
    ],
)
def test_no_secret_is_kept_whole_or_torn(answer):
    assert "CANARY7890" not in Redaction([KEY]).head(answer.encode())


@pytest.mark.parametrize(
    "spelt",
    [
        'CANARY & "Köln"',
        r"CANARY & \"Köln\"",
        r"CANARY & \"K\u00f6ln\"",
        "CANARY &amp; &quot;Köln&quot;",
        'CANARY &amp; "Köln"',
        "CANARY%20%26%20%22K%C3%B6ln%22",
        "CANARY+%26+%22K%C3%B6ln%22",
    ],
)
def test_a_secret_is_found_however_an_answer_spells_it(spelt):
    kept = Redaction(['CANARY & "Köln"']).text(f"who is {spelt} here?")

    assert kept == "who is *** here?"


def test_what_is_kept_is_one_short_line():
    kept = Redaction([]).head("<html>\n<b>Ошибка</b>\x1b[31m\n".encode() * 10_000)

    assert kept.startswith("<html> <b>Ошибка</b>")
    assert len(kept.encode()) <= HEAD_BYTES_MAX
    assert kept.isprintable()
