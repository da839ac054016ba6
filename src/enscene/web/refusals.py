"""What a customer is told when something was not done, and at which field of the form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from enscene.kernel.errors import EnsceneError
from enscene.web.language import Texts


@dataclass(frozen=True, slots=True)
class Refusal:
    """`why` is the reason in words; `field` is the name of the form's field that it is about and
    `title` what the page calls it, both "" where it is about none."""

    why: str
    field: str = ""
    title: str = ""

    @property
    def named(self) -> str:
        """The reason with the field before it: `金额 · 请填写`."""
        return f"{self.title} · {self.why}" if self.title else self.why


def tell_refusal(
    problem: Mapping[str, Any], t: Texts, scene: Mapping[str, str] | None = None
) -> Refusal:
    """In the words of the pack (`scene` are its texts) or of the catalog. `problem` has code and
    detail, and may have param and facts; a param such as `fields.income` is about `income`."""
    words, code = scene or {}, str(problem.get("code", ""))
    why = words.get(f"refusals.{code.removeprefix('scene.')}") or t.problem(
        code, problem.get("facts") or problem, str(problem.get("detail", code))
    )
    field = str(problem.get("param") or "").rpartition(".")[2]
    title = words.get(f"fields.{field}") or t.known(f"fieldnames.{field}") if field else ""
    return Refusal(why, field if title else "", title or "")


def roles_told(error: EnsceneError, t: Texts) -> str:
    """Which roles it takes, where that is why it was refused; else ""."""
    roles = error.facts.get("roles")
    if error.code != "console.forbidden" or not isinstance(roles, list | tuple):
        return ""
    words = (t.known(f"roles.{role}") for role in roles)
    named = t("semicolon").join(word for word in words if word)
    return t("problem.takes", roles=named) if named else ""
