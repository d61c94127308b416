"""Whom the bridge trusts on a TLS connection, and what to tell an operator when a certificate is refused.

Checking is never turned off, here or anywhere.
"""

from __future__ import annotations

import os
import socket
import ssl
from datetime import UTC, datetime
from pathlib import Path

import certifi

from pilotbridge.errors import ConfigurationError

_NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME, which the ssl module does not name
_NOT_YET_VALID, _EXPIRED = 9, 10
_UNKNOWN_ISSUERS = (18, 19, 20, 21)
_WRONG_NAMES = (62, 64)


def trusting_context(ca_file: Path | None) -> ssl.SSLContext:
    """Return a context that trusts the system's authorities and those of ``ca_file``.

    :raises ConfigurationError: when ``ca_file`` holds no certificates.
    """
    context = ssl.create_default_context()
    if not _system_has_authorities():
        context.load_verify_locations(certifi.where())
    if ca_file is None:
        return context
    try:
        context.load_verify_locations(ca_file)
    except OSError as error:
        cause = error.strerror or "there are no certificates in it"
        raise ConfigurationError(f"ca_file {ca_file}: {cause}; it must be a PEM file") from error
    return context


def _system_has_authorities() -> bool:
    """Tell whether OpenSSL's default places hold anything; slim containers have none."""
    paths = ssl.get_default_verify_paths()
    return bool(paths.cafile or (paths.capath and any(os.scandir(paths.capath))))


def find_validity(address: tuple[str, int], ca_file: Path | None, timeout_s: float) -> str:
    """Return from when to when the certificate at ``address`` is valid, empty when it cannot be had.

    Python shows a certificate only after it was verified, so this looks once more with everything
    checked but the dates. Nothing is sent over that connection.
    """
    context = trusting_context(ca_file)
    context.verify_flags |= ssl.VerifyFlags(_NO_CHECK_TIME)
    try:
        with (
            socket.create_connection(address, timeout_s) as plain,
            context.wrap_socket(plain, server_hostname=address[0]) as checked,
        ):
            certificate = checked.getpeercert() or {}
    except OSError:
        return ""
    return f"from {certificate.get('notBefore', '?')} to {certificate.get('notAfter', '?')}"


def explain_tls(error: ssl.SSLError, host: str, now: datetime, *, validity: str = "") -> str:
    """Say why the handshake failed, which name was asked for and what the local clock says."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        return f"the TLS handshake with {host} failed ({_reason(error)})"
    clock = f"the local clock says {now.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return f"{_fault(error, host)}{f' (it is valid {validity})' if validity else ''}; {clock}"


def is_out_of_date(error: ssl.SSLError) -> bool:
    """Tell whether the dates are the fault, so that the clock may be the culprit."""
    return getattr(error, "verify_code", None) in (_NOT_YET_VALID, _EXPIRED)


def _fault(error: ssl.SSLCertVerificationError, host: str) -> str:
    code = error.verify_code
    if code == _EXPIRED:
        return f"the certificate for {host} has expired"
    if code == _NOT_YET_VALID:
        return f"the certificate for {host} is not valid yet"
    if code in _WRONG_NAMES:
        return f"the certificate is for another name than {host}"
    if code in _UNKNOWN_ISSUERS:
        return (
            f"the certificate for {host} is signed by nobody known here ({error.verify_message}): "
            "where the network inspects TLS, name its authority in ca_file"
        )
    return f"the certificate for {host} is refused ({error.verify_message})"


def _reason(error: ssl.SSLError) -> str:
    return (error.reason or "no reason given").lower().replace("_", " ")
