"""A bridge whose receiver has steps."""

from __future__ import annotations

import pytest

from tests.oncall.steps.configured import configured


@pytest.fixture
def stepped(make_world):
    """A world whose receiver has these steps after Anna."""

    def make(steps: str, **more: str):
        return make_world(configuration=configured(steps, **more), plugins={"ack_by_text": {}})

    return make
