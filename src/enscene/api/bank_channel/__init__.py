"""What the bank's own app asks for its customers: their consents, shown, answered, withdrawn."""

from enscene.api.bank_channel.serve import SCOPE, BankChannel

__all__ = ["SCOPE", "BankChannel"]
