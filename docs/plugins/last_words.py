"""Says when the bridge was ended by a crash, and how long nobody was there: it notes every minute that it lives."""

from datetime import datetime, timedelta

from pilotbridge import Trouble, hookimpl


@hookimpl
def bridge_started(bridge):
    notes = bridge.storage()
    seen = notes.get("seen")
    if seen is not None:
        away = bridge.clock.utc_now() - datetime.fromisoformat(seen)
        bridge.raise_trouble(Trouble("Crashed", "bridge", f"it ended without a word; nobody was there for {away}"))
    bridge.every("note", timedelta(minutes=1), lambda: notes.set("seen", bridge.clock.utc_now().isoformat()))


@hookimpl
def bridge_stopping(bridge):
    bridge.storage().delete("seen")
