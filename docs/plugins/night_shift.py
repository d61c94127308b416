"""At night alerts go to Boris, whoever the routes would tell."""

from pilotbridge import Route, hookimpl


@hookimpl
def route_alerts(alerts, bridge):
    if 8 <= bridge.clock.local().hour < 22:
        return None
    return {alert: Route("page-boris") for alert in alerts}
