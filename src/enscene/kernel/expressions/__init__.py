"""Expressions of packs: a typed subset of CEL, compiled to Python code objects.

`compile_expression("input.price > money('0.00')", Environment({"input": RECORD(...)}))`
"""

from enscene.kernel.expressions._compile import Expression, compile_expression
from enscene.kernel.expressions._environment import Completion, Environment
from enscene.kernel.expressions._runtime import ExpressionError
from enscene.kernel.expressions._types import (
    BOOL,
    DATE,
    DURATION,
    ENUM,
    INT,
    LIST,
    MONEY,
    OPTIONAL,
    PARTY,
    PORTION,
    RECORD,
    TEXT,
    TIME,
    Type,
)

__all__ = [
    "BOOL",
    "DATE",
    "DURATION",
    "ENUM",
    "INT",
    "LIST",
    "MONEY",
    "OPTIONAL",
    "PARTY",
    "PORTION",
    "RECORD",
    "TEXT",
    "TIME",
    "Completion",
    "Environment",
    "Expression",
    "ExpressionError",
    "Type",
    "compile_expression",
]
