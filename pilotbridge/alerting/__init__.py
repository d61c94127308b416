"""From the journal to the outbox: which alerts there are, who is told of them, when, and in which words.

It decides and composes; it refuses to receive, to send, or to know how anything is stored.
"""
