"""SMSPilot as the gateway the outbox knows: one document out, one answer read, nothing ever repeated.

It joins transport and wire and sorts what came back; it keeps no state of a message and decides
nothing about it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pilotbridge.clock import Clock
from pilotbridge.config.settings import GatewaySettings
from pilotbridge.errors import ConfigurationError, Refused, ReplyLost, TryLater
from pilotbridge.logs import get_logger
from pilotbridge.model import InboundSms
from pilotbridge.protocols import (
    Account,
    Deferred,
    Lost,
    Meter,
    OutgoingSms,
    StatusReport,
    Submitted,
    Withheld,
)
from pilotbridge.smspilot import outcomes, wire
from pilotbridge.smspilot.redaction import Redaction
from pilotbridge.smspilot.transport import Answer, Endpoint, Transport
from pilotbridge.smspilot.wire import Meaning, Torn

if TYPE_CHECKING:
    from requests.adapters import BaseAdapter

A = TypeVar("A")

MAX_PACKET = 500
# Beyond the longest silence: how long an answer that does arrive may take in all.
DRIP_ALLOWANCE_S = 5.0
_WORDS_MAX = 100
_RATE_LIMITED, _REQUEST_TIMEOUT = 429, 408
log = get_logger(__name__)


class SmspilotGateway:
    """One account. ``debug`` (an e-mail address) and ``referral`` go with every request when set."""

    max_packet = MAX_PACKET

    def __init__(
        self,
        settings: GatewaySettings,
        *,
        clock: Clock,
        user_agent: str,
        ca_file: Path | None = None,
        meter: Meter | None = None,
        debug: str = "",
        referral: str = "",
        make_adapter: Callable[[], BaseAdapter] | None = None,
    ) -> None:
        self.name = settings.name
        self._clock = clock
        self._meter = meter
        self._form = wire.Form(settings.format)
        self._credentials = _credentials(settings)
        self._redaction = Redaction((self._credentials.apikey, self._credentials.password))
        self._query = {key: told for key, told in (("debug", debug), ("r", referral)) if told}
        self._transport = Transport(
            _endpoint(settings, ca_file),
            clock=clock,
            redaction=self._redaction,
            user_agent=user_agent,
            make_adapter=make_adapter,
        )

    # -- sending ---------------------------------------------------------------------------------

    def submit(self, packet: Sequence[OutgoingSms]) -> Submitted:
        """Send ``packet`` once; exactly one outcome per message, whatever happens."""
        if not packet:
            return Submitted({})
        try:
            answer = self._post("submit", wire.Send(tuple(_sms(sms) for sms in packet)))
        except TryLater as error:
            return outcomes.same_for_all(packet, Deferred(error.reason))
        except ReplyLost as error:
            return outcomes.same_for_all(packet, Lost(error.reason, error.head))
        except ConfigurationError as error:
            return outcomes.same_for_all(packet, Withheld(0, error.reason, "configuration"))
        return self._judged(packet, answer)

    def _judged(self, packet: Sequence[OutgoingSms], answer: Answer) -> Submitted:
        if answer.status == _RATE_LIMITED:
            return outcomes.same_for_all(packet, Deferred("HTTP 429: too many requests", counts=False))
        if answer.status >= 500 or answer.status == _REQUEST_TIMEOUT:
            # The document had left: an error page says nothing about what happened to it.
            return outcomes.same_for_all(packet, self._lost(f"HTTP {answer.status}", answer))
        if answer.status >= 400:
            return outcomes.same_for_all(packet, Withheld(0, _http_refused(answer), "configuration"))
        try:
            told = wire.read_send_answer(answer.body)
        except Torn as torn:
            return outcomes.same_for_all(packet, self._lost(f"cannot be read: {torn.reason}", answer))
        if isinstance(told, wire.ErrorAnswer):
            told = self._fit_to_keep(told)
        self._mind(packet, told)
        return outcomes.submitted(packet, told)

    def _lost(self, what: str, answer: Answer) -> Lost:
        return Lost(f"the gateway's answer: {what}", self._redaction.head(answer.body))

    def _mind(self, packet: Sequence[OutgoingSms], told: wire.SendAnswer | wire.ErrorAnswer) -> None:
        """Say aloud what no list of the gateway explains."""
        codes = [told.code] if isinstance(told, wire.ErrorAnswer) else [entry.code for entry in told.entries]
        for code in dict.fromkeys(codes):
            if code.meaning is Meaning.UNKNOWN:
                log.error(
                    "the gateway gave an error number nobody knows", gateway=self.name, code=code.number
                )
        if isinstance(told, wire.SendAnswer) and (more := outcomes.strangers(packet, told)):
            log.error("the gateway answered about messages not asked for", gateway=self.name, entries=more)

    # -- asking ----------------------------------------------------------------------------------

    def check(self, server_ids: Sequence[str]) -> Sequence[StatusReport]:
        """What became of these messages, at most :data:`MAX_PACKET` of them."""
        if not server_ids:
            return ()
        return self._statuses(wire.CheckIds(tuple(server_ids)))

    def check_packet(self, server_packet_id: str) -> Sequence[StatusReport]:
        """What became of every message of one packet."""
        return self._statuses(wire.CheckPacket(server_packet_id))

    def _statuses(self, command: wire.CheckIds | wire.CheckPacket) -> Sequence[StatusReport]:
        answer = self._ask("check", command, wire.read_check_answer)
        return [_report(entry) for entry in answer.entries]

    def fetch_inbound(self, since: datetime | None) -> Sequence[InboundSms]:
        """SMS that came in at ``since`` or later, oldest first; all that are kept when it is None."""
        answer = self._ask("inbound", wire.AskInbound(since), wire.read_inbound_answer)
        return _inbound(self.name, answer.entries, since or self._clock.utc_now())

    def balance_rub(self) -> Decimal:
        return self._ask("balance", wire.AskBalance(), wire.read_balance_answer).amount

    def balance_sms(self) -> int:
        """About how many messages the money will do for."""
        return int(self._ask("balance", wire.AskBalance(in_sms=True), wire.read_balance_answer).amount)

    def account(self) -> Account:
        return _account(self._ask("account", wire.AskInfo(), wire.read_info_answer))

    def close(self) -> None:
        self._transport.close()

    # -- the wire --------------------------------------------------------------------------------

    def _ask(self, call: str, command: wire.Command, read: Callable[[bytes], A | wire.ErrorAnswer]) -> A:
        """One question that changes nothing, so that whatever goes wrong it may be asked again."""
        try:
            answer = self._post(call, command)
        except ReplyLost as error:
            raise TryLater(error.reason) from error
        except ConfigurationError as error:
            raise Refused(error.reason) from error
        if answer.status >= 500 or answer.status in (_RATE_LIMITED, _REQUEST_TIMEOUT):
            raise TryLater(
                f"the gateway answered HTTP {answer.status}", counts=answer.status != _RATE_LIMITED
            )
        if answer.status >= 400:
            raise Refused(_http_refused(answer))
        try:
            told = read(answer.body)
        except Torn as torn:
            raise TryLater(f"the gateway's answer cannot be read: {torn.reason}") from torn
        if isinstance(told, wire.ErrorAnswer):
            raise _refusal(self._fit_to_keep(told).code)
        return told

    def _fit_to_keep(self, error: wire.ErrorAnswer) -> wire.ErrorAnswer:
        """The error with its words short and without what they may quote of ours."""
        words = self._redaction.head(error.description.encode())
        return wire.ErrorAnswer(error.error, words[:_WORDS_MAX])

    def _post(self, call: str, command: wire.Command) -> Answer:
        document = wire.write_request(command, self._credentials, self._form)
        began_ms = self._clock.boot_ms()
        try:
            return self._transport.post(document, content_type=self._form.content_type, query=self._query)
        finally:
            if self._meter is not None:
                took_s = (self._clock.boot_ms() - began_ms) / 1000
                self._meter.observe("gateway_seconds", took_s, gateway=self.name, call=call)


def _credentials(settings: GatewaySettings) -> wire.Credentials:
    if settings.api_key is not None:
        return wire.Credentials(settings.api_key.reveal())
    return wire.Credentials(
        login=settings.login, password=settings.password.reveal() if settings.password else ""
    )


def _endpoint(settings: GatewaySettings, ca_file: Path | None) -> Endpoint:
    read_timeout_s = settings.read_timeout.total_seconds()
    return Endpoint(
        settings.url,
        settings.proxy,
        ca_file,
        settings.connect_timeout.total_seconds(),
        read_timeout_s,
        read_timeout_s + DRIP_ALLOWANCE_S,
    )


def _sms(sms: OutgoingSms) -> wire.Sms:
    return wire.Sms(
        to=sms.to.digits,
        text=sms.text,
        id=sms.client_id,
        sender=sms.sender,
        send_at=sms.send_at,
        callback=sms.callback,
        ttl_min=sms.ttl_min,
    )


def _report(entry: wire.Checked) -> StatusReport:
    reason = outcomes.says(wire.code_of(entry.error)) if entry.error else ""
    return StatusReport(entry.server_id, entry.status, entry.id, entry.error, reason, entry.modified)


def _inbound(gateway: str, rows: Sequence[wire.Received], timeless: datetime) -> list[InboundSms]:
    """The rows as nouns. A feed without ids gets names made of the rows themselves.

    Equal rows of one minute are told apart by their order, which holds as long as whole minutes are asked.
    A row whose time cannot be read gets ``timeless``: one strange row may not keep back all others.
    """
    alike: Counter[tuple[str, ...]] = Counter()
    found = []
    for row in rows:
        alike[key := (row.phone, row.num, row.text, row.created)] += 1
        named = row.id if row.id not in ("", "0") else _name_of(key, alike[key])
        found.append(InboundSms(gateway, named, row.phone, row.num, row.text, _written_at(row, timeless)))
    return found


def _written_at(row: wire.Received, timeless: datetime) -> datetime:
    try:
        return row.created_at
    except Torn:
        return timeless


def _name_of(key: tuple[str, ...], ordinal: int) -> str:
    told = "\0".join((*key, str(ordinal))).encode("utf-8", "surrogatepass")
    return "h" + hashlib.blake2b(told, digest_size=16).hexdigest()


def _account(answer: wire.InfoAnswer) -> Account:
    told = answer.fields
    try:
        balance = Decimal(told["balance"]) if told.get("balance") else None
    except ArithmeticError:
        balance = None
    any_sender = told.get("any_sender") == "1"
    return Account(balance, answer.senders, told.get("default_sender", ""), any_sender, dict(told))


_FIXES = {
    **dict.fromkeys((100, 101, 102), "mend api_key of this gateway"),
    **dict.fromkeys((105, 112, 241), "top the account up"),
    **dict.fromkeys((106, 107), "ask the gateway why"),
    113: "allow this machine's address in the account",
}
"""What whoever asked for the account can do about a no."""


def _refusal(code: wire.Code) -> TryLater | Refused:
    if code.meaning is Meaning.TRANSIENT:
        return TryLater(outcomes.says(code))
    fix = _FIXES.get(code.number, "")
    return Refused(f"{outcomes.says(code)}{fix and '; '}{fix}", code=code.number)


def _http_refused(answer: Answer) -> str:
    return f"HTTP {answer.status}: nothing here takes messages; check the gateway's url and proxy"
