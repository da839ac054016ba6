"""What the YAML parser says of a file that is not YAML, in both languages, with a way out."""

from __future__ import annotations

from enscene.kernel.said import Both, Said, say

_INDENT = say("lines of one level begin in the same column, with blanks and no tabs")
_COLON = say(
    'put a text with `: `, `#` or a first `{{`, `[`, `*`, `&`, `!`, `%`, `@` in quotes: "..."'
)
_BRACKET = say("close what `{{` or `[` has opened, and put commas between its items")
_KEY = say("write `key: value`, with a blank after the colon")
_QUOTE = say(
    "close the text with the same quote that opened it; in double quotes write `\\\\` for a backslash"
)
_ANY = say("look at this line and the one before it: indent, quotes, brackets, `: `")

_PROBLEMS: tuple[tuple[str, str, Said], ...] = (
    ("mapping values are not allowed", "这里不能再出现“键: 值”", _COLON),
    ("did not find expected ',' or", "缺少逗号或右括号", _BRACKET),
    ("expected ',' or", "缺少逗号或右括号", _BRACKET),
    ("did not find expected key", "这里应为一个键", _INDENT),
    ("did not find expected '-' indicator", "这里应为以“-”开头的一项", _INDENT),
    ("expected <block end>", "缩进与上文不一致", _INDENT),
    ("could not find expected ':'", "缺少冒号", _KEY),
    ("found character that cannot start any token", "该字符不能作为开头", _COLON),
    ("found character '\\t' that cannot start any token", "缩进用了制表符", _INDENT),
    ("found character '", "该字符不能作为开头", _COLON),
    ("found a tab character", "缩进用了制表符", _INDENT),
    ("found unexpected end of stream", "引号没有闭合", _QUOTE),
    ("found unknown escape character", "引号中有无法识别的转义", _QUOTE),
    ("did not find expected hexdecimal number", "引号中的转义不完整", _QUOTE),
    ("did not find expected alphabetic or numeric character", "`*` 或 `&` 之后缺少名称", _COLON),
    ("did not find URI escaped octet", "标记中有无法识别的字符", _COLON),
    ("block sequence entries are not allowed", "这里不能出现以“-”开头的一项", _INDENT),
    ("block collections are not allowed", "这里不能换行另起一层", _INDENT),
    ("did not find expected node content", "这里应有内容", _BRACKET),
    ("did not find expected <document start>", "文件内容在此之后已结束", _INDENT),
    ("control characters are not allowed", "文件中有控制字符", _ANY),
    ("special characters are not allowed", "文件中有不允许的字符", _ANY),
    ("unacceptable character", "文件中有不允许的字符", _ANY),
    ("found undefined tag handle", "未定义的标记", say("leave the ! out")),
)


def explain(problem: str) -> tuple[Both, Said]:
    """The problem in both languages, and what to do."""
    for start, zh, hint in _PROBLEMS:
        if problem.startswith(start):
            return Both(problem, zh), hint
    return Both(problem, f"无法读取（{problem}）"), _ANY
