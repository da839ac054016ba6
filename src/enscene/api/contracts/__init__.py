"""Contracts over HTTP: everything that a customer holds, of every scene, and what may be done."""

from enscene.api.contracts.serve import ContractsDoor

__all__ = ["ContractsDoor"]
