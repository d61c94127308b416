"""What only happens at the edges: clocks that are set, odd figures, files that are not there."""

# ruff: noqa: E501 - lines of the tree are quoted whole

from __future__ import annotations

from tests.saboteurs.mutants.mutant import one

_QUERIES = "pilotbridge/store/queries.sql"
_POLL = "pilotbridge/relay/poll.py"
_INBOUND = "pilotbridge/relay/inbound.py"
_UPDATES = "pilotbridge/relay/updates.py"

_AT_THE_EDGES = (
    one(
        "second-restore-takes-the-original",
        "pilotbridge/store/restoring.py",
        "    if kept.exists():\n",
        "    if False:\n",
        "tests/store/upkeep/test_restoring.py",
    ),
    one(
        "failing-worker-unseen",
        "pilotbridge/app/overseer.py",
        "            if self._failures >= FAILURES:\n",
        "            if False:\n",
        "tests/test_overseer.py",
    ),
    one(
        "ping-while-a-worker-fails",
        "pilotbridge/app/duties.py",
        "        work=shared.overseer.why,\n",
        "        work=lambda: '',\n",
        "tests/test_heartbeat.py",
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
        "a-contact-cannot-undo-a-stop",
        _INBOUND,
        "        if contact is not None and wish is Wish.STOP:\n",
        "        if contact is not None:\n",
        "tests/relay/test_wishes.py",
    ),
    one(
        "a-preview-of-a-link-counts-as-a-change",
        "pilotbridge/relay/texting.py",
        "    if sms is not None and sms.text == edited.text:\n",
        "    if sms is not None and sms.text is None:\n",
        "tests/relay/test_answers.py",
    ),
    one(
        "a-live-location-is-answered-every-time-it-moves",
        "plugins/pilotbridge_plugins/telegram/updates.py",
        "    if kind_of(content) != TEXT:\n        return None\n",
        "",
        "tests/plugins/telegram/test_updates.py",
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
        "a-chat-is-asked-for-a-post-that-shows-nothing",
        "pilotbridge/relay/destination.py",
        "    shown = text if strip_invisible(text).strip() else",
        "    shown = text if text else",
        "tests/relay/test_into_chats.py",
    ),
    one(
        "a-feed-that-fails-in-a-plugin-is-told-to-nobody",
        _POLL,
        "        except Exception as error:  # a tick: the gateway may be a plugin's, and people must hear of it too\n",
        "        except KeyError as error:\n",
        "tests/relay/test_poll.py",
    ),
    one(
        "news-keep-ticks-from-looking-at-the-rest",
        "pilotbridge/relay/ticks.py",
        "        rests_ms = LOOKS_EVERY_MS if news else LOOKS_AGAIN_MS\n",
        "        rests_ms = 2**62 if news else LOOKS_AGAIN_MS\n",
        "tests/relay/test_ticks.py",
    ),
    one(
        "a-ref-with-a-no-behind-it-takes-the-incident",
        "pilotbridge/oncall/replies.py",
        "    return NotAReply() if is_no else Take(ref, note)\n",
        "    return Take(ref, note)\n",
        "tests/oncall/test_replies.py",
    ),
    one(
        "a-no-with-its-reason-takes-the-incident",
        "pilotbridge/oncall/replies.py",
        "    if kind is PassOn or kind is Undo:\n        is_apart",
        "    if kind is Undo:\n        is_apart",
        "tests/oncall/test_replies.py",
    ),
    one(
        "a-clock-that-was-ahead-mutes-the-answers",
        "plugins/pilotbridge_plugins/ack_by_text/__init__.py",
        "        if timedelta(0) <= now - datetime.fromisoformat(at) < timedelta(hours=1)",
        "        if now - datetime.fromisoformat(at) < timedelta(hours=1)",
        "tests/plugins/ack_by_text/test_ack_by_text.py",
    ),
    one(
        "an-end-that-a-plugin-keeps-back-is-told-to-nobody",
        "pilotbridge/alerting/plan.py",
        "            return Plan(work, incident, number, objection.until_ms, objection, is_kept_back=True)\n",
        "            return Plan(work, incident, number, None, objection, is_kept_back=not decision.closes)\n",
        "tests/alerting/test_quiet.py",
    ),
    one(
        "any-json-takes-another-senders-body-without-a-word",
        "pilotbridge/web/intake.py",
        "            if found.doubt:\n",
        "            if found.doubt and not found.parsed.alerts:\n",
        "tests/web/test_sources.py",
    ),
    one(
        "who-maps-a-body-is-doubted",
        "pilotbridge/web/posted.py",
        "        is_told = posted.door.options not in (None, source.options())\n",
        "        is_told = False\n",
        "tests/web/test_sources.py",
    ),
    one(
        "a-time-that-was-named-moves-with-the-clock",
        _QUERIES,
        "  WHEN state = 'queued' AND cause = 'timed' THEN due_at_ms ELSE due_at_ms + :by END",
        "  ELSE due_at_ms + :by END",
        "tests/runtime/test_wall.py",
    ),
    one(
        "a-clock-that-is-set-back-lapses-what-waits-for-its-time",
        _QUERIES,
        "CASE WHEN state = 'queued' AND cause = 'timed' THEN max(lapses_at_ms, lapses_at_ms + :by)\n  ELSE lapses_at_ms + :by END",
        "lapses_at_ms + :by",
        "tests/runtime/test_wall.py",
    ),
    one(
        "a-time-without-a-zone-is-nobodys",
        "pilotbridge/desk/verb.py",
        "    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)\n",
        "    return moment\n",
        "tests/web/test_api.py",
    ),
    one(
        "a-clock-that-is-set-back-hides-the-proof-of-a-phone",
        "pilotbridge/oncall/handing_over.py",
        "    if message is not None and message.state is State.DELIVERED:\n        return True",
        "    if message is None:\n        return False",
        "tests/oncall/test_handover.py",
    ),
    one(
        "a-storm-is-given-back-by-its-own-age",
        "pilotbridge/oncall/storms.py",
        "    taken_ms = [member.taken_at_ms for member in open_ones if member.taken_at_ms is not None]\n",
        "    taken_ms = [member.joined_at_ms for member in open_ones]\n",
        "tests/plugins/ack_by_text/test_ack_by_text.py",
    ),
    one(
        "an-answer-longer-than-a-post-is-none",
        _UPDATES,
        "        for piece in cut(answer, self._connectors[chat].max_text - HEAD_UNITS):\n",
        "        for piece in [answer]:\n",
        "tests/relay/test_commands.py",
    ),
    one(
        "an-update-that-a-plugin-chokes-on-does-not-come-again",
        "pilotbridge/web/hooks.py",
        "        except Exception as failure:  # a web request",
        "        except KeyError as failure:  # a web request",
        "tests/web/test_hooks.py",
    ),
    one(
        "a-verdict-that-met-a-busy-store-is-forgotten",
        "pilotbridge/oncall/escalation.py",
        "            self._news.extendleft(reversed(news))",
        "            pass",
        "tests/oncall/steps/test_meanwhile.py",
    ),
    one(
        "a-file-that-cannot-be-written-stops-the-spool",
        "pilotbridge/web/spool.py",
        "        except Exception as error:  # a tick: one body that cannot be written costs no other\n",
        "        except KeyError as error:\n",
        "tests/web/test_spool.py",
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
        "nobody-hears-how-an-sms-by-command-fares",
        "pilotbridge/desk/in_chat.py",
        "    follow(asked.tx, sms, asked.now_ms)\n",
        "",
        "tests/relay/test_commands.py",
    ),
    one(
        "a-failed-sms-by-command-is-a-tick-without-a-word",
        "pilotbridge/relay/texting.py",
        "    if conversation is None and about.conversation != NO_CONVERSATION:\n",
        "    if conversation is None:\n",
        "tests/relay/test_commands.py",
    ),
    one(
        "a-command-ends-at-its-first-line",
        "pilotbridge/desk/in_chat.py",
        "    words = text.split(maxsplit=1)\n",
        '    words = text.split(" ", maxsplit=1)\n',
        "tests/relay/test_commands.py",
    ),
    one(
        "an-sms-that-waits-for-the-disk-is-told-again-and-again",
        _INBOUND,
        "        if sms.id != self._told_of:",
        "        if sms.id:",
        "tests/relay/test_inbound.py",
    ),
)

_PLUGINS = (
    one(
        "a-plugin-that-ends-itself-ends-its-thread",
        "pilotbridge/plugin_manager/asking.py",
        "    except SystemExit as error:\n",
        "    except KeyError as error:\n",
        "tests/plugin_manager/test_asking.py",
    ),
    one(
        "a-file-that-ends-itself-ends-the-bridge",
        "pilotbridge/plugin_manager/sound.py",
        "WHATEVER_IT_RAISES = (Exception, SystemExit)",
        "WHATEVER_IT_RAISES = (Exception,)",
        "tests/plugin_manager/test_loading.py",
    ),
    one(
        "half-a-character-in-a-plugins-error-stops-the-alerts",
        "pilotbridge/plugin_manager/sound.py",
        '[:_REASON_MAX].encode("utf-8", "replace").decode()',
        "[:_REASON_MAX]",
        "tests/plugin_manager/test_asking.py",
    ),
)

_AT_THE_COMMAND_LINE = (
    one(
        "an-sms-is-at-night-when-it-is-written",
        "pilotbridge/replay/report.py",
        "(message.accepted_at or message.created_at).astimezone",
        "message.created_at.astimezone",
        "tests/cli/test_replay.py",
    ),
    one(
        "whoever-was-texted-before-an-error-is-not-told-of",
        "pilotbridge/cli/send.py",
        "        if sent:  # these",
        "        if False:  # these",
        "tests/cli/test_operating.py",
    ),
    one(
        "what-is-open-lies-behind-what-is-over",
        "pilotbridge/cli/incidents.py",
        "            if only_open\n",
        "            if False\n",
        "tests/cli/test_looking.py",
    ),
    one(
        "who-has-no-name-cannot-command",
        "pilotbridge/cli/operate.py",
        "    except (KeyError, OSError):\n",
        "    except OSError:\n",
        "tests/cli/test_operating.py",
    ),
    one(
        "a-no-and-a-ctrl-c-are-the-same",
        "pilotbridge/cli/__init__.py",
        "isinstance(error.__context__, KeyboardInterrupt)",
        "isinstance(error.__cause__, KeyboardInterrupt)",
        "tests/cli/test_command_line.py",
    ),
    one(
        "the-demo-reads-cards-in-english-only",
        "pilotbridge/demo/story.py",
        "self._card(ref, OVER)",
        "self._card(ref, 'CLEAR')",
        "tests/cli/test_demo.py",
    ),
)

EDGES = (*_AT_THE_EDGES, *_PLUGINS, *_AT_THE_COMMAND_LINE)
