"""A source of your own: a beeper that posts lines of text, one alert each, `HOST is down` or `HOST is up`.

    sources: { beeper: { token_file: secrets/beeper } }
    curl http://127.0.0.1:8080/in/beeper -H "Authorization: Bearer ..." -d "db01 is down"
"""

from pilotbridge import Alert, AlertState, Labels, Parsed, Severity, Unreadable, hookimpl


class Beeper:
    type = "beeper"
    options = None
    groups = False
    severities = {"down": Severity.CRITICAL}

    def parse(self, incoming, options):
        lines = incoming.body.decode("utf-8", "replace").split("\n")
        return Parsed(tuple(self._alert(n, line, incoming) for n, line in enumerate(lines) if line.strip()))

    def _alert(self, number, line, incoming):
        words = line.split()
        if len(words) != 3 or words[1] != "is" or words[2] not in ("up", "down"):
            raise Unreadable("a line must read: HOST is down, or HOST is up", at=f"line {number + 1}")
        is_down = words[2] == "down"
        return Alert(
            source=incoming.source,
            labels=Labels({"alertname": "HostDown", "instance": words[0], "severity": "down"}),
            annotations=Labels(),
            state=AlertState.FIRING if is_down else AlertState.RESOLVED,
            starts_at=incoming.received_at,
            ends_at=None if is_down else incoming.received_at,
        )


@hookimpl
def register_sources():
    return [Beeper()]
