"""Of Alertmanager's API: a body is taken whole or refused whole, and lists show what counts."""

from __future__ import annotations

from tests.saboteurs.mutants.mutant import one

_API = "pilotbridge/web/alertmanager/"
_API_TESTS = "tests/web/alertmanager/"

WEB_ALERTMANAGER = (
    one(
        "prometheus-hears-200-of-a-refusal",
        _API + "door.py",
        "            await told_declined(declined).give(send)\n            return\n",
        "            pass\n",
        _API_TESTS + "test_door.py",
    ),
    one(
        "prometheus-is-not-asked-who-it-is",
        _API + "door.py",
        "        return found[0], False\n    check_token",
        "        return found[0], True\n    check_token",
        _API_TESTS + "test_door.py",
    ),
    one(
        "any-token-posts-alerts",
        _API + "door.py",
        "    check_token(settings.web.tokens, Right.ALERTS, head)\n",
        "",
        _API_TESTS + "test_door.py",
    ),
    one(
        "another-separator-in-a-fingerprint",
        _API + "fingerprint.py",
        'part.encode() + b"\\xff"',
        'part.encode() + b"\\0"',
        _API_TESTS + "test_lists.py",
    ),
    one(
        "what-is-kept-quiet-looks-loud",
        _API + "pages.py",
        "    is_quiet = status.silenced_by or status.inhibited_by or muted_by\n",
        "    is_quiet = status.silenced_by\n",
        _API_TESTS + "test_lists.py",
    ),
    one(
        "whoever-reads-may-silence",
        _API + "silences.py",
        'Endpoint("/api/v2/silences", _answered(self._set), Right.SILENCES,',
        'Endpoint("/api/v2/silences", _answered(self._set), Right.READ,',
        _API_TESTS + "test_status.py",
    ),
)
