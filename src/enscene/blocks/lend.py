"""Block `lend`: lend a customer money, by a new loan or on an open line."""

from dataclasses import replace

from enscene.blocks._frame import Act, Args, Frame, Workshop
from enscene.blocks._lending import check_credit, find_lent, lent_product, work
from enscene.blocks._spec import ArgSpec, BlockSpec
from enscene.kernel.errors import Conflict, Refused
from enscene.shelf import LENDS, Opening, Product
from enscene.shelf.contracts import day_of, new_contract, post_steps
from enscene.shelf.lives.lending import Lending

SPEC = BlockSpec(
    name="lend",
    version="1.0",
    family="external",
    summary="Lend a customer money, by a new loan or on an open line; a flow takes it on.",
    args={
        "product": ArgSpec("product", summary="a loan or a credit line", kinds=LENDS),
        "who": ArgSpec("role", summary="the customer"),
        "amount": ArgSpec("expr", type="money", summary="how much"),
        "months": ArgSpec("expr", type="int", required=False, summary="over how many months"),
        "ref": ArgSpec("expr", type="text", summary="what it is about; each thing once"),
        "into": ArgSpec("account", summary="an account of the bank in this scene"),
    },
    output="money",
    effects=frozenset({"money", "contract"}),
)


def compile_step(args: Args, workshop: Workshop) -> Act:
    """Credit the account from the books of the product; the contract keeps what was verified."""
    who = args.name("who")
    product = lent_product(workshop, args.name("product"), who)
    amount, months, ref = args.value("amount"), args.value_or_none("months"), args.value("ref")
    into = workshop.account(args.name("into"))

    def act(frame: Frame) -> int:
        minor: int = amount(frame)
        about: str = ref(frame)
        term = 0 if months is None else months(frame)
        if minor <= 0:
            raise Refused("nothing is lent", code="lend.nothing", param="amount")
        if product.kind == "credit_line":
            frame.check_eligible(product, who)
            line = find_lent(frame, product, who, "")
            if line is None:
                raise Refused("the customer has no such line", code="lend.no_line",
                              facts={"product": product.id})  # fmt: skip
            work(frame, line, into(frame).id, lambda life: life.draw(minor, about, term))
            return minor
        if find_lent(frame, product, who, about) is not None:
            raise Conflict("this was lent for already", code="lend.lent_before", param="ref")
        agreed = _agreed(frame, product, who, minor, term)
        check_credit(frame, product, who, minor)
        opening = replace(agreed, scene=frame.scene, currency=into(frame).currency, about=about)
        contract = new_contract(frame.tenant, opening, day_of(frame.view, frame.tenant, frame.zone))
        frame.view.works["contract"].open(frame.unit, contract)
        assert isinstance(contract.life, Lending)
        steps = contract.life.draw(minor, about)
        books = frame.books[product.id]
        post_steps(frame.view.works, frame.unit, books, frame.tenant, into(frame).id, steps)
        contract.note(frame.unit, steps)
        frame.lent.append((contract, steps))
        return minor

    return act


def _agreed(frame: Frame, product: Product, who: str, minor: int, months: int) -> Opening:
    """What was decided on for this customer. A loan is nothing that an action gives by itself: it
    is applied for, decided on, signed, and then the action is done. Raises: Refused."""
    agreed = frame.agreed
    if agreed is None or (agreed.product.id, agreed.customer) != (product.id, frame.parties[who]):
        raise Refused(
            "this is lent to those who have applied for it", code="lend.not_agreed",
            facts={"product": product.id},
            hint="apply for it: when it is approved and signed, this is done by itself",
        )  # fmt: skip
    if agreed.amount != minor or (months and agreed.months != months):
        raise Conflict(
            "something else was agreed on", code="lend.other_terms",
            facts={"agreed_minor": agreed.amount, "agreed_months": agreed.months},
        )  # fmt: skip
    return agreed
