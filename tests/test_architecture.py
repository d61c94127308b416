"""Who may import whom, and where a library lives: two tables, read from the source without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent
BRIDGE = "pilotbridge"
PLUGINS = "pilotbridge_plugins"

# A room is everything below these modules; the longest name that fits decides.
ROOMS = {
    "vocabulary": (
        "model",
        "errors",
        "lifecycle",
        "clock",
        "phone",
        "sms_text",
        "matcher",
        "intervals",
        "spooled",
        "rota",
        "re2",
        "smspilot.wire",
    ),
    "contracts": ("protocols", "chat", "senders", "hookspecs", "config"),
    "store_contract": (
        "store.protocol",
        "store.records",
        "store.chat_records",
        "store.oncall_records",
        "store.views",
        "store.firing",
    ),
    "logs": ("logs",),
    "metrics": ("metrics",),
    "store": ("store",),
    "client": ("smspilot",),
    "plugin_manager": ("plugin_manager",),
    "runtime": ("runtime",),
    "outbox": ("outbox",),
    "oncall": ("oncall",),
    "alerting": ("alerting",),
    "relay": ("relay",),
    "web": ("web",),
    "schedule": ("schedule",),
    "bridge": ("bridge",),
    "desk": ("desk",),
    "sandbox": ("sandbox",),
    "bot_driver": ("testing.bot_request",),  # only where a bot is driven: the library costs 200 ms
    "root": (
        "app",
        "heartbeat",
        "pinging",
        "replay",
        "service",
        "demo",
        "gauges",
        "gateways",
        "cli",
        "testing",
        "calendars",
        "__main__",
    ),
}

EVERYWHERE = {"vocabulary", "logs"}
FLOWS = {"outbox", "oncall", "alerting", "relay"}
CONTRACTS = {"contracts", "store_contract"}

# What a room may import beside itself, vocabulary and logs. Imports go down the page of the architecture.
MAY_IMPORT: dict[str, set[str]] = {
    "vocabulary": set(),
    "logs": set(),
    "contracts": set(),
    "store_contract": {"contracts", "store"},  # both engines share the verbs; flows name them through it
    "metrics": CONTRACTS,
    "store": CONTRACTS,
    "client": CONTRACTS,
    "plugin_manager": CONTRACTS,
    "runtime": CONTRACTS,
    "outbox": CONTRACTS,
    "oncall": {*CONTRACTS, "outbox"},
    "alerting": {*CONTRACTS, "oncall", "outbox"},
    "relay": {*CONTRACTS, "outbox"},
    "web": {*CONTRACTS, *FLOWS, "desk"},
    "desk": {*CONTRACTS, *FLOWS},
    "schedule": {*CONTRACTS, *FLOWS},
    "bridge": {*CONTRACTS, *FLOWS},
    "sandbox": set(),
    "bot_driver": {"sandbox"},
    "root": set(ROOMS),
}

# The rooms that may use a library, or one name of it; every other room asks one of these.
HOMES = {
    "requests": {"client", "root"},
    "sqlite3": {"store"},
    "sqlite_utils": {"store"},
    "psycopg": {"store"},
    "pluggy": {"contracts", "plugin_manager"},
    "telegram": {"bot_driver"},
    "apscheduler": {"schedule"},
    "pydantic": {"contracts"},
    "ruamel": {"contracts"},
    "phonenumbers": {"vocabulary"},
    "prometheus_client": {"metrics"},
    "defusedxml": {"vocabulary", "sandbox"},
    "icalendar": {"vocabulary"},
    "recurring_ical_events": {"vocabulary"},
    "starlette": {"web", "sandbox"},
    "uvicorn": {"runtime", "web", "sandbox", "root"},
    "click": {"root"},
    "rich": {"root"},
    "asyncio": {"runtime", "web", "sandbox", "root"},
    "signal": {"runtime", "sandbox", "root"},
    "threading.Thread": {"runtime", "sandbox", "root"},
    "threading.Timer": set(),
    "concurrent.futures.ThreadPoolExecutor": {"runtime", "root"},
    "random": {"sandbox", "root"},
    "uuid.uuid4": {"root"},
    "os.environ": {"root"},
    "time": {"vocabulary", "runtime", "sandbox", "root"},
    "datetime.datetime.now": {"vocabulary"},
    "datetime.datetime.utcnow": set(),
}

# Plugins see the bridge as a stranger's would: its top level, and their own libraries.
PLUGINS_MAY_IMPORT = {BRIDGE}


def test_imports_go_down_the_page():
    guilty = [
        f"{where}: {importer} ({room}) may not import {target} ({room_of(target)})"
        for where, importer, target in bridge_imports()
        if (room := room_of(importer)) not in ("surface", "")
        and room_of(target) not in {room, *EVERYWHERE, *MAY_IMPORT[room], ""}
    ]

    assert not guilty, "\n" + "\n".join(guilty)


def test_every_module_of_the_bridge_stands_in_a_room():
    homeless = [name for name, _ in modules(BRIDGE) if not room_of(name)]

    assert not homeless, f"add them to ROOMS: {homeless}"


def test_a_library_has_one_home():
    guilty = [
        f"{where}: {importer} ({room_of(importer)}) may not use {library}"
        for where, importer, target in all_imports(BRIDGE)
        for library, homes in HOMES.items()
        if is_below(target, library) and room_of(importer) not in homes
    ]

    assert not guilty, "\n" + "\n".join(guilty)


def test_plugins_import_the_top_level_of_the_bridge_and_never_each_other():
    guilty = [
        f"{where}: {importer} may not import {target}"
        for where, importer, target in module_imports(PLUGINS)
        if (is_below(target, BRIDGE) and target not in PLUGINS_MAY_IMPORT)
        or (is_below(target, PLUGINS) and not is_below(target, plugin_of(importer)))
    ]

    assert not guilty, "\n" + "\n".join(guilty)


def test_only_the_root_starts_the_sandbox():
    guilty = [
        f"{where}: {importer} may not import {target}"
        for where, importer, target in bridge_imports()
        if room_of(target) == "sandbox" and room_of(importer) not in ("sandbox", "bot_driver", "root")
    ]

    assert not guilty, "\n" + "\n".join(guilty)


@pytest.mark.parametrize(
    ("source", "targets"),
    [
        ("import a.b", ["a.b"]),
        ("from a import b", ["a", "a.b"]),
        ("def f():\n    from a.b import c", ["a.b", "a.b.c"]),
        ("if TYPE_CHECKING:\n    import a", ["a"]),
        ("from . import b", ["pilotbridge.web", "pilotbridge.web.b"]),
        ("from ..store import b", ["pilotbridge.store", "pilotbridge.store.b"]),
        ("import a\na.b()", ["a", "a.b"]),
        ("from a import b as c\nc.d", ["a", "a.b", "a.b.d"]),
    ],
)
def test_every_form_of_import_is_seen(source, targets):
    assert [target for _, target in imports_of(source, package="pilotbridge.web")] == targets


# --- reading the source -----------------------------------------------------------------------------


def modules(package: str) -> Iterator[tuple[str, Path]]:
    """Every module of ``package`` by its dotted name."""
    folder = TOP / package if package == BRIDGE else TOP / "plugins" / package
    for path in sorted(folder.rglob("*.py")):
        parts = (package, *path.relative_to(folder).with_suffix("").parts)
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports_of(source: str, *, package: str, file: str = "<text>") -> Iterator[tuple[int, str]]:
    """Line and dotted name of all that ``source`` imports (inside functions too) and uses of that."""
    tree = ast.parse(source, file)
    meant: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                meant[alias.asname or alias.name] = alias.name
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = base_of(node, package)
            yield node.lineno, base
            for alias in node.names:
                meant[alias.asname or alias.name] = f"{base}.{alias.name}"
                yield node.lineno, f"{base}.{alias.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (name := ast.unparse(node.value)) in meant:
            yield node.lineno, f"{meant[name]}.{node.attr}"


def base_of(node: ast.ImportFrom, package: str) -> str:
    """The module that ``from ... import`` names; dots begin at ``package``."""
    parts = package.split(".")
    above = parts[: len(parts) - node.level + 1] if node.level else []
    return ".".join([*above, *([node.module] if node.module else [])])


def all_imports(package: str) -> Iterator[tuple[str, str, str]]:
    """Where, importer and target of every import in ``package``."""
    for name, path in modules(package):
        own = name if path.name == "__init__.py" else name.rpartition(".")[0]
        for line, target in imports_of(path.read_text(encoding="utf-8"), package=own, file=str(path)):
            yield f"{path.relative_to(TOP)}:{line}", name, target


def module_imports(package: str) -> Iterator[tuple[str, str, str]]:
    """Like ``all_imports``, but only targets that are modules of ours; names inside them are left out."""
    known = {name for ours in (BRIDGE, PLUGINS) for name, _ in modules(ours)}
    return ((where, importer, target) for where, importer, target in all_imports(package) if target in known)


def bridge_imports() -> Iterator[tuple[str, str, str]]:
    return (found for found in module_imports(BRIDGE) if found[2] != BRIDGE)


def room_of(module: str) -> str:
    """The room of one of our modules; ``surface`` for the top level, empty for what is no room."""
    if module == BRIDGE:
        return "surface"
    fits = [
        (len(prefix), room)
        for room, prefixes in ROOMS.items()
        for prefix in prefixes
        if is_below(module, f"{BRIDGE}.{prefix}")
    ]
    return max(fits)[1] if fits else ""


def is_below(module: str, parent: str) -> bool:
    return module == parent or module.startswith(parent + ".")


def plugin_of(module: str) -> str:
    """The plugin a module belongs to: the first part below the package, or below ``sources``."""
    parts = module.split(".")
    return ".".join(parts[: 3 if "sources" in parts[1:2] else 2])
