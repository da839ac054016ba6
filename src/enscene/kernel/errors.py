"""The one tree of errors.

Every refusal that a person or a program outside may see is one of these. `code` is stable and
dotted ("money.bad_amount"); `detail` is one English sentence; `param` names the input at fault
("input.price"); `hint` says what to do; `facts` holds values for texts in other languages, as
`said` and `advice` do for detail and hint.
Which HTTP status an error becomes is decided by the API alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from enscene.kernel.said import Said, as_said


class EnsceneError(Exception):
    """Base of the tree; raise one of its branches, never this."""

    code: str = "error"

    def __init__(
        self,
        detail: str | Said,
        *,
        code: str | None = None,
        param: str | None = None,
        hint: str | Said | None = None,
        facts: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(str(detail))
        self.said = as_said(detail)
        self.advice = None if hint is None else as_said(hint)
        self.detail = str(detail)
        if code is not None:
            self.code = code
        self.param = param
        self.hint = None if hint is None else str(hint)
        self.facts: dict[str, object] = dict(facts) if facts else {}

    def __repr__(self) -> str:
        parts = [repr(self.detail), f"code={self.code!r}"]
        if self.param is not None:
            parts.append(f"param={self.param!r}")
        if self.hint is not None:
            parts.append(f"hint={self.hint!r}")
        if self.facts:
            parts.append(f"facts={self.facts!r}")
        return f"{type(self).__name__}({', '.join(parts)})"

    def __reduce__(self) -> tuple[Any, ...]:
        # Exception pickles positional arguments only; the keywords must travel too.
        state = (self.said, self.code, self.param, self.advice, self.facts)
        return _rebuild, (type(self), *state)


def _rebuild(
    kind: type[EnsceneError],
    detail: Said,
    code: str,
    param: str | None,
    hint: Said | None,
    facts: dict[str, object],
) -> EnsceneError:
    return kind(detail, code=code, param=param, hint=hint, facts=facts)


class Invalid(EnsceneError):
    """The input is malformed or does not fit its type; sending it again will not help."""

    code = "invalid"


class Unauthenticated(EnsceneError):
    """Who is asking is not known."""

    code = "unauthenticated"


class Forbidden(EnsceneError):
    """Who is asking is known and may not do this."""

    code = "forbidden"


class NotFound(EnsceneError):
    """What was asked for does not exist for the one who asks."""

    code = "not_found"


class Conflict(EnsceneError):
    """The present state does not allow it, or the same key was used for something else."""

    code = "conflict"


class Refused(EnsceneError):
    """A business rule said no: not enough funds, a limit exceeded, a guard not met."""

    code = "refused"


class Unavailable(EnsceneError):
    """It cannot be answered now; the same request may be sent again later."""

    code = "unavailable"
