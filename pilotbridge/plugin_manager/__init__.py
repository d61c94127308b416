"""The only caller of pluggy: loads plugins, checks them, asks them and tells them.

``loading`` finds and registers, ``folder`` judges single files, ``asking`` puts the questions. A plugin
that raises, hangs or answers nonsense costs only its own answer.
"""

from pilotbridge.plugin_manager.asking import PluginHooks, QuestionBridge
from pilotbridge.plugin_manager.loading import Plugin, Plugins, load_plugins

__all__ = ["Plugin", "PluginHooks", "Plugins", "QuestionBridge", "load_plugins"]
