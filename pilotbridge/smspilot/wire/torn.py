"""The one error of reading: what came is cut, torn, or not what this protocol says.

It names what is wrong in a few words and never quotes more than a few characters of it.
"""

from __future__ import annotations


class Torn(ValueError):
    """The document cannot be read, so nothing may be concluded from it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
