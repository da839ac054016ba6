"""The grammar of topics: what an act tells of a customer's preferences."""

from __future__ import annotations

from enscene.customers.spectrum import GENERAL
from enscene.kernel.documents.shapes import Choice, Many, Record, Word
from enscene.scenes.language._grammar_words import DURATION, EXPR, INT, NAME, PART, key, must

SIGN = Record(
    "sign",
    (
        must("after", NAME, "the action that tells of it", "由哪个动作体现"),
        must("of", NAME, "the role of which it tells", "体现哪个参与方的偏好"),
        must(
            "strength",
            EXPR,
            "how much it speaks for the topic, a whole number or an expression that gives one, as in "
            '`"input.stars - 3"`; below 0 it speaks against it',
            "对该主题的支持程度：整数或得出整数的表达式；负数表示反对",
        ),
        key("if", EXPR, "only then", "条件"),
        key(
            "each",
            EXPR,
            "a text or list of texts of the event: the topic is kept for each of them apart",
            "按事件中的文字或文字列表分别形成主题",
        ),
        PART,
    ),
)
TOPIC = Record(
    "topic",
    (
        must("from", Many(SIGN), "what tells of it", "依据哪些动作"),
        key(
            "is",
            Choice(tuple(GENERAL)),
            "the general topic that it counts to as well, the same over all scenes",
            "所属的通用主题，各场景共用、可相加",
        ),
        key(
            "half_life",
            DURATION,
            "what is left is halved in it; 30d when absent",
            "半衰期，默认 30d",
        ),
        key(
            "half_at",
            INT,
            "the strength at which a preference is 50; 3 when absent",
            "偏好达到 50 时的强度，默认 3",
        ),
        key(
            "doubt",
            INT,
            "the strength that a single word lacks to be an attitude; 1 when absent",
            "避免一次表态就成为态度的保留值，默认 1",
        ),
        key(
            "called",
            Word("text_key"),
            "`thing.field`: what that text is called, where it is the key of a thing",
            "该文字若是业务对象的标识，用哪个字段作为名称",
        ),
        key(
            "most",
            INT,
            "of `each` so many are kept for one customer, the strongest; 20 when absent",
            "每位客户至多保留多少个，保留最强的，默认 20",
        ),
        PART,
    ),
)
