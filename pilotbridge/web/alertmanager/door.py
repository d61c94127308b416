"""The door ``POST /api/v2/alerts``: where Prometheus posts, by the same steps as ``/in/<source>``.

It owns which source a sender is and how it is answered; the intake takes the body in. Either all alerts of a
body are on disk and the answer is 200, or none is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pilotbridge.config.settings import Right, Settings, SourceSettings
from pilotbridge.web.alertmanager.faults import told_declined
from pilotbridge.web.asgi import Answer, Declined, Head, Receive, Scope, Send
from pilotbridge.web.auth import check_source, check_token, find_token, read_credentials
from pilotbridge.web.bodies import Gone
from pilotbridge.web.intake import Intake

PATH = "/api/v2/alerts"
SOURCE_TYPE = "prometheus"
NO_SOURCE = (
    "no source takes alerts here; add to the configuration sources: { prometheus: { token_file: FILE } }"
)


class AlertsDoor:
    """Finds the source by its credentials, or lets a token in that may post alerts. Nobody signs here."""

    def __init__(self, intake: Intake, settings: Callable[[], Settings]) -> None:
        self._intake = intake
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            source, is_proved = find_source(self._settings(), Head(scope["headers"]))
            if is_proved:
                _refuse_other_sites(scope)
            await self._intake.accept(source.name, scope, receive, is_proved=is_proved)
        except Gone:
            return
        except Declined as declined:
            await told_declined(declined).give(send)
            return
        await Answer(200, b"").give(send)


def _refuse_other_sites(scope: Scope) -> None:
    from starlette.requests import Request

    from pilotbridge.web.endpoints import refuse_other_sites

    refuse_other_sites(Request(scope))


def find_source(settings: Settings, head: Head) -> tuple[SourceSettings, bool]:
    """The source whose credentials came, else the first one for a token that may post alerts (True).

    Without either it is the first one, whose own check says what is missing.

    :raises Declined: 404 when the configuration has no such source, 401 when a header stands twice, 403 when
        the token may do other things only.
    """
    found = [each for each in settings.sources.values() if each.type == SOURCE_TYPE and each.hmac is None]
    if not found:
        raise Declined(404, "no-source", NO_SOURCE, is_known=False)
    own = _of_credentials(found, head)
    if own is not None:
        return own, False
    if find_token(settings.web.tokens, read_credentials(head)) is None:
        return found[0], False
    check_token(settings.web.tokens, Right.ALERTS, head)
    return found[0], True


def _of_credentials(sources: Sequence[SourceSettings], head: Head) -> SourceSettings | None:
    for source in sources:
        try:
            check_source(source, head)
        except Declined:
            continue
        return source
    return None
