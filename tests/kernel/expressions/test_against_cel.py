"""Our values are CEL's values, errors included."""

from collections import Counter
from random import Random

import pytest

from enscene.kernel.expressions._parser import MAX_DEPTH, MAX_SOURCE
from enscene.kernel.errors import Invalid
from enscene.kernel.expressions import compile_expression
from tests.kernel.expressions.generator import ENV, Writer, values
from tests.kernel.expressions.oracle import FAILED, agree

KINDS = ("bool", "bool", "bool", "int", "int", "money", "text", "date", "time", "duration")
