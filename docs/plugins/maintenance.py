"""Nobody is told of hosts that are being worked on; whoever works on one says so in the plugin's storage.

The answer is on the record: `trace` shows it, and the group is looked at again.
"""

from pilotbridge import hookimpl


@hookimpl
def mute_group(notification, bridge):
    hosts = {alert.labels.get("instance") for alert in notification.firing}
    worked_on = hosts & set(bridge.storage("hosts").items())
    return f"{', '.join(sorted(worked_on))} is being worked on" if worked_on == hosts != set() else None


@hookimpl
def answer_inbound(inbound, bridge):
    """`work db01` and `done db01` by SMS, from contacts only."""
    from pilotbridge import Reply

    word, _, host = inbound.text.strip().lower().partition(" ")
    if word not in ("work", "done") or inbound.phone not in {c.phone for c in bridge.contacts.values()}:
        return None
    if word == "work":
        bridge.storage("hosts").set(host, inbound.sender)
        return Reply(f"Quiet about {host} till you text: done {host}")
    bridge.storage("hosts").delete(host)
    return Reply(f"Not quiet about {host} any more")
