"""What phones receive, what they write, and how a client fetches it."""

PHONE = "79087964781"


def test_a_phone_shows_a_text_when_it_is_delivered(box):
    box.send("hi")

    assert [sms["text"] for sms in box.look(f"phones/{PHONE}")["expected"]] == ["hi"]
    box.run_for(seconds=3)
    received = box.look(f"phones/{PHONE}")["received"]
    assert [(sms["text"], sms["from"], sms["status_since"]) for sms in received] == [
        ("hi", "INFORM", "2026-11-24T09:00:03.000Z")
    ]


def test_phones_are_listed_the_latest_first(box):
    box.send("old")
    box.run_for(minutes=1)
    box.send("new", to="79131437355")
    box.run_for(minutes=1)
    box.order("phones/79161234567/sms", text="me")
    box.order("scripts", phone="79990000000", outcome="refused")

    assert [phone["phone"] for phone in box.look("phones")] == [
        "79161234567",
        "79131437355",
        PHONE,
        "79990000000",
    ]
    assert len(box.look("phones", "limit=2")) == 2


def test_a_text_from_a_phone_is_fetched_with_its_prefix_and_in_moscow_time(box):
    box.order(f"phones/+{PHONE}/sms", text="417 ok")

    assert box.ask(inbound=True)["inbound"] == [
        {
            "id": "10000",
            "phone": PHONE,
            "num": "79021121075",
            "text": "1234 417 ok",
            "created": "2026-11-24 12:00",
            "r_message": "",
            "r_status": "0",
        }
    ]


def test_a_prefix_that_stands_there_is_not_doubled(box):
    for text in ("1234 417", "1234"):
        assert box.order(f"phones/{PHONE}/sms", text=text)["text"] == text
    assert box.order(f"phones/{PHONE}/sms", text="12345")["text"] == "1234 12345"


def test_a_sender_in_letters_cannot_be_answered(box):
    status, told = box.try_order(f"phones/{PHONE}/sms", text="ok", to="INFORM")

    assert status == 409
    assert told["offer"] == {"number": "79021121075", "prefix": "1234"}
    assert box.ask(inbound=True) == {"inbound": []}


def test_a_text_to_a_number_needs_a_line_there_and_its_prefix(box):
    assert box.try_order(f"phones/{PHONE}/sms", text="1234 ok", to="79990000000")[0] == 404
    assert box.try_order(f"phones/{PHONE}/sms", text="ok", to="79021121075")[0] == 422
    assert box.try_order(f"phones/{PHONE}/sms", text="1234 ok", to="+79021121075")[0] == 200
    assert box.try_order(f"phones/{PHONE}/sms", text="  ")[0] == 400

    box.order("account", lines=[])
    assert box.try_order(f"phones/{PHONE}/sms", text="ok")[0] == 409
    assert box.look(f"phones/{PHONE}")["reply_to"] is None


def test_a_line_without_prefix_takes_every_text(box):
    box.order("account", lines=[{"number": "79020000000", "prefix": ""}], auto_reply="thanks")

    box.order(f"phones/{PHONE}/sms", text="ok", to="79020000000")

    row = box.ask(inbound=True)["inbound"][0]
    assert (row["num"], row["text"], row["r_message"]) == ("79020000000", "ok", "thanks")


def test_since_is_gmt_inclusive_and_reckons_with_whole_minutes(box):
    box.run_for(seconds=30)
    box.order(f"phones/{PHONE}/sms", text="early")
    box.run_for(minutes=1)
    box.order(f"phones/{PHONE}/sms", text="late")

    def texts(since):
        return [row["text"] for row in box.ask(inbound=True, since=since)["inbound"]]

    assert texts("2026-11-24 09:00:00") == ["1234 early", "1234 late"]
    assert texts("2026-11-24 09:00:01") == ["1234 late"]
    assert texts("2026-11-24 09:01:00") == ["1234 late"]
    assert texts("2026-11-24 09:02:00") == []


def test_created_handed_back_as_since_loses_messages(box):
    box.order(f"phones/{PHONE}/sms", text="ok")
    created = box.ask(inbound=True)["inbound"][0]["created"]

    assert box.ask(inbound=True, since=f"{created}:00") == {"inbound": []}


def test_a_row_can_show_up_late_under_its_old_time(box):
    box.order(f"phones/{PHONE}/sms", text="slow", delay_s=3600)
    box.run_for(minutes=59)
    box.order(f"phones/{PHONE}/sms", text="quick")

    assert [row["text"] for row in box.ask(inbound=True)["inbound"]] == ["1234 quick"]
    box.run_for(minutes=1)
    rows = box.ask(inbound=True)["inbound"]
    assert [(row["id"], row["created"]) for row in rows] == [
        ("10000", "2026-11-24 12:00"),
        ("10001", "2026-11-24 12:59"),
    ]


def test_texts_are_kept_for_forty_days(box):
    box.order(f"phones/{PHONE}/sms", text="old")
    box.run_for(days=40, seconds=1)

    assert box.ask(inbound=True) == {"inbound": []}
    assert box.look("inbound") == []


def test_a_phone_number_must_be_one(box):
    assert box.try_order("phones/abc/sms", text="x")[0] == 400
