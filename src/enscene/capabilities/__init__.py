"""Capabilities: what a small firm has computed from its own data — forecasts, its customers,
the risk of who owes it — each answer metered once."""

from enscene.capabilities.cash_flow import CashFlow, Known, cash_flow
from enscene.capabilities.forecast import Backtest, Forecast, forecast
from enscene.capabilities.repurchase import SEGMENTS, Repurchase, Sale, repurchase
from enscene.capabilities.risk import Assessment, Due, assess
from enscene.capabilities.series import DAYS_MOST, daily, too_little
from enscene.capabilities.serve import METER, Consented, Counter, Read, ServeCapability

__all__ = [
    "DAYS_MOST",
    "METER",
    "SEGMENTS",
    "Assessment",
    "Backtest",
    "CashFlow",
    "Consented",
    "Counter",
    "Due",
    "Forecast",
    "Known",
    "Read",
    "Repurchase",
    "Sale",
    "ServeCapability",
    "assess",
    "cash_flow",
    "daily",
    "forecast",
    "repurchase",
    "too_little",
]
