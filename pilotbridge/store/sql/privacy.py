"""What is kept about one number, and how it is forgotten: overwritten where a row must stay, else deleted.

Only what is finished is ever forgotten.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from pilotbridge.phone import NOBODY, PhoneNumber
from pilotbridge.store.chat_records import PostRow
from pilotbridge.store.connection import Statements
from pilotbridge.store.sql.optouts import SALT, digest_of
from pilotbridge.store.sql.posts import post_from
from pilotbridge.store.views import Kept, Mentions, OptOutView, PluginValue, Unfinished

FORGOTTEN_TEXT = "(forgotten)"


class PrivacyReads(Statements):
    __slots__ = ()

    def unfinished_of(self, phone: PhoneNumber) -> list[Unfinished]:
        """What is still to happen with this number."""
        return [Unfinished(*row) for row in self.rows("unfinished_of_phone", _names(phone))]

    def kept_of(self, phone: PhoneNumber) -> Kept:
        """How many rows there are about this number."""
        row = self.row("kept_of_phone", _names(phone))
        assert row
        return Kept(*row)

    def mentions_of(self, phone: PhoneNumber) -> Mentions:
        """Bodies that hold this number; looks at all of them, so not on the writer."""
        row = self.row("mentions_of_phone", _names(phone))
        assert row
        return Mentions(*row)

    def posts_of_phone(self, phone: PhoneNumber) -> list[PostRow]:
        return [post_from(row) for row in self.rows("posts_of_phone", _names(phone))]

    def optouts_ever_of(self, phone: PhoneNumber) -> list[OptOutView]:
        """What it has opted out of, ended ones too."""
        return [OptOutView(*row) for row in self.rows("optouts_ever_of", (phone.e164,))]

    def plugin_values_of(self, phone: PhoneNumber) -> list[PluginValue]:
        """What plugins keep under this number."""
        rows = self.rows("plugin_values_of", _names(phone))
        return [PluginValue(row[0], row[1], row[2], msgspec.json.decode(row[3])) for row in rows]


class PrivacyWrites(PrivacyReads):
    __slots__ = ()

    def forget_some(self, phone: PhoneNumber, limit: int, salt: str) -> Kept:
        """Forget at most ``limit`` rows of the first kind that is left; returns how many went of each.

        ``salt`` is for the digest of opt-outs, should the database have none yet.
        """
        some = _names(phone) | {"limit": limit}
        steps: dict[str, Callable[[], int]] = {
            "posts": lambda: self.run("forget_posts", some),
            "chat_updates": lambda: self.run("forget_chat_updates", some),
            "questions": lambda: self.run("forget_questions", _names(phone)),
            "messages": lambda: self._forget_messages(some),
            "inbound": lambda: self.run("forget_inbound", some | {"text": FORGOTTEN_TEXT}),
            "conversations": lambda: self.run("forget_conversations", _names(phone)),
            "optouts": lambda: self._forget_optouts(phone, salt),
            "plugin_values": lambda: self.run("forget_plugin_values", _names(phone)),
        }
        done = ((kind, step()) for kind, step in steps.items())
        return next((Kept(**{kind: count}) for kind, count in done if count), Kept())

    def _forget_messages(self, some: dict[str, object]) -> int:
        params = some | {"nobody": NOBODY.e164, "text": FORGOTTEN_TEXT}
        self.run("forget_attempts", params)
        return self.run("forget_messages", params)

    def _forget_optouts(self, phone: PhoneNumber, salt: str) -> int:
        found = self.row("get_meta", (SALT,))
        if found is None:
            self.run("set_meta", (SALT, salt))
        digest = digest_of(phone, found[0] if found else salt)
        params = _names(phone) | {"digest": digest, "text": "the number is forgotten, and this still heeded"}
        self.run("forget_optout_events", params)
        return self.run("forget_ended_optouts", params) + self.run("forget_optouts", params)


def _names(phone: PhoneNumber) -> dict[str, object]:
    """A number as we write it and as gateways do."""
    return {"phone": phone.e164, "digits": phone.digits}
