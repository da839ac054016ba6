"""The verdict on a check, from what was answered and what the partner says it has done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from enscene.partners.conformance.plan import RAILS, Step


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of a step. `answers` are by message in the order of sending: a status, or why
    there was none. `effects` are times by webhook-id and `states` by thing, as the partner tells;
    None: it could not be asked. `acts` are (calls, calls with another body) of each key."""

    answers: Sequence[tuple[str, int | str]]
    effects: Mapping[str, int] | None = None
    states: Mapping[str, str] | None = None
    acts: Sequence[tuple[int, int]] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` is one of the texts of the check; None: it passed. `facts` go into that text."""

    check: str
    reason: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        """Whether it is as it should be."""
        return self.reason is None


def judge(step: Step, seen: Seen) -> Verdict:
    """The verdict on one step."""
    if step.check == "delivery":
        return _taken(step, seen) or Verdict(step.check)
    if step.check in ("forged", "old"):
        return _refused(step, seen) or Verdict(step.check)
    return _taken(step, seen) or _effects(step, seen) or Verdict(step.check)


def _taken(step: Step, seen: Seen) -> Verdict | None:
    """Every message has to be answered 2xx, those too that are known already."""
    for message, answer in seen.answers:
        if not _is_good(answer):
            facts = {"event": message, "answer": str(answer)}
            return Verdict(step.check, "not_taken", facts)
    return None


def _refused(step: Step, seen: Seen) -> Verdict | None:
    for message, answer in seen.answers:
        if _is_good(answer):
            return Verdict(step.check, "believed", {"event": message, "answer": str(answer)})
    if seen.effects is None:
        return Verdict(step.check, "effects_unreadable")
    for message, _ in seen.answers:
        if times := seen.effects.get(message, 0):
            return Verdict(step.check, "took_effect", {"event": message, "times": times})
    return None


def _effects(step: Step, seen: Seen) -> Verdict | None:
    if seen.effects is None or seen.states is None:
        return Verdict(step.check, "effects_unreadable")
    if step.check in ("taken", "twice", "at_once", "rotation", RAILS):
        message = step.groups[0][0].id
        times = seen.effects.get(message, 0)
        if times != 1:
            reason = "no_effect" if times == 0 else "effect_again"
            return Verdict(step.check, reason, {"event": message, "times": times})
    for thing, wanted in step.states:
        told = seen.states.get(thing)
        if told != wanted:
            facts = {"thing": thing, "told": told or "—", "wanted": wanted}
            return Verdict(step.check, "wrong_state", facts)
    if step.acts is not None:
        return _acts(step, seen)
    return None


def _acts(step: Step, seen: Seen) -> Verdict | None:
    if not seen.acts:
        return Verdict(step.check, "never_called")
    if len(seen.acts) > 1:
        return Verdict(step.check, "new_key", {"keys": len(seen.acts)})
    calls, other = seen.acts[0]
    if other:
        return Verdict(step.check, "other_body", {"calls": other})
    if step.check == "act" and calls < 2:
        return Verdict(step.check, "gave_up")
    return None


def _is_good(answer: int | str) -> bool:
    return isinstance(answer, int) and 200 <= answer < 300
