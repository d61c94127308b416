"""Counts what was recorded and what became of messages; a dashboard of your own can read the storage."""

from pilotbridge import hookimpl


def _count(bridge, what, amount=1):
    tally = bridge.storage("tally")
    tally.set(what, (tally.get(what) or 0) + amount)


@hookimpl
def alerts_recorded(alerts, bridge):
    _count(bridge, "alerts", len(alerts))


@hookimpl
def inbound_recorded(inbound, bridge):
    _count(bridge, "inbound")


@hookimpl
def message_settled(message, bridge):
    _count(bridge, f"messages {message.state}")
