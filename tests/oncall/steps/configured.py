"""Receivers with steps, phones that cannot be reached, and what somebody silences."""

from __future__ import annotations

from datetime import timedelta

from pilotbridge.testing.world import CONFIGURATION

ANNA, BORIS, VERA = "79087964781", "79087964782", "79087964783"

PEOPLE = 'vera: { phone: "+79087964783", language: ru }'


def configured(steps: str, receiver: str = "", contacts: str = "") -> str:
    """The usual configuration, its first receiver with ``steps`` after ``sms:anna``."""
    head, _, rest = CONFIGURATION.partition("receivers:\n")
    routes = rest[rest.index("route:") :]
    head = head.replace(
        "contacts:\n", f"contacts:\n  {PEOPLE.replace('{', '{{').replace('}', '}}')}\n{contacts}"
    )
    more = ", ".join(f"{{{{ {step} }}}}" for step in steps.split("; "))
    return (
        f"{head}receivers:\n"
        f"  - {{{{ name: page-ops, {receiver} steps: [ {{{{ notify: [sms:anna] }}}}, {more} ] }}}}\n"
        "  - {{ name: page-boris, steps: [ {{ notify: [sms:boris] }} ] }}\n"
        f"{routes}"
    )


SILENT = (
    "after: 5m, when: unacknowledged, notify: [sms:boris]; "
    "after: 10m, when: unacknowledged, notify: [sms:vera]"
)
UNDELIVERED = (
    "after: 2m, when: undelivered, notify: [sms:boris]; after: 5m, when: unacknowledged, notify: [sms:vera]"
)
FAILED = "when: failed, notify: [sms:boris]"
BY_TIME = "after: 15m, notify: [sms:boris]"


def silence(world, minutes: int) -> None:
    """Somebody silences what fires."""
    lasts = timedelta(minutes=minutes)
    world.app.desk.silence(['alertname="DiskFull"'], starts=None, lasts=lasts, by="anna", comment="")
    world.settle()


def off(world, phone: str, **fields) -> None:
    """Whatever is sent to this phone ends like that."""
    world.order("scripts", phone=phone, **({"outcome": "undelivered"} | fields))
