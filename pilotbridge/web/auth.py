"""Who sent this: bearer, basic and HMAC proofs of a source, and the tokens of everybody else.

Pure and in constant time where a secret is compared; it refuses to know routes, and never says what was
expected.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from pilotbridge.config.settings import BasicAuth, HmacAuth, Right, Secret, SourceSettings, Token
from pilotbridge.web.asgi import Declined, Head, RepeatedHeader

AUTHORIZATION = b"authorization"
STANDARD_SIGNATURE = "webhook-signature"
_STANDARD_TIME = b"webhook-timestamp"
_STANDARD_ID = b"webhook-id"
_STANDARD_PREFIX = "whsec_"
_TIME_DIGITS = 13
RETRIED_WITHIN_S = 3600
_CHALLENGES = {True: b'Basic realm="pilotbridge"', False: b'Bearer realm="pilotbridge"'}


class Credentials(msgspec.Struct, frozen=True):
    """What an Authorization header carries; ``user`` is None for a bearer token."""

    user: bytes | None
    secret: bytes


def unknown(message: str, *, basic: bool = False) -> Declined:
    """401: nobody has proved anything."""
    challenge = (b"www-authenticate", _CHALLENGES[basic])
    return Declined(401, "unauthorized", message, headers=(challenge,), is_known=False)


def read_credentials(head: Head) -> Credentials | None:
    """The credentials of a request; None when it has none that can be read.

    :raises Declined: 401, when the header stands twice.
    """
    try:
        written = head.one(AUTHORIZATION)
    except RepeatedHeader:
        raise unknown("there are two Authorization headers; send one") from None
    scheme, _, rest = written.partition(b" ")
    rest = rest.strip()
    if scheme.lower() == b"bearer" and rest:
        return Credentials(None, rest)
    if scheme.lower() == b"basic":
        return _basic(rest)
    return None


def _basic(encoded: bytes) -> Credentials | None:
    try:
        user, colon, password = base64.b64decode(encoded, validate=True).partition(b":")
    except binascii.Error:
        return None
    return Credentials(user, password) if colon else None


# --- sources ----------------------------------------------------------------------------------------


def check_source(source: SourceSettings, head: Head) -> None:
    """Let the sender of ``source`` pass; a signature is proved later, by :func:`check_signature`.

    :raises Declined: 401.
    """
    if source.hmac is not None:
        return
    given = read_credentials(head)
    if source.token is not None:
        _check_bearer(source.token, given)
    elif source.basic is not None:
        _check_basic(source.basic, given)
    else:
        raise unknown(f"the source {source.name} has no credentials configured, so nobody may post here")


def check_secret_in_body(source: SourceSettings, given: str) -> None:
    """Let a sender pass that has no header for its secret; a body without one is nobody's.

    :raises Declined: 401.
    """
    if source.token is None or not given or not source.token.same_as(given):
        raise unknown("the key in this body is not the token of this source")


def _check_bearer(token: Secret, given: Credentials | None) -> None:
    if given is None:
        raise unknown("send the source's token as 'Authorization: Bearer ...'")
    if not token.same_as(given.secret):
        raise unknown("this is not the token of this source")


def _check_basic(basic: BasicAuth, given: Credentials | None) -> None:
    if given is None or given.user is None:
        raise unknown("send the user name and password of this source by basic authentication", basic=True)
    is_user = Secret(basic.user).same_as(given.user)
    if not (basic.password.same_as(given.secret) and is_user):
        raise unknown("these are not the user name and password of this source", basic=True)


# --- signatures -------------------------------------------------------------------------------------


def check_signature(auth: HmacAuth, head: Head, body: bytes, now: datetime) -> str:
    """Prove the signature of ``body``; return what names this very request, so that a repeat is known.

    :raises Declined: 401.
    """
    try:
        if auth.header == STANDARD_SIGNATURE:
            return _check_standard(auth, head, body, now)
        return _check_hex(auth, head, body, now)
    except RepeatedHeader as repeated:
        raise unknown(f"there are two {repeated} headers; send one") from None


def _check_hex(auth: HmacAuth, head: Head, body: bytes, now: datetime) -> str:
    """Hex of SHA-256 over the body, or over ``time ":" body``; GitHub's ``sha256=`` may stand before."""
    given = head.one(auth.header.encode("latin-1", "replace")).strip().lower().removeprefix(b"sha256=")
    if not given:
        raise unknown(f"the header {auth.header} with the signature is missing")
    time = head.one(auth.timestamp_header.encode("latin-1", "replace")) if auth.timestamp_header else b""
    if time:
        _check_time(auth, time, now)
    elif auth.require_timestamp:
        raise unknown(f"the header {auth.timestamp_header} with the time is missing")
    prefix = time + b":" if time else b""
    keys = [secret.reveal().encode("utf-8", "surrogateescape") for secret in auth.secrets]
    if not _any_same([given], (_sign(key, prefix, body).hex().encode() for key in keys)):
        raise unknown("the signature does not fit this body")
    # Where no time is signed, an equal body is a retry now and a renewal later: that it still fires.
    hour = "" if time else f"@{int(now.timestamp()) // RETRIED_WITHIN_S}"
    return f"signed:{given.decode('ascii')}{hour}"


def _check_standard(auth: HmacAuth, head: Head, body: bytes, now: datetime) -> str:
    """Standard Webhooks: base64 of SHA-256 over ``id.time.body``; several signatures may stand there."""
    message_id, time = head.one(_STANDARD_ID), head.one(_STANDARD_TIME)
    if not message_id or not time:
        raise unknown("a signed webhook needs webhook-id and webhook-timestamp")
    _check_time(auth, time, now)
    given = [part[3:] for part in head.one(auth.header.encode()).split() if part.startswith(b"v1,")]
    prefix = message_id + b"." + time + b"."
    keys = [_standard_key(secret) for secret in auth.secrets]
    if not _any_same(given, (base64.b64encode(_sign(key, prefix, body)) for key in keys)):
        raise unknown("the signature does not fit this body")
    return "webhook-id:" + message_id.decode("latin-1")


def _standard_key(secret: Secret) -> bytes:
    text = secret.reveal()
    if not text.startswith(_STANDARD_PREFIX):
        return text.encode("utf-8", "surrogateescape")
    try:
        return base64.b64decode(text.removeprefix(_STANDARD_PREFIX), validate=True)
    except binascii.Error:
        raise unknown("the configured secret of this source is no base64 after whsec_; correct it") from None


def _sign(key: bytes, prefix: bytes, body: bytes) -> bytes:
    signing = hmac.new(key, prefix, hashlib.sha256)
    signing.update(body)
    return signing.digest()


def _any_same(given: Iterable[bytes], expected: Iterable[bytes]) -> bool:
    """Whether one of each is the same; all are compared, so that time tells nothing."""
    offered = list(given)
    same = [hmac.compare_digest(offer, right) for right in expected for offer in offered]
    return any(same)


def _check_time(auth: HmacAuth, written: bytes, now: datetime) -> None:
    if not written.isdigit() or len(written) > _TIME_DIGITS:
        raise unknown("the time of the signature is no number of seconds since 1970")
    if abs(now.timestamp() - int(written)) > auth.tolerance.total_seconds():
        raise unknown("the signature is too old or from the future; compare the clocks")


# --- tokens -----------------------------------------------------------------------------------------


def find_token(tokens: Iterable[Token], given: Credentials | None) -> Token | None:
    """The token that was given, as bearer or as the password of any user; all are compared."""
    if given is None:
        return None
    found = [token for token in tokens if token.secret.same_as(given.secret)]
    return found[0] if found else None


def check_token(tokens: Sequence[Token], right: Right, head: Head) -> None:
    """:raises Declined: 401 without a token that is known, 403 when it may not do this."""
    token = find_token(tokens, read_credentials(head))
    if token is None:
        raise _unauthorized(tokens, right)
    if not token.may(right):
        raise Declined(403, "forbidden", f"the token {token.name} may not do this; it needs: {right}")


def _unauthorized(tokens: Sequence[Token], right: Right) -> Declined:
    challenge = (b"www-authenticate", b'Bearer realm="pilotbridge", Basic realm="pilotbridge"')
    if any(token.may(right) for token in tokens):
        message = f"this needs a token that may {right}: as a bearer, or as the password of any user"
    else:
        line = f"web: {{ tokens: {{ NAME: {{ token_file: FILE, may: [{right}] }} }} }}"
        message = f"no configured token opens this; add to the configuration {line}"
    return Declined(401, "unauthorized", message, headers=(challenge,), is_known=False)
