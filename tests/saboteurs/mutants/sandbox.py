"""The gateway at home: whatever a test proves against it is worth what it keeps and how it breaks."""

from __future__ import annotations

from tests.saboteurs.mutants.mutant import one

SANDBOX = (
    one(
        "two-sandboxes-write-into-one-file",
        "pilotbridge/sandbox/state_file.py",
        "            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)\n",
        "            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)\n",
        "tests/sandbox/test_state_file.py",
    ),
)
