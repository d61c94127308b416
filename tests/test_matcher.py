"""Matchers as Alertmanager writes them, patterns as RE2 takes them."""

from __future__ import annotations

import contextlib
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotbridge.matcher import Matcher, Matchers, Op
from pilotbridge.model import Labels
from pilotbridge.re2 import BadPattern, compile_pattern
from pilotbridge.re2.linear import LinearMatcher
from pilotbridge.re2.syntax import parse, to_python


@pytest.mark.parametrize(
    ("text", "name", "op", "value"),
    [
        ('severity="critical"', "severity", Op.EQUAL, "critical"),
        ("severity=critical", "severity", Op.EQUAL, "critical"),
        ('  severity  !=  "info"  ', "severity", Op.NOT_EQUAL, "info"),
        ('team=~"db|web"', "team", Op.MATCHES, "db|web"),
        ('host!~"dev.*"', "host", Op.NOT_MATCHES, "dev.*"),
        ('"имя"="база"', "имя", Op.EQUAL, "база"),
        ('"with space"=x', "with space", Op.EQUAL, "x"),
        ("имя=~д.*", "имя", Op.MATCHES, "д.*"),
        ("empty=", "empty", Op.EQUAL, ""),
        ('empty=""', "empty", Op.EQUAL, ""),
        (r'path="a\\b\"c\nd"', "path", Op.EQUAL, 'a\\b"c\nd'),
        (r'host=~"web\d+"', "host", Op.MATCHES, r"web\d+"),
        ("expr=a=b", "expr", Op.EQUAL, "a=b"),
        ("host=~web-[0-9]{2}", "host", Op.MATCHES, "web-[0-9]{2}"),
        ('note="with, comma and }"', "note", Op.EQUAL, "with, comma and }"),
    ],
)
def test_a_matcher_is_read(text, name, op, value):
    assert Matcher.parse(text) == Matcher(name, op, value)
    assert Matchers.parse(text) == Matchers((Matcher(name, op, value),))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "severity",
        "=critical",
        "!x=y",
        'a="b',
        'a=b"c',
        'a~"b"',
        '{a="b"',
        'a="b"}',
        '"a',
        '""="x"',
        "a b=c",
    ],
)
def test_nonsense_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match=r"is no matcher|stray|braces|needs the name"):
        Matchers.parse(text) if text else Matcher.parse(text)


def test_a_list_of_matchers_holds_when_all_hold():
    matchers = Matchers.parse('{team="db", severity=~"critical|warning", host!="a,b",}')

    assert matchers.matches(Labels({"team": "db", "severity": "warning", "host": "db01"}))
    assert not matchers.matches(Labels({"team": "db", "severity": "warning", "host": "a,b"}))
    assert not matchers.matches(Labels({"team": "web", "severity": "warning"}))


def test_no_matcher_always_holds():
    assert Matchers.parse("{}").matches(Labels())
    assert Matchers.parse("").matches({})


def test_an_absent_label_is_the_empty_text():
    nothing = Labels()

    assert Matcher.parse('a=""').matches(nothing)
    assert Matcher.parse('a!="x"').matches(nothing)
    assert Matcher.parse('a=~".*"').matches(nothing)
    assert not Matcher.parse('a=~".+"').matches(nothing)
    assert not Matcher.parse('a="x"').matches(nothing)


def test_a_pattern_must_match_the_whole_value():
    matcher = Matcher.parse('host=~"web"')

    assert matcher.matches({"host": "web"})
    assert not matcher.matches({"host": "web01"})
    assert not matcher.matches({"host": "theweb"})
    assert not matcher.matches({"host": "web\n"})
    assert not Matcher.parse("host=~a|b").matches({"host": "ab"})


@given(name=st.text(min_size=1), op=st.sampled_from([Op.EQUAL, Op.NOT_EQUAL]), value=st.text())
def test_what_is_written_is_read_again(name, op, value):
    matcher = Matcher(name, op, value)

    assert Matcher.parse(str(matcher)) == matcher
    assert Matchers.parse(str(Matchers((matcher, matcher)))) == Matchers((matcher, matcher))


# --- RE2's dialect ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a)\1",
        "(?P<x>a)(?P=x)",
        "a(?=b)",
        "a(?!b)",
        "(?<=a)b",
        "(?<!a)b",
        "(?>a)b",
        "a++",
        "a**",
        "a{2}{3}",
        "a{1001}",
        "a{3,2}",
        "(?#comment)a",
        "(?(1)a|b)",
        "(?L)a",
        "(",
        "a)",
        "[a",
        "[z-a]",
        "[[:nope:]]",
        "*a",
        "a|*",
        "\\",
        r"\p{Greek}",
        r"\p{Lx}",
        r"\pl",
        r"\k",
        r"\x{110000}",
        "(" * 60 + ")" * 60,
        "a" * 1001,
    ],
)
def test_what_re2_refuses_is_refused_in_a_sentence(pattern):
    with pytest.raises(BadPattern) as refused:
        compile_pattern(pattern)

    assert str(refused.value)


@pytest.mark.parametrize(
    ("pattern", "taken", "left"),
    [
        (r"\d+", ["12"], ["٣", ""]),
        (r"\w+", ["aZ_9"], ["я"]),
        (r"[\w-]+", ["a-b"], ["я"]),
        (r"[^\d]", ["я", "a"], ["5"]),
        (r"[\D]", ["я", "a"], ["5"]),
        (r"\s", [" ", "\t"], ["\u00a0", "\v"]),
        ("[[:alpha:]]+", ["abc"], ["5", "я"]),
        ("[^[:space:]]", ["a"], [" "]),
        ("[[:^digit:]]", ["a", "я"], ["5"]),
        ("(?i)диск", ["ДИСК", "диск"], ["disk"]),
        ("a(?i)b|c", ["aB", "C"], ["Ab"]),
        ("a(?i:b)c", ["aBc"], ["aBC"]),
        ("(?i)a(?-i)b", ["Ab"], ["AB"]),
        (r"\pL+", ["aЖß"], ["a1", "_"]),
        (r"\PL", ["1", " "], ["я"]),
        (r"\p{Lu}\p{Ll}*", ["Анна", "A"], ["анна", "АННА"]),
        (r"\p{^Lu}", ["а"], ["А"]),
        (r"[\p{N}_]+", ["1_٣"], ["a"]),
        (r"[^\pL]+", ["12"], ["я"]),
        (r"(?i)\p{Lu}", ["я", "Я"], ["1"]),
        (r"\p{Any}", ["я", "\n"], ["", "aa"]),
        ("(?U)x+(?-U)y*", ["x", "xxy"], ["", "y"]),
        ("(?iU:ab+)", ["ABB"], ["a"]),
        ("a.c", ["abc"], ["a\nc"]),
        ("(?s)a.c", ["a\nc"], ["ac"]),
        ("(?m)a$\n^b", ["a\nb"], ["ab"]),
        (r"\Qa.b*\E+", ["a.b*", "a.b**"], ["aXb"]),
        (r"\x41\x{42}", ["AB"], []),
        (r"\07", ["\x07"], []),
        ("(?P<n>a)(?<m>b)", ["ab"], ["a"]),
        ("a{,2}", ["a{,2}"], ["aa"]),
        ("a{x", ["a{x"], []),
        ("x{2,}", ["xx", "xxx"], ["x"]),
        (r"\bdb\b.*", ["db 1"], ["db1"]),
        ("[]a]+", ["]a"], ["b"]),
        ("[a-c-]+", ["b-"], ["d"]),
        ("[a&&b]+", ["&a"], ["-"]),
        ("[[a]", ["[", "a"], ["b"]),
        ("^a$", ["a"], ["a\n", "ab"]),
        (r"a\z", ["a"], ["a\n"]),
        ("", [""], ["a"]),
        ("a||b", ["", "a", "b"], ["ab"]),
        (r"\.\-\/\_\я", [".-/_я"], []),
        (r"[\Q^]\E]+", ["^]"], ["a"]),
        (r"\\Q", ["\\Q"], []),
    ],
)
def test_a_pattern_means_what_it_means_in_re2(pattern, taken, left):
    compiled, linear = compile_pattern(pattern), LinearMatcher(parse(pattern))

    assert [text for text in taken if not compiled.matches(text)] == []
    assert [text for text in left if compiled.matches(text)] == []
    assert [text for text in taken if not linear.matches(text)] == []
    assert [text for text in left if linear.matches(text)] == []


def patterns() -> st.SearchStrategy[str]:
    letters = st.sampled_from(["a", "b", ".", "[ab]", "[^a]", r"\b", "^", "$", ""])
    return st.recursive(
        letters,
        lambda inner: st.one_of(
            st.tuples(inner, inner).map("".join),
            st.tuples(inner, inner).map(lambda two: f"(?:{two[0]}|{two[1]})"),
            st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{0,2}"])).map(
                lambda two: f"(?:{two[0]}){two[1]}"
            ),
        ),
        max_leaves=6,
    )


@given(pattern=patterns(), text=st.text(alphabet="ab-\n", max_size=6))
def test_both_engines_agree(pattern, text):
    node = parse(pattern)

    assert LinearMatcher(node).matches(text) is (re.fullmatch(to_python(node), text) is not None)


@given(pattern=st.text(max_size=30))
def test_any_text_is_a_pattern_or_refused(pattern):
    with contextlib.suppress(BadPattern):
        compile_pattern(pattern).matches("abc")


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+b", "(a|a)*b", "(a|aa)+b", "(.*a){12}b", ".*a.*a.*a.*b", "(a*)*b", "a?" * 40 + "a" * 40 + "b"],
)
def test_no_pattern_makes_the_bridge_hang(pattern):
    started = time.perf_counter()

    assert not compile_pattern(pattern).matches("a" * 30)
    assert not compile_pattern(pattern).matches("a" * 100_000)

    assert time.perf_counter() - started < 3


def test_a_pattern_that_needs_too_many_states_is_refused():
    with pytest.raises(BadPattern, match="repeats too much"):
        compile_pattern("((a{1,100}b){1,100}c)*")
