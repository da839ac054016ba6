"""Money under rules only leaves through a release: the proof against small worlds."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from enscene.scenes.language import load_pack_files
from enscene.scenes.language.model import Account, Expression, Flow, Position, Source, Target
from enscene.scenes.language.proofs import prove_money
from enscene.scenes.language.scaffold import new_pack

AT = Position("scene.yaml", 1, 1)
TRUE = Expression("true", AT, "bool")


def account(name: str, kind: str) -> Account:
    return Account(name, "bank", kind, "pool", 0, AT)  # type: ignore[arg-type]


def flow(name: str, source: str, target: str, *released: str) -> Flow:
    return Flow(
        name,
        TRUE,
        (Source(source, AT, rest=True),),
        (Target(target, AT, rest=True),),
        dict.fromkeys(released, TRUE),
        AT,
    )


def prove(kinds: Mapping[str, str], *flows: Flow) -> list[str]:
    accounts = {name: account(name, kind) for name, kind in kinds.items()}
    graph = prove_money(accounts, {item.name: item for item in flows}, ())
    return [str(leak.told()) for leak in graph.leaks]


def test_a_leak_over_two_flows_is_told_with_its_path() -> None:
    kinds = {"subsidy": "closed_loop", "pot": "closed_loop", "takings": "free"}
    leaks = prove(kinds, flow("a", "subsidy", "pot"), flow("b", "pot", "takings"))
    assert leaks == ["subsidy → pot → takings by a, b", "pot → takings by b"]


def test_a_release_closes_the_way() -> None:
    kinds = {"subsidy": "closed_loop", "pot": "supervised", "takings": "free"}
    assert prove(kinds, flow("a", "subsidy", "pot"), flow("b", "pot", "takings", "pot")) == []


def test_money_may_go_round_in_a_closed_loop() -> None:
    kinds = {"a": "closed_loop", "b": "closed_loop"}
    assert prove(kinds, flow("there", "a", "b"), flow("back", "b", "a")) == []


def test_reversing_what_filled_a_closed_account_needs_a_release() -> None:
    scene = new_pack("corner_shop")["scene.yaml"]
    scene = scene.replace(
        "wallet: {of: customer, kind: free", "wallet: {of: customer, kind: supervised"
    )
    scene = scene.replace(
        "    from: wallet\n",
        "    from: wallet\n    release: {wallet: \"input.price > money('0.00')\"}\n",
    )
    good = load_pack_files({**new_pack("corner_shop"), "scene.yaml": scene})
    assert good.mistakes == ()
    scene = scene.replace(
        "do: [{reverse: {flow: pay, counter: spent}}]",
        "do: [{reverse: {flow: pay, counter: spent}}, {reverse: top_up}]",
    )
    bad = load_pack_files({**new_pack("corner_shop"), "scene.yaml": scene})
    assert [item.message for item in bad.mistakes] == [
        "supervised money leaks: wallet → world by reverse of top_up"
    ]


names = st.sampled_from("abcde")
worlds = st.tuples(
    st.dictionaries(names, st.sampled_from(["free", "closed_loop", "supervised"]), min_size=2),
    st.lists(st.tuples(names, names, st.booleans()), max_size=8),
)


@given(worlds)
def test_the_proof_agrees_with_trying_every_way(
    world: tuple[dict[str, str], list[tuple[str, str, bool]]],
) -> None:
    kinds, moves = world
    moves = [move for move in moves if move[0] in kinds and move[1] in kinds]
    flows = [
        flow(f"f{place}", source, target, *([source] if released else []))
        for place, (source, target, released) in enumerate(moves)
    ]
    leaking = {text.split(" → ")[0] for text in prove(kinds, *flows)}

    def escapes(place: str, seen: frozenset[str]) -> bool:
        return any(
            kinds[target] == "free" or (target not in seen and escapes(target, seen | {target}))
            for source, target, released in moves
            if source == place and not released
        )

    assert leaking == {
        name for name, kind in kinds.items() if kind != "free" and escapes(name, frozenset({name}))
    }
