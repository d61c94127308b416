"""Telegram: rooms are groups with topics and private chats with a bot.

It owns the wire to the Bot API, its limits and the translation of its errors; what is posted and what an update
means is the bridge's business. python-telegram-bot is imported when an account starts.
"""
