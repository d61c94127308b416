"""An unmodified python-telegram-bot over a socket: what it reads, what it raises, how long it waits."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import requests
from telegram import (
    Bot,
    BotCommand,
    ChatMemberAdministrator,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    ReplyParameters,
)
from telegram.constants import ReactionEmoji
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TimedOut,
)
from telegram.request import HTTPXRequest

from pilotbridge.sandbox.server import ThreadedServer
from pilotbridge.sandbox.telegram.reactions import ALLOWED
from tests.sandbox.telegram.conftest import ANNA, FORUM, TOKEN

KEYBOARD = InlineKeyboardMarkup([[InlineKeyboardButton("Take", callback_data="a1")]])


class Ground:
    """A running sandbox, its control, and bots that know its address only."""

    def __init__(self, server: ThreadedServer) -> None:
        self.url = server.url
        self._session = requests.Session()
        self._session.trust_env = False

    def order(self, path: str, **fields):
        answer = self._session.post(f"{self.url}/sandbox/telegram/{path}", json=fields, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def look(self, path: str):
        return self._session.get(f"{self.url}/sandbox/telegram/{path}", timeout=10).json()

    def bot(self, token: str = TOKEN, **patience: float) -> Bot:
        waits = {"read_timeout": 20.0, "httpx_kwargs": {"trust_env": False}} | patience
        return Bot(
            token,
            base_url=f"{self.url}/bot",
            request=HTTPXRequest(**waits),
            get_updates_request=HTTPXRequest(**waits),
        )

    def run(self, story, **patience: float):
        """What ``story`` of one bot returns."""

        async def tell():
            async with self.bot(**patience) as bot:
                return await story(bot)

        return asyncio.run(tell())


@pytest.fixture
def ground() -> Iterator[Ground]:
    with ThreadedServer() as server:
        yield Ground(server)


def test_the_reactions_are_those_that_the_client_knows():
    assert {emoji.value for emoji in ReactionEmoji} == ALLOWED


def test_it_sends_edits_reacts_copies_and_deletes(ground):
    async def story(bot: Bot):
        sent = await bot.send_message(FORUM, "<b>disk</b> full", parse_mode="HTML", reply_markup=KEYBOARD)
        edited = await sent.edit_text("disk full, taken")
        await sent.set_reaction("👌")
        answer = await bot.send_message(ANNA, "seen")
        copied = await bot.copy_message(ANNA, FORUM, sent.message_id, reply_parameters=ReplyParameters(1))
        await answer.delete()
        document = await bot.send_document(FORUM, b"line", filename="a.log", caption="log")
        await bot.send_chat_action(FORUM, "typing")
        return sent, edited, copied, document

    sent, edited, copied, document = ground.run(story)

    assert (sent.text, sent.entities[0].type, sent.date.year >= 2026) == ("disk full", "bold", True)
    assert isinstance(edited, Message)
    assert (edited.text, edited.reply_markup) == ("disk full, taken", None)
    assert (document.document.file_name, document.caption) == ("a.log", "log")
    assert [one["message_id"] for one in ground.look(f"chats/{ANNA}/messages")] == [copied.message_id]


def test_it_knows_itself_the_chat_and_the_menu(ground):
    async def story(bot: Bot):
        await bot.set_my_commands([BotCommand("status", "what is open")])
        return (
            await bot.get_me(),
            await bot.get_chat(FORUM),
            await bot.get_chat_member(FORUM, bot.id),
            await bot.get_my_commands(),
        )

    me, chat, member, commands = ground.run(story)

    assert (me.is_bot, me.username, chat.is_forum) == (True, "pilotbridge_sandbox_bot", True)
    assert isinstance(member, ChatMemberAdministrator)
    assert member.can_manage_topics
    assert commands == (BotCommand("status", "what is open"),)


def test_topics_live_their_life(ground):
    async def story(bot: Bot):
        topic = await bot.create_forum_topic(FORUM, "+7908")
        where = {"chat_id": FORUM, "message_thread_id": topic.message_thread_id}
        sent = await bot.send_message(text="hello", **where)
        await bot.edit_forum_topic(name="Boris", **where)
        await bot.close_forum_topic(**where)
        with pytest.raises(BadRequest, match="Topic_closed"):
            await bot.send_message(text="x", **where)
        await bot.reopen_forum_topic(**where)
        await bot.delete_forum_topic(**where)
        with pytest.raises(BadRequest, match="Message thread not found"):
            await bot.send_message(text="x", **where)
        return sent

    sent = ground.run(story)

    assert sent.is_topic_message
    assert sent.reply_to_message.forum_topic_created.name == "+7908"


def test_a_long_poll_wakes_when_somebody_writes_and_a_press_is_answered(ground):
    async def story(bot: Bot):
        card = await bot.send_message(FORUM, "disk full", reply_markup=KEYBOARD)
        polling = asyncio.create_task(bot.get_updates(timeout=15))
        await until(lambda: ground.look("")["polls"] == 1)
        began = time.monotonic()
        await asyncio.to_thread(ground.order, f"chats/{FORUM}/press", message_id=card.message_id)
        (update,) = await polling
        took_s = time.monotonic() - began
        await update.callback_query.answer("noted")
        with pytest.raises(BadRequest, match="Query is too old"):
            await update.callback_query.answer("again")
        return took_s, update, await bot.get_updates(offset=update.update_id + 1)

    took_s, update, rest = ground.run(story)

    assert took_s < 5
    assert (update.callback_query.data, update.callback_query.from_user.first_name) == ("a1", "Anna")
    assert rest == ()


async def until(is_so) -> None:
    while not await asyncio.to_thread(is_so):
        await asyncio.sleep(0)


def test_every_kind_of_update_can_be_read(ground):
    async def story(bot: Bot):
        kinds = ["message", "edited_message", "message_reaction", "my_chat_member", "chat_member"]
        await bot.get_updates(allowed_updates=kinds)
        await asyncio.to_thread(people_are_busy)
        return await bot.get_updates()

    def people_are_busy():
        thread = ground.order(f"chats/{FORUM}/topics", name="shift")["message_thread_id"]
        written = ground.order(f"chats/{FORUM}/write", text="/status", thread=thread)["message_id"]
        ground.order(f"chats/{FORUM}/edit", message_id=written, text="/state")
        ground.order(f"chats/{FORUM}/react", message_id=written, emoji="👍")
        boris = ground.order("people", first_name="Boris")["id"]
        ground.order(f"chats/{FORUM}/member", person=boris, status="member")
        ground.order(f"chats/{FORUM}/bot", status="kicked")

    updates = ground.run(story)

    assert updates[0].message.forum_topic_created.name == "shift"
    assert updates[1].message.entities[0].type == "bot_command"
    assert updates[2].edited_message.text == "/state"
    assert updates[3].message_reaction.new_reaction[0].emoji == "👍"
    assert updates[4].chat_member.new_chat_member.status == "member"
    assert updates[5].message.new_chat_members[0].first_name == "Boris"
    assert updates[6].my_chat_member.new_chat_member.status == "kicked"


def test_a_poll_with_nothing_to_hear_ends_in_its_time(ground):
    began = time.monotonic()

    updates = ground.run(lambda bot: bot.get_updates(timeout=1))

    assert updates == ()
    assert 0.9 < time.monotonic() - began < 5


def test_a_poll_goes_by_the_sandboxs_clock(ground):
    async def story(bot: Bot):
        polling = asyncio.create_task(bot.get_updates(timeout=50))
        await until(lambda: ground.look("")["polls"] == 1)
        await asyncio.to_thread(ground.order, "../time", advance_s=60)
        async with asyncio.timeout(10):
            return await polling

    assert ground.run(story) == ()


def test_a_second_poll_ends_the_first_with_a_conflict(ground):
    async def story(bot: Bot):
        first = asyncio.create_task(bot.get_updates(timeout=15))
        await until(lambda: ground.look("")["polls"] == 1)
        async with ground.bot() as other:
            assert await other.get_updates() == ()
        with pytest.raises(Conflict, match="terminated by other getUpdates"):
            await first

    ground.run(story)


def test_a_client_that_went_away_leaves_no_poll_behind(ground):
    async def story(bot: Bot):
        # The client adds the timeout to its patience: 0.2 s are left.
        with pytest.raises(TimedOut):
            await bot.get_updates(timeout=15, read_timeout=-14.8)
        await until(lambda: ground.look("")["polls"] == 0)

    ground.run(story)


def test_refusals_are_the_clients_own_exceptions(ground):
    async def story(bot: Bot):
        with pytest.raises(BadRequest, match="Chat not found"):
            await bot.send_message(5, "x")
        with pytest.raises(BadRequest, match="Reaction_invalid"):
            await bot.set_message_reaction(ANNA, (await bot.send_message(ANNA, "x")).message_id, "✅")
        await asyncio.to_thread(ground.order, f"chats/{ANNA}/bot", status="kicked")
        with pytest.raises(Forbidden, match="bot was blocked by the user"):
            await bot.send_message(ANNA, "x")
        old = (await asyncio.to_thread(ground.order, "chats", kind="group"))["id"]
        new = (await asyncio.to_thread(ground.order, f"chats/{old}/migrate"))["id"]
        with pytest.raises(ChatMigrated) as migrated:
            await bot.send_message(old, "x")
        assert migrated.value.new_chat_id == new

    ground.run(story)


def test_floods_and_failures_are_the_clients_own_exceptions(ground):
    async def story(bot: Bot):
        for fault, raised in (
            ({"kind": "flood", "retry_after": 7}, RetryAfter),
            ({"kind": "error_before"}, NetworkError),
            ({"kind": "reply_lost"}, NetworkError),
            ({"kind": "timeout_after", "seconds": 30}, TimedOut),
        ):
            await asyncio.to_thread(ground.order, "faults", method="sendMessage", **fault)
            with pytest.raises(raised):
                await bot.send_message(FORUM, str(fault["kind"]))

    ground.run(story, read_timeout=0.3)

    assert [one["text"] for one in ground.look(f"chats/{FORUM}/messages")] == ["timeout_after", "reply_lost"]


@pytest.mark.parametrize("token", ["1000000001:ANOTHER-TOKEN-ALTOGETHER-0000000000", "nonsense"])
def test_another_token_is_no_token(ground, token):
    async def story():
        await ground.bot(token).initialize()

    with pytest.raises(InvalidToken):
        asyncio.run(story())


def test_a_webhook_is_called_over_http_until_it_takes_the_update(ground):
    with Hook([500, 204]) as hook:

        async def story(bot: Bot):
            await bot.set_webhook(hook.url, secret_token="s3cret", allowed_updates=["message"])
            with pytest.raises(Conflict):
                await bot.get_updates()
            await asyncio.to_thread(ground.order, f"chats/{FORUM}/write", text="417")
            assert await asyncio.to_thread(hook.heard.acquire, timeout=10)
            while not (failed := await bot.get_webhook_info()).last_error_message:
                pass
            assert await asyncio.to_thread(hook.heard.acquire, timeout=10)
            await until(lambda: not ground.look("updates"))
            return failed

        failed = ground.run(story)

    assert failed.last_error_message == "Wrong response from the webhook: 500"
    assert failed.pending_update_count == 1
    assert [one["message"]["text"] for _, one in hook.taken] == ["417", "417"]
    assert {secret for secret, _ in hook.taken} == {"s3cret"}


class Hook:
    """A webhook that answers with each of ``statuses`` in turn."""

    def __init__(self, statuses: list[int]) -> None:
        self.taken: list[tuple[str, dict]] = []
        self.heard = threading.Semaphore(0)
        hook = self

        class Answering(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                hook.taken.append((self.headers["X-Telegram-Bot-Api-Secret-Token"], body))
                hook.heard.release()
                self.send_response(statuses[len(hook.taken) - 1])
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Silent."""

        self._server = HTTPServer(("127.0.0.1", 0), Answering)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"

    def __enter__(self) -> "Hook":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
