"""Alertmanager's name for a set of labels: FNV-1a (64 bits) over names and values, a byte 255 behind each.

Ours is another one and stays inside; this one is what clients compare. Source: ``model/signature.go``.
"""

from __future__ import annotations

from collections.abc import Mapping

_OFFSET, _PRIME, _MASK = 14695981039346656037, 1099511628211, (1 << 64) - 1


def fingerprint(labels: Mapping[str, str]) -> int:
    """``labels`` must be sorted by name."""
    found = _OFFSET
    written = b"".join([part.encode() + b"\xff" for pair in labels.items() for part in pair])
    for byte in written:
        found = ((found ^ byte) * _PRIME) & _MASK
    return found


def written(found: int) -> str:
    """16 hexadecimal digits."""
    return f"{found:016x}"
