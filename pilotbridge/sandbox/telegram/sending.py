"""The methods that put messages into chats, change them and take them away."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from pilotbridge.sandbox.telegram import wording
from pilotbridge.sandbox.telegram.asks import Ask, find_post, open_chat, place_of
from pilotbridge.sandbox.telegram.chats import DELETE_MESSAGES, Chat, Kind
from pilotbridge.sandbox.telegram.entities import ENTITIES_MAX, read_html, utf16_length
from pilotbridge.sandbox.telegram.keyboards import read_markup
from pilotbridge.sandbox.telegram.posts import Post
from pilotbridge.sandbox.telegram.reactions import ALLOWED
from pilotbridge.sandbox.telegram.shown import post_shown
from pilotbridge.sandbox.telegram.wording import bad_request

Json = dict[str, Any]

TEXT_MAX, CAPTION_MAX = 4096, 1024
DELETABLE_MS = 48 * 3600 * 1000
_ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)


def send_message(ask: Ask) -> Json:
    chat = open_chat(ask)
    content = _formatted(ask, "text", "entities")
    _check_text(content)
    return _send(ask, chat, content)


def send_document(ask: Ask) -> Json:
    chat = open_chat(ask)
    return _send(ask, chat, {"document": _document(ask), **_caption(ask)})


def copy_message(ask: Ask) -> Json:
    chat, source = open_chat(ask), open_chat(ask, "from_chat_id")
    post = find_post(ask, source, wording.COPY_NOT_FOUND)
    if post.is_service:
        raise bad_request(wording.CANNOT_COPY)
    content = {name: value for name, value in post.content.items() if name != "forward_origin"}
    if "caption" in ask.params.fields and "text" not in content:
        content = {name: value for name, value in content.items() if not name.startswith("caption")}
        content |= _caption(ask)
    return {"message_id": _send(ask, chat, content)["message_id"]}


def send_chat_action(ask: Ask) -> bool:
    place_of(ask, open_chat(ask))
    if ask.params.text("action") not in _ACTIONS:
        raise bad_request(wording.ACTION_WRONG)
    return True


def edit_text(ask: Ask) -> Json:
    post = _own_post(ask)
    if "text" not in post.content:
        raise bad_request(wording.NO_TEXT_TO_EDIT)
    content = _formatted(ask, "text", "entities")
    _check_text(content)
    return _edited(ask, post, replace(post, content=content, markup=read_markup(ask.params)))


def edit_markup(ask: Ask) -> Json:
    post = _own_post(ask)
    return _edited(ask, post, replace(post, markup=read_markup(ask.params)))


def delete_message(ask: Ask) -> bool:
    chat = open_chat(ask)
    post = find_post(ask, chat, wording.DELETE_NOT_FOUND)
    bot_id = ask.telegram.bot.id
    is_allowed = (
        post.sender_id == bot_id or chat.kind is Kind.PRIVATE or chat.lets_bot(DELETE_MESSAGES, bot_id)
    )
    if not is_allowed:
        raise bad_request(wording.CANNOT_DELETE)
    if ask.at_ms - post.at_ms > DELETABLE_MS and not chat.lets_bot(DELETE_MESSAGES, bot_id):
        raise bad_request(wording.CANNOT_DELETE_FOR_ALL)
    ask.telegram.set_post(replace(post, is_gone=True, content={}))
    return True


def set_reaction(ask: Ask) -> bool:
    """One emoji of the allowed ones, or none."""
    post = find_post(ask, open_chat(ask), wording.REACT_NOT_FOUND)
    emoji = _reaction(ask.params.value("reaction") or [])
    others = {person: given for person, given in post.reactions.items() if person != ask.telegram.bot.id}
    mine = {ask.telegram.bot.id: emoji} if emoji else {}
    ask.telegram.set_post(replace(post, reactions=others | mine))
    return True


def _reaction(written: Any) -> str:
    if not isinstance(written, list):
        raise bad_request(wording.REACTION_INVALID)
    if len(written) > 1:
        raise bad_request(wording.REACTIONS_TOO_MANY)
    emojis = [one.get("emoji") if isinstance(one, dict) else None for one in written]
    if not all(isinstance(emoji, str) and emoji in ALLOWED for emoji in emojis):
        raise bad_request(wording.REACTION_INVALID)
    return str(emojis[0]) if emojis else ""


def _send(ask: Ask, chat: Chat, content: Json) -> Json:
    thread_id, reply_to = place_of(ask, chat)
    post = Post(
        chat.id,
        ask.telegram.next_message_id(chat.id),
        ask.telegram.bot.id,
        ask.at_ms,
        content,
        thread_id,
        reply_to,
        read_markup(ask.params),
    )
    return post_shown(ask.telegram, ask.telegram.set_post(post))


def _own_post(ask: Ask) -> Post:
    post = find_post(ask, open_chat(ask), wording.EDIT_NOT_FOUND)
    if post.sender_id != ask.telegram.bot.id or post.is_service:
        raise bad_request(wording.CANNOT_EDIT)
    return post


def _edited(ask: Ask, before: Post, after: Post) -> Json:
    if (before.content, before.markup) == (after.content, after.markup):
        raise bad_request(wording.NOT_MODIFIED)
    return post_shown(ask.telegram, ask.telegram.set_post(replace(after, edited_ms=ask.at_ms)))


def _formatted(ask: Ask, name: str, entities_name: str) -> Json:
    """The text ``name`` with its entities, given or read out of its tags."""
    text, mode = ask.params.text(name), ask.params.text("parse_mode")
    given = ask.params.value(entities_name)
    if given:
        entities = _checked_entities(given)
    elif not mode:
        entities = []
    elif mode.lower() == "html":
        text, entities = read_html(text)
    else:
        raise bad_request(f"can't parse entities: the sandbox reads parse_mode HTML, not {mode}")
    return {name: text} | ({entities_name: entities[:ENTITIES_MAX]} if entities else {})


def _checked_entities(given: Any) -> list[Json]:
    is_list = isinstance(given, list) and all(isinstance(one, dict) for one in given)
    if not is_list or not all({"type", "offset", "length"} <= one.keys() for one in given):
        raise bad_request("can't parse entities: expected an Array of MessageEntity")
    return list(given)


def _check_text(content: Json) -> None:
    if not content["text"].strip():
        raise bad_request(wording.TEXT_EMPTY)
    if utf16_length(content["text"]) > TEXT_MAX:
        raise bad_request(wording.TEXT_TOO_LONG)


def _caption(ask: Ask) -> Json:
    content = _formatted(ask, "caption", "caption_entities")
    if utf16_length(content["caption"]) > CAPTION_MAX:
        raise bad_request(wording.CAPTION_TOO_LONG)
    return content if content["caption"] else {}


def _document(ask: Ask) -> Json:
    """The document: a file of the call, an earlier one by id, or an address that nobody asks."""
    sent = ask.params.file("document")
    if sent is not None:
        digest = hashlib.sha256(sent.content).hexdigest()
        return {
            "file_id": digest,
            "file_unique_id": digest[:16],
            "file_name": sent.name,
            "mime_type": sent.content_type,
            "file_size": len(sent.content),
        }
    written = ask.params.text("document")
    if not written:
        raise bad_request(wording.DOCUMENT_MISSING)
    return _known_document(ask, written)


def _known_document(ask: Ask, file_id: str) -> Json:
    if urlsplit(file_id).scheme in ("http", "https"):
        raise bad_request("the sandbox fetches no documents from addresses; send the file itself")
    everywhere = (post for posts in ask.telegram.posts.values() for post in posts.values())
    documents = (post.content.get("document") for post in everywhere)
    sent = (one for one in documents if isinstance(one, dict))
    found: Json | None = next((one for one in sent if one.get("file_id") == file_id), None)
    if found is None:
        raise bad_request(wording.FILE_ID_WRONG)
    return found
