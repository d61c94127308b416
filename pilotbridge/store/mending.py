"""Makes a database whole again of which rows are lost: nothing in it may name a row that is not there.

SQLite gives the numbers of lost rows out anew, and whatever still named a lost one would then belong to, or
stand in the way of, a stranger. It invents no row. Where nobody can know whether people were told, they are.
"""

from __future__ import annotations

import sqlite3

_NOTHING = (
    ("journal_waiting", "journal_id", "journal"),
    ("journal_repeat", "journal_id", "journal"),
    ("member", "group_id", "alert_group"),
    ("member", "alert_id", "alert"),
    ("incident_alert", "incident_id", "incident"),
    ("incident_alert", "alert_id", "alert"),
    ("notification", "incident_id", "incident"),
    ("escalation", "incident_id", "incident"),
    ("storm_incident", "storm_id", "storm"),
    ("storm_incident", "incident_id", "incident"),
    ("storm_message", "storm_id", "storm"),
    ("storm_message", "message_id", "message"),
    ("attempt", "message_id", "message"),
    ("callback_hint", "message_id", "message"),
    ("chat_sms", "message_id", "message"),
    ("chat_sms", "conversation_id", "conversation"),
    ("link", "conversation_id", "conversation"),
    ("card", "incident_id", "incident"),
    ("card", "post_id", "post"),
)
"""Table, column, and the table it names: without that other row it is nothing."""

_SOMETHING = (
    ("message", "incident_id", "incident", "NULL"),
    ("message", "notification_id", "notification", "NULL"),
    ("message", "after_id", "message", "NULL"),
    ("message", "retry_of", "message", "NULL"),
    ("message", "superseded_by", "message", "NULL"),
    ("inbound", "reply_id", "message", "NULL"),
    ("link", "inbound_id", "inbound", "NULL"),
    ("link", "message_id", "message", "NULL"),
    ("post", "conversation_id", "conversation", "NULL"),
    ("post", "of_post", "post", "NULL"),
    ("post", "after_id", "post", "NULL"),
    ("chat_update", "conversation_id", "conversation", "NULL"),
    ("question", "post_id", "post", "NULL"),
    ("oncall_override", "swap_id", "oncall_swap", "NULL"),
    ("oncall_handover", "override_id", "oncall_override", "NULL"),
    ("oncall_swap", "message_id", "message", "NULL"),
    ("oncall_handover", "message_id", "message", "NULL"),
    ("escalation", "notification_id", "notification", "0"),
    ("incident", "group_id", "alert_group", "0"),
    ("alert", "journal_id", "journal", "0"),
    ("incident_alert", "journal_id", "journal", "0"),
)
"""As above, and what stands there instead: it is something by itself, above all an SMS that has to go."""

_TITLES = "DELETE FROM post WHERE kind IN ('thread', 'change') AND {nothing}"
"""What is only about a conversation that is lost, and says nothing."""

_SUBJECTS = {
    "inbound": "inbound",
    "message": "message",
    "incident": "incident",
    "group": "alert_group",
    "post": "post",
    "journal": "journal",
    "conversation": "conversation",
    "swap": "oncall_swap",
    "override": "oncall_override",
    "handover": "oncall_handover",
    "optout": "optout",
}

_TOLD_ANEW = (
    # What fires in no group is nobody's: when it is said again it begins.
    "DELETE FROM alert WHERE state = 'firing'"
    " AND NOT EXISTS (SELECT 1 FROM member WHERE alert_id = alert.id)",
    # The incident of a group is lost: what still fires there is told of as another one.
    "DELETE FROM member WHERE told = 2 AND group_id IN ({orphaned})",
    "UPDATE member SET told = 0 WHERE group_id IN ({orphaned})",
    "UPDATE alert_group SET incident_id = NULL, due_at_ms = :now, revision = revision + 1"
    " WHERE id IN ({orphaned})",
    # An incident that no group has any more would never end.
    "UPDATE incident SET closed_at_ms = :now, ended = 'stale' WHERE closed_at_ms IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM alert_group WHERE incident_id = incident.id)",
    "DELETE FROM escalation WHERE incident_id IN (SELECT id FROM incident WHERE closed_at_ms IS NOT NULL)",
)
_ORPHANED = (
    "SELECT id FROM alert_group g WHERE incident_id IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM incident WHERE id = g.incident_id AND closed_at_ms IS NULL)"
)

_DOUBT = (
    "UPDATE {table} SET in_doubt_since_ms = created_at_ms"
    " WHERE state IN ('in_doubt', 'parked') AND in_doubt_since_ms IS NULL",
    "UPDATE {table} SET in_doubt_since_ms = NULL"
    " WHERE state NOT IN ('in_doubt', 'parked', 'sending') AND in_doubt_since_ms IS NOT NULL",
)


NAMING = frozenset((table, column) for table, column, *_ in (*_NOTHING, *_SOMETHING))
"""Every column that names a row of one other table; where there is a ``subject``, that says of which."""


def mend(connection: sqlite3.Connection, now_ms: int) -> None:
    """Let nothing name what is not there, within one transaction; the schema must be the newest."""
    connection.execute("BEGIN IMMEDIATE")
    _let_go(connection)
    for statement in _TOLD_ANEW:
        connection.execute(statement.format(orphaned=_ORPHANED), {"now": now_ms})
    _let_go(connection)  # of what has become worthless by that
    for table, column, other, instead in _SOMETHING:
        nothing = _names_nothing(table, column, other)
        connection.execute(f"UPDATE {table} SET {column} = {instead} WHERE {nothing}")
    for subject, table in _SUBJECTS.items():
        nothing = _names_nothing("event", "subject_id", table)
        connection.execute(f"DELETE FROM event WHERE subject = '{subject}' AND {nothing}")
        nothing = _names_nothing("post", "subject_id", table)
        connection.execute(f"UPDATE post SET subject = '' WHERE subject = '{subject}' AND {nothing}")
    for table in ("message", "post"):
        for statement in _DOUBT:
            connection.execute(statement.format(table=table))
    connection.execute("COMMIT")


def _let_go(connection: sqlite3.Connection) -> None:
    connection.execute(_TITLES.format(nothing=_names_nothing("post", "conversation_id", "conversation")))
    for table, column, other in _NOTHING:
        connection.execute(f"DELETE FROM {table} WHERE {_names_nothing(table, column, other)}")


def _names_nothing(table: str, column: str, other: str) -> str:
    named = f"{table}.{column}"
    return f"{named} <> 0 AND NOT EXISTS (SELECT 1 FROM {other} AS other WHERE other.id = {named})"
