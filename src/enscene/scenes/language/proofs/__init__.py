"""What can be proved about a pack before it runs: its money, its states, its reach."""

from enscene.scenes.language.proofs.money import Leak, MoneyGraph, prove_money
from enscene.scenes.language.proofs.states import prove_states

__all__ = ["Leak", "MoneyGraph", "prove_money", "prove_states"]
