"""Texts from phones into chats and back, and what people may keep to themselves."""

# ruff: noqa: E501 - lines of the tree are quoted whole

from __future__ import annotations

from tests.saboteurs.mutants.mutant import one

_SQLITE = "pilotbridge/store/sqlite.py"
_QUERIES = "pilotbridge/store/queries.sql"
_POLL = "pilotbridge/relay/poll.py"
_INBOUND = "pilotbridge/relay/inbound.py"
_BOT = "plugins/pilotbridge_plugins/telegram"
_IN_TELEGRAM = "tests/plugins/telegram"
_POSTING = "pilotbridge/outbox/posts/posting.py"
_POST_SETTLING = "pilotbridge/outbox/posts/settling.py"
_POST_CONTENT = "pilotbridge/outbox/posts/content.py"
_HEALING = "pilotbridge/outbox/posts/healing.py"
_DECIDING = "pilotbridge/relay/deciding.py"
_PRESSING = "pilotbridge/relay/pressing.py"
_UPDATES = "pilotbridge/relay/updates.py"
_RELAY_QUERIES = "pilotbridge/store/relay.sql"
_SUPPORT_TESTS = "tests/relay/test_support.py"
_PRIVACY_QUERIES = "pilotbridge/store/privacy.sql"
_PRIVACY_TESTS = "tests/cli/test_privacy.py"

_INBOUND_SMS = (
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
        "the-feed-counts-twice",
        _QUERIES,
        " ON CONFLICT (gateway, gateway_id) DO NOTHING RETURNING id;",
        " ON CONFLICT (gateway, gateway_id) DO UPDATE SET state = 'received' RETURNING id;",
        "tests/relay/test_poll.py",
    ),
    one(
        "an-sms-takes-effect-twice",
        _QUERIES,
        "WHERE id = ? AND state = 'received';",
        "WHERE id = ?;",
        "tests/relay/test_inbound.py",
        "tests/contracts/test_outbox_contract.py",
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
)

_TELEGRAM = (
    one(
        "an-update-passes-before-it-is-on-disk",
        f"{_BOT}/fetching.py",
        "            await asyncio.wrap_future(future)\n",
        "            pass\n",
        f"{_IN_TELEGRAM}/test_fetching.py",
    ),
    one(
        "updates-that-count-anew-are-passed-over",
        f"{_BOT}/fetching.py",
        "max(numbers) + 1 if numbers else None\n",
        "max(numbers) + 1 if numbers else self._offset\n",
        f"{_IN_TELEGRAM}/test_fetching.py",
    ),
    one(
        "a-post-that-may-be-there-was-not-sent",
        f"{_BOT}/wire.py",
        "            if trace.has_left:\n",
        "            if False:\n",
        f"{_IN_TELEGRAM}/test_sockets.py",
    ),
    one(
        "a-proxy-that-is-asked-has-the-post",
        f"{_BOT}/wire.py",
        ' and told["request"].method != b"CONNECT":\n',
        ":\n",
        f"{_IN_TELEGRAM}/test_sockets.py",
    ),
    one(
        "a-lost-post-is-simply-posted-again",
        f"{_BOT}/refusals.py",
        "        happens_anew = isinstance(post, NewPost | NewThread)\n",
        "        happens_anew = False\n",
        f"{_IN_TELEGRAM}/test_posting.py",
        f"{_IN_TELEGRAM}/test_fault_hour.py",
    ),
    one(
        "a-strangers-403-closes-the-room",
        f"{_BOT}/refusals.py",
        "        if _is_strangers(error):\n",
        "        if False:\n",
        f"{_IN_TELEGRAM}/test_posting.py",
    ),
    one(
        "an-sms-waits-behind-ticks",
        f"{_BOT}/limits.py",
        "GROUP = Limit(20, 60.5, kept=(0, 2, 6))\n",
        "GROUP = Limit(20, 60.5)\n",
        f"{_IN_TELEGRAM}/test_limits.py",
    ),
    one(
        "telegrams-retry-after-is-not-obeyed",
        f"{_BOT}/limits.py",
        "        free_s = [self._told_s.get(room, 0.0)]\n",
        "        free_s = [0.0]\n",
        f"{_IN_TELEGRAM}/test_limits.py",
    ),
    one(
        "every-text-in-a-topic-is-a-reply-to-its-first",
        f"{_BOT}/updates.py",
        "    if message.is_topic_message and replied.message_id == message.message_thread_id:\n",
        "    if False:\n",
        f"{_IN_TELEGRAM}/test_updates.py",
    ),
    one(
        "an-anonymous-admin-is-somebody",
        f"{_BOT}/updates.py",
        "message.sender_chat.title, is_person=False)\n",
        "message.sender_chat.title)\n",
        f"{_IN_TELEGRAM}/test_updates.py",
    ),
    one(
        "anybody-brings-updates",
        f"{_BOT}/connector.py",
        "        if not hmac.compare_digest(_secret_in(headers), self._webhook_secret().encode()):\n",
        "        if False:\n",
        f"{_IN_TELEGRAM}/test_fetching.py",
    ),
    one(
        "a-bots-token-stands-in-a-reason",
        f"{_BOT}/refusals.py",
        'return re.sub(re.escape(self.token), "***", text, flags=re.IGNORECASE)\n',
        "return text\n",
        f"{_IN_TELEGRAM}/test_posting.py",
    ),
)

_RELAY = (
    one(
        "a-repeated-post-has-no-mark",
        _POST_CONTENT,
        'return (AGAIN if row.in_doubt_since_ms is not None else "") + head + content.text',
        "return head + content.text",
        "tests/outbox/posts/test_posting.py",
        "tests/relay/test_crashes.py",
    ),
    one(
        "a-lost-post-is-refused",
        _POST_SETTLING,
        "    if not row.repeats or lost > len(AGAIN_AFTER_S):",
        "    if row.repeats or lost > len(AGAIN_AFTER_S):",
        "tests/outbox/posts/test_posting.py",
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
        "a-post-overtakes-the-one-before",
        _RELAY_QUERIES,
        "    AND q.state IN ('queued', 'sending', 'in_doubt', 'held')))",
        "    AND q.state IN ('sending')))",
        "tests/contracts/test_relay_contract.py",
        "tests/outbox/posts/test_posting.py",
    ),
    one(
        "every-sms-makes-a-thread",
        _HEALING,
        "    if conversation is None or conversation.thread or row.kind is not PostKind.TEXT:",
        "    if conversation is None or row.heals or row.kind is not PostKind.TEXT:",
        "tests/relay/test_both_ways.py",
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
    one(
        "a-reply-for-nobody-is-passed-over-in-silence",
        "pilotbridge/relay/deciding.py",
        "    if seen.is_for_a_phone:\n",
        "    if seen.is_for_a_phone and seen.waived:\n",
        "tests/relay/test_whose.py",
    ),
    one(
        "what-comes-late-from-a-room-that-moved-is-none-of-ours",
        "pilotbridge/relay/texting.py",
        "    here = read.room_now(chat, room)\n",
        "    here = room\n",
        "tests/relay/test_whose.py",
    ),
    one(
        "somebody-elses-message-is-marked-in-the-new-room",
        "pilotbridge/outbox/posts/settling.py",
        "    if row.kind in (PostKind.MARK, PostKind.EDIT):\n        return (_defer(row, outcome.reason, now_ms), Step",
        "    if row.kind in ():\n        return (_defer(row, outcome.reason, now_ms), Step",
        "tests/relay/test_whose.py",
    ),
    one(
        "posts-of-a-closed-room-are-forgotten",
        _HEALING,
        '            _move(tx, each, Event.RELEASE, "the room is open to us again", now_ms, now_ms)\n',
        '            _move(tx, each, Event.CANCEL, "the room is open to us again", now_ms, None)\n',
        "tests/relay/test_into_chats.py",
    ),
    one(
        "every-number-that-looks-russian-is-a-phone",
        "pilotbridge/phone.py",
        "(9(?!300)[0-9]{9})",
        "(9[0-9]{9})",
        "tests/test_phone.py",
    ),
    one(
        "what-no-alert-waits-for-is-made-by-each-who-asks",
        "pilotbridge/web/later.py",
        "        if self._made is None:\n",
        "        if True:\n",
        "tests/web/test_later.py",
    ),
    one(
        "a-file-that-is-not-there-is-found-out-at-night",
        "pilotbridge/config/reading.py",
        "        if block is not None:\n            self._warn_of_unread(block, path)\n",
        "",
        "tests/plugins/enrich_from_csv/test_enrich_from_csv.py",
    ),
    one(
        "a-conversation-that-is-closed-still-counts-as-open",
        "pilotbridge/store/migrations/0019_tallies.sql",
        "  UPDATE tally SET amount = amount - 1 WHERE what = old.state;\nEND;\n\nCREATE TRIGGER conversation_gone",
        "END;\n\nCREATE TRIGGER conversation_gone",
        "tests/contracts/test_tallies.py",
    ),
    one(
        "a-post-that-is-pruned-still-counts-as-stuck",
        "pilotbridge/store/migrations/0019_tallies.sql",
        "AFTER DELETE ON post WHEN old.is_stuck",
        "AFTER DELETE ON post WHEN NOT old.is_stuck",
        "tests/contracts/test_tallies.py",
    ),
    one(
        "a-moved-room-leaves-its-conversations-behind",
        "pilotbridge/store/sql/posts.py",
        '        self.run("move_conversations", {"chat": chat, "old": old, "new": new})\n',
        "",
        "tests/contracts/test_relay_contract.py",
    ),
    one(
        "a-rate-limit-uses-up-an-attempt",
        _POST_SETTLING,
        "    failures = row.failures + error.counts\n",
        "    failures = row.failures + 1\n",
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
        "a-text-is-changed-on-its-way",
        "pilotbridge/relay/texting.py",
        "text=marked(tx, phone, text, postage, now_ms) if is_marked else text,",
        "text=marked(tx, phone, text, postage, now_ms) if is_marked else text.strip(),",
        "tests/relay/test_both_ways.py",
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
        "an-opt-out-forbids-nothing",
        "pilotbridge/outbox/enqueue.py",
        "if order.is_unasked else None",
        "if False else None",
        "tests/relay/test_wishes.py",
    ),
    one(
        "a-contact-opts-out-by-sms",
        "pilotbridge/relay/inbound.py",
        "        contact = contact_with(phone.e164, settings)\n        if contact is not None and",
        "        contact = contact_with(phone.e164, settings)\n        if contact is None and False and",
        "tests/relay/test_wishes.py",
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
        "strangers-words-are-kept",
        "pilotbridge/store/sql/chat_updates.py",
        'keeps_text and state != "ignored"',
        "keeps_text",
        "tests/contracts/test_relay_contract.py",
        "tests/relay/test_answers.py",
    ),
    one(
        "a-hook-opens-to-anybody",
        "pilotbridge/web/hooks.py",
        "        if connector is None or not any(fits):\n",
        "        if connector is None:\n",
        "tests/web/test_hooks.py",
    ),
    one(
        "the-secret-of-one-chat-opens-another",
        "pilotbridge/web/callback.py",
        'return _derived(install, f"hook\\0{chat}")',
        'return _derived(install, "hook")',
        "tests/web/test_hooks.py",
    ),
    one(
        "a-tick-goes-backwards",
        "pilotbridge/relay/ticks.py",
        "    return _RANK[now] > _RANK[told]\n",
        "    return now is not told\n",
        "tests/relay/test_ticks.py",
    ),
)

_SUPPORT = (
    one(
        "whoever-was-answered-is-still-waited-for",
        _RELAY_QUERIES,
        "state = 'answered', waits_since_ms = NULL, remind_at_ms = NULL WHERE id = :id;",
        "state = 'answered' WHERE id = :id;",
        _SUPPORT_TESTS,
    ),
    one(
        "a-second-text-starts-the-wait-anew",
        _RELAY_QUERIES,
        "  remind_at_ms = CASE WHEN waits_since_ms IS NULL THEN :remind ELSE remind_at_ms END,\n",
        "  remind_at_ms = :remind,\n",
        _SUPPORT_TESTS,
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
)

_PRIVACY = (
    one(
        "what-is-forgotten-stays-in-the-file",
        _SQLITE,
        "PRAGMA secure_delete = ON",
        "PRAGMA secure_delete = OFF",
        _PRIVACY_TESTS,
    ),
    one(
        "what-people-wrote-to-a-forgotten-number-stays",
        "pilotbridge/relay/updates.py",
        "conversation=came.conversation",
        "conversation=None",
        _PRIVACY_TESTS,
    ),
    one(
        "a-forgotten-sms-comes-in-again",
        _PRIVACY_QUERIES,
        "UPDATE inbound SET sender = 'forgotten', text = :text WHERE",
        "DELETE FROM inbound WHERE :text <> '' AND",
        _PRIVACY_TESTS,
    ),
    one(
        "what-is-on-its-way-is-forgotten",
        "pilotbridge/desk/privacy.py",
        "            if unfinished:\n",
        "            if unfinished and not self:\n",
        _PRIVACY_TESTS,
    ),
    one(
        "a-forgotten-optout-is-not-heeded",
        "pilotbridge/store/sql/optouts.py",
        "return digest_of(phone, salt[0]) if salt else phone.e164",
        "return phone.e164",
        _PRIVACY_TESTS,
    ),
)

RELAY = (
    *_INBOUND_SMS,
    *_TELEGRAM,
    *_RELAY,
    *_SUPPORT,
    *_PRIVACY,
)
