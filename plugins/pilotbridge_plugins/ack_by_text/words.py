"""What the bridge texts back, in English and Russian; Russian is written in Latin letters when asked for.

No brackets and no other characters that cost two places; a list names as many as one SMS takes.
"""

from __future__ import annotations

from collections.abc import Sequence

from pilotbridge import Incident

NAMED_MAX = 4


class Words:
    """English."""

    nothing_open = "Nothing you were told of in the last 12 h is open."

    def taken(self, incident: Incident) -> str:
        return f"Taken {_name(incident)}. Silent till it clears"

    def yours(self, incident: Incident) -> str:
        return f"You have {_name(incident)} already"

    def taken_by(self, incident: Incident) -> str:
        return f"{_name(incident)} is taken by {incident.acknowledged_by} already"

    def over(self, incident: Incident) -> str:
        return f"{_name(incident)} is over already"

    def unknown(self, ref: str) -> str:
        return f"#{ref} was not told to you in the last 12 h. Nothing taken"

    def nobody_next(self, incident: Incident) -> str:
        return f"{_name(incident)} stays open, there is nobody after you"

    def passed_on(self, incident: Incident, names: Sequence[str]) -> str:
        return f"Passed on {_name(incident)} to {', '.join(names[:NAMED_MAX])}"

    def not_yours(self, incident: Incident) -> str:
        return f"You do not have {_name(incident)}"

    def too_late(self, incident: Incident) -> str:
        return f"{_name(incident)} stays yours, it was taken more than 30 min ago"

    def given_back(self, incident: Incident) -> str:
        return f"Given back {_name(incident)}. It pages again"

    def which(self, incidents: Sequence[Incident]) -> str:
        return f"Nothing taken. Which one? {_names(incidents)}"

    def listed(self, incidents: Sequence[Incident]) -> str:
        return f"Open: {_names(incidents)}"

    def swap_agreed(self, code: str) -> str:
        return f"{code}: agreed, your shifts are traded"

    def swap_declined(self, code: str) -> str:
        return f"{code}: declined, nothing has changed"

    def swap_unknown(self, code: str) -> str:
        return f"Nobody asked you anything as {code}. Nothing has changed"

    def swap_over(self, code: str, state: str) -> str:
        return f"{code} is {state} already"

    def swap_unclear(self, code: str) -> str:
        return f"Nothing has changed. Answer YES {code} or NO {code}"


class Russian(Words):
    """Russian."""

    nothing_open = "За 12 ч вам не сообщали ни о чем, что ещё открыто."

    def taken(self, incident: Incident) -> str:
        return f"Взято {_name(incident)}. Тихо, пока не пройдёт"

    def yours(self, incident: Incident) -> str:
        return f"{_name(incident)} уже у вас"

    def taken_by(self, incident: Incident) -> str:
        return f"{_name(incident)} уже взял {incident.acknowledged_by}"

    def over(self, incident: Incident) -> str:
        return f"{_name(incident)} уже прошло"

    def unknown(self, ref: str) -> str:
        return f"О #{ref} вам за 12 ч не сообщали. Ничего не взято"

    def nobody_next(self, incident: Incident) -> str:
        return f"{_name(incident)} остаётся открытым, после вас никого"

    def passed_on(self, incident: Incident, names: Sequence[str]) -> str:
        return f"Передано {_name(incident)}: {', '.join(names[:NAMED_MAX])}"

    def not_yours(self, incident: Incident) -> str:
        return f"{_name(incident)} не у вас"

    def too_late(self, incident: Incident) -> str:
        return f"{_name(incident)} остаётся у вас, взято более 30 мин назад"

    def given_back(self, incident: Incident) -> str:
        return f"Возвращено {_name(incident)}. Снова будет звать"

    def which(self, incidents: Sequence[Incident]) -> str:
        return f"Ничего не взято. Какое? {_names(incidents)}"

    def listed(self, incidents: Sequence[Incident]) -> str:
        return f"Открыто: {_names(incidents)}"

    def swap_agreed(self, code: str) -> str:
        return f"{code}: согласовано, смены обменены"

    def swap_declined(self, code: str) -> str:
        return f"{code}: отказ, всё по-старому"

    def swap_unknown(self, code: str) -> str:
        return f"Под {code} вас ни о чём не спрашивали. Всё по-старому"

    def swap_over(self, code: str, state: str) -> str:
        done = {"agreed": "уже согласовано", "declined": "уже отклонено", "lapsed": "срок ответа прошёл"}
        return f"{code}: {done.get(state, state)}"

    def swap_unclear(self, code: str) -> str:
        return f"Ничего не изменено. Ответьте ДА {code} или НЕТ {code}"


def words_in(language: str) -> Words:
    return Russian() if language == "ru" else Words()


def _name(incident: Incident) -> str:
    return f"#{incident.ref} {incident.name}"


def _names(incidents: Sequence[Incident]) -> str:
    named = ", ".join(map(_name, incidents[:NAMED_MAX]))
    more = len(incidents) - NAMED_MAX
    return f"{named}, +{more}" if more > 0 else named
