"""What a plugin registered at start, judged before anybody relies on it: a slip is told with what to write.

It looks at shapes only; whether a type is brought twice is ``loading``'s to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pilotbridge.errors import ConfigurationError

_NEEDED = {
    "register_sources": ("type", "options", "groups", "severities", "parse"),
    "register_gateways": ("type", "options", "open"),
    "register_chats": ("type", "options", "open"),
}


def registered(plugin: str, hook: str, answer: Any) -> list[Any]:
    """The things that ``hook`` of ``plugin`` brings.

    :raises ConfigurationError: when one of them could not be used.
    """
    if answer is None:
        return []
    if not isinstance(answer, Iterable) or isinstance(answer, str | bytes | Mapping):
        raise _refused(plugin, f"{hook} has to return a list, and returned {_name(answer)}")
    things = list(answer)
    for thing in things:
        _judge(plugin, hook, thing)
    return things


def _judge(plugin: str, hook: str, thing: Any) -> None:
    if isinstance(thing, type):
        raise _refused(plugin, f"{hook} returned the class {thing.__name__}; write {thing.__name__}()")
    missing = [name for name in _NEEDED[hook] if not hasattr(thing, name)]
    if missing:
        needed = ", ".join(_NEEDED[hook])
        raise _refused(
            plugin, f"{hook} returned {_name(thing)} without {', '.join(missing)}; it needs {needed}"
        )
    if not isinstance(thing.type, str) or not thing.type:
        raise _refused(plugin, f"the type of {_name(thing)} has to be a word, like 'acme'")
    if thing.options is not None and not _is_model(thing.options):
        raise _refused(plugin, f"options of {_name(thing)} has to be a pydantic model (the class), or None")


def model_of(plugin: str, answer: Any) -> type | None:
    """The model of a plugin's own block.

    :raises ConfigurationError: when it is none.
    """
    if answer is None or _is_model(answer):
        return answer  # type: ignore[no-any-return]
    raise _refused(
        plugin, f"register_config has to return a pydantic model (the class), and returned {_name(answer)}"
    )


def _is_model(value: Any) -> bool:
    return isinstance(value, type) and hasattr(value, "model_validate")


def _name(value: Any) -> str:
    if isinstance(value, type):
        return f"the class {value.__name__}"
    return f"something of the class {type(value).__name__}"


def _refused(plugin: str, why: str) -> ConfigurationError:
    return ConfigurationError(f"plugin {plugin}: {why}")
