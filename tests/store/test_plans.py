"""Every question on the way of alerts and of the relay finds its rows by an index, however many there are."""

from __future__ import annotations

import re

import pytest

from pilotbridge.store.connection import QUERIES

ON_THE_WAY = (
    "next_post", "pending_rooms", "next_post_due", "posts_sending", "posts_held", "posts_queued",
    "post_to_probe", "posts_on_target", "posts_of_post", "pending_thread_post", "last_post_of_conversation",
    "posts_about", "room_fact", "room_moved", "gone_rooms", "conversation_of", "conversation_in",
    "open_conversations_in", "get_link", "chat_sms_open", "chat_sms_of", "chat_updates_waiting",
    "settle_chat_update", "add_chat_update", "get_question", "answer_question", "optouts_of", "add_optout",
    "move_post", "rub_per_part", "posts_stuck", "prune_posts", "prune_links", "prune_chat_updates",
    "inbound_waiting", "same_text", "any_conversation_in", "posts_of_conversation", "posts_lost_in",
    "posts_waiting_in", "conversations_to_remind", "next_reminder", "conversations_of_party",
    "prune_attempts", "prune_message_events", "prune_messages", "prune_inbound",
    "due_groups", "next_group_due", "members_of", "groups_of_alerts", "known_alerts", "known_groups",
    "expired_alerts",
    "firing_in_sender_group", "incidents_in", "incident_by_ref", "incidents_of_group", "told_recipients",
    "any_sent_to_recipient", "unsent_to_recipient", "incidents_told_to", "due_escalations", "escalations_in",
    "sms_of_notifications", "sms_of_storms", "hurry_statuses", "due_storms", "storm_of", "storm_by_ref",
    "storm_members", "due_messages", "due_states", "next_queued_due", "next_unfinished_due", "late_messages",
    "late_summaries", "supersede", "wait_instead", "spent_on_recipient", "spent_since",
    "committed_since", "committed_on_route",
    "messages_by_server_id", "release_due", "release_held", "hasten_messages", "prune_incidents",
    "prune_incident_events", "prune_cards", "prune_alerts", "count_conversations", "count_posts_stuck",
)  # fmt: skip


@pytest.mark.parametrize("name", ON_THE_WAY)
def test_it_scans_no_table(engine, name):
    sql = QUERIES[name].replace(":values", "?")
    numbered = re.sub(r":\w+", "1", sql).replace("?", "1")

    plan = [row[3] for row in engine.connection.execute(f"EXPLAIN QUERY PLAN {numbered}")]

    scans = [step for step in plan if step.startswith("SCAN") and "INDEX" not in step]
    assert [step for step in scans if not re.fullmatch(r"SCAN (pending|CONSTANT ROW|\d+.*)", step)] == []


@pytest.mark.parametrize("name", ["next_post", "get_link", "conversation_in", "chat_updates_waiting"])
def test_it_sorts_nothing(engine, name):
    numbered = re.sub(r":\w+", "1", QUERIES[name]).replace("?", "1")

    plan = [row[3] for row in engine.connection.execute(f"EXPLAIN QUERY PLAN {numbered}")]

    assert [step for step in plan if "TEMP B-TREE" in step] == []
    assert [step for step in plan if step.startswith(("SEARCH", "SCAN"))]
