"""What of the gateway's words may be kept: no secrets, no whole phone numbers, no message texts.

It knows how a secret looks when it is echoed or torn; it refuses to judge what the words mean.
"""

import html
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

from pilotbridge.phone import mask
from pilotbridge.sms_text import strip_invisible

HEAD_BYTES_MAX = 2048
# Redacting shortens, so more than the limit is looked at; a secret across this border is a torn one.
_LOOKED_AT_BYTES = 8 * HEAD_BYTES_MAX
_TORN_SECRET_MIN = 4
_HIDDEN = "***"

_CREDENTIAL = re.compile(
    r"""((?:apikey|api_key|password|login)["']?\s*[:=]\s*["']?)[^"'&<>\s,}]+""", re.IGNORECASE
)
_JSON_TEXT = re.compile(r'("(?:text|r_message)"\s*:\s*")(?:[^"\\]|\\.)+', re.DOTALL)
_XML_TEXT = re.compile(r"(<(?:sms\b[^>]*|text|r_message)>)[^<]+")
_XML_QUOTED = re.compile(r'(\b(?:text|r_message)=")[^"]+')
_XML_SINGLE_QUOTED = re.compile(r"(\b(?:text|r_message)=')[^']+")
_TEXTS = (_JSON_TEXT, _XML_TEXT, _XML_QUOTED, _XML_SINGLE_QUOTED)
_PHONE = re.compile(r"(?<![\w.])\+?[0-9]{10,15}(?![\w])")


class Redaction:
    """Hides the given secrets, however a document may spell them. Prints nothing of them itself."""

    __slots__ = ("_spellings",)

    def __init__(self, secrets: Iterable[str]) -> None:
        spellings = {spelling for secret in secrets if secret for spelling in _spellings(secret)}
        self._spellings = sorted(spellings, key=len, reverse=True)

    def text(self, text: str) -> str:
        """Hide the secrets in ``text``, and a beginning of one at its end."""
        for spelling in self._spellings:
            text = text.replace(spelling, _HIDDEN)
        torn = max((_torn_length(text, spelling) for spelling in self._spellings), default=0)
        return text[: len(text) - torn] + _HIDDEN if torn else text

    def head(self, body: bytes | bytearray) -> str:
        """Return the start of an answer that a person may read: redacted, one line, at most 2 KB."""
        text = self.text(body[:_LOOKED_AT_BYTES].decode("utf-8", "replace"))
        text = _CREDENTIAL.sub(rf"\1{_HIDDEN}", text)
        for written in _TEXTS:
            text = written.sub(rf"\1{_HIDDEN}", text)
        text = _PHONE.sub(lambda number: mask(number.group()), text)
        text = " ".join(strip_invisible(text).split())
        return text.encode()[:HEAD_BYTES_MAX].decode("utf-8", "ignore")


def _spellings(secret: str) -> set[str]:
    return {
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        html.escape(secret),
        html.escape(secret, quote=False),
        quote(secret, safe=""),
        quote_plus(secret),
    }


def _torn_length(text: str, secret: str) -> int:
    """Tell how much of the start of ``secret`` stands at the end of ``text``."""
    for length in range(min(len(secret), len(text)), _TORN_SECRET_MIN - 1, -1):
        if text.endswith(secret[:length]):
            return length
    return 0
