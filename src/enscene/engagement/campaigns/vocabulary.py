"""What a campaign of a tenant may name: the events of its scenes, and what is known of a customer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from enscene.commit import admit
from enscene.customers.spectrum import GENERAL
from enscene.engagement.campaigns import store
from enscene.engagement.outside import TYPES
from enscene.engagement.outside.types import Field, Whole
from enscene.kernel.errors import Invalid
from enscene.kernel.expressions import (
    BOOL,
    INT,
    LIST,
    MONEY,
    OPTIONAL,
    RECORD,
    TEXT,
    Environment,
    Expression,
    Type,
    compile_expression,
)
from enscene.scenes.language import Pack
from enscene.scenes.runtime import SceneHost

CUSTOMER = RECORD({"products": LIST(TEXT), "scenes": LIST(TEXT)})
"""What is known wherever a campaign speaks: the shelf's products that the customer has open, and the
packs of the scenes where they have been served."""


@dataclass(slots=True)
class Vocabulary:
    """`kinds` are the names an expression may use after each event `pack.action`; accounts and
    counters are not among them, for they are not in the log. `topics` are those of the spectrum.
    `packs` say what events are called."""

    currency: str
    zone: str
    kinds: dict[str, Mapping[str, Type]] = field(default_factory=dict)
    topics: tuple[str, ...] = tuple(GENERAL)
    packs: dict[str, Pack] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for type_ in TYPES.values():
            if type_.subject == "person":
                names = {name: _type_of(field) for name, field in type_.fields.items()}
                self.kinds[type_.action] = {"input": RECORD(names)}

    def add(self, pack: Pack) -> None:
        """Take the events of a scene in."""
        self.packs.setdefault(pack.id, pack)
        hidden = {*pack.accounts, *pack.counters}
        for action in pack.actions.values():
            names = {n: of for n, of in action.event.names.items() if n not in hidden}
            self.kinds.setdefault(f"{pack.id}.{action.name}", names)

    def condition(self, source: str, kinds: Iterable[str], param: str) -> dict[str, Expression]:
        """The condition for each kind of event. Raises: Invalid with `param`."""
        return {kind: self._compile(source, self._names(kind), param) for kind in kinds}

    def condition_alone(self, source: str, param: str) -> Expression:
        """The condition of a moment that no event brings. Raises: Invalid with `param`."""
        return self._compile(source, self._names(None), param)

    def amount(self, path: str, kinds: Iterable[str], param: str) -> dict[str, Expression]:
        """An amount of each of these events. Raises: Invalid with `param`."""
        found = {}
        for kind in kinds:
            environment = Environment(self._names(kind), self.currency, self.zone)
            compiled = compile_or_none(path, environment)
            if compiled is None or compiled.type.kind not in (MONEY.kind, INT.kind):
                raise Invalid(
                    f"{path} is no amount of {kind}", code="campaign.field", param=param,
                    facts={"kind": kind},
                )  # fmt: skip
            found[kind] = compiled
        return found

    def _names(self, kind: str | None) -> dict[str, Type]:
        topic = RECORD({"preference": INT, "attitude": INT})
        names: dict[str, Type] = {} if kind is None else dict(self.kinds[kind])
        names["customer"] = CUSTOMER
        names["spectrum"] = RECORD(dict.fromkeys(self.topics, topic))
        return names

    def _compile(self, source: str, names: dict[str, Type], param: str) -> Expression:
        environment = Environment(names, self.currency, self.zone)
        try:
            return compile_expression(source, environment, expect=BOOL)
        except Invalid as error:
            error.param = param
            raise


def _type_of(field: Field) -> Type:
    """As expressions see it; what may be left out is asked for by `has`."""
    of = INT if isinstance(field.kind, Whole) else TEXT
    return OPTIONAL(of) if field.optional else of


def compile_or_none(source: str, environment: Environment) -> Expression | None:
    """The expression, if it is one."""
    try:
        return compile_expression(source, environment)
    except Invalid:
        return None


async def read_vocabulary(pool: store.Pool, host: SceneHost, tenant: int) -> Vocabulary:
    """Of the scenes that the tenant has, whatever their state."""
    async with pool.acquire() as connection, connection.transaction(readonly=True):
        await admit(connection, [tenant])
        own = await connection.fetchrow("select currency, zone from tenant where id = $1", tenant)
        rows = await connection.fetch("select ref from scene where tenant = $1 order by id", tenant)
    vocabulary = Vocabulary(own["currency"], own["zone"])
    for row in rows:
        vocabulary.add((await host.catalogue.scene(tenant, row["ref"])).pack)
    return vocabulary
