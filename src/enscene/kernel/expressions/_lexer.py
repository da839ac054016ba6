"""Text to tokens, by the lexical rules of CEL (fewer kinds of literals)."""

from __future__ import annotations

import re
from typing import NamedTuple

from enscene.kernel.expressions._mistakes import Mistake
from enscene.kernel.said import say

INT_MAX = 2**63 - 1
INT_MIN = -(2**63)


class Token(NamedTuple):
    """`kind` is int, text, name, op or end; `value` is the decoded literal or the text."""

    kind: str
    value: str | int
    at: int


_TOKEN = re.compile(
    r"""(?P<skip>(?:[ \t\r\n\f]+|//[^\n]*)+)
    |(?P<triple>[rR]?(?:'''|\"\"\"))
    |(?P<text>[rR]?(?:'(?:[^'\\\r\n]|\\.)*'|"(?:[^"\\\r\n]|\\.)*"))
    |(?P<number>[0-9][0-9A-Za-z_]*(?:\.[0-9][0-9A-Za-z_]*)?)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<op>&&|\|\||==|!=|<=|>=|[-+*/%<>!?:.,()\[\]])
    """,
    re.VERBOSE,
)
_RAW = re.compile(r"""[rR](?:'[^'\r\n]*'|"[^"\r\n]*")""")
_ESCAPE = re.compile(
    r"\\(?:([abfnrtv\\?\"'`])|[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})"
    r"|([0-3][0-7]{2})|(.))",
    re.DOTALL,
)
_SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_LOOKALIKE = {
    "=": say("Write == to compare."),
    "&": say("Write && for and."),
    "|": say("Write || for or."),
    "'": say("The text is not closed on its line."),
    '"': say("The text is not closed on its line."),
}


def tokens_of(source: str) -> list[Token]:
    """All tokens, ending with one of kind "end"."""
    tokens: list[Token] = []
    at = 0
    while at < len(source):
        raw = _RAW.match(source, at)  # first: in a raw text a backslash escapes nothing
        match = _TOKEN.match(source, at)
        if match is None:
            character = source[at]
            hint = _LOOKALIKE.get(character)
            raise Mistake(
                "syntax",
                at,
                say("{character} has no meaning here.", character=repr(character)),
                hint,
            )
        kind = match.lastgroup or ""
        if raw and kind != "triple":
            tokens.append(Token("text", raw[0][2:-1], at))
            at = raw.end()
            continue
        if kind == "triple":
            raise Mistake("syntax", at, say("Texts in three quotes are not used here."))
        if kind == "text":
            tokens.append(Token("text", _unescape(match[0][1:-1], at + 1), at))
        elif kind == "number":
            tokens.append(Token("int", _integer(match[0], at), at))
        elif kind != "skip":
            tokens.append(Token(kind, match[0], at))
        at = match.end()
    tokens.append(Token("end", "", len(source)))
    return tokens


def _integer(text: str, at: int) -> int:
    if re.fullmatch(r"0x[0-9a-fA-F]{1,16}", text):
        value = int(text, 16)
    elif re.fullmatch(r"0|[1-9][0-9]{0,18}", text):
        value = int(text)
    elif re.fullmatch(r"[0-9]+\.[0-9]+", text):
        hint = say("Write money('1.50') or portion('0.3%').")
        raise Mistake("syntax", at, say("{text} is not a whole number.", text=text[:30]), hint)
    elif re.fullmatch(r"[0-9]+", text):
        zeros = say("Write it without leading zeros.") if text[0] == "0" else None
        raise Mistake(
            "syntax", at, say("{value} is not a 64-bit whole number.", value=text[:30]), zeros
        )
    else:
        raise Mistake("syntax", at, say("{text} is not a whole number.", text=text[:30]))
    if value > INT_MAX + 1:  # one more than the largest: the parser takes it after a minus
        raise Mistake("syntax", at, say("{value} is not a 64-bit whole number.", value=text))
    return value


def _unescape(body: str, at: int) -> str:
    if "\\" not in body:
        return body

    def decode(match: re.Match[str]) -> str:
        simple, hexadecimal, short, long, octal, unknown = match.groups()
        if simple:
            return _SIMPLE.get(simple, simple)
        if unknown is not None:
            raise Mistake(
                "syntax",
                at + match.start(),
                say("\\{unknown} is not an escape.", unknown=unknown),
                say("Write \\\\ for \\."),
            )
        code = int(octal, 8) if octal else int(hexadecimal or short or long, 16)
        if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            raise Mistake(
                "syntax", at + match.start(), say("{match} is not a character.", match=match[0])
            )
        return chr(code)

    return _ESCAPE.sub(decode, body)
