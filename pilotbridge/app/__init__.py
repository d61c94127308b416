"""The composition of one bridge: ``whole`` puts it together, every other file builds some of its parts.

What differs between the product and a test (threads, store, network, chance) is handed in as
:class:`Ground`.
"""

from pilotbridge.app.ground import Ground
from pilotbridge.app.reloading import control_socket, needs_restart, new_meter
from pilotbridge.app.whole import App

__all__ = ["App", "Ground", "control_socket", "needs_restart", "new_meter"]
