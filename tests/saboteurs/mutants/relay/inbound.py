"""Of SMS that come in: each has its effect once, and finds its line and its conversation."""

# ruff: noqa: E501 - lines of the tree are quoted whole

from __future__ import annotations

from tests.saboteurs.mutants.mutant import one

_INBOUND = "pilotbridge/relay/inbound.py"
_POLL = "pilotbridge/relay/poll.py"
_SUPPORT_TESTS = "tests/relay/test_support.py"

RELAY_INBOUND = (
    one(
        "the-away-text-comes-with-every-sms",
        "pilotbridge/relay/away.py",
        "    tx.away_in(conversation.id, day)\n",
        "",
        _SUPPORT_TESTS,
    ),
    one(
        "an-away-text-counts-as-an-answer",
        "pilotbridge/relay/away.py",
        "    tx.away_in(conversation.id, day)\n",
        "    tx.away_in(conversation.id, day)\n    tx.said_in(conversation.id, now_ms)\n",
        _SUPPORT_TESTS,
    ),
    one(
        "who-wants-no-texts-gets-the-away-text",
        "pilotbridge/relay/away.py",
        "is_unasked=True",
        "is_unasked=False",
        _SUPPORT_TESTS,
    ),
    one(
        "a-chat-is-asked-for-a-post-that-shows-nothing",
        "pilotbridge/relay/destination.py",
        "    shown = text if strip_invisible(text).strip() else",
        "    shown = text if text else",
        "tests/relay/test_into_chats.py",
    ),
    one(
        "a-contact-cannot-undo-a-stop",
        _INBOUND,
        "        if contact is not None and wish is Wish.STOP:\n",
        "        if contact is not None:\n",
        "tests/relay/test_wishes.py",
    ),
    one(
        "one-sms-that-chokes-keeps-all-others-back",
        _INBOUND,
        "        except Exception as error:  # a tick: an SMS that nobody can deal with keeps no other waiting\n",
        "        except KeyError as error:\n",
        "tests/relay/test_inbound.py",
    ),
    one(
        "a-text-whose-answer-fails-is-read-by-nobody",
        _INBOUND,
        "        if why_not is not None:\n            self._relay(",
        "        if why_not:\n            self._leave(sms, why_not)\n        elif why_not is not None:\n            self._relay(",
        "tests/relay/test_into_chats.py",
    ),
    one(
        "an-answer-has-another-name-than-its-line",
        _INBOUND,
        '            sender=came.line.sender if came.line else "",\n',
        "",
        "tests/relay/test_inbound.py",
    ),
    one(
        "an-sms-that-waits-for-the-disk-is-told-again-and-again",
        _INBOUND,
        "        if sms.id != self._told_of:",
        "        if sms.id:",
        "tests/relay/test_inbound.py",
    ),
    one(
        "effects-before-the-end-of-the-row",
        _INBOUND,
        "            for write in answered.writes:\n                write(tx)\n",
        "            for write in answered.writes:\n                self._store.write(write).result()\n",
        "tests/relay/test_inbound.py",
    ),
    one(
        "who-was-overtaken-hears-nothing",
        _INBOUND,
        "QUESTIONS = 2\n",
        "QUESTIONS = 1\n",
        "tests/relay/test_inbound.py",
    ),
    one(
        "a-hook-on-the-writer-thread",
        _INBOUND,
        "            answered = self._hooks.answer_inbound(came.sms)\n",
        "            answered = self._store.write(lambda _tx: self._hooks.answer_inbound(came.sms)).result()\n",
        "tests/relay/test_inbound.py",
    ),
    one(
        "a-contact-opts-out-by-sms",
        "pilotbridge/relay/inbound.py",
        "        contact = contact_with(phone.e164, settings)\n        if contact is not None and",
        "        contact = contact_with(phone.e164, settings)\n        if contact is None and False and",
        "tests/relay/test_wishes.py",
    ),
    one(
        "a-hundred-sms-are-all-that-is-dealt-with",
        "pilotbridge/relay/inbound.py",
        "        return self._clock.now_ms() if len(waiting) == BATCH else None\n",
        "        return None\n",
        "tests/relay/test_into_chats.py",
    ),
    one(
        "a-mark-that-nobody-sees-hides-the-prefix",
        "pilotbridge/relay/lines.py",
        "    if not text.lstrip(_BEFORE).startswith(prefix):\n",
        "    if not text.startswith(prefix):\n",
        "tests/relay/test_inbound.py",
    ),
    one(
        "a-ref-that-touches-the-prefix-takes-nothing",
        "pilotbridge/relay/lines.py",
        "    touching = ((prefix, _cut(text, prefix)) for prefix in prefixes if glued and prefix)\n",
        "    touching = ((prefix, _cut(text, prefix)) for prefix in prefixes if not prefix)\n",
        "tests/relay/test_inbound.py",
    ),
    one(
        "what-waits-goes-after-a-stop",
        "pilotbridge/relay/optouts.py",
        "        if view.message.state in _WAITING and _is_unasked(tx, view, line):\n",
        "        if not view.message.id and _is_unasked(tx, view, line):\n",
        "tests/relay/test_wishes.py",
    ),
    one(
        "a-stop-calls-off-what-another-line-wrote",
        "pilotbridge/relay/optouts.py",
        "    return conversation is None or conversation.line == line\n",
        "    return True\n",
        "tests/relay/test_wishes.py",
    ),
    one(
        "a-feed-that-fails-in-a-plugin-is-told-to-nobody",
        _POLL,
        "        except Exception as error:  # a tick: the gateway may be a plugin's, and people must hear of it too\n",
        "        except KeyError as error:\n",
        "tests/relay/test_poll.py",
    ),
    one(
        "the-cursor-is-now",
        _POLL,
        "    known = [min(row.created_at, now) for row in rows] + ([cursor] if cursor else [])\n",
        "    known = [now]\n",
        "tests/relay/test_poll.py",
    ),
    one(
        "the-cursor-follows-the-future",
        _POLL,
        "    known = [min(row.created_at, now) for row in rows]",
        "    known = [row.created_at for row in rows]",
        "tests/relay/test_poll.py",
    ),
    one(
        "no-overlap",
        _POLL,
        "    return _minute(cursor - overlap)\n",
        "    return _minute(cursor)\n",
        "tests/relay/test_poll.py",
    ),
    one(
        "the-cursor-before-the-rows",
        _POLL,
        "        fresh = self._store.write(job).result()\n",
        "        if cursor is not None:\n"
        "            self._store.write(lambda tx: tx.set_cursor(self._cursor, to_ms(cursor))).result()\n"
        "        fresh = self._store.write(job).result()\n",
        "tests/relay/test_poll.py",
    ),
    one(
        "the-cursor-moves-over-a-torn-feed",
        _POLL,
        "            self._not_read(error.reason, now)\n            return\n",
        "            self._not_read(error.reason, now)\n            rows = ()\n            cursor = now\n",
        "tests/relay/test_poll.py",
    ),
    one(
        "two-accounts-share-a-cursor",
        "pilotbridge/relay/poll.py",
        '        return f"inbound:{self._gateway.name}"\n',
        '        return "inbound"\n',
        "tests/relay/test_poll.py",
    ),
    one(
        "a-reminder-comes-again-and-again",
        "pilotbridge/relay/reminding.py",
        "    more = by < BY_SMS and bool(line.remind)\n",
        "    more = True\n",
        _SUPPORT_TESTS,
    ),
    one(
        "people-are-reminded-at-night",
        "pilotbridge/relay/reminding.py",
        "    if is_away(line, now):\n",
        "    if is_away(line, now) and not line.remind_after:\n",
        _SUPPORT_TESTS,
    ),
    one(
        "a-reply-to-a-copy-nobody-told-us-of-is-lost",
        "pilotbridge/relay/whose.py",
        "    if written.quoted:\n",
        "    if written.quoted and written.is_private:\n",
        "tests/relay/test_whose.py",
    ),
    one(
        "a-quote-goes-to-the-first-phone-it-fits",
        "pilotbridge/relay/whose.py",
        "if len(fitting) == 1 else None, bool",
        "if fitting else None, bool",
        "tests/relay/test_whose.py",
    ),
    one(
        "a-text-in-a-thread-nobody-told-us-of-is-lost",
        "pilotbridge/relay/whose.py",
        "    if not written.thread_title:\n",
        "    if written.thread_title:\n",
        "tests/relay/test_whose.py",
        "tests/plugins/telegram/test_fault_hour.py",
    ),
)
