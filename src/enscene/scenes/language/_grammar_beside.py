"""The grammar of what stands beside scene.yaml: cases, people, quality, asking, texts, variants."""

from __future__ import annotations

from enscene.kernel.documents.shapes import (
    Choice,
    Free,
    Many,
    Named,
    Record,
    Word,
)
from enscene.scenes.language._grammar_words import BOOL, INT, NAME, PART, key, must

ID = Word("id")
ANY = Word("any")
RULE_STATES = ("done", "todo", "exempt")
ENDINGS = ("sign", "give_up", "call_in", "leave")

GIVEN_PARTY = Record(
    "given party",
    (
        must("role", NAME, "its role", "角色"),
        key("bound_to", ID, "the party that a device serves", "设备所服务的参与方"),
    ),
    short="role",
)
GIVEN = Record(
    "given",
    (
        must("parties", Named(GIVEN_PARTY, key="id"), "who takes part, by id", "参与者及其角色"),
        key(
            "links",
            Named(Named(ID, key="id")),
            "{link: {from: to}}",
            "关系：{关系名: {起点: 终点}}",
        ),
        key(
            "balances",
            Named(Named(Word("money"), key="id")),
            "{account: {party: amount}}",
            "期初余额",
        ),
        key(
            "known",
            Named(Named(ANY), key="id"),
            "{party: {born: 1990-05-01}}: what the bank knows of a party",
            "银行已知的参与方资料",
        ),
        key(
            "lines",
            Named(Named(Word("money"), key="id")),
            "{product: {party: amount}}: credit lines that they have",
            "已有的信用额度",
        ),
        key("variant", NAME, "the variant", "方案"),
        key("options", Named(ANY), "changed options", "选项取值"),
        key("parts", Named(BOOL), "switched parts", "可选部分开关"),
        must("clock", Word("clock"), "the time at which it begins", "开始的时间"),
    ),
)
AGREED = Record(
    "agreed",
    (
        must("amount", Word("money"), "how much", "金额"),
        key("months", INT, "over how many months", "期限（月）"),
    ),
    short="amount",
)
ACT = Record(
    "act",
    (
        must("do", NAME, "the action", "动作"),
        must("by", ID, "a party's id, `clock` or `trigger`", "由谁执行"),
        key("for", ID, "the party a party timer runs for", "定时任务针对的参与方"),
        key("input", Named(Free()), "its input", "输入"),
        key("clock", Word("clock"), "the clock is moved there first", "先将时钟调到"),
        key("agreed", AGREED, "the loan that was applied for and granted", "已申请并获批的贷款"),
        key("answer", Named(Free()), "what its answer holds", "返回内容"),
        key("refused", Word("text_key"), "or the code it is refused with", "或拒绝代码"),
    ),
)
THEN = Record(
    "then",
    (
        key(
            "balances",
            Named(Named(Word("money"), key="id")),
            "{account: {party: amount}}",
            "期末余额",
        ),
        key("states", Named(Named(NAME, key="id")), "{thing: {key: state}}", "对象状态"),
        key("counters", Named(Named(ANY, key="id")), "{counter: {party: value}}", "计数器"),
        key("cases", INT, "how many cases were opened", "开立的个案数"),
        key("notices", INT, "how many notices were sent", "发出的通知数"),
        key("offers", Named(Many(NAME), key="id"), "{party: [products]}", "获得的推荐"),
        key("contracts", Named(Many(NAME), key="id"), "{party: [products] opened}", "开通的产品"),
    ),
)
CASE = Record(
    "case",
    (
        must("given", GIVEN, "how it begins", "前提"),
        must("when", Many(ACT), "what is done", "动作"),
        key("then", THEN, "what holds afterwards", "结果"),
    ),
)
CASES = Record("cases", (must("cases", Named(CASE), "golden cases", "用例"),))

HABIT = Record(
    "habit",
    (
        key("do", NAME, "the action", "动作"),
        key("apply", NAME, "the product they apply for, instead of `do`", "申请的产品，代替 do"),
        key("for", NAME, "the own thing that an application is about", "申请所依据的业务对象"),
        key(
            "then",
            Choice(ENDINGS),
            "how they go on with an application: sign what was approved (when absent), give it up "
            "after the answer, call in a person, or leave before it",
            "申请之后：通过即签署（缺省）、得到结果后放弃、请客户经理介入、未得结果就离开",
        ),
        must("chance", Word("portion"), "how likely on a day", "每日概率"),
        must("between", Many(Word("time_of_day")), '["11:30", "13:00"]', "时间段"),
        key("times", INT, "at most so often a day; once when absent", "每日至多次数"),
        key("weekdays", Many(INT), "1 Monday to 7 Sunday; all when absent", "星期几"),
        key("on", NAME, "the state of the own thing it is done on", "所作用对象的状态"),
        key(
            "input",
            Named(Free()),
            "how each input is made; of an application its months and the income",
            "输入的生成方式；申请则为期限与收入",
        ),
        PART,
    ),
)
GROUP = Record(
    "group",
    (
        must("role", NAME, "their role", "角色"),
        must("count", INT, "how many", "数量"),
        key("balances", Named(Many(Word("money"))), "{account: [least, most]}", "期初余额范围"),
        key("links", Named(NAME), "{link: group} each is linked into", "关系：{关系名: 人群}"),
        key("bound_to", NAME, "the group whose parties the devices serve", "设备所服务的人群"),
        key("habits", Many(HABIT), "what they do", "习惯"),
        PART,
    ),
)
PEOPLE = Record(
    "people",
    (
        must("groups", Named(GROUP), "who lives in the scene", "人群"),
        key(
            "wrong",
            Named(Word("portion")),
            "portions of bad, duplicate and late requests",
            "异常请求比例",
        ),
    ),
)
GENERATORS: dict[str, tuple[tuple[str, ...], str, str]] = {
    "new": (("text",), "a fresh key with this prefix", "以此为前缀的新标识"),
    "own": (("text", "list"), "key of one of their own things", "自己的业务对象之一"),
    "any": (("text", "list"), "key of any such thing", "任意一个业务对象"),
    "of": (("text",), "{thing, field}: that field of any such thing", "任意对象的某字段"),
    "several": (("list",), "{thing, most}: a few keys of a thing", "若干对象标识"),
    "between": (("money", "int"), "[least, most], evenly", "区间内均匀取值"),
    "pick": (("any",), "one of a list", "从列表中任取"),
    "party": (("party",), "one of a group", "某人群中的一员"),
    "day": (("date",), "days from today: 0 is today, [0, 3] a range", "距今天数"),
    "always": (("any",), "this value", "固定值"),
}

QUALITY_RULE = Record(
    "quality rule",
    (
        must("is", Choice(RULE_STATES), "done, todo or exempt", "状态"),
        key("comment", Word("text"), "why it is not done", "说明"),
    ),
    short="is",
)
QUALITY = Record("quality", (must("rules", Named(QUALITY_RULE), "every rule, once", "逐条规则"),))

ASKED = Record(
    "asked",
    (
        must("zh", Many(Word("text")), "what customers say in Chinese", "客户的中文说法"),
        must("en", Many(Word("text")), "what customers say in English", "客户的英文说法"),
    ),
)
ASKING = Named(ASKED)

VARIANT_OPTION = Record(
    "variant option",
    (
        key("default", ANY, "another default", "默认值"),
        key("min", ANY, "a higher least", "更高的下限"),
        key("max", ANY, "a lower most", "更低的上限"),
        key("choices", Many(Word("text")), "fewer choices", "更少的可选值"),
    ),
    short="default",
)
VARIANT = Record(
    "variant",
    (
        key(
            "options",
            Named(VARIANT_OPTION),
            "options, only within the pack's bounds",
            "选项（只可收窄）",
        ),
        key("parts", Named(BOOL), "parts switched on or off", "可选部分开关"),
        key(
            "products",
            Named(Word("shelf")),
            "another shelf product of the same kind behind a mounted one",
            "挂载的产品改用同类的另一货架产品",
        ),
        key(
            "texts",
            Named(Named(Word("text"), key="text_key")),
            "{zh: {key: text}, en: {key: text}}",
            "文字",
        ),
        key(
            "people",
            Named(Record("variant group", (must("count", INT, "how many", "数量"),))),
            "group sizes",
            "人群规模",
        ),
    ),
)
