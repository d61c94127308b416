"""What is wrong with a gateway is said aloud, and taken back when it is right again."""

import pytest

from pilotbridge.phone import PhoneNumber

BORIS = PhoneNumber("+79131437355")


def names(post):
    return {name for name, _ in post.troubles.open}


def test_a_gateway_that_is_down_is_a_trouble_until_it_answers(post):
    post.fault("down", count=None)
    post.send(critical=True)
    assert names(post) == set()
    post.run_for(minutes=1)
    assert "connection refused" in post.troubles.open["GatewayDown", "main"].summary

    post.order("faults/clear")
    post.run_for(minutes=2)

    assert names(post) == set()


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("down", "connection refused"),
        ("html", "the gateway's answer: cannot be read"),
        ("error_before", "HTTP 503"),
    ],
)
def test_a_gateway_that_answers_and_makes_no_sense_is_not_said_to_be_silent(post, kind, why):
    post.fault(kind, count=None)
    post.send(critical=True)

    post.run_for(minutes=2)

    summary = post.troubles.open["GatewayDown", "main"].summary
    assert summary.startswith("sending by main fails: ")
    assert why in summary


@pytest.mark.parametrize(
    ("code", "name"),
    [(113, "GatewayRefuses"), (241, "GatewayRefuses"), (106, "GatewayRefuses"), (999, "GatewayErrorUnknown")],
)
def test_a_refusal_that_concerns_more_than_a_message_is_a_trouble_until_one_is_taken(post, code, name):
    post.fault("code", code=code)
    post.send()
    assert names(post) == {name}
    summary = post.troubles.open[name, "main"].summary
    assert f"the gateway says {code}" in summary
    assert "; " in summary
    assert "pilotbridge " in summary

    post.send("another", BORIS)
    post.run_for(minutes=12)

    assert names(post) == set()
