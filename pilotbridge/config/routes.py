"""The route tree: inheritance resolved, old spellings read, routes that can never match found.

It builds the tree and judges it; walking it for an alert is routing's work, not the configuration's.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from pilotbridge.config.diagnostics import Path, suggest
from pilotbridge.config.exclusion import always, excluding, implied, negated
from pilotbridge.config.reading import Reading
from pilotbridge.config.schema import RouteBlock
from pilotbridge.config.settings import Allowance, Flapping, RouteNode
from pilotbridge.matcher import Matcher, Matchers, Op

_ROOT: Path = ("route",)
LOOKED_AT_MAX = 200
"""Among so many earlier routes on one label one is looked for that takes all; more would take long."""
_INHERITED = ("receiver", "group_wait", "group_interval", "repeat_interval")


def read_route(reading: Reading, receivers: Collection[str]) -> RouteNode | None:
    if reading.document.get(_ROOT) is None:
        reading.fault("no-route", _ROOT, "there is no route", "add route: { receiver: NAME }")
        return None
    _judge_receivers(reading, receivers)
    block = reading.block(RouteBlock, _ROOT)
    if block is None:
        return None
    if block.receiver is None:
        reading.fault("no-route", _ROOT, "the root route names no receiver", "add receiver", key=True)
    if block.matchers or block.match or block.match_re or block.goes_on:
        fix = "move matchers and continue into routes below it"
        reading.fault("root-matchers", _ROOT, "the root route must take every alert", fix, key=True)
    root = _node(reading, block, _ROOT, RouteNode("root", ""))
    _judge_siblings(reading, root, _ROOT, Matchers())
    return root


def _node(reading: Reading, block: RouteBlock, path: Path, parent: RouteNode) -> RouteNode:
    """``block`` as a node; ``parent`` lends what is not written, and its path for the root."""
    written = {name: getattr(block, name) for name in _INHERITED if getattr(block, name) is not None}
    if block.group_by:  # an empty list inherits, as in Alertmanager
        written |= _grouping(reading, block.group_by, path)
    node = replace(
        parent,
        matchers=_matchers(reading, block, path),
        goes_on=block.goes_on,
        budget=Allowance(block.budget.parts_per_day, block.budget.rub_per_day),
        mute_time_intervals=block.mute_time_intervals,
        active_time_intervals=block.active_time_intervals,
        flapping=_flapping(block) or parent.flapping,
        **written,
    )
    children = (
        _node(reading, child, (*path, "routes", index), replace(node, path=f"{node.path}/{index}"))
        for index, child in enumerate(block.routes)
    )
    return replace(node, children=tuple(children))


def _flapping(block: RouteBlock) -> Flapping | None:
    written = block.flapping
    return Flapping(written.after, written.within, written.hold) if written else None


def _grouping(reading: Reading, labels: tuple[str, ...], path: Path) -> dict[str, object]:
    if "..." in labels and len(set(labels)) > 1:
        reading.fault(
            "bad-value", (*path, "group_by"), "... stands beside labels", "write only one of the two"
        )
    by_all = "..." in labels
    return {"group_by": () if by_all else tuple(dict.fromkeys(labels)), "group_by_all": by_all}


def _matchers(reading: Reading, block: RouteBlock, path: Path) -> Matchers:
    return matchers_of(reading, block.matchers, (block.match, block.match_re), path, ("match", "match_re"))


def matchers_of(
    reading: Reading,
    matchers: Iterable[Iterable[Matcher]],
    old: tuple[Mapping[str, str], Mapping[str, str]],
    path: Path,
    keys: tuple[str, str],
) -> Matchers:
    """All conditions of a block; ``old`` are Alertmanager's spellings before 0.22, under ``keys``.

    Those are blocks of labels with their values, and with their patterns.
    """
    found = [matcher for several in matchers for matcher in several]
    for written, key, op in zip(old, keys, (Op.EQUAL, Op.MATCHES), strict=True):
        for name, value in written.items():
            try:
                found.append(Matcher(name, op, value))
            except ValueError as error:
                reading.fault("bad-matcher", (*path, key, name), str(error), "")
    return Matchers(tuple(found))


# --- judging the tree -------------------------------------------------------------------------------


def place_of(node: RouteNode) -> Path:
    """Where in the file ``root/0/2`` stands."""
    return _ROOT + tuple(part for index in node.path.split("/")[1:] for part in ("routes", int(index)))


def _judge_receivers(reading: Reading, receivers: Collection[str]) -> None:
    """Every name that is written, also where something else is wrong with a route."""
    for path in reading.document.paths():
        if path[:1] != _ROOT or path[-1] != "receiver" or path[-2] in ("match", "match_re"):
            continue
        name = reading.text(path)
        if name and name not in receivers:
            fix = suggest(name, receivers, what="receivers")
            reading.fault("unknown-receiver", path, f"there is no receiver {name!r}", fix)


def _judge_siblings(
    reading: Reading, node: RouteNode, path: Path, above: Matchers, before: tuple[_Taken, ...] = ()
) -> None:
    """Find routes below ``node`` that no alert can reach.

    ``above`` holds on the way to them, and what ``before`` has taken does not come so far. What Alertmanager
    would load all the same, and only thought finds out, is a warning.
    """
    taken = _Taken()
    for index, child in enumerate(node.children):
        here: Path = (*path, "routes", index)
        chain = above + child.matchers
        clash = next(_contradictions(chain), None)
        if clash:
            _unreachable(reading.fault, here, *_clashing(clash))
        elif thought := excluding(chain):
            _unreachable(reading.warn, here, *_clashing(thought))
        elif (earlier := taken.same(chain)) is not None:
            _unreachable(reading.fault, here, *_passed_over(reading, earlier))
        elif (earlier := next(filter(None, (each.by(chain) for each in (*before, taken))), None)) is not None:
            _unreachable(reading.warn, here, *_passed_over(reading, earlier))
        if not clash:
            _judge_siblings(reading, child, here, chain, (*before, taken))
        if not child.goes_on:
            taken.add(_Earlier(child.matchers, here))


def _unreachable(note: Callable[[str, Path, str, str], None], path: Path, cause: str, fix: str) -> None:
    note("unreachable-route", path, cause, fix)


def _clashing(clash: Iterable[Matcher]) -> tuple[str, str]:
    return f"{' and '.join(map(str, clash))} exclude each other", "mend one of them or remove the route"


def _passed_over(reading: Reading, earlier: _Earlier) -> tuple[str, str]:
    line = reading.document.place(earlier.path)[0]
    if earlier.other:
        lines = f"{reading.document.place(earlier.other)[0]} and {line}"
        return f"earlier routes, in lines {lines}, take all alerts", "put it before them"
    what = str(earlier.matchers) if earlier.matchers else "it has no conditions"
    cause = f"an earlier route, in line {line}, takes all its alerts: {what}"
    return cause, "put it before that one, or add continue: true there"


@dataclass(frozen=True, slots=True)
class _Earlier:
    """What a route takes for good, and where it stands; ``other`` takes the rest of everything."""

    matchers: Matchers
    path: Path
    other: Path = ()


class _Taken:
    """What earlier siblings take for good, found by their first matcher so that many routes stay cheap."""

    def __init__(self) -> None:
        self._by_first: dict[Matcher | None, list[_Earlier]] = {}
        self._by_label: dict[str, list[_Earlier]] = {}
        self._alone: dict[Matcher, _Earlier] = {}

    def add(self, earlier: _Earlier) -> None:
        matchers = Matchers(tuple(each for each in earlier.matchers if not always(each)))
        first = next(iter(matchers), None)
        self._by_first.setdefault(first, []).append(earlier)
        if first is not None and first.op is not Op.EQUAL:
            self._by_label.setdefault(first.name, []).append(earlier)
        if first is not None and len(matchers) == 1:
            self._alone[first] = earlier
            if other := self._alone.get(negated(first)):  # the two of them take everything
                self._by_first.setdefault(None, []).append(_Earlier(Matchers(), earlier.path, other.path))

    def same(self, chain: Matchers) -> _Earlier | None:
        """The earlier sibling whose conditions all stand in ``chain``."""
        conditions, firsts = set(chain), (each for each in self._firsts(chain) if not each.other)
        return next((each for each in firsts if conditions.issuperset(each.matchers)), None)

    def by(self, chain: Matchers) -> _Earlier | None:
        """The earlier sibling whose conditions hold whenever ``chain`` does."""
        names = dict.fromkeys(each.name for each in chain)
        of_label = (each for name in names for each in self._by_label.get(name, ())[:LOOKED_AT_MAX])
        everything = next((each for each in self._by_first.get(None, ())), None)
        if everything is not None:
            return everything
        found = (*self._firsts(chain), *of_label)
        return next((each for each in found if implied(each.matchers, chain)), None)

    def _firsts(self, chain: Matchers) -> Iterator[_Earlier]:
        return (earlier for first in (None, *chain) for earlier in self._by_first.get(first, ()))


def _contradictions(matchers: Matchers) -> Iterator[tuple[Matcher, Matcher]]:
    """Pairs of which one names the value of a label and the other does not take it."""
    for exact in matchers:
        if exact.op is Op.EQUAL:
            labels = {exact.name: exact.value}
            for other in matchers:
                if other.name == exact.name and not other.matches(labels):
                    yield exact, other


def warn_of_unused(reading: Reading, root: RouteNode, receivers: Collection[str], troubles: str) -> None:
    used = {node.receiver for node in root.walk()} | {troubles} | reading.nameable.named("receiver")
    for index in range(reading.count(("receivers",))):
        path: Path = ("receivers", index, "name")
        name = reading.text(path)
        if name in receivers and name not in used:
            fix = "remove it, unless a plugin chooses it by itself"
            reading.warn("unused-receiver", path, f"no route leads to {name}", fix)
