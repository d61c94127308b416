"""Everything the sandbox knows: accounts, messages, texts from phones, scripts, faults, what arrived.

It keeps and finds; what the protocol makes of it is the gateway's business. Each change is told to
``record`` as one line, so that a file can bring the world back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from heapq import heappush
from itertools import islice
from typing import Any

from pilotbridge.sandbox.account import Account
from pilotbridge.sandbox.callbacks import Call, CallbackQueue, Heard
from pilotbridge.sandbox.faults import ArmedFault, FaultRule
from pilotbridge.sandbox.journal import Journal
from pilotbridge.sandbox.messages import SentSms, WrittenSms
from pilotbridge.sandbox.network import DAY_MS, DELIVER, Script
from pilotbridge.sandbox.telegram.state import Telegram

RETENTION_MS = 40 * DAY_MS
FIRST_ID = 10000
_PRUNE_EVERY_MS = 3600 * 1000
GUARDS_KEPT = 50_000
MESSAGES_KEPT = 200_000
"""Some 200 MB; a test of hours sends more than any person does in 40 days."""

Record = Callable[[str, Any], None]


def _no_record(_kind: str, _value: Any) -> None:
    """Nothing is kept beyond this process."""


@dataclass(slots=True)
class World:
    """The state. Times are milliseconds of the sandbox's own clock, which ``offset_ms`` moves."""

    record: Record = _no_record
    accounts: dict[str, Account] = field(default_factory=lambda: {"main": Account()})
    messages: dict[int, SentSms] = field(default_factory=dict)
    to_phone: dict[str, list[SentSms]] = field(default_factory=dict)
    packets: dict[int, list[SentSms]] = field(default_factory=dict)
    written: list[WrittenSms] = field(default_factory=list)
    guard: dict[tuple[str, str, str], int] = field(default_factory=dict)
    scripts: dict[str, list[Script]] = field(default_factory=dict)
    faults: list[ArmedFault] = field(default_factory=list)
    journal: Journal = field(default_factory=Journal)
    callbacks: CallbackQueue = field(default_factory=CallbackQueue)
    landings: list[tuple[int, int, Callable[[int], object]]] = field(default_factory=list)
    offset_ms: int = 0
    next_message: int = FIRST_ID
    next_packet: int = FIRST_ID
    next_written: int = FIRST_ID
    next_fault: int = 1
    pruned_ms: int = 0
    landed: int = 0
    messages_kept: int = MESSAGES_KEPT
    telegram: Telegram = field(default_factory=Telegram)

    def __post_init__(self) -> None:
        # Looked up at each change: a state file puts itself there only after it has been read.
        self.telegram.record = lambda noun, value: self.record("telegram", {noun: value})

    # -- accounts --------------------------------------------------------------------------------

    def set_account(self, account: Account) -> None:
        self.accounts[account.name] = account
        self.record("account", account)

    def charge(self, name: str, cost: Decimal) -> Account:
        """Take ``cost`` from the account; the message lines tell it again, so nothing is recorded."""
        account = self.accounts[name]
        self.accounts[name] = charged = replace(account, balance_rub=account.balance_rub - cost)
        return charged

    # -- messages --------------------------------------------------------------------------------

    def add_packet(self, packet_id: int, messages: list[SentSms]) -> None:
        """Keep one packet: messages by id, by phone, by packet, their guard and their callbacks.

        Of one that was refused whole only its id is kept, which no other may have.
        """
        if not messages:
            self.record("packet_id", packet_id)
            return
        self.packets[packet_id] = messages
        for message in messages:
            self.messages[message.server_id] = message
            if not message.is_test:
                self.guard[message.account, message.to, message.text] = message.taken_ms
            self.to_phone.setdefault(message.to, []).append(message)
            if message.callback:
                self.callbacks.expect(message)
        self.record("packet", messages)
        if len(self.messages) > self.messages_kept:
            self._forget(list(islice(self.messages.values(), len(self.messages) - self.messages_kept)))

    def pass_packet_id(self, packet_id: int) -> None:
        """Give no packet an id up to ``packet_id`` any more."""
        self.next_packet = max(self.next_packet, packet_id + 1)

    def restore_packet(self, messages: list[SentSms]) -> None:
        """Bring back one packet that a file kept, its cost taken from the account again."""
        if not messages:
            return
        self.next_message = max(self.next_message, messages[-1].server_id + 1)
        self.pass_packet_id(messages[0].packet_id)
        cost = sum((message.price for message in messages if not message.is_test), Decimal(0))
        self.charge(messages[0].account, cost)
        self.add_packet(messages[0].packet_id, messages)

    def restore_message(self, changed: SentSms) -> None:
        """Bring back one message whose status was overruled."""
        known = self.messages[changed.server_id]
        known.plan, known.release_ms = changed.plan, changed.release_ms
        if known.callback:
            self.callbacks.expect(known)

    def set_status(self, message: SentSms, status: int, error: int, at_ms: int) -> None:
        """Overrule what the network would say of ``message``."""
        message.set_status(status, error, at_ms)
        self.callbacks.overrule(message, at_ms)
        self.record("message", message)

    def callback_heard(self, call: Call, heard: Heard, at_ms: int) -> None:
        """Take note of how a callback went."""
        message = self.messages.get(call.server_id)
        account = self.accounts.get(message.account) if message else None
        retries_s = account.callback_retries_s if account else ()
        if self.callbacks.heard(call, heard, retries_s, at_ms):
            self.record("told", call.server_id)

    def guarded(self, account: Account, to: str, text: str, at_ms: int) -> bool:
        """Tell whether the same text went to the same number within the window."""
        last_ms = self.guard.get((account.name, to, text))
        return last_ms is not None and at_ms - last_ms < account.guard_s * 1000

    # -- scripts ---------------------------------------------------------------------------------

    def set_script(self, phone: str, script: Script) -> None:
        self.scripts.setdefault(phone, []).append(script)
        self.record("scripts", {"phone": phone, "scripts": self.scripts[phone]})

    def clear_scripts(self, phones: Iterable[str]) -> None:
        for phone in list(phones):
            self.scripts.pop(phone, None)
            self.record("scripts", {"phone": phone, "scripts": []})

    def script_of(self, phone: str, ahead: int = 0) -> Script:
        """The script of the message to ``phone`` that has ``ahead`` others before it.

        Counted ones come first and in order, then the last one that was set.
        """
        lasting = DELIVER
        for script in self.scripts.get(phone, ()):
            if script.count is None:
                lasting = script
            elif ahead < script.count:
                return script
            else:
                ahead -= script.count
        return lasting

    def use_script(self, phone: str) -> None:
        """Count one message to ``phone`` that met its script."""
        waiting = self.scripts.get(phone, [])
        counted = next((script for script in waiting if script.count is not None), None)
        if counted is None:
            return
        at, left = waiting.index(counted), (counted.count or 1) - 1
        waiting[at : at + 1] = [replace(counted, count=left)] if left else []
        self.record("scripts", {"phone": phone, "scripts": waiting})

    # -- texts from phones -----------------------------------------------------------------------

    def add_written(self, written: WrittenSms) -> None:
        self.written.append(written)
        self.next_written = max(self.next_written, written.id + 1)
        self.record("written", written)

    def land_later(self, due_ms: int, land: Callable[[int], object]) -> None:
        """Let a call take effect at ``due_ms``; of several at once the first told is the first to land."""
        self.landed += 1
        heappush(self.landings, (due_ms, self.landed, land))

    # -- faults and time -------------------------------------------------------------------------

    def add_fault(self, rule: FaultRule) -> ArmedFault:
        fault = ArmedFault(self.next_fault, rule)
        self.next_fault += 1
        self.faults.append(fault)
        return fault

    def drop_spent_faults(self, at_ms: int) -> None:
        self.faults = [fault for fault in self.faults if not fault.is_over(at_ms)]

    def reset(self) -> None:
        """Forget everything; only the record goes on."""
        fresh = World(record=self.record)
        for name in self.__slots__:
            setattr(self, name, getattr(fresh, name))
        self.record("reset", True)

    def move_time(self, offset_ms: int) -> None:
        self.offset_ms = offset_ms
        self.record("offset_ms", offset_ms)

    def prune(self, at_ms: int) -> None:
        """Forget what is older than the retention, once an hour; and a guard nobody needs any more."""
        if at_ms - self.pruned_ms < _PRUNE_EVERY_MS:
            return
        self.pruned_ms = at_ms
        oldest_ms = at_ms - RETENTION_MS
        self._forget(list(self._older(oldest_ms)))
        self.written = [row for row in self.written if row.created_ms >= oldest_ms]
        if len(self.guard) > GUARDS_KEPT:
            longest_ms = max(account.guard_s for account in self.accounts.values()) * 1000
            self.guard = {key: ms for key, ms in self.guard.items() if at_ms - ms < longest_ms}

    def _forget(self, messages: Iterable[SentSms]) -> None:
        for message in messages:
            del self.messages[message.server_id]
            self.packets.pop(message.packet_id, None)
            self.to_phone[message.to].remove(message)
            if not self.to_phone[message.to]:
                del self.to_phone[message.to]

    def _older(self, than_ms: int) -> Iterator[SentSms]:
        return (message for message in self.messages.values() if message.taken_ms < than_ms)
