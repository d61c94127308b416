"""``python -m pilotbridge``: the command where its script is not on the path."""

from __future__ import annotations

from pilotbridge.cli import main

if __name__ == "__main__":
    main()
