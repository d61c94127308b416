"""The chats' parts: a connector and who posts for each, cards and ticks, what people write and press."""

from __future__ import annotations

from collections.abc import Sequence

from pilotbridge.alerting.cards.keeper import Cards
from pilotbridge.app.chats import MAX_TEXT
from pilotbridge.app.ground import Shared
from pilotbridge.app.sending import Sending
from pilotbridge.bridge import BridgeParts, PluginBridge
from pilotbridge.chat import ChatConnector
from pilotbridge.desk.in_chat import InChat
from pilotbridge.errors import ConfigurationError
from pilotbridge.model import MessageId
from pilotbridge.oncall.roster import roster_of
from pilotbridge.outbox.posts.posting import Posting
from pilotbridge.outbox.posts.rooms import named_rooms
from pilotbridge.outbox.posts.strays import hold_strays
from pilotbridge.protocols import Worker
from pilotbridge.relay.reminding import Reminders
from pilotbridge.relay.texting import Desk as RelayDesk
from pilotbridge.relay.ticks import Ticks
from pilotbridge.relay.updates import ChatUpdates


class Connected:
    """At least one chat: see ``chats.Chats``."""

    def __init__(self, shared: Shared, sending: Sending) -> None:
        self._shared = shared
        self.connectors = {name: self._opened(name) for name in shared.settings().chats}
        self.postings = {name: self._posting(name, chat) for name, chat in self.connectors.items()}
        self._relay = RelayDesk(shared.settings, shared.postage, shared.ground.new_id)
        self._ticks = Ticks(shared.store, self._relay, clock=shared.clock, wake=shared.wakes.postings)
        self._cards = Cards(
            shared.store,
            shared.settings,
            clock=shared.clock,
            new_token=shared.ground.new_id,
            wake=shared.wakes.postings,
        )
        workers: list[Worker] = [
            *self.postings.values(),
            self._ticks,
            self._cards,
            self._updates(sending),
            self._reminders(),
        ]
        for worker in workers:
            shared.wakes.add(worker)

    def max_text(self, chat: str) -> int:
        return self.connectors[chat].max_text if chat in self.connectors else MAX_TEXT

    def are_down(self) -> bool:
        now_ms = self._shared.clock.now_ms()
        return all(posting.is_down(now_ms) for posting in self.postings.values())

    def settled(self, message_ids: Sequence[MessageId]) -> None:
        self._ticks.hand_over(message_ids)

    def recover(self) -> None:
        now_ms = self._shared.clock.now_ms()
        self._shared.store.write(lambda tx: hold_strays(tx, self.connectors, now_ms)).result()
        for posting in self.postings.values():
            posting.recover()
        self._cards.recover()

    def start(self, parts: BridgeParts) -> None:
        for name, chat in self.connectors.items():
            chat.start(PluginBridge(self._shared.settings().chats[name].type, parts))

    def finish(self) -> None:
        for posting in self.postings.values():
            posting.finish()

    def close(self) -> None:
        for chat in self.connectors.values():
            chat.close()

    def _opened(self, name: str) -> ChatConnector:
        chat = self._shared.settings().chats[name]
        kind = self._shared.in_force.plugins.chats.get(chat.type)
        if kind is None:
            raise ConfigurationError(f"chats.{name}: no plugin brings the type {chat.type!r}")
        connector: ChatConnector = kind.open(name, chat.options, network=self._shared.ground.chat_network)
        return connector

    def _posting(self, name: str, chat: ChatConnector) -> Posting:
        shared = self._shared
        return Posting(
            shared.store,
            chat,
            rooms=lambda: named_rooms(shared.settings(), name),
            clock=shared.clock,
            rng=shared.ground.rng,
            meter=shared.meter,
            troubles=shared.troubles,
            wake=lambda: shared.wakes.one(f"posting-{name}"),
        )

    def _updates(self, sending: Sending) -> ChatUpdates:
        shared = self._shared
        return ChatUpdates(
            shared.store,
            self.connectors,
            self._relay,
            clock=shared.clock,
            wake=shared.wakes.everyone,
            moved=lambda chat, old, new: self.postings[chat].room_moved(old, new),
            troubles=shared.troubles,
            deeds=InChat(
                self._cards,
                settings=shared.settings,
                postage=shared.postage,
                balances=lambda: {
                    name: sending.fleet.standing(name).balance_rub for name in sending.gateways
                },
                new_id=shared.ground.new_id,
            ),
        )

    def _reminders(self) -> Reminders:
        shared = self._shared
        return Reminders(
            shared.store,
            self._relay,
            clock=shared.clock,
            called=lambda read, address, now_ms: roster_of(read, shared.settings(), now_ms).resolved(address),
            wake=shared.wakes.everyone,
        )
