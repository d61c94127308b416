"""What a text of the configuration may use: its names, and the filters it has to do without.

The sandbox that fills texts in keeps to it; here a text is judged before the first alert needs it.
"""

from __future__ import annotations

from difflib import get_close_matches

NAMES = (
    *("reason", "severity", "name", "what", "value", "summary", "time", "after", "count", "now", "left_out"),
    *("stale", "step", "test", "risen", "worse", "ref", "number", "labels", "contact", "firing", "new"),
    "resolved",
)
"""What every text is given."""

BOUNDLESS_FILTERS = ("attr", "center", "format", "indent", "pprint", "replace", "wordwrap", "xmlattr")
"""What pads or repeats to any width would build gigabytes before a character is written."""


def fault_of(text: str) -> str:
    """Why ``text`` would fail with every alert; empty when it is sound. It has to be Jinja2."""
    from jinja2 import Environment, TemplateSyntaxError  # 20 ms, for the few who write texts of their own

    environment = Environment()
    for name in BOUNDLESS_FILTERS:
        del environment.filters[name]
    try:
        environment.compile(text)
    except TemplateSyntaxError as error:
        return f"line {error.lineno} of the text: {error.message}"
    return ""


def unknown_names(text: str) -> dict[str, str]:
    """The names in ``text`` that no alert gives a value, each with what may be meant; it has to be sound."""
    from jinja2 import Environment
    from jinja2.meta import find_undeclared_variables

    environment = Environment()
    used = find_undeclared_variables(environment.parse(text)) - {*NAMES, *environment.globals}
    return {name: next(iter(get_close_matches(name, NAMES, 1)), "") for name in sorted(used)}
