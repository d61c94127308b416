"""What a message holds, by the Bot API's names: content that a person sent, or a note of Telegram's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TEXT = "text"
UNKNOWN = "unknown"
"""A message of which a bot is not told what it holds."""

# The more telling name first: an animation is a document as well, a venue a location.
_CONTENTS = (
    *(TEXT, "animation", "audio", "document", "live_photo", "paid_media", "photo", "sticker", "story"),
    *("video", "video_note", "voice", "checklist", "contact", "dice", "game", "poll", "venue", "location"),
    *("invoice", "giveaway", "giveaway_winners", "passport_data"),
)

# What stands around a content, and tells nothing of it.
_ENVELOPE_NAMES = """
    message_id message_thread_id direct_messages_topic from sender_chat sender_boost_count sender_business_bot
    sender_tag date business_connection_id chat forward_origin is_topic_message is_automatic_forward
    reply_to_message external_reply quote reply_to_story reply_to_checklist_task_id reply_to_poll_option_id
    via_bot edit_date has_protected_content is_from_offline is_paid_post media_group_id author_signature
    paid_star_count entities link_preview_options suggested_post_info effect_id caption caption_entities
    show_caption_above_media has_media_spoiler reply_markup guest_bot_caller_chat guest_bot_caller_user
    guest_query_id forward_from forward_from_chat forward_from_message_id forward_signature
    forward_sender_name forward_date
"""

# Notes that Telegram writes into a chat by itself; people who see them expect no answer.
_NOTE_NAMES = """
    new_chat_members left_chat_member new_chat_title new_chat_photo delete_chat_photo group_chat_created
    supergroup_chat_created channel_chat_created message_auto_delete_timer_changed migrate_to_chat_id
    migrate_from_chat_id pinned_message successful_payment refunded_payment users_shared chat_shared
    connected_website write_access_allowed proximity_alert_triggered boost_added chat_background_set
    chat_owner_changed chat_owner_left checklist_tasks_added checklist_tasks_done
    direct_message_price_changed forum_topic_created forum_topic_edited forum_topic_closed
    forum_topic_reopened general_forum_topic_hidden general_forum_topic_unhidden gift gift_upgrade_sent
    giveaway_created giveaway_completed managed_bot_created paid_message_price_changed poll_option_added
    poll_option_deleted suggested_post_approved suggested_post_approval_failed suggested_post_declined
    suggested_post_paid suggested_post_refunded unique_gift user_shared video_chat_scheduled
    video_chat_started video_chat_ended video_chat_participants_invited web_app_data new_chat_member
    new_chat_participant left_chat_participant
"""


_ENVELOPE = frozenset(_ENVELOPE_NAMES.split())
_NOTES = frozenset(_NOTE_NAMES.split())


def kind_of(message: Mapping[str, Any]) -> str:
    """The name of what ``message`` holds; empty for a note of Telegram's own.

    A kind that is newer than this table goes by Telegram's name for it.
    """
    known = next((name for name in _CONTENTS if name in message), "")
    if known:
        return known
    if not _NOTES.isdisjoint(message):
        return ""
    return next((name for name in message if name not in _ENVELOPE), UNKNOWN)
