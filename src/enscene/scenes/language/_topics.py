"""Topics of a pack: what acts tell of a customer's preferences."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from enscene.kernel.clock import parse_duration
from enscene.kernel.documents import Map
from enscene.kernel.expressions import BOOL, INT, LIST, TEXT
from enscene.kernel.said import say
from enscene.scenes.language._actions import need_read_names
from enscene.scenes.language._draft import Draft
from enscene.scenes.language._reactions import without_accounts
from enscene.scenes.language._scope import Scope
from enscene.scenes.language.model import Sign, Topic

CONSENT = "recommendations"
HALF_LIFE, HALF_AT, DOUBT, MOST = "30d", 3, 1, 20
EACH_MOST, STRENGTH_MOST = 100, 1_000_000
LONGEST, SHORTEST = timedelta(days=3_650), timedelta(hours=1)


def read_topics(draft: Draft) -> None:
    """Read what acts tell of preferences."""
    for name, node in draft.scene.map("topics"):
        _topic(draft, name, cast(Map, node))


def _topic(draft: Draft, name: str, node: Map) -> None:
    items = [cast(Map, item) for item in node.seq("from")]
    signs = [_sign(draft, item) for item in items]
    if not signs:
        hint = say("write `from: [{{after: action, of: role, strength: 1}}]`")
        draft.bad(node.where("from"), "no_sign", say("nothing tells of topic `{name}`", name=name),
                  node, hint)  # fmt: skip
    half_life = parse_duration(node.text("half_life", HALF_LIFE))
    if not SHORTEST <= half_life <= LONGEST:
        message = say(
            "what fades by half in less than an hour or in more than ten years is no topic"
        )
        draft.bad(node.where("half_life"), "bad_half_life", message, node)
    numbers = {
        key: _number(draft, node, key, absent, most)
        for key, absent, most in (
            ("half_at", HALF_AT, STRENGTH_MOST),
            ("doubt", DOUBT, STRENGTH_MOST),
            ("most", MOST, EACH_MOST),
        )
    }
    apart = [item for item in items if "each" in item.entries]
    if apart and len(apart) < len(items):
        at = next(item.at for item in items if "each" not in item.entries)
        draft.bad(at, "topic_each", say("all that tells of one topic has `each`, or none"), node)
    for key in ("called", "most"):
        if key in node.entries and not apart:
            message = say("`{key}` is said of topics with `each`", key=key)
            draft.bad(node.where(key), "topic_each", message, node)
    draft.topics[name] = Topic(
        name=name,
        signs=tuple(sign for sign in signs if sign is not None),
        at=node.at,
        is_a=node.text("is") or None,
        half_life=half_life,
        half_at=numbers["half_at"],
        doubt=numbers["doubt"],
        each=bool(apart),
        called=_called(draft, node),
        most=numbers["most"],
        part=draft.part(node),
    )


def _number(draft: Draft, node: Map, key: str, absent: int, most: int) -> int:
    value = int(node.text(key, str(absent)))
    if not 1 <= value <= most:
        message = say("`{key}` is between 1 and {most}", key=key, most=most)
        draft.bad(node.where(key), "out_of_bounds", message, node)
    return value


def _sign(draft: Draft, node: Map) -> Sign | None:
    if not draft.known(node, "after", "action", draft.actions):
        return None
    action = draft.actions[node.text("after")]
    if action.query:
        message = say(
            "`{action}` only reads: nothing is known of it afterwards", action=action.name
        )
        draft.bad(node.where("after"), "not_logged", message, node)
    who = node.text("of")
    need = draft.needs[action.name]
    if draft.known(node, "of", "party", draft.parties):
        if draft.parties[who].is_a != "person":
            message = say("`{who}` is no person: only of persons preferences are known", who=who)
            draft.bad(node.where("of"), "no_person", message, node)
        elif CONSENT not in draft.parties[who].consent:
            message = say(
                "`{who}` is not asked for `{consent}`, on which topics rest",
                who=who,
                consent=CONSENT,
            )
            hint = say("add `{consent}` to the `consent:` of `{who}`", consent=CONSENT, who=who)
            draft.bad(draft.parties[who].at, "not_asked", message, node, hint)
        need.roles.setdefault(who, node.at)
    scope = Scope(draft, without_accounts(draft, action.event))
    strength = scope.node(node.get("strength"), INT)
    condition = scope.maybe(node.get("if"), BOOL)
    each = scope.maybe(node.get("each"), (LIST(TEXT), TEXT))
    need_read_names(draft, need, scope.reads)
    return Sign(
        after=action.name,
        who=who,
        strength=strength,
        at=node.at,
        condition=condition,
        each=each,
        part=draft.part(node),
    )


def _called(draft: Draft, node: Map) -> tuple[str, str] | None:
    if "called" not in node.entries:
        return None
    thing, _, field = node.text("called").partition(".")
    if thing not in draft.things:
        draft.mistakes.unknown(node.where("called"), "thing", thing, draft.things, node.path)
        return None
    fields = draft.things[thing].fields
    if field not in fields:
        draft.mistakes.unknown(node.where("called"), "field", field, fields, node.path)
        return None
    if fields[field].type.name != "text":
        message = say("`{thing}.{field}` is no text", thing=thing, field=field)
        draft.bad(node.where("called"), "called_what", message, node)
        return None
    return thing, field
