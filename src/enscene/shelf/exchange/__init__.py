"""Foreign currency: the bank's rates, and quotes that hold for a short while."""

from enscene.shelf.exchange.quote_exchange import ExchangeQuote, find_quote, quote_exchange
from enscene.shelf.exchange.set_rate import set_rate

__all__ = ["ExchangeQuote", "find_quote", "quote_exchange", "set_rate"]
