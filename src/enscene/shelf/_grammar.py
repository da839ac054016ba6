"""What stands in the file of a product: one table for the reader and the documents."""

from __future__ import annotations

from enscene.kernel.documents.shapes import Choice, Key, Many, Named, Record, Shape, Word
from enscene.shelf.day_count import DayCount
from enscene.shelf.product import ARTICLES, CHANNELS, EMBEDS, KINDS
from enscene.shelf.repayment_plan import Method

_NAME, _TEXT, _MONEY, _PORTION, _INT = map(Word, ("name", "text", "money", "portion", "int"))


def _must(name: str, shape: Shape, en: str, zh: str) -> Key:
    return Key(name, shape, en, zh, required=True)


def _may(name: str, shape: Shape, en: str, zh: str) -> Key:
    return Key(name, shape, en, zh)


def _range(title: str, word: Word) -> Record:
    return Record(
        title,
        (
            Key("default", word, "what it is unless a scene sets it", "场景未设定时的值", True),
            Key("min", word, "the least without an approval", "无需审批的最低值"),
            Key("max", word, "the most without an approval", "无需审批的最高值"),
        ),
        short="default",
    )


_AMOUNT = Record(
    "amount",
    (
        _must("min", _MONEY, "the least amount", "最低金额"),
        _must("max", _MONEY, "the largest amount", "最高金额"),
    ),
)
_TOLD = Record(
    "texts",
    (
        _must("name", _TEXT, "what customers call it", "客户看到的名称"),
        _must("says", _TEXT, "what it does for them, in one sentence", "一句话说明对客户的用处"),
    ),
)
_TEXTS = Record(
    "texts",
    (_must("zh", _TOLD, "in Chinese", "中文"), _must("en", _TOLD, "in English", "英文")),
)
# What a variant may say otherwise than its base.
_SHARED = (
    _may("sectors", Many(_NAME), "the trades it fits; all when absent", "适用行业；不写为全部"),
    _may("articles", Many(Choice(ARTICLES)), 'which of the "five big articles"', "五篇大文章"),
    _may("documents", Many(_NAME), "what the customer agrees to", "客户签署的文件"),
    _may("pains", Many(_NAME), "which needs it covers", "解决的客户需求"),
    _may(
        "eligible", Many(Word("expr")), "who may have it: every rule holds", "准入条件，须全部满足"
    ),
    _may("amount", _AMOUNT, "its bounds", "金额范围"),
    _may("months", Many(_INT), "the terms there are", "可选期限（月）"),
    _may("price", Named(_range("range", _PORTION)), "rates and fees, as portions", "利率与费率"),
    _may("charges", Named(_range("charge", _MONEY)), "prices in money", "按金额计的价格"),
    _may("grace_days", _INT, "days before a late instalment costs more", "宽限期（天）"),
)
_VARIANT = Record(
    "variant",
    (*_SHARED, _must("texts", _TEXTS, "what customers read", "客户看到的文字")),
)
PRODUCT = Record(
    "product",
    (
        _must("id", _NAME, "the file's name, never renamed", "文件名，不再更改"),
        _must("version", Word("version"), "changes with every change", "每次改动都变"),
        _must("kind", Choice(KINDS), "what kind of product", "产品种类"),
        _must("line", _NAME, "the line of the bank that answers for it", "负责的业务条线"),
        _must("serves", Many(Choice(("G", "B", "C"))), "whom: government, business, consumers",
              "服务对象：G、B、C"),
        _must("channels", Many(Choice(CHANNELS)), "where it can be finished", "可办结的渠道"),
        _must("embed", Many(Choice(EMBEDS)), "how it can stand in a scene", "嵌入场景的形式"),
        *_SHARED,
        _may("repay", Choice(tuple(Method)), "how a loan is paid back", "还款方式"),
        _may("count", Choice(tuple(DayCount)), "how days are counted", "计息基础"),
        _may("risk_level", _INT, "1 (lowest) to 5 of a wealth product", "理财风险等级，1 最低至 5"),
        _must("texts", _TEXTS, "what customers read", "客户看到的文字"),
        _may("variants", Named(_VARIANT), "the same for others, by other parameters",
             "参数不同的变体"),
    ),
)  # fmt: skip
_WORD = Record(
    "word", (_must("zh", _TEXT, "in Chinese", "中文"), _must("en", _TEXT, "in English", "英文"))
)
WORDS = Record(
    "words",
    (
        _must("lines", Named(_WORD), "the bank's lines", "业务条线"),
        _must("pains", Named(_WORD), "needs of customers", "客户需求"),
    ),
)
DOCUMENT = Record(
    "document",
    (
        _must("id", _NAME, "the file's name, never renamed", "文件名，不再更改"),
        _must("title", _WORD, "what it is called", "文件名称"),
        _must("clauses", Many(_WORD), "what it says, in order, with blanks such as {amount}",
              "条款，依次编号，可留 {amount} 等空格"),
    ),
)  # fmt: skip
POLICY = Record(
    "policy",
    (
        _must("annual_cost_most", _PORTION, "the most that a loan may cost a year, all in",
              "贷款综合年化成本上限"),
        _must("review_days", _INT, "after how many days a choice is looked at again",
              "货架选择的复核周期（天）"),
    ),
)  # fmt: skip
BUNDLE = Record(
    "bundle",
    (
        _must("id", _NAME, "the file's name, never renamed", "文件名，不再更改"),
        _must("version", Word("version"), "changes with every change", "每次改动都变"),
        _must("serves", Many(Choice(("G", "B", "C"))), "whom: government, business, consumers",
              "服务对象：G、B、C"),
        _may("sectors", Many(_NAME), "the trades it fits; all when absent", "适用行业；不写为全部"),
        _must("pains", Many(_NAME), "everything that the need consists of", "需求包含的全部痛点"),
        _must("products", Many(_NAME), "what is offered together", "组合的产品"),
        _must("texts", _TEXTS, "what customers read", "客户看到的文字"),
    ),
)  # fmt: skip
