"""The tree of routes: every alert goes somewhere, and where Alertmanager would send it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotbridge.alerting.grouping import Grouping
from pilotbridge.alerting.routing import Destination, Tree, route_with_opinions
from pilotbridge.config.settings import RouteNode
from pilotbridge.matcher import Matcher, Matchers, Op
from pilotbridge.model import Alert, AlertState, Labels, Route

from .conftest import START

TREE = RouteNode(
    "root",
    "ops",
    children=(
        RouteNode(
            "root/0",
            "db",
            Matchers.parse('team="db"'),
            children=(RouteNode("root/0/0", "db-page", Matchers.parse('severity="critical"')),),
        ),
        RouteNode("root/1", "copy", Matchers.parse('team=~"db|web"'), goes_on=True),
        RouteNode("root/2", "web", Matchers.parse('team!~"db|"')),
        RouteNode("root/3", "odd", Matchers.parse('team!="web"')),
    ),
)


@pytest.mark.parametrize(
    ("labels", "receivers"),
    [
        ({"team": "db", "severity": "critical"}, ["db-page"]),
        ({"team": "db"}, ["db"]),
        ({"team": "web"}, ["copy", "web"]),
        ({"team": "net"}, ["web"]),
        ({}, ["odd"]),
    ],
)
def test_the_first_child_that_matches_takes_it_unless_it_goes_on(labels, receivers):
    found = Tree(TREE).route(Labels(labels))

    assert [to.receiver for to in found.destinations] == receivers


def test_what_no_child_takes_stays_with_the_root():
    tree = Tree(RouteNode("root", "ops", children=TREE.children[:1]))

    assert tree.route(Labels({"team": "net"})).trace == "root -> ops"


def walk(node, labels):
    """The rule itself, as Alertmanager has it: the deepest that match, the first unless it says continue."""
    if not node.matchers.matches(labels):
        return ()
    found = []
    for child in node.children:
        below = walk(child, labels)
        found += below
        if below and not child.goes_on:
            break
    return tuple(found) or (node,)


NAMES = st.sampled_from(["team", "severity", "x"])
VALUES = st.sampled_from(["", "db", "web", "critical"])
MATCHERS = st.lists(st.builds(Matcher, NAMES, st.sampled_from(list(Op)), VALUES), max_size=2).map(
    lambda found: Matchers(tuple(found))
)


def nodes(path="root", depth=3):
    children = st.just(())
    if depth:
        children = st.integers(0, 3).flatmap(
            lambda count: st.tuples(*(nodes(f"{path}/{n}", depth - 1) for n in range(count)))
        )
    return st.builds(
        RouteNode, st.just(path), st.just(path), MATCHERS, goes_on=st.booleans(), children=children
    )


@given(nodes(), st.lists(st.dictionaries(NAMES, VALUES), min_size=1, max_size=4))
def test_every_alert_has_a_destination_in_any_tree(root, alerts):
    tree = Tree(root)

    for labels in alerts:
        found = tree.route(Labels(labels))
        assert found.destinations
        assert [to.node for to in found.destinations] == list(walk(root, Labels(labels)) or (root,))


def an_alert(source="prom", group="", **labels):
    return Alert(source, Labels(labels), Labels(), AlertState.FIRING, START, sender_group=group)


def key(alert, *, group_by=("alertname",), everything=False, regroup=False, receiver="ops"):
    node = RouteNode("root", receiver, group_by=group_by, group_by_all=everything)
    return Grouping().key(alert, Destination(receiver, "root", node), regroup=regroup)


def test_alerts_with_the_same_values_are_one_group():
    assert key(an_alert(alertname="A", x="1")) == key(an_alert(alertname="A", x="2"))
    assert key(an_alert(alertname="A")).digest != key(an_alert(alertname="B")).digest


def test_three_dots_make_every_alert_a_group_of_its_own():
    one, other = an_alert(alertname="A", x="1"), an_alert(alertname="A", x="2")

    assert key(one, everything=True).digest != key(other, everything=True).digest


def test_each_receiver_has_its_own_group():
    alert = an_alert(alertname="A")

    assert key(alert).digest != key(alert, receiver="other").digest


def test_so_it_has_where_one_route_leads_to_both():
    """A plugin and a sender may name receivers beside the route's own."""
    alert, grouping = an_alert(alertname="A"), Grouping()
    node = RouteNode("root", "ops", group_by=("alertname",))

    keys = [
        grouping.key(alert, Destination(name, "root", node), regroup=False)
        for name in ("ops", "other", "ops")
    ]

    assert [each.receiver for each in keys] == ["ops", "other", "ops"]
    assert keys[0].digest != keys[1].digest


def test_a_label_that_is_absent_is_no_label_of_the_group():
    assert key(an_alert(alertname="A"), group_by=("alertname", "cluster")).labels == Labels(
        {"alertname": "A"}
    )


def test_the_senders_group_counts_unless_regrouped():
    one, other = an_alert(alertname="A", group="g"), an_alert(alertname="B", group="g")

    assert key(one).digest == key(other).digest
    assert key(one, regroup=True).digest != key(other, regroup=True).digest
    assert key(one).digest != key(an_alert(source="eu", alertname="A", group="g")).digest


# --- what plugins say of it -------------------------------------------------------------------------


def test_what_a_tree_said_of_one_alert_it_says_of_none_that_differs():
    """It remembers; a label for which the last route alone asks tells two alerts apart, too."""
    tree = Tree(
        RouteNode(
            "root",
            "ops",
            children=(
                RouteNode("root/0", "db", Matchers.parse('team="db"')),
                RouteNode("root/1", "lab", Matchers.parse('stage="lab"')),
            ),
        )
    )

    found = [
        tree.route(labels).destinations[0].receiver for labels in ({}, {"stage": "lab"}, {"team": "db"}, {})
    ]

    assert found == ["ops", "lab", "db", "ops"]


@pytest.mark.parametrize(
    ("opinions", "receivers", "trace"),
    [
        ([], ["ops"], "root -> ops"),
        ([Route("db")], ["db"], "p1 -> db"),
        ([Route("db", reason="it is theirs")], ["db"], "p1 -> db (it is theirs)"),
        ([Route("db", and_continue=True)], ["db", "ops"], "p1 -> db; root -> ops"),
        ([Route("db"), Route("lab")], ["db"], "p1 -> db; p2: not asked for any more"),
        ([Route("db", and_continue=True), Route("lab")], ["db", "lab"], "p1 -> db; p2 -> lab"),
        ([Route(None, reason="a test host")], [], "p1: silent, a test host"),
        ([Route(None, and_continue=True, reason="no rota")], ["ops"], "p1: no rota; root -> ops"),
        ([Route("nobody")], ["ops"], "p1: unknown receiver nobody, ignored; root -> ops"),
    ],
)
def test_what_plugins_decide_comes_before_the_tree_and_is_on_record(opinions, receivers, trace):
    asked = [(f"p{number}", route) for number, route in enumerate(opinions, 1)]

    routing = route_with_opinions(Tree(RouteNode("root", "ops")), {}, asked, {"ops", "db", "lab"})

    assert [to.receiver for to in routing.destinations] == receivers
    assert routing.trace == trace
    assert routing.unknown == ((("p1", "nobody"),) if "unknown" in trace else ())
