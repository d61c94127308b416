"""What holds for every test: nothing is skipped in silence where everything is installed."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# How long an example takes says something of the machine's other work, not of the code.
settings.register_profile("steady", deadline=None)
settings.load_profile("steady")

NO_SKIPS = "PILOTBRIDGE_NO_SKIPS"


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """With the variable set a skipped test fails the run: whoever sets it has installed all there is."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and os.environ.get(NO_SKIPS):
        for report in skipped:
            reporter.write_line(f"skipped although {NO_SKIPS} is set: {report.nodeid}: {report.longrepr}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
