"""Puts each question to each plugin by itself, with a deadline, and fails towards telling a human.

One typed method a hook; none ever raises. What is done with the answers is the flows' business.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from typing import Any, Protocol

from pilotbridge.errors import Closed
from pilotbridge.logs import get_logger
from pilotbridge.model import HAPPENED_LASTS, Alert, InboundSms, Message, Notification, Route, Trouble
from pilotbridge.plugin_manager.loading import Implementation, Plugins, hook_names
from pilotbridge.plugin_manager.sound import TEXT_MAX, in_words, is_enriched, is_opinion, is_reply, is_text
from pilotbridge.protocols import Answered, Bridge, HookThread, Meter

OVERRUNS_MAX = 3
LOGGED_FAILURES = 5
FAILING = "PluginFailing"
ROUND = "every"
"""What a plugin's regular work is called among the hooks."""

Write = Callable[[Any], Any]

log = get_logger(__name__)


class QuestionBridge(Bridge, Protocol):
    """The bridge as one plugin has it: in a question it collects what the plugin wants written."""

    def question(self) -> AbstractContextManager[list[Write]]: ...


class PluginHooks:
    """The plugins as the flows see them; see :class:`pilotbridge.protocols.Hooks`."""

    def __init__(
        self,
        plugins: Plugins,
        *,
        bridge_of: Callable[[str], QuestionBridge],
        thread: HookThread,
        meter: Meter,
        apply: Callable[[Sequence[Write]], object],
        raise_trouble: Callable[[Trouble], None],
        timer_s: Callable[[], float],
        deadline_s: float = 2.0,
    ) -> None:
        self._implementations = {name: plugins.implementations(name) for name in hook_names()}
        self._bridges = {plugin.name: bridge_of(plugin.name) for plugin in plugins.loaded}
        self._thread = thread
        self._meter = meter
        self._apply = apply
        self._raise_trouble = raise_trouble
        self._timer_s = timer_s
        self._deadline_s = deadline_s
        self._rounds: set[tuple[str, str]] = set()
        self._overruns: Counter[str] = Counter()
        self._failures: Counter[str] = Counter()

    @property
    def off(self) -> frozenset[str]:
        """Plugins that were too slow three times."""
        return frozenset(name for name, overruns in self._overruns.items() if overruns >= OVERRUNS_MAX)

    def bridge_of(self, plugin: str) -> QuestionBridge:
        """The bridge as ``plugin`` has it."""
        return self._bridges[plugin]

    def reset(self) -> None:
        """The configuration was read again: every plugin gets another chance."""
        self._overruns.clear()
        self._failures.clear()

    # -- questions -------------------------------------------------------------------------------

    def is_asked(self, *hooks: str) -> bool:
        return any(self._asked(hook) for hook in hooks)

    def enrich_alerts(self, alerts: Sequence[Alert]) -> Sequence[Alert]:
        current = alerts
        for implementation in self._asked("enrich_alerts"):
            plugin, given = implementation.plugin, {"alerts": tuple(current)}
            answer = self._ask_and_apply("enrich_alerts", implementation, given)
            if answer is None:
                continue
            if not isinstance(answer, Mapping) or not all(is_enriched(*pair) for pair in answer.items()):
                self._nonsense(plugin, "enrich_alerts", "a mapping from alert to the same alert, enriched")
                continue
            changed = {alert.fingerprint: other for alert, other in answer.items()}
            current = [changed.get(alert.fingerprint, alert) for alert in current]
        return current

    def route_alerts(self, alerts: Sequence[Alert]) -> Mapping[Alert, Sequence[tuple[str, Route]]]:
        opinions: dict[Alert, list[tuple[str, Route]]] = {}
        implementations = self._asked("route_alerts")
        asked = {alert.fingerprint: alert for alert in alerts} if implementations else {}
        for implementation in implementations:
            plugin, given = implementation.plugin, {"alerts": tuple(alerts)}
            answer = self._ask_and_apply("route_alerts", implementation, given)
            if answer is None:
                continue
            if not isinstance(answer, Mapping) or not all(is_opinion(*pair) for pair in answer.items()):
                self._nonsense(plugin, "route_alerts", "a mapping from alert to Route")
                continue
            for alert, route in answer.items():
                if alert.fingerprint in asked:
                    opinions.setdefault(asked[alert.fingerprint], []).append((plugin, route))
        return opinions

    def mute_group(self, notification: Notification) -> str:
        arguments = {
            "group": notification.incident.group,
            "now": notification.at,
            "notification": notification,
        }
        plugin, reason = self._first("mute_group", arguments)
        return f"{plugin}: {reason}" if reason else ""

    def compose_text(self, notification: Notification) -> str:
        return self._first("compose_text", {"notification": notification})[1]

    def answer_inbound(self, inbound: InboundSms) -> Answered | None:
        for implementation in self._asked("answer_inbound"):
            writes: list[Write] = []
            answer = self._ask("answer_inbound", implementation, {"inbound": inbound}, writes)
            if is_reply(answer):
                return Answered(implementation.plugin, answer, tuple(writes))
            if answer is not None:
                self._nonsense(implementation.plugin, "answer_inbound", "a Reply")
        return None

    def choose_conversation(self, inbound: InboundSms) -> str:
        return self._first("choose_conversation", {"inbound": inbound})[1]

    # -- told ------------------------------------------------------------------------------------

    def bridge_started(self) -> None:
        self._tell("bridge_started", {})

    def bridge_stopping(self) -> None:
        """Returns once all have heard it and whatever was told before, or after the deadline."""
        heard = threading.Event()
        self._tell("bridge_stopping", {})
        if self._thread.tell(heard.set, self._deadline_s):
            heard.wait(self._deadline_s)

    def alerts_recorded(self, alerts: Sequence[Alert]) -> None:
        self._tell("alerts_recorded", {"alerts": tuple(alerts)})

    def inbound_recorded(self, inbound: InboundSms) -> None:
        self._tell("inbound_recorded", {"inbound": inbound})

    def message_settled(self, message: Message) -> None:
        self._tell("message_settled", {"message": message})

    # -- regular work ----------------------------------------------------------------------------

    def do_round(self, plugin: str, name: str, work: Callable[[], object]) -> None:
        """One round of a plugin's own work; what it wants written is one transaction, or none."""
        if plugin in self.off or not self._begin(plugin, name):
            return
        collected: list[Write] = []

        def call() -> list[Write]:
            try:
                with self._bridges[plugin].question() as wanted:
                    _contained(work)
                return list(wanted)
            finally:
                self._rounds.discard((plugin, name))

        started = self._timer_s()
        try:
            collected = self._thread.work(call, self._deadline_s)
            if collected:
                self._commit(collected)
        except Closed:
            return
        except TimeoutError as error:
            self._overran(plugin, ROUND, f"{name}: {error}")
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything
            self._raised(plugin, ROUND, error)
        finally:
            self._meter.observe("hook_seconds", self._timer_s() - started, plugin=plugin, hook=ROUND)

    def _begin(self, plugin: str, name: str) -> bool:
        """Whether the last round has ended; one that was left behind may be at it still."""
        if (plugin, name) in self._rounds:
            self._overran(plugin, ROUND, f"{name}: the round before has not ended")
            return False
        self._rounds.add((plugin, name))
        return True

    def _commit(self, writes: Sequence[Write]) -> None:
        written = self._apply(writes)
        if isinstance(written, Future):
            written.result()

    # -- one question to one plugin --------------------------------------------------------------

    def _asked(self, hook: str) -> list[Implementation]:
        return [each for each in self._implementations[hook] if each.plugin not in self.off]

    def _first(self, hook: str, arguments: dict[str, Any]) -> tuple[str, str]:
        """The first text, and whose it is; an empty one says no more than None."""
        for implementation in self._asked(hook):
            answer = self._ask_and_apply(hook, implementation, arguments)
            if is_text(answer):
                if answer:
                    return implementation.plugin, answer
            elif answer is not None:
                self._nonsense(implementation.plugin, hook, f"a str of at most {TEXT_MAX} characters or None")
        return "", ""

    def _ask_and_apply(self, hook: str, implementation: Implementation, arguments: dict[str, Any]) -> Any:
        writes: list[Write] = []
        answer = self._ask(hook, implementation, arguments, writes)
        if writes:
            self._watch(self._apply(writes), implementation.plugin, hook)
        return answer

    def _watch(self, written: object, plugin: str, hook: str) -> None:
        """What a plugin wanted written goes with the commit that fails; somebody has to read of it.

        Said in the log alone, for it is said on the writer's own thread.
        """

        def look(done: Future[Any]) -> None:
            error = done.exception()
            if error is not None:
                log.error("what a plugin wanted written is lost", plugin=plugin, hook=hook, cause=str(error))

        if isinstance(written, Future):
            written.add_done_callback(look)

    def _ask(
        self, hook: str, implementation: Implementation, arguments: dict[str, Any], writes: list[Write]
    ) -> Any:
        """The answer, or None when it failed; ``writes`` gets what the plugin wants written."""
        collected: list[Write] = []

        def call() -> Any:
            with self._bridges[implementation.plugin].question() as wanted:
                answer = self._run(implementation, arguments)
            collected.extend(wanted)
            return answer

        started = self._timer_s()
        try:
            answer = self._thread.ask(call, self._deadline_s)
        except TimeoutError as error:
            self._overran(implementation.plugin, hook, str(error))
            return None
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything
            self._raised(implementation.plugin, hook, error)
            return None
        finally:
            seconds = self._timer_s() - started
            self._meter.observe("hook_seconds", seconds, plugin=implementation.plugin, hook=hook)
        writes.extend(collected)
        return answer

    def _tell(self, hook: str, arguments: dict[str, Any]) -> None:
        for implementation in self._asked(hook):
            if not self._thread.tell(self._telling(hook, implementation, arguments), self._deadline_s):
                self._failed(
                    implementation.plugin, hook, "overran", "too many tellings wait; one is left out"
                )

    def _telling(
        self, hook: str, implementation: Implementation, arguments: dict[str, Any]
    ) -> Callable[[], None]:
        def call() -> None:
            try:
                self._run(implementation, arguments)
            except Exception as error:  # noqa: BLE001 - a plugin may raise anything
                self._raised(implementation.plugin, hook, error)

        return call

    def _run(self, implementation: Implementation, arguments: dict[str, Any]) -> Any:
        given = arguments | {"bridge": self._bridges[implementation.plugin]}
        return _contained(
            lambda: implementation.function(*(given[name] for name in implementation.arguments))
        )

    # -- failures --------------------------------------------------------------------------------

    def _overran(self, plugin: str, hook: str, why: str) -> None:
        self._overruns[plugin] += 1
        is_off = plugin in self.off
        fate = "it is off until the configuration is reloaded" if is_off else "its answer does not count"
        self._failed(plugin, hook, "off" if is_off else "overran", f"{why}; {fate}")

    def _raised(self, plugin: str, hook: str, error: Exception) -> None:
        if self._failures[plugin] < LOGGED_FAILURES:
            log.warning("a plugin raised", plugin=plugin, hook=hook, exc_info=error)
        self._failed(plugin, hook, "raised", in_words(error))

    def _nonsense(self, plugin: str, hook: str, wanted: str) -> None:
        self._failed(plugin, hook, "nonsense", f"its answer is not {wanted}")

    def _failed(self, plugin: str, hook: str, failure: str, why: str) -> None:
        self._failures[plugin] += 1
        self._meter.count("hook_failures", plugin=plugin, hook=hook, failure=failure)
        if failure == "off":
            log.error("a plugin is off", plugin=plugin, hook=hook, reason=why)
        elif self._failures[plugin] <= LOGGED_FAILURES:
            log.warning("a plugin's answer does not count", plugin=plugin, hook=hook, reason=why)
        lasts = None if failure == "off" else HAPPENED_LASTS
        self._raise_trouble(Trouble(FAILING, plugin, f"plugin {plugin}, {hook}: {why}", lasts=lasts))


def _contained(call: Callable[[], Any]) -> Any:
    """What ``call`` returns; SystemExit would end the thread, and whoever asked would wait in vain."""
    try:
        return call()
    except SystemExit as error:
        raise RuntimeError("sys.exit() ends nothing here") from error
