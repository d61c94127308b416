"""The sandbox in which texts are filled in, loaded with the first of them or once alerts are taken.

It owns what a text may do: it gets plain values, may not build what is huge, and writes at most 2 KB.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from jinja2 import ChainableUndefined, Template, TemplateError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from pilotbridge.alerting.templates import OUTPUT_MAX, BadTemplate
from pilotbridge.config.template_words import BOUNDLESS_FILTERS

# What pads or repeats to any width would build gigabytes before a character is written.
_BOUNDLESS_METHODS = frozenset(
    {"format", "format_map", "center", "ljust", "rjust", "zfill", "expandtabs", "replace", "join"}
)


class _Sandbox(ImmutableSandboxedEnvironment):
    """Refuses operations whose result could be huge; loops are bounded by the caller's deadline."""

    intercepted_binops = frozenset({"*", "**", "%"})

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" or (operator == "%" and isinstance(left, str)):
            raise SecurityError(f"a text may not use {operator} like that")
        if operator == "*" and not (isinstance(left, int | float) and isinstance(right, int | float)):
            raise SecurityError("a text may multiply numbers only")
        return super().call_binop(context, operator, left, right)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        is_boundless = isinstance(obj, str) and attr in _BOUNDLESS_METHODS
        return not is_boundless and super().is_safe_attribute(obj, attr, value)


_ENVIRONMENT = _Sandbox(undefined=ChainableUndefined, autoescape=False)
for _name in BOUNDLESS_FILTERS:
    del _ENVIRONMENT.filters[_name]


@lru_cache(maxsize=64)
def _compiled(source: str) -> Template:
    template = _ENVIRONMENT.from_string(source)
    template.globals = dict(template.globals)  # it is a chain of mappings, which each text would walk twice
    return template


def fill(source: str, facts: Mapping[str, Any]) -> str:
    """Fill ``facts`` into ``source``.

    :raises BadTemplate: when it raises, or writes more than 2 KB.
    """
    written = ""
    try:
        for piece in _compiled(source).generate(**facts):
            written += piece
            if len(written) > OUTPUT_MAX:
                raise BadTemplate(f"the text is longer than {OUTPUT_MAX} characters")
    except (TemplateError, ArithmeticError, TypeError, ValueError, LookupError, AttributeError) as error:
        if isinstance(error, BadTemplate):
            raise
        raise BadTemplate(f"{type(error).__name__}: {error}") from error
    return written
