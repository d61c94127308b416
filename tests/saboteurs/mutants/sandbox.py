"""Of the sandbox: it is as strict as what it stands for."""

from __future__ import annotations

from tests.saboteurs.mutants.mutant import one

SANDBOX = (
    one(
        "an-answer-is-waited-for-beyond-its-end",
        "pilotbridge/sandbox/calling.py",
        " or (length is not None and len(body) >= int(length.group(1)))\n",
        "\n",
        "tests/sandbox/test_server.py",
    ),
    one(
        "a-condensed-file-gives-an-id-twice",
        "pilotbridge/sandbox/condensing.py",
        "            kept.append(newest.pop(key))\n",
        "            kept.append(line)\n",
        "tests/sandbox/test_condensing.py",
    ),
    one(
        "a-sites-name-commands-the-sandbox",
        "pilotbridge/sandbox/control.py",
        '    if "." not in name or name.endswith(_PRIVATE):\n',
        "    if True:\n",
        "tests/sandbox/test_control.py",
    ),
    one(
        "what-was-not-taken-is-answered-whole",
        "pilotbridge/sandbox/faults.py",
        "    taken, whole = answer is not None, answer or _refused(rule, form)\n",
        "    taken, whole = answer is not None, answer or Response()\n",
        "tests/sandbox/test_faults.py",
    ),
    one(
        "what-only-asks-for-its-cost-uses-up-a-script",
        "pilotbridge/sandbox/gateway.py",
        "        ahead[sms.to] += one.meets_script\n",
        "        world.use_script(sms.to)\n",
        "tests/sandbox/test_checking.py",
    ),
    one(
        "a-setting-that-no-request-survives",
        "pilotbridge/sandbox/orders.py",
        "    if not all(0 <= wait_s <= LONGEST_S for wait_s in waits_s):\n",
        "    if any(wait_s < 0 for wait_s in waits_s):\n",
        "tests/sandbox/test_control.py",
    ),
    one(
        "a-slow-script-keeps-back-everybodys-callbacks",
        "pilotbridge/sandbox/server.py",
        "            self._start_due_calls()\n            # Not",
        "            await self._make_due_calls()\n            # Not",
        "tests/sandbox/test_server.py",
    ),
    one(
        "whoever-waits-is-cut-off-with-a-traceback",
        "pilotbridge/sandbox/server.py",
        "        self._ending.set()\n        self._tell_polls()\n",
        "        self._tell_polls()\n",
        "tests/sandbox/test_server.py",
    ),
    one(
        "two-sandboxes-write-into-one-file",
        "pilotbridge/sandbox/state_file.py",
        "            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)\n",
        "            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)\n",
        "tests/sandbox/test_state_file.py",
    ),
    one(
        "half-a-line-ends-the-file-for-every-start",
        "pilotbridge/sandbox/state_file.py",
        "        file.truncate(began)\n        file.seek(began)\n        raise\n",
        "        raise\n",
        "tests/sandbox/test_state_file.py",
    ),
    one(
        "a-condensed-file-forgets-what-was-spent",
        "pilotbridge/sandbox/state_file.py",
        '        accounts = [("account", account) for account in world.accounts.values()] if kept else []\n',
        "        accounts: list[tuple[str, Any]] = []\n",
        "tests/sandbox/test_condensing.py",
    ),
    one(
        "updates-that-nobody-fetches-are-kept-for-ever",
        "pilotbridge/sandbox/telegram/updates.py",
        "        self.drop_old(at_ms)\n        update = Update(",
        "        update = Update(",
        "tests/sandbox/telegram/test_updates.py",
    ),
)
