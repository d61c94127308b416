"""Of the chat outbox: posts in their order, edits, and what every answer means."""

# ruff: noqa: E501 - lines of the tree are quoted whole

from __future__ import annotations

from tests.saboteurs.mutants.mutant import one

_POSTING = "pilotbridge/outbox/posts/posting.py"

OUTBOX_POSTS = (
    one(
        "a-repeated-post-has-no-mark",
        "pilotbridge/outbox/posts/content.py",
        'return (AGAIN if row.in_doubt_since_ms is not None else "") + head + content.text',
        "return head + content.text",
        "tests/outbox/posts/test_posting.py",
        "tests/relay/test_crashes.py",
    ),
    one(
        "every-sms-makes-a-thread",
        "pilotbridge/outbox/posts/healing.py",
        "    if conversation is None or conversation.thread or row.kind is not PostKind.TEXT:",
        "    if conversation is None or row.heals or row.kind is not PostKind.TEXT:",
        "tests/relay/test_both_ways.py",
    ),
    one(
        "posts-of-a-closed-room-are-forgotten",
        "pilotbridge/outbox/posts/healing.py",
        '            _move(tx, each, Event.RELEASE, "the room is open to us again", now_ms, now_ms)\n',
        '            _move(tx, each, Event.CANCEL, "the room is open to us again", now_ms, None)\n',
        "tests/relay/test_into_chats.py",
    ),
    one(
        "posts-of-a-dead-owner-are-sent-as-new",
        _POSTING,
        "            rows = tx.posts_sending(self.chat)\n            for row in rows:\n",
        "            rows = tx.posts_sending(self.chat)\n            for row in ():\n",
        "tests/outbox/posts/test_posting.py",
        "tests/relay/test_crashes.py",
    ),
    one(
        "who-was-taken-over-posts",
        _POSTING,
        '            why = self._why_not(now_ms) if claimed else ""\n',
        '            why = ""\n',
        "tests/outbox/posts/test_posting.py",
    ),
    one(
        "a-repeat-that-arrived-stays-in-doubt",
        _POSTING,
        "            doubt_ms = doubt_ms if doubt_after(step.event, doubt=is_doubted) else None\n",
        "",
        "tests/outbox/posts/test_posting.py",
    ),
    one(
        "two-posts-at-once-in-a-room",
        _POSTING,
        "if room not in self._flights]",
        "]",
        "tests/outbox/posts/test_posting.py",
    ),
    one(
        "one-poison-post-starves-the-others",
        _POSTING,
        "now_ms, is_failing=is_failing)",
        "now_ms, is_failing=False)",
        "tests/outbox/posts/test_posting.py",
    ),
    one(
        "a-lost-post-is-refused",
        "pilotbridge/outbox/posts/settling.py",
        "    if not row.repeats or lost > len(AGAIN_AFTER_S):",
        "    if row.repeats or lost > len(AGAIN_AFTER_S):",
        "tests/outbox/posts/test_posting.py",
    ),
    one(
        "somebody-elses-message-is-marked-in-the-new-room",
        "pilotbridge/outbox/posts/settling.py",
        "    if row.kind in (PostKind.MARK, PostKind.EDIT):\n        return (_defer(row, outcome.reason, now_ms), Step",
        "    if row.kind in ():\n        return (_defer(row, outcome.reason, now_ms), Step",
        "tests/relay/test_whose.py",
    ),
    one(
        "a-rate-limit-uses-up-an-attempt",
        "pilotbridge/outbox/posts/settling.py",
        "    failures = row.failures + error.counts\n",
        "    failures = row.failures + 1\n",
        "tests/outbox/posts/test_posting.py",
    ),
)
