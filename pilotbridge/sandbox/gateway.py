"""api2.php: what the gateway makes of one request, for one account at one moment.

It decides and keeps; reading and writing documents is the wire's business, breaking connections the
faults'.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from pilotbridge.clock import from_ms, to_ms
from pilotbridge.sandbox.account import Account, find_account
from pilotbridge.sandbox.messages import SentSms, WrittenSms
from pilotbridge.sandbox.network import (
    ACCEPTED,
    DAY_MS,
    DELAYED,
    NOT_ACCEPTED,
    STAYS_HERE,
    Outcome,
    Plan,
    Script,
    carrier_of,
    plan_of,
)
from pilotbridge.sandbox.world import RETENTION_MS, World
from pilotbridge.sms_text import MAX_PARTS, measure, mixed_words
from pilotbridge.smspilot.wire import (
    Answer,
    AskBalance,
    Asked,
    AskedSend,
    AskedSms,
    AskInbound,
    AskInfo,
    BalanceAnswer,
    CheckAnswer,
    Checked,
    CheckIds,
    CheckPacket,
    Entry,
    ErrorAnswer,
    InboundAnswer,
    InfoAnswer,
    Received,
    SendAnswer,
    Wrong,
    refusal,
    write_moscow,
    write_moscow_minute,
)

_NO_SENDER, _UNKNOWN_SENDER, _BLACKLISTED, _BAD_ZONE, _TOO_LONG = 200, 204, 212, 213, 221
_NO_MONEY, _TRIAL_LIMIT, _GUARDED, _FILTERED, _MIXED = 241, 242, 243, 247, 248
_BAD_CALLBACK, _NO_ID, _BAD_ID, _UNKNOWN_ID, _BAD_PACKET = 260, 300, 301, 302, 304
_TRIAL_MESSAGES = 2
_SHARED_SENDER = "inform"
_MINUTE_MS = 60_000
_FREE = Decimal("0.00")


def answer(world: World, asked: Asked, client: str, at_ms: int) -> Answer:
    """Do what one request asks, and say what the gateway says."""
    if asked.credentials is None:
        return _refuse(asked.command)
    account = find_account(world.accounts.values(), asked.credentials, client)
    if isinstance(account, int):
        return refusal(account)
    match asked.command:
        case AskedSend():
            return _send(world, account, asked.command, at_ms)
        case CheckIds(server_ids):
            return CheckAnswer(tuple(_checked(world, account, given, at_ms) for given in server_ids))
        case CheckPacket(packet_id):
            return _check_packet(world, account, packet_id, at_ms)
        case AskBalance(in_sms):
            return _balance(account, in_sms=in_sms)
        case AskInfo():
            return InfoAnswer(_info(account, at_ms))
        case AskInbound(since):
            return _inbound(world, account, None if since is None else to_ms(since), at_ms)
        case _:
            return _refuse(asked.command)


def _refuse(command: object) -> ErrorAnswer:
    assert isinstance(command, Wrong)
    return refusal(command.code)


# --- send -------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Judged:
    """One message with what is to become of it; ``error`` 0 means it is good.

    ``meets_script`` tells whether it came as far as the number's script, which counts such messages.
    """

    sms: AskedSms
    sender: str
    script: Script
    error: int = 0
    parts: int = 0
    price: Decimal = _FREE
    meets_script: bool = False


def _send(world: World, account: Account, packet: AskedSend, at_ms: int) -> Answer:
    if account.trial and len(packet.messages) > _TRIAL_MESSAGES:
        return refusal(_TRIAL_LIMIT)
    judged = _judge_all(world, account, packet, at_ms)
    cost = sum((one.price for one in judged), _FREE)
    charged = _FREE if packet.test or packet.cost else cost
    if charged > account.balance_rub:
        return refusal(_NO_MONEY)
    if packet.cost:
        entries = tuple([_entry(one, "", at_ms) for one in judged])
        return SendAnswer("", account.balance_rub, cost, entries)
    return _take(world, account, packet, judged, charged, at_ms)


def _judge_all(world: World, account: Account, packet: AskedSend, at_ms: int) -> list[_Judged]:
    known_senders = {_SHARED_SENDER, *(sender.lower() for sender in account.senders)}
    in_packet: set[tuple[str, str]] = set()
    ahead: Counter[str] = Counter()
    judged = []
    for sms in packet.messages:
        script = world.script_of(sms.to, ahead[sms.to])
        one = _Judged(sms, sms.sender or account.default_sender, script, sms.error)
        if not one.error:
            one.error = _judge(world, account, one, known_senders, at_ms)
        if not one.error and account.guard_s > 0 and (sms.to, sms.text) in in_packet:
            one.error = _GUARDED
        if not one.error:
            in_packet.add((sms.to, sms.text))
            one.price = account.price_rub * one.parts
            one.meets_script = True
        ahead[sms.to] += one.meets_script
        judged.append(one)
    return judged


def _judge(world: World, account: Account, one: _Judged, known_senders: set[str], at_ms: int) -> int:
    """The first code that account, number and text earn; counts the parts on the way."""
    sms = one.sms
    if not one.sender:
        return _NO_SENDER
    if not account.any_sender and one.sender.lower() not in known_senders:
        return _UNKNOWN_SENDER
    if sms.callback and not account.https_callbacks and sms.callback[:6].lower() == "https:":
        return _BAD_CALLBACK
    return _judge_number(account, one) or _judge_text(world, account, one, at_ms)


def _judge_number(account: Account, one: _Judged) -> int:
    if one.script.outcome is Outcome.REFUSED:
        one.meets_script = True
        return one.script.error or _BLACKLISTED
    if one.sms.to in account.blacklist:
        return _BLACKLISTED
    if account.countries and carrier_of(one.sms.to)[0] not in account.countries:
        return _BAD_ZONE
    return 0


def _judge_text(world: World, account: Account, one: _Judged, at_ms: int) -> int:
    text = one.sms.text
    one.parts = measure(text).parts
    if one.parts > MAX_PARTS:
        return _TOO_LONG
    if account.filter_words and any(word.lower() in text.lower() for word in account.filter_words):
        return _FILTERED
    if account.cyrlat_filter and mixed_words(text):
        return _MIXED
    return _GUARDED if world.guarded(account, one.sms.to, text, at_ms) else 0


def _take(
    world: World, account: Account, packet: AskedSend, judged: list[_Judged], cost: Decimal, at_ms: int
) -> SendAnswer:
    packet_id, world.next_packet = world.next_packet, world.next_packet + 1
    account = world.charge(account.name, cost)
    taken: list[SentSms] = []
    entries = []
    for one in judged:
        if one.meets_script:
            world.use_script(one.sms.to)
        server_id = ""
        if not one.error:
            message = _message(world, account, one, packet_id, at_ms, is_test=packet.test)
            taken.append(message)
            server_id = str(message.server_id)
        entries.append(_entry(one, server_id, at_ms))
    world.add_packet(packet_id, taken)
    return SendAnswer(str(packet_id), account.balance_rub, cost, tuple(entries))


def _message(
    world: World, account: Account, one: _Judged, packet_id: int, at_ms: int, *, is_test: bool
) -> SentSms:
    sms = one.sms
    server_id, world.next_message = world.next_message, world.next_message + 1
    return SentSms(
        server_id,
        packet_id,
        account.name,
        sms.id,
        sms.to,
        one.sender,
        sms.text,
        one.parts,
        one.price,
        at_ms,
        _release_ms(sms, at_ms),
        STAYS_HERE if is_test else _plan(account, one),
        sms.callback,
        sms.callback_method,
        sms.send_datetime,
        is_test,
    )


def _plan(account: Account, one: _Judged) -> Plan:
    script, ttl_min = one.script, one.sms.ttl_min
    return plan_of(
        script.outcome,
        script.error,
        account.operator_after_s if script.operator_after_s is None else script.operator_after_s,
        account.final_after_s if script.final_after_s is None else script.final_after_s,
        DAY_MS if ttl_min is None else ttl_min * _MINUTE_MS,
    )


def _release_ms(sms: AskedSms, at_ms: int) -> int:
    return at_ms if sms.send_at is None else max(at_ms, to_ms(sms.send_at))


def _entry(one: _Judged, server_id: str, at_ms: int) -> Entry:
    sms = one.sms
    country, operator = ("", "") if one.error else carrier_of(sms.to)
    status = NOT_ACCEPTED if one.error else DELAYED if _release_ms(sms, at_ms) > at_ms else ACCEPTED
    return Entry(
        sms.id,
        server_id,
        one.sender,
        sms.to,
        sms.text,
        one.parts,
        status,
        one.error,
        sms.send_datetime,
        country,
        operator,
        one.price,
    )


# --- check, balance, info, inbound ------------------------------------------------------------------


def _checked(world: World, account: Account, given: str, at_ms: int) -> Checked:
    if not given:
        return Checked(0, "", NOT_ACCEPTED, "", _NO_ID)
    if not (given.isascii() and given.isdigit() and len(given) < 20):
        return Checked(0, given, NOT_ACCEPTED, "", _BAD_ID)
    message = world.messages.get(int(given))
    if message is None or message.account != account.name or _is_gone(message, at_ms):
        return Checked(0, given, NOT_ACCEPTED, "", _UNKNOWN_ID)
    return _status_of(message, at_ms)


def _status_of(message: SentSms, at_ms: int) -> Checked:
    now = message.status_at(at_ms)
    modified = write_moscow(from_ms(now.since_ms))
    return Checked(message.client_id, str(message.server_id), now.status, modified, now.error)


def _is_gone(message: SentSms, at_ms: int) -> bool:
    return at_ms - message.taken_ms > RETENTION_MS


def _check_packet(world: World, account: Account, packet_id: str, at_ms: int) -> Answer:
    messages = world.packets.get(int(packet_id), []) if len(packet_id) < 20 else []
    known = [message for message in messages if message.account == account.name]
    if not known or _is_gone(known[0], at_ms):
        return refusal(_BAD_PACKET)
    return CheckAnswer(tuple(_status_of(message, at_ms) for message in known))


def _balance(account: Account, *, in_sms: bool) -> BalanceAnswer:
    if not in_sms:
        return BalanceAnswer(account.balance_rub)
    messages = account.balance_rub / account.price_rub if account.price_rub else account.balance_rub
    return BalanceAnswer(messages.quantize(Decimal(1), ROUND_DOWN))


def _info(account: Account, at_ms: int) -> dict[str, str]:
    return {
        **account.about,
        "balance": format(account.balance_rub, "f"),
        "date": write_moscow_minute(from_ms(at_ms)),
        "senders": ", ".join(account.senders),
        "default_sender": account.default_sender,
        "any_sender": str(int(account.any_sender)),
    }


def _inbound(world: World, account: Account, since_ms: int | None, at_ms: int) -> InboundAnswer:
    """Rows the account may see; ``created`` counts to the minute, as it is shown."""
    oldest_ms = at_ms - RETENTION_MS
    rows = (
        row
        for row in world.written
        if row.account == account.name
        and oldest_ms <= row.created_ms
        and row.visible_ms <= at_ms
        and (since_ms is None or row.created_ms - row.created_ms % _MINUTE_MS >= since_ms)
    )
    return InboundAnswer(tuple(_received(account, row) for row in sorted(rows, key=lambda row: row.id)))


def _received(account: Account, row: WrittenSms) -> Received:
    created = write_moscow_minute(from_ms(row.created_ms))
    return Received(str(row.id), row.phone, row.number, row.text, created, account.auto_reply, "0")
