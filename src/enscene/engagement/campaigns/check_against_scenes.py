"""That a campaign speaks of what the tenant's scenes do and what the bank's shelf has."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from enscene.engagement.campaigns import store
from enscene.engagement.campaigns.campaign import CampaignBody, Moment, kinds_of
from enscene.engagement.campaigns.vocabulary import Vocabulary, read_vocabulary
from enscene.kernel.errors import Invalid
from enscene.scenes.runtime import SceneHost
from enscene.shelf import standard_shelf


async def check_against_scenes(
    pool: store.Pool, host: SceneHost, tenant: int, body: CampaignBody
) -> Vocabulary:
    """Raises: Invalid with `param`."""
    vocabulary = await read_vocabulary(pool, host, tenant)
    if body.currency != vocabulary.currency:
        raise Invalid(
            f"the tenant's currency is {vocabulary.currency}", code="campaign.currency",
            param="currency",
        )  # fmt: skip
    for kind, at in kinds_of(body):
        _check_known(kind, vocabulary.kinds, "campaign.kind", at, "no scene does this")
    products = standard_shelf().products
    for name, offer in body.offers.items():
        if offer.product is not None:
            _check_known(offer.product, products, "campaign.product", f"offers.{name}.product",
                         "there is no such product on the shelf")  # fmt: skip
    for name, moment in body.moments.items():
        check_moment(vocabulary, moment, f"moments.{name}")
    return vocabulary


def check_moment(vocabulary: Vocabulary, moment: Moment, at: str) -> None:
    """That its expressions are some, over what it sees. Raises: Invalid with `param`."""
    name, held = moment.pattern
    if moment.only_if is not None:
        if moment.absent is not None:
            vocabulary.condition_alone(moment.only_if, f"{at}.if")
        else:
            vocabulary.condition(moment.only_if, speaking(moment), f"{at}.if")
    if moment.count is not None and moment.count.only is not None:
        vocabulary.condition(moment.count.only, moment.count.of, f"{at}.count.only")
    if name in ("sum", "crosses"):
        vocabulary.amount(held.field, held.of, f"{at}.{name}.field")


def speaking(moment: Moment) -> tuple[str, ...]:
    """The events at which it may fire; none where it fires because nothing came."""
    name, held = moment.pattern
    if name == "after":
        return tuple(held)
    if name == "sequence":
        return (held.steps[-1],)
    return () if name == "absent" else tuple(held.of)


def _check_known(name: str, known: Iterable[str], code: str, at: str, says: str) -> None:
    names = list(known)
    if name in names:
        return
    near = get_close_matches(name, names, 1)
    hint = f"did you mean {near[0]}?" if near else ""
    raise Invalid(f"{says}: {name}", code=code, param=at, hint=hint, facts={"name": name})
