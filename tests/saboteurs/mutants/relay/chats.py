"""Of what people write and press in chats: who may, to whom it goes, and how it shows."""

# ruff: noqa: E501 - lines of the tree are quoted whole

from __future__ import annotations

from tests.saboteurs.mutants.mutant import one

_DECIDING = "pilotbridge/relay/deciding.py"
_PRESSING = "pilotbridge/relay/pressing.py"
_UPDATES = "pilotbridge/relay/updates.py"

RELAY_CHATS = (
    one(
        "a-reply-for-nobody-is-passed-over-in-silence",
        "pilotbridge/relay/deciding.py",
        "    if seen.is_for_a_phone:\n",
        "    if seen.is_for_a_phone and seen.waived:\n",
        "tests/relay/test_whose.py",
    ),
    one(
        "strangers-reach-phones",
        _DECIDING,
        '    if seen.author is None:\n        return Ignore("its author is no contact")\n',
        "",
        "tests/relay/test_answers.py",
    ),
    one(
        "any-room-will-do",
        _DECIDING,
        "    if not seen.is_ours:\n",
        "    if False:\n",
        "tests/relay/test_deciding.py",
    ),
    one(
        "viewers-write-to-phones",
        _DECIDING,
        "    return Refuse(wording.VIEWER) if seen.author.role == VIEWER else None\n",
        "    return None\n",
        "tests/relay/test_answers.py",
    ),
    one(
        "a-button-works-twice",
        _PRESSING,
        "    if question.answered_at_ms is not None:\n",
        "    if False:\n",
        "tests/relay/test_answers.py",
    ),
    one(
        "a-button-works-for-ever",
        _PRESSING,
        "    if now_ms - question.asked_at_ms >= OLD_AFTER_MS:\n",
        "    if False:\n",
        "tests/relay/test_answers.py",
    ),
    one(
        "anybody-overrides-an-opt-out",
        _PRESSING,
        "    if question.kind == Asked.OPTED_OUT and contact.role != ADMIN:\n",
        "    if False:\n",
        "tests/relay/test_wishes.py",
    ),
    one(
        "a-stop-is-not-asked-about-before-a-second-try",
        "pilotbridge/relay/pressing.py",
        "    if optout is not None:\n        return wording",
        "    if False:\n        return wording",
        "tests/relay/test_answers.py",
    ),
    one(
        "a-preview-of-a-link-counts-as-a-change",
        "pilotbridge/relay/texting.py",
        "    if sms is not None and sms.text == edited.text:\n",
        "    if sms is not None and sms.text is None:\n",
        "tests/relay/test_answers.py",
    ),
    one(
        "a-failed-sms-by-command-is-a-tick-without-a-word",
        "pilotbridge/relay/texting.py",
        "    if conversation is None and about.conversation != NO_CONVERSATION:\n",
        "    if conversation is None:\n",
        "tests/relay/test_commands.py",
    ),
    one(
        "what-comes-late-from-a-room-that-moved-is-none-of-ours",
        "pilotbridge/relay/texting.py",
        "    here = read.room_now(chat, room)\n",
        "    here = room\n",
        "tests/relay/test_whose.py",
    ),
    one(
        "a-text-is-changed-on-its-way",
        "pilotbridge/relay/texting.py",
        "text=marked(tx, phone, text, postage, now_ms) if is_marked else text,",
        "text=marked(tx, phone, text, postage, now_ms) if is_marked else text.strip(),",
        "tests/relay/test_both_ways.py",
    ),
    one(
        "news-keep-ticks-from-looking-at-the-rest",
        "pilotbridge/relay/ticks.py",
        "        rests_ms = LOOKS_EVERY_MS if news else LOOKS_AGAIN_MS\n",
        "        rests_ms = 2**62 if news else LOOKS_AGAIN_MS\n",
        "tests/relay/test_ticks.py",
    ),
    one(
        "a-tick-goes-backwards",
        "pilotbridge/relay/ticks.py",
        "    return _RANK[now] > _RANK[told]\n",
        "    return now is not told\n",
        "tests/relay/test_ticks.py",
    ),
    one(
        "a-text-that-begins-with-a-slash-is-swallowed",
        _UPDATES,
        "        if answer is None and contact is not None and is_ours:\n",
        "        if answer is None and contact is None:\n",
        "tests/relay/test_commands.py",
    ),
    one(
        "a-strangers-group-that-moves-pages-people",
        _UPDATES,
        '        if not self._is_ours(tx, chat, event.room):\n            return Outcome(IGNORED, "the room is none of ours")\n        follow_room',
        "        follow_room",
        "tests/relay/test_into_chats.py",
    ),
    one(
        "an-answer-longer-than-a-post-is-none",
        _UPDATES,
        "        for piece in cut(answer, self._connectors[chat].max_text - HEAD_UNITS):\n",
        "        for piece in [answer]:\n",
        "tests/relay/test_commands.py",
    ),
    one(
        "an-unreadable-update-stops-the-loop",
        _UPDATES,
        '            self._leave(update, UNREADABLE, f"{type(error).__name__}: {error}")\n            return\n',
        "            raise\n",
        "tests/relay/test_anything.py",
    ),
    one(
        "an-update-that-came-to-nothing-is-kept-quiet",
        _UPDATES,
        "            self._troubles.raise_trouble(trouble)\n",
        "",
        "tests/relay/test_anything.py",
    ),
    one(
        "an-update-counts-again-after-a-crash",
        _UPDATES,
        "update.id, came.state, came.reason, conversation",
        "-1, came.state, came.reason, conversation",
        "tests/relay/test_both_ways.py",
        "tests/relay/test_crashes.py",
    ),
    one(
        "what-people-wrote-to-a-forgotten-number-stays",
        "pilotbridge/relay/updates.py",
        "conversation=came.conversation",
        "conversation=None",
        "tests/cli/test_privacy.py",
    ),
)
