"""Who took an incident, what is kept quiet on purpose, and what people text back about it.

It changes rows inside the caller's transaction; it refuses to send, to route or to know a plugin.
"""
