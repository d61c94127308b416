"""How the bridge is reached and reaches out: web, store, gateways, sources.

It turns these blocks into settings and judges what needs two of their keys at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel
from pydantic_core import PydanticCustomError

from pilotbridge.config.diagnostics import Path, suggest
from pilotbridge.config.fields import read_url
from pilotbridge.config.reading import Options, Reading
from pilotbridge.config.schema_doors import (
    BalanceBlock,
    GatewayBlock,
    HeartbeatBlock,
    NetworkBlock,
    SmspilotBlock,
    SourceBlock,
    StoreBlock,
    WebBlock,
)
from pilotbridge.config.sender_names import HOW, is_no_sender
from pilotbridge.config.settings import (
    BalanceSettings,
    BasicAuth,
    CallbackMode,
    GatewaySettings,
    HeartbeatSettings,
    HmacAuth,
    NetworkSettings,
    Secret,
    SourceSettings,
    StoreSettings,
    Token,
    WebSettings,
)
from pilotbridge.model import Line

MIN_TOKEN = 16
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


def read_web(reading: Reading) -> WebSettings:
    block = reading.block(WebBlock, ("web",))
    if block is None:
        return WebSettings()
    if block.public_listen and block.public_listen == block.listen and block.listen.port:
        reading.fault(
            "bad-value", ("web", "public_listen"), "the same as listen", "give it a port of its own"
        )
    return WebSettings(
        listen=block.listen,
        public_listen=block.public_listen,
        external_url=(block.external_url or "").rstrip("/"),
        max_body_bytes=block.max_body,
        tokens=_tokens(reading, block),
    )


def _tokens(reading: Reading, block: WebBlock) -> tuple[Token, ...]:
    tokens = []
    for name, written in block.tokens.items():
        path: Path = ("web", "tokens", name)
        secret = reading.secret(path, "token", written.token, written.token_file)
        if secret:
            _judge_token(reading, path, secret)
            tokens.append(Token(name, secret, frozenset(written.may)))
        elif not written.token_file:
            _no_credentials(reading, path, "a token needs token_file", "token_file: /run/credentials/NAME")
    return tuple(tokens)


def _judge_token(reading: Reading, path: Path, secret: Secret) -> None:
    if len(secret.reveal()) < MIN_TOKEN:
        fix = "make one with `openssl rand -hex 16`"
        reading.warn("weak-token", path, f"the token has fewer than {MIN_TOKEN} characters", fix, key=True)


def _no_credentials(reading: Reading, path: Path, cause: str, example: str) -> None:
    reading.fault("bad-credentials", path, cause, f"add {example}", key=True)


def read_heartbeat(reading: Reading, block: HeartbeatBlock) -> HeartbeatSettings | None:
    """The address is a secret, and so is its path alone: the token stands in it."""
    path: Path = ("bridge", "heartbeat")
    url = reading.secret(path, "url", Secret(block.url) if block.url else None, block.url_file)
    if url is None:
        return None
    try:
        parts = urlsplit(read_url("https", "http")(url.reveal()))
    except PydanticCustomError:
        reading.fault(
            "bad-value", (*path, "url_file"), "it holds no address", "write https://host/path into it"
        )
        return None
    reading.secrets.update(Secret(part) for part in (parts.path, parts.query, parts.password) if part)
    note_proxy(reading, (*path, "proxy"), block.proxy)
    return HeartbeatSettings(url, block.every, block.proxy)


def read_network(reading: Reading) -> NetworkSettings:
    block = reading.block(NetworkBlock, ("network",))
    if block is None or block.ca_file is None:
        return NetworkSettings()
    file = reading.folder / block.ca_file
    if not file.is_file():
        reading.fault(
            "missing-file", ("network", "ca_file"), f"{file} is no file", "name a file of PEM certificates"
        )
    return NetworkSettings(file)


def read_store(reading: Reading, data_dir: FilePath) -> StoreSettings:
    block = reading.block(StoreBlock, ("store",), default=StoreBlock())
    assert block is not None
    url = block.url.replace("{data_dir}", str(data_dir))
    if urlsplit(url).scheme in ("postgres", "postgresql"):
        cause = "not built yet: SQLite is the only store"
        reading.fault("not-built-yet", ("store", "url"), cause, "remove it for now")
    elif not url.startswith("sqlite:///") or url == "sqlite:///":
        fix = "write sqlite:///{data_dir}/pilotbridge.db"
        reading.fault("bad-value", ("store", "url"), "no address of a store", fix)
    return StoreSettings(url)


# --- gateways ---------------------------------------------------------------------------------------


def read_gateways(reading: Reading, web: WebSettings) -> dict[str, GatewaySettings]:
    names = reading.entries(("gateways",), in_url=True)
    if not names:
        reading.fault(
            "no-gateway", ("gateways",), "there is no gateway", "add gateways: { smspilot: { ... } }"
        )
    gateways = (_gateway(reading, name) for name in names)
    found = {gateway.name: gateway for gateway in gateways if gateway}
    for gateway in found.values():
        _judge_gateway(reading, gateway, web)
    return found


def _gateway(reading: Reading, name: str) -> GatewaySettings | None:
    path: Path = ("gateways", name)
    kind = type_of(reading, path)
    if kind == "smspilot":
        block = reading.block(SmspilotBlock, path)
        return _smspilot(reading, path, block) if block else None
    if not is_known_type(reading, reading.known.gateways, path, kind, also=("smspilot",)):
        return None
    shared, own = split_keys(reading, path, GatewayBlock)
    common = reading.validate(GatewayBlock, shared, path)
    options = reading.options(reading.known.gateways, path, own, GatewayBlock.model_fields, kind=kind)
    return GatewaySettings(name=name, type=kind, options=options, **_common(common)) if common else None


def _smspilot(reading: Reading, path: Path, block: SmspilotBlock) -> GatewaySettings:
    api_key = reading.secret(path, "api_key", block.api_key, block.api_key_file)
    password = reading.secret(path, "password", block.password, block.password_file)
    has_key = bool(block.api_key or block.api_key_file)
    has_login = bool(block.login or block.password or block.password_file)
    if has_key == has_login:
        cause = "both a key and a login" if has_key else "no key"
        _no_credentials(reading, path, cause, "api_key_file, or login and password_file, not both")
    elif has_login and not (block.login and (block.password or block.password_file)):
        _no_credentials(reading, path, "login and password go together", "the one that is missing")
    if urlsplit(block.url).scheme != "https" and urlsplit(block.url).hostname not in _LOOPBACK:
        reading.warn("plain-http", (*path, "url"), "the key crosses the network in clear", "write https://")
    _judge_sender(reading, (*path, "sender"), block.sender)
    return GatewaySettings(
        name=str(path[-1]),
        url=block.url,
        format=block.format,
        api_key=api_key,
        login=block.login,
        password=password,
        **_common(block),
    )


def _judge_sender(reading: Reading, path: Path, sender: str) -> None:
    """The gateway refuses every SMS from a name that cannot be one."""
    if is_no_sender(sender, ("smspilot",)):
        reading.fault("bad-value", path, f"{sender!r} is no sender's name", HOW)


def _common(block: GatewayBlock) -> dict[str, Any]:
    """What every gateway has, by the names of its settings."""
    same = ["sender", "proxy", "callback", "duplicate_window", "landing", "connect_timeout"]
    same += ["read_timeout", "status_every", "inbound_every"]
    reply_to = block.reply_to and Line(block.reply_to.number.lstrip("+"), block.reply_to.prefix)
    values: dict[str, Any] = {name: getattr(block, name) for name in same}
    return values | {"reply_to": reply_to, "balance": _balance(block.balance)}


def _balance(block: BalanceBlock) -> BalanceSettings:
    return BalanceSettings(block.check_every, block.warn_below, block.reserve_rub)


def _judge_gateway(reading: Reading, gateway: GatewaySettings, web: WebSettings) -> None:
    path: Path = ("gateways", gateway.name)
    if gateway.callback is CallbackMode.ON and not web.external_url:
        fix = "write web.external_url, or callback: auto"
        reading.fault("bad-value", (*path, "callback"), "the gateway is not told where to call", fix)
    elif gateway.callback is CallbackMode.AUTO and not gateway.calls_back(web):
        cause = "no callbacks: web.external_url is not public, so statuses are only asked for"
        reading.warn("no-callback", path, cause, "write the public address, or callback: off", key=True)
    note_proxy(reading, (*path, "proxy"), gateway.proxy)


def note_proxy(reading: Reading, path: Path, proxy: str) -> None:
    """The password that a proxy's address may carry is a secret."""
    try:
        password = urlsplit(proxy).password
    except ValueError:
        return
    if password:
        reading.note_secret(Secret(password), path)


# --- sources ----------------------------------------------------------------------------------------


def read_sources(reading: Reading) -> dict[str, SourceSettings]:
    sources = (_source(reading, name) for name in reading.entries(("sources",), in_url=True))
    return {source.name: source for source in sources if source}


def judge_doors(reading: Reading) -> None:
    if not reading.names(("sources",)):
        fix = "add sources: { alertmanager: { token_file: ... } }"
        reading.warn("no-door", ("sources",), "nobody can post an alert", fix)


def _source(reading: Reading, name: str) -> SourceSettings | None:
    path: Path = ("sources", name)
    kind = type_of(reading, path)
    is_known_type(reading, reading.known.sources, path, kind)
    shared, own = split_keys(reading, path, SourceBlock)
    block = reading.validate(SourceBlock, shared, path)
    options = reading.options(reading.known.sources, path, own, SourceBlock.model_fields, kind=kind)
    if block is None:
        return None
    token, basic, hmac = _credentials(reading, path, block)
    return SourceSettings(
        name=name,
        type=kind,
        token=token,
        basic=basic,
        hmac=hmac,
        severity=block.severity,
        keep_severity=block.keep_severity,
        stale_after=block.stale_after,
        regroup=block.regroup,
        options=options,
    )


def _credentials(
    reading: Reading, path: Path, block: SourceBlock
) -> tuple[Secret | None, BasicAuth | None, HmacAuth | None]:
    written = [bool(block.token or block.token_file), block.basic is not None, block.hmac is not None]
    if sum(written) != 1:
        cause = "token, basic and hmac exclude each other" if any(written) else "anybody could post here"
        _no_credentials(reading, path, cause, "one of token_file, basic, hmac")
    token = reading.secret(path, "token", block.token, block.token_file)
    if token:
        _judge_token(reading, path, token)
    return token, _basic(reading, path, block), _hmac(reading, path, block)


def _basic(reading: Reading, path: Path, block: SourceBlock) -> BasicAuth | None:
    if block.basic is None:
        return None
    here: Path = (*path, "basic")
    password = reading.secret(here, "password", block.basic.password, block.basic.password_file)
    if password is None and block.basic.password_file is None:
        _no_credentials(reading, here, "basic needs a password", "password_file")
    return BasicAuth(block.basic.user, password) if password else None


def _hmac(reading: Reading, path: Path, block: SourceBlock) -> HmacAuth | None:
    if block.hmac is None:
        return None
    here: Path = (*path, "hmac")
    secret = reading.secret(here, "secret", block.hmac.secret, block.hmac.secret_file)
    if secret is None and block.hmac.secret_file is None:
        _no_credentials(reading, here, "hmac needs a secret", "secret_file")
    previous = (block.hmac.previous_secret, block.hmac.previous_secret_file)
    secrets = (secret, reading.secret(here, "previous_secret", *previous))
    return HmacAuth(
        secrets=tuple(secret for secret in secrets if secret),
        header=block.hmac.header.lower(),
        timestamp_header=block.hmac.timestamp_header.lower(),
        require_timestamp=block.hmac.require_timestamp,
        tolerance=block.hmac.tolerance,
    )


# --- types that plugins bring -----------------------------------------------------------------------


def type_of(reading: Reading, path: Path) -> str:
    """The type of a gateway, source or chat: its own name when not written."""
    return reading.text((*path, "type")) or str(path[-1])


def is_known_type(
    reading: Reading, known: Options | None, path: Path, kind: str, also: tuple[str, ...] = ()
) -> bool:
    """Whether a plugin brings this type, as far as one was asked; that none does is noted."""
    if known is None or kind in known:
        return True
    written = reading.document.get((*path, "type"))
    fix = suggest(kind, {*known, *also}, what="types")
    where, fix = ((*path, "type"), fix) if written else (path, f"write a type; {fix}")
    reading.fault("unknown-type", where, f"the type {kind!r} is not installed", fix, key=not written)
    return False


def split_keys(reading: Reading, path: Path, model: type[BaseModel]) -> tuple[Any, dict[str, Any]]:
    """The keys that ``model`` knows, and those that only a plugin may know."""
    block = reading.document.get(path)
    if block is not None and not isinstance(block, Mapping):
        return block, {}
    shared = {name: value for name, value in (block or {}).items() if name in model.model_fields}
    own = {name: value for name, value in (block or {}).items() if name not in model.model_fields}
    return shared, own
