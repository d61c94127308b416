"""What hangs below a message: an inline keyboard is checked, any other markup is kept as it is."""

from __future__ import annotations

from typing import Any

from pilotbridge.sandbox.telegram import wording
from pilotbridge.sandbox.telegram.params import Params
from pilotbridge.sandbox.telegram.wording import bad_request

Json = dict[str, Any]

DATA_BYTES_MAX = 64
_ELSE = (
    "url",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "copy_text",
    "pay",
)


def read_markup(params: Params) -> Json | None:
    """The markup of a call, None when it has none.

    :raises ApiError: when a button is no button.
    """
    markup = params.value("reply_markup")
    if not markup:
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    rows = markup.get("inline_keyboard")
    if rows is None:
        return markup
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    buttons = [button for row in rows for button in row]
    for button in buttons:
        _check(button)
    return markup if buttons else None


def _check(button: Any) -> None:
    if not isinstance(button, dict) or not isinstance(button.get("text"), str) or not button["text"]:
        raise bad_request('can\'t parse inline keyboard button: Field "text" must be of type String')
    written = button.get("callback_data")
    if written is None and not any(name in button for name in _ELSE):
        raise bad_request(wording.BUTTON_UNREADABLE)
    if written is not None and (
        not isinstance(written, str) or not 1 <= len(written.encode("utf-8", "replace")) <= DATA_BYTES_MAX
    ):
        raise bad_request(wording.BUTTON_DATA_INVALID)
