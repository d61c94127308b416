"""Finding plugins, importing those the configuration asks for, and refusing what cannot work, at start.

Ours and strangers' are found the same way: the entry-point group ``pilotbridge``, then the plugin folder.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from inspect import Parameter, isasyncgenfunction, iscoroutinefunction, signature
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy

from pilotbridge import hookspecs
from pilotbridge.chat import ChatType
from pilotbridge.config.loader import Outline
from pilotbridge.config.reading import Known
from pilotbridge.errors import ConfigurationError
from pilotbridge.plugin_manager.folder import load_file, plugin_files
from pilotbridge.plugin_manager.registered import model_of, registered
from pilotbridge.plugin_manager.sound import WHATEVER_IT_RAISES, in_words
from pilotbridge.protocols import GatewayType, Source

GROUP = "pilotbridge"
_BY_POSITION = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
SHIPPED_SOURCES = "pilotbridge_plugins.sources."


@dataclass(frozen=True, slots=True)
class Plugin:
    """One loaded plugin, as ``pilotbridge plugins list`` shows it."""

    name: str
    module: ModuleType
    origin: str
    sha256: str
    hooks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Implementation:
    """One plugin's function for one hook."""

    plugin: str
    function: Any
    arguments: tuple[str, ...]


class Plugins:
    """The loaded plugins in the order they are asked, and what they registered."""

    def __init__(
        self,
        plugins: Iterable[Plugin],
        pluggy_manager: pluggy.PluginManager,
        *,
        installed: Iterable[str] = (),
    ) -> None:
        self.loaded = tuple(plugins)
        self._installed = tuple(installed)
        self._manager = pluggy_manager
        self.sources = _by_type(self._registered("register_sources"), "source")
        self.gateways = _by_type(self._registered("register_gateways"), "gateway")
        self.chats = _by_type(self._registered("register_chats"), "chat")
        self.configs: dict[str, type | None] = {
            plugin.name: model_of(plugin.name, next(iter(self._call("register_config", plugin.name)), None))
            for plugin in self.loaded
        }

    def implementations(self, hook: str) -> list[Implementation]:
        """Who answers ``hook``, first asked first."""
        order = {plugin.name: place for place, plugin in enumerate(self.loaded)}
        found = getattr(self._manager.hook, hook).get_hookimpls()
        chosen = [Implementation(impl.plugin_name, impl.function, impl.argnames) for impl in found]
        return sorted(chosen, key=lambda implementation: order[implementation.plugin])

    def known(self, *, safe: bool = False) -> Known:
        """What the configuration may name; in safe mode any plugin may be named, none is loaded."""
        return Known(
            sources={kind: source.options for kind, source in self.sources.items()},
            gateways={kind: gateway.options for kind, gateway in self.gateways.items()},
            chats={kind: chat.options for kind, chat in self.chats.items()},
            plugins=None if safe else self.configs,
            installed=self._installed,
            idle=frozenset(plugin.name for plugin in self.loaded if not plugin.hooks),
        )

    def _registered(self, hook: str) -> Iterator[tuple[str, Any]]:
        for plugin in self.loaded:
            for things in self._call(hook, plugin.name):
                yield from ((plugin.name, thing) for thing in things)

    def _call(self, hook: str, name: str) -> Iterator[Any]:
        for implementation in self.implementations(hook):
            if implementation.plugin == name:
                yield _answer(name, hook, implementation.function)


def load_plugins(outline: Outline, *, safe: bool = False) -> Plugins:
    """Load what the configuration names, in its order; ``safe``: only sources, gateways and chats.

    :raises ConfigurationError: when a plugin cannot be loaded or names a hook that does not exist.
    """
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    types = outline.sources | outline.gateways | outline.chats
    wanted = [*types] if safe else [*outline.plugins, *(name for name in sorted(types))]
    available = _available(outline)
    plugins = [_register(manager, available[name]) for name in dict.fromkeys(wanted) if name in available]
    # A stranger's plugin may bring a type under another name than its own.
    missing = types - _types_of(Plugins(plugins, manager))
    for name in sorted(set(available) - set(wanted)) if missing - {"smspilot"} else ():
        candidate = available[name]
        if isinstance(candidate.found, EntryPoint):
            plugins.append(_register(manager, candidate))
    return Plugins(plugins, manager, installed=available)


@cache
def shipped_sources() -> Mapping[str, Source]:
    """Every source we ship by its type, whether the configuration names it or not; imported when first asked.

    They only tell whose a body is that another source was given, so one that fails is left out.
    """
    found: dict[str, Source] = {}
    for point in entry_points(group=GROUP):
        if point.value.startswith(SHIPPED_SOURCES):
            with suppress(Exception):
                found |= {source.type: source for source in point.load().register_sources()}
    return found


def unnamed_files(outline: Outline) -> list[Path]:
    """Files of the plugin folder that no line of the configuration switches on."""
    return [path for name, path in plugin_files(outline.plugin_folder).items() if name not in outline.plugins]


@dataclass(frozen=True, slots=True)
class _Candidate:
    name: str
    found: EntryPoint | Path

    def load(self) -> ModuleType:
        if isinstance(self.found, Path):
            return load_file(self.name, self.found)
        try:
            module = self.found.load()
        except WHATEVER_IT_RAISES as error:
            raise ConfigurationError(
                f"plugin {self.name} ({self.found.value}) cannot be imported: {in_words(error)}"
            ) from error
        return module  # type: ignore[no-any-return]

    @property
    def origin(self) -> str:
        if isinstance(self.found, Path):
            return str(self.found)
        return f"{self.found.dist.name} {self.found.dist.version}" if self.found.dist else self.found.value


def _available(outline: Outline) -> dict[str, _Candidate]:
    found = {point.name: _Candidate(point.name, point) for point in entry_points(group=GROUP)}
    for name, path in plugin_files(outline.plugin_folder).items():
        if name in found:
            raise ConfigurationError(f"{path}: there is an installed plugin {name} already; rename the file")
        found[name] = _Candidate(name, path)
    return found


def _types_of(plugins: Plugins) -> set[str]:
    return {*plugins.sources, *plugins.gateways, *plugins.chats}


def _register(manager: pluggy.PluginManager, candidate: _Candidate) -> Plugin:
    module = candidate.load()
    _refuse_unmarked(candidate, module)
    _refuse_other_arguments(candidate, module)
    try:
        manager.register(module, candidate.name)
    except (pluggy.PluginValidationError, ValueError) as error:  # ValueError: one module by two names
        raise ConfigurationError(f"plugin {candidate.name}: {error}") from error
    callers = manager.get_hookcallers(module) or []
    for caller in callers:
        _refuse_misspelt(candidate.name, caller)
        _refuse_wrappers(candidate.name, caller)
        _refuse_uncallable(candidate.name, caller)
    return Plugin(
        candidate.name, module, candidate.origin, _sha256(module), tuple(sorted(c.name for c in callers))
    )


def hook_names() -> list[str]:
    """Every hook there is, in the order of ``hookspecs``."""
    return [name for name, value in vars(hookspecs).items() if hasattr(value, f"{hookspecs.PROJECT}_spec")]


def _refuse_misspelt(plugin: str, caller: pluggy.HookCaller) -> None:
    if not caller.has_spec():
        near = get_close_matches(caller.name, hook_names(), 1)
        hint = f"did you mean {near[0]}?" if near else f"the hooks are {', '.join(hook_names())}"
        raise ConfigurationError(f"plugin {plugin}: there is no hook {caller.name}; {hint}")


def _refuse_wrappers(plugin: str, caller: pluggy.HookCaller) -> None:
    for impl in caller.get_hookimpls():
        if impl.plugin_name == plugin and (impl.wrapper or impl.hookwrapper):
            raise ConfigurationError(
                f"plugin {plugin}: {caller.name} is a wrapper; a plugin answers for itself, remove the option"
            )


def _refuse_uncallable(plugin: str, caller: pluggy.HookCaller) -> None:
    """What is asked is asked by position and answers at once; anything else would fail each time."""
    for impl in caller.get_hookimpls():
        if impl.plugin_name != plugin:
            continue
        if iscoroutinefunction(impl.function) or isasyncgenfunction(impl.function):
            raise ConfigurationError(f"plugin {plugin}: {caller.name} is async; write it without async")
        if not_given := _only_by_name(impl.function):
            raise ConfigurationError(
                f"plugin {plugin}: {caller.name} takes {', '.join(not_given)} by name only; remove the *"
            )


def _only_by_name(function: Any) -> list[str]:
    """Arguments that nobody would give it."""
    parameters = signature(function).parameters.values()
    return [each.name for each in parameters if each.kind is each.KEYWORD_ONLY and each.default is each.empty]


def _answer(plugin: str, hook: str, ask: Callable[[], Any]) -> Any:
    """What a plugin registers by ``hook``."""
    try:
        answer = ask()
        return answer if hook == "register_config" else registered(plugin, hook, answer)
    except ConfigurationError:
        raise
    except WHATEVER_IT_RAISES as error:
        raise ConfigurationError(f"plugin {plugin}: {hook} failed: {in_words(error)}") from error


def _refuse_unmarked(candidate: _Candidate, module: ModuleType) -> None:
    """A hook's name without the mark would never be called, and nobody would notice."""
    for name in hook_names():
        function = vars(module).get(name)
        if callable(function) and not hasattr(function, f"{hookspecs.PROJECT}_impl"):
            raise ConfigurationError(
                f"plugin {candidate.name}: {name} is not marked; write @hookimpl above it "
                "(from pilotbridge import hookimpl)"
            )


def _refuse_other_arguments(candidate: _Candidate, module: ModuleType) -> None:
    """pluggy gives arguments by their names; whoever asks for others would get none."""
    for name in hook_names():
        function = vars(module).get(name)
        given = list(signature(getattr(hookspecs, name)).parameters)
        asked = list(signature(function).parameters.values()) if callable(function) else []
        for each in asked:
            if each.name not in given and each.default is each.empty and each.kind in _BY_POSITION:
                near = get_close_matches(each.name, given, 1)
                hint = f"did you mean {near[0]}?" if near else f"it is given {', '.join(given) or 'nothing'}"
                raise ConfigurationError(
                    f"plugin {candidate.name}: {name} asks for {each.name}, which it is not given; {hint}"
                )


def _by_type(registered: Iterator[tuple[str, Any]], what: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    owners: dict[str, str] = {}
    for plugin, thing in registered:
        if thing.type in found:
            raise ConfigurationError(
                f"the {what} type {thing.type!r} is brought by {owners[thing.type]} and by {plugin}; "
                "remove one of them"
            )
        found[thing.type], owners[thing.type] = thing, plugin
    return found


def _sha256(module: ModuleType) -> str:
    file = getattr(module, "__file__", None)
    return hashlib.sha256(Path(file).read_bytes()).hexdigest() if file else ""


SourcesByType = Mapping[str, Source]
GatewaysByType = Mapping[str, GatewayType]
ChatsByType = Mapping[str, ChatType]
