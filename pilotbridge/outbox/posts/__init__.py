"""The chat outbox: posts to chats, with the discipline of messages to phones and rules of their own.

``enqueue`` puts in, ``posting`` claims and submits, ``settling`` says what an answer means, ``healing``
mends rooms and threads. A post is no row of ``message``: it has no phone, no guard, no price and no delivery
report.
"""
