"""The tree of routes: every alert goes somewhere, and where Alertmanager would send it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotbridge.alerting.grouping import Grouping
from pilotbridge.alerting.routing import Destination, Tree
from pilotbridge.config.settings import RouteNode
from pilotbridge.matcher import Matcher, Matchers, Op
from pilotbridge.model import Alert, AlertState, Labels

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


def test_the_senders_group_counts_unless_regrouped():
    one, other = an_alert(alertname="A", group="g"), an_alert(alertname="B", group="g")

    assert key(one).digest == key(other).digest
    assert key(one, regroup=True).digest != key(other, regroup=True).digest
    assert key(one).digest != key(an_alert(source="eu", alertname="A", group="g")).digest
