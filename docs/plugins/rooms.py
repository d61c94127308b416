"""Texts that ask for a price go to the room of the sales people, everything else to the line's own room."""

from pilotbridge import hookimpl


@hookimpl
def choose_conversation(inbound):
    return "sales" if "price" in inbound.text.lower() else None
