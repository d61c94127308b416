"""Every error that crosses a room, named by what the caller does next.

It owns the tree below and nothing else: no texts for users beyond the reason each error carries.

    PilotBridgeError
    ├── TryLater            surely nothing happened: the same call may be made again
    │   └── StoreUnavailable    the store could not commit (disk full, locked, I/O error)
    ├── Refused             surely nothing happened, and the same call will never do
    │   ├── NotFound            what was named does not exist
    │   └── NotAllowed          a rule of the configuration forbids it
    ├── ReplyLost           it may have happened: nobody knows until something settles it
    ├── Closed              this side is shutting down
    ├── IllegalMove         a programmer's mistake: the table of states does not know this move
    └── ConfigurationError  a person must change the configuration first
"""

from __future__ import annotations

from datetime import timedelta


class PilotBridgeError(Exception):
    """Something went wrong in PilotBridge."""

    def __init__(self, reason: str = "") -> None:
        self.reason = reason or (type(self).__doc__ or "").split("\n")[0]
        super().__init__(self.reason)


class TryLater(PilotBridgeError):
    """It did not happen this time; the same call may be made again.

    ``after`` is the wait the other side asked for; ``counts`` says whether this used up an attempt
    (a rate limit does not).
    """

    def __init__(self, reason: str = "", *, after: timedelta | None = None, counts: bool = True) -> None:
        super().__init__(reason)
        self.after = after
        self.counts = counts


class StoreUnavailable(TryLater):
    """The store cannot commit now; nothing of this call is on disk."""


class Refused(PilotBridgeError):
    """It did not happen, and the same call will not do better.

    ``code`` is the other side's own error number, 0 when it gave none.
    """

    def __init__(self, reason: str = "", *, code: int = 0) -> None:
        super().__init__(reason)
        self.code = code


class NotFound(Refused):
    """There is no such thing."""


class NotAllowed(Refused):
    """A rule of the configuration forbids this."""


class ReplyLost(PilotBridgeError):
    """The other side may have done it, but its answer did not arrive or cannot be read.

    ``head`` is the start of what did arrive, redacted, at most 2 KB.
    """

    def __init__(self, reason: str = "", *, head: str = "") -> None:
        super().__init__(reason)
        self.head = head


class Closed(PilotBridgeError):
    """PilotBridge is shutting down."""


class IllegalMove(PilotBridgeError):
    """The table of states does not know this move."""


class ConfigurationError(PilotBridgeError):
    """The configuration must be changed first."""
