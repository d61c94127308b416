"""The built-in texts in both languages; ``filling`` fills in these and those of the configuration.

Alerts are data here and never templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pilotbridge.model import Reason

OUTPUT_MAX = 2048
LANGUAGES = ("en", "ru")

_EN_SEVERITY = "{{ {'critical': 'CRIT', 'warning': 'WARN', 'info': 'INFO'}[severity] }}"
_RU_SEVERITY = "{{ {'critical': 'КРИТ', 'warning': 'ВНИМ', 'info': 'ИНФО'}[severity] }}"
_EN_RISEN, _RU_RISEN = (f"{{% if risen %}} {word}{{% endif %}}" for word in (_EN_SEVERITY, _RU_SEVERITY))
_COUNT = "{% if count > 1 %} x{{ count }}{% endif %}"
_ABOUT = " {{ name }}{% if what %} {{ what }}{% endif %}"
_VALUE = "{% if value %} {{ value }}{% endif %}"
_EN_AFTER = (
    "{% if after.d %}{{ after.d }}d{% endif %}{% if after.h %}{{ after.h }}h{% endif %}"
    "{% if after.m and not after.d %}{{ after.m }}m{% endif %}"
    "{% if not (after.d or after.h or after.m) %}{{ after.s }}s{% endif %}"
)
_RU_AFTER = _EN_AFTER.replace("}d{", "}д{").replace("}h{", "}ч{").replace("}m{", "}м{").replace("}s{", "}с{")
_EN_MORE = "{% if left_out %} ({{ left_out }} more cut off by the sender){% endif %}"
_RU_MORE = "{% if left_out %} (ещё {{ left_out }} отрезал отправитель){% endif %}"
_EN_TEST, _RU_TEST = "{% if test %}TEST {% endif %}", "{% if test %}ТЕСТ {% endif %}"

_EN_FIRING = f"{_EN_SEVERITY}{_COUNT}{_ABOUT}{_VALUE} {{{{ time }}}}{_EN_MORE}"
_RU_FIRING = f"{_RU_SEVERITY}{_COUNT}{_ABOUT}{_VALUE} {{{{ time }}}}{_RU_MORE}"

_EN_WAITED, _RU_WAITED = (after.replace("after.", "step.waited.") for after in (_EN_AFTER, _RU_AFTER))
_EN_WHY = (
    f"{{% if step.cause == 'silent' %}}, {{{{ step.who or 'nobody took it,' }}}} silent {_EN_WAITED}"
    "{% elif step.cause == 'passed_on' %}, {{ step.who }} passed it on"
    "{% elif step.cause != 'time' and step.who %}, {{ step.who }} not reached{% endif %}"
)
_RU_WHY = (
    f"{{% if step.cause == 'silent' %}}, {{{{ step.who or 'никто не взял,' }}}} молчит {_RU_WAITED}"
    "{% elif step.cause == 'passed_on' %}, {{ step.who }} передал дальше"
    "{% elif step.cause != 'time' and step.who %}, {{ step.who }} вне связи{% endif %}"
)
_STEP = "{{ step.number }}/{{ step.of }}"

BUILT_IN: Mapping[tuple[str, Reason], str] = {
    ("en", Reason.FIRST): f"{_EN_TEST}{_EN_FIRING}",
    ("en", Reason.REPEAT): f"STILL {_EN_FIRING}",
    ("en", Reason.NEW_ALERTS): (
        f"{_EN_TEST}{{% if worse %}}WORSE {_EN_FIRING}{{% else %}}"
        f"+{{{{ count }}}}{_EN_RISEN}{_ABOUT}{_VALUE} (now {{{{ now }}}}) "
        f"{{{{ time }}}}{_EN_MORE}{{% endif %}}"
    ),
    ("en", Reason.ESCALATION): f"{_EN_TEST}ESC {_STEP} {_EN_FIRING}{_EN_WHY}",
    ("ru", Reason.ESCALATION): f"{_RU_TEST}ЭСК {_STEP} {_RU_FIRING}{_RU_WHY}",
    ("en", Reason.ALL_RESOLVED): (
        f"{_EN_TEST}{{% if stale %}}STALE{_ABOUT} no more word of it, firing since {{{{ time }}}}"
        f"{{% else %}}CLEAR{_ABOUT} after {_EN_AFTER}{{% endif %}}"
    ),
    ("ru", Reason.FIRST): f"{_RU_TEST}{_RU_FIRING}",
    ("ru", Reason.REPEAT): f"ВСЁ ЕЩЁ {_RU_FIRING}",
    ("ru", Reason.NEW_ALERTS): (
        f"{_RU_TEST}{{% if worse %}}ХУЖЕ {_RU_FIRING}{{% else %}}"
        f"+{{{{ count }}}}{_RU_RISEN}{_ABOUT}{_VALUE} (всего {{{{ now }}}}) "
        f"{{{{ time }}}}{_RU_MORE}{{% endif %}}"
    ),
    ("ru", Reason.ALL_RESOLVED): (
        f"{_RU_TEST}{{% if stale %}}НЕТ ВЕСТЕЙ{_ABOUT}, горит с {{{{ time }}}}"
        f"{{% else %}}СНЯТО{_ABOUT} через {_RU_AFTER}{{% endif %}}"
    ),
}


class BadTemplate(ValueError):
    """A text of the configuration could not be filled in."""


def render(source: str, facts: Mapping[str, Any]) -> str:
    """Fill ``facts`` into ``source``.

    :raises BadTemplate: when it raises, or writes more than 2 KB.
    """
    from pilotbridge.alerting.filling import fill

    return fill(source, facts)


def built_in(language: str, reason: Reason) -> str:
    """The built-in text; a language we have none for gets English."""
    return BUILT_IN.get((language, reason)) or BUILT_IN[("en", reason)]
