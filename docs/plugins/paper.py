"""A gateway that writes every SMS into a file: for a staging bridge that must wake nobody.

    gateways: { paper: { type: paper, file: /var/lib/pilotbridge/sms.txt } }
"""

from decimal import Decimal
from pathlib import Path

from pydantic import BaseModel

from pilotbridge import Accepted, Account, Receipt, StatusReport, Submitted, hookimpl

DELIVERED = 2


class PaperOptions(BaseModel):
    file: Path


class Paper:
    """One account: the file."""

    max_packet = 100

    def __init__(self, name, file):
        self.name = name
        self._file = file

    def submit(self, packet):
        with self._file.open("a", encoding="utf-8") as paper:
            for sms in packet:
                paper.write(f"{sms.client_id} {sms.to.e164} {sms.text}\n")
        return Submitted({sms.client_id: Accepted(Receipt(str(sms.client_id), parts=1)) for sms in packet})

    def check(self, server_ids):
        return [StatusReport(server_id, DELIVERED, client_id=int(server_id)) for server_id in server_ids]

    def fetch_inbound(self, since):
        return []

    def balance_rub(self):
        return Decimal(1_000_000)

    def account(self):
        return Account(self.balance_rub(), (), "", any_sender=True, extra={})

    def close(self):
        pass


class PaperType:
    type = "paper"
    options = PaperOptions

    def open(self, settings, clock):
        return Paper(settings.name, settings.options.file)


@hookimpl
def register_gateways():
    return [PaperType()]
