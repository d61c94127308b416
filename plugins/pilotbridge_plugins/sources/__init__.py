"""Kinds of monitoring senders: one module each, found through the entry-point group ``pilotbridge``."""
