"""An incident in a chat: one post per room that is edited as the incident changes, with buttons.

``text`` words it, ``keeper`` keeps it true, ``pressing`` does what its buttons say.
"""
