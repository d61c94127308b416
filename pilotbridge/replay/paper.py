"""A gateway that takes and delivers everything and sends nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from pilotbridge.model import InboundSms
from pilotbridge.protocols import Accepted, Account, OutgoingSms, Receipt, StatusReport, Submitted
from pilotbridge.sms_text import measure

DELIVERED = 2
ENOUGH_RUB = Decimal(1_000_000)


class PaperGateway:
    """One account of it."""

    max_packet = 500

    def __init__(self, name: str) -> None:
        self.name = name

    def submit(self, packet: Sequence[OutgoingSms]) -> Submitted:
        receipts = {
            sms.client_id: Accepted(Receipt(str(sms.client_id), parts=measure(sms.text).parts))
            for sms in packet
        }
        return Submitted(receipts)

    def check(self, server_ids: Sequence[str]) -> list[StatusReport]:
        return [StatusReport(server_id, DELIVERED, client_id=int(server_id)) for server_id in server_ids]

    def fetch_inbound(self, since: datetime | None) -> list[InboundSms]:  # noqa: ARG002 - nobody writes
        return []

    def balance_rub(self) -> Decimal:
        return ENOUGH_RUB

    def account(self) -> Account:
        return Account(ENOUGH_RUB, (), "", any_sender=True, extra={})

    def close(self) -> None:
        """There is nothing to close."""
