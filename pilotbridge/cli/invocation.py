"""One call of the command line: which configuration it means, and how it wants to be answered.

Heavy imports wait here until a command really needs them.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pilotbridge.errors import ConfigurationError

if TYPE_CHECKING:
    from pilotbridge.config.loader import Loaded
    from pilotbridge.config.settings import Settings
    from pilotbridge.plugin_manager import Plugins

DEFAULT_PLACES = (Path("config/pilotbridge.yaml"), Path("/etc/pilotbridge/pilotbridge.yaml"))


@dataclass(frozen=True, slots=True)
class Invocation:
    """The global options, and what follows from them."""

    config: Path | None
    as_json: bool = False
    language: str | None = None

    @property
    def path(self) -> Path:
        """The configuration file that is meant.

        :raises ConfigurationError: when none is named and none is in the usual places.
        """
        if self.config is not None:
            return self.config
        found = next((place for place in DEFAULT_PLACES if place.exists()), None)
        if found is None:
            places = " nor ".join(map(str, DEFAULT_PLACES))
            raise ConfigurationError(
                f"there is no configuration: neither {places}; name one with --config, or try `demo`"
            )
        return found

    def load(self, *, safe: bool = False) -> tuple[Loaded, Plugins]:
        """Read the configuration with the plugins it names.

        :raises ConfigurationError: when a plugin cannot be loaded.
        """
        from pilotbridge.config.loader import load, outline
        from pilotbridge.plugin_manager import load_plugins

        outlined = outline(self.path, env=os.environ)
        plugins = load_plugins(outlined, safe=safe)
        known = plugins.known(safe=safe)
        return load(self.path, env=os.environ, known=known, outlined=outlined), plugins

    def settings(self) -> Settings:
        """The configuration, whole and right.

        :raises ConfigurationError: with every fault, one a line.
        """
        return self.load()[0].settled()
