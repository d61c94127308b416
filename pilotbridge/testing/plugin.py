"""The pytest plugin: fixtures for tests of routing plugins. It imports the bridge only when one is used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pilotbridge.testing.world import Make, World


@pytest.fixture
def make_world(tmp_path: Path) -> Iterator[Make]:
    """Makes a bridge in miniature; what it takes is :class:`pilotbridge.testing.world.World`'s."""
    from pilotbridge.testing.world import World

    made: list[World] = []

    def make(**wanted: Any) -> World:
        folder = tmp_path / f"world-{len(made) + 1}"
        folder.mkdir(mode=0o700)
        made.append(World(folder, **wanted))
        return made[-1]

    yield make
    for world in made:
        world.close()


@pytest.fixture
def world(make_world: Make) -> World:
    """A bridge in miniature with Anna, Boris and an Alertmanager."""
    return make_world()
