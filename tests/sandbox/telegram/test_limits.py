"""The flood limits: always counted, enforced where that is asked for."""

from tests.sandbox.telegram.conftest import ANNA, FORUM


def exceeded(messenger):
    return {limit["name"]: limit["exceeded"] for limit in messenger.look("limits")}


def test_calls_within_the_limits_are_counted_as_such(messenger, box):
    for _ in range(20):
        messenger.send()
        box.run_for(seconds=3)

    assert exceeded(messenger) == {"all": 0, "chat": 0, "group": 0}
    assert [limit["busiest"] for limit in messenger.look("limits")] == [1, 1, 20]


def test_the_twenty_first_call_to_a_group_in_a_minute_is_over_whatever_it_is(messenger, box):
    sent = messenger.send()
    for n in range(19):
        box.run_for(seconds=2)
        messenger.ask("editMessageText", chat_id=FORUM, message_id=sent["message_id"], text=str(n))
    box.run_for(seconds=2)
    messenger.ask("setMessageReaction", chat_id=FORUM, message_id=sent["message_id"], reaction=[])

    assert exceeded(messenger)["group"] == 1
    assert messenger.look("calls")[0]["exceeded"] == ["group"]


def test_a_private_chat_has_one_a_second_and_no_minute(messenger, box):
    for _ in range(30):
        messenger.send(chat_id=ANNA)
        box.run_for(seconds=1)
    assert exceeded(messenger) == {"all": 0, "chat": 0, "group": 0}

    messenger.send(chat_id=ANNA)
    messenger.send(chat_id=ANNA)

    assert exceeded(messenger) == {"all": 0, "chat": 1, "group": 0}


def test_all_chats_together_have_thirty_a_second(messenger):
    people = [messenger.order("people")["id"] for _ in range(31)]
    for person in people:
        messenger.order("chats", kind="private", person=person)
        messenger.send(chat_id=person)

    assert exceeded(messenger) == {"all": 1, "chat": 0, "group": 0}


def test_asking_counts_for_nothing(messenger):
    for _ in range(40):
        messenger.ask("getMe")
        messenger.ask("getChat", chat_id=FORUM)

    assert exceeded(messenger) == {"all": 0, "chat": 0, "group": 0}


def test_an_enforced_limit_says_when_to_come_again(messenger, box):
    messenger.order("limits", enforce=["group"])
    for _ in range(20):
        messenger.send()
    box.run_for(seconds=15)

    told = messenger.answer("sendMessage", chat_id=FORUM, text="x")
    assert (told["error_code"], told["description"]) == (429, "Too Many Requests: retry after 45")
    assert told["parameters"] == {"retry_after": 45}
    assert len(messenger.texts()) == 20
    assert messenger.look("limits")[2]["busiest"] == 20
    box.run_for(seconds=45)

    assert messenger.send()


def test_limits_are_enforced_all_or_not_at_all(messenger):
    messenger.order("limits", enforce=True)
    messenger.send()
    assert messenger.refusal("sendMessage", chat_id=FORUM, text="x")[0] == 429

    messenger.order("limits", enforce=False)
    messenger.order("limits/clear")

    assert messenger.send()
    assert exceeded(messenger) == {"all": 0, "chat": 0, "group": 0}


def test_a_clock_that_was_set_back_frees_the_windows(messenger):
    messenger.order("limits", enforce=True)
    messenger.send()

    messenger.box.order("time", advance_s=-3600)

    assert messenger.send()
