"""The grammar of scene.yaml: what may stand where, explained in English and Chinese."""

from __future__ import annotations

from enscene.blocks import LIBRARY, BlockSpec
from enscene.kernel.documents.chinese import word
from enscene.kernel.documents.shapes import (
    Choice,
    Key,
    Many,
    Named,
    OneOf,
    OrOption,
    Record,
    Word,
)
from enscene.scenes.language._grammar_patterns import PATTERN
from enscene.scenes.language._grammar_topics import TOPIC
from enscene.scenes.language._grammar_words import (
    BOOL,
    DURATION,
    EXPR,
    NAME,
    PART,
    TEXT,
    TYPE,
    key,
    must,
)

PARTY_KINDS = (
    "person",
    "merchant",
    "employer",
    "device",
    "bank",
    "insurer",
    "partner",
    "government",
    "firm",
)
ACCOUNT_KINDS = ("free", "supervised", "closed_loop")
ACCOUNT_ROLES = (
    "stored_value",
    "pool",
    "settlement",
    "income",
    "payable",
    "expense",
    "funding",
    "card",
    "deposit",
    "escrow",
    "lending",
    "receivable",
    "outside",
)
WINDOWS = ("hour", "day", "week", "month", "year", "ever")
OPTION_TYPES = (
    "money",
    "portion",
    "int",
    "bool",
    "text",
    "choice",
    "duration",
    "time_of_day",
)
CHANNELS = ("h5", "push", "sms", "device", "app", "staff")
CLOCK, TRIGGER = "clock", "trigger"

CLASS = Record(
    "class",
    (
        must(
            "serves", Many(Choice(("G", "B", "C"))), "government, business, consumers", "服务对象"
        ),
        must("sector", NAME, "the trade, as in `catering`", "所属行业"),
        must(
            "routes",
            Many(Choice(("embedded", "own_app", "turnkey"))),
            "how it can come to customers",
            "落地路径",
        ),
        key(
            "origin",
            Choice(("own", "partner", "bought")),
            "who has developed it: the bank (as when it is not said), a partner, or it was bought",
            "由谁开发：本行（缺省）、合作方或外购",
        ),
    ),
)
PARTY = Record(
    "party",
    (
        must("is", Choice(PARTY_KINDS), "what kind of party", "参与方的类别"),
        key("consent", Many(NAME), "purposes a person is asked to consent to", "需征得同意的用途"),
        key("bound_to", NAME, "the role a device serves", "设备所服务的参与方"),
        key(
            "one",
            BOOL,
            "there is exactly one in a scene, so it is meant without being named",
            "一个场景中只有一个，无需指明",
        ),
        PART,
    ),
    short="is",
)
LINK = Record(
    "link",
    (
        must("from", NAME, "the role that has the relation", "关系的起点"),
        must(
            "to", NAME, "the role it leads to; at most one for each", "关系的终点，每个起点至多一个"
        ),
        key("as", NAME, "what shows it, as in `staff_card`", "凭证，例如 staff_card"),
        PART,
    ),
)
OPTION = Record(
    "option",
    (
        must("type", Choice(OPTION_TYPES), "its type", "类型"),
        must("default", Word("any"), "its value unless changed", "默认值"),
        key("min", Word("any"), "the least that may be chosen", "下限"),
        key("max", Word("any"), "the most that may be chosen", "上限"),
        key("choices", Many(TEXT), "the values of a choice", "可选值"),
        PART,
    ),
)
PARTS = Record(
    "part",
    (
        must("default", BOOL, "whether it is on unless switched", "默认是否开启"),
        key("needs", Many(NAME), "other parts that must be on too", "依赖的其他部分"),
    ),
    short="default",
)
ACCOUNT = Record(
    "account",
    (
        must("of", NAME, "the role whose parties each have one", "账户属于哪个参与方"),
        must(
            "kind",
            Choice(ACCOUNT_KINDS),
            "`free`, or money under rules: `supervised`, `closed_loop`",
            "资金性质：自由、监管、闭环",
        ),
        must("role", Choice(ACCOUNT_ROLES), "its use", "账户用途"),
        must(
            "floor",
            OrOption(),
            'the lowest balance: "0.00", "-500.00", none, or {option: name}',
            "余额下限：金额、none 或 {option: 选项名}",
        ),
        key(
            "outside",
            BOOL,
            "it stands for the world outside the scene",
            "代表场景以外的资金来源与去向",
        ),
        PART,
    ),
)
COUNTER = Record(
    "counter",
    (
        must("of", NAME, "the role whose parties each have one", "属于哪个参与方"),
        must("sum", Choice(("money", "int")), "what is summed", "累计的内容"),
        must("per", Choice(WINDOWS), "the window in which it is summed", "累计的周期"),
        PART,
    ),
)
FIELD = Record(
    "field",
    (
        must("type", TYPE, "its type", "类型"),
        key(
            "level",
            Choice(("C1", "C2", "C3")),
            "how sensitive, when it may identify a person",
            "敏感级别",
        ),
        key("optional", BOOL, "it may be absent", "可以缺省"),
        key(
            "momentary",
            BOOL,
            "kept while it lasts, in no log and no answer",
            "只保留当前值，不进日志和应答",
        ),
        key("min", Word("any"), "the least (money, int)", "最小值"),
        key("max", Word("any"), "the most (money, int)", "最大值"),
        PART,
    ),
    short="type",
)
STATE = Record(
    "state",
    (key("ends", BOOL, "things in this state are done", "处于该状态即告结束"), PART),
)
THING = Record(
    "thing",
    (
        must("key", NAME, "the text field that names one", "标识字段"),
        must("fields", Named(FIELD), "typed fields", "字段"),
        must("states", Named(STATE), "states it can be in", "状态"),
        key("bind", NAME, "the field by which triggers find it", "触发器查找它所用的字段"),
        PART,
    ),
)
SOURCE = Record(
    "source",
    (
        must("account", NAME, "taken from", "付款账户"),
        key("of", EXPR, "whose account, where it must be said: `input.shop`", "指明账户所有者"),
        key(
            "max", EXPR, "at most this, and as far as the balance goes", "最多取多少（以余额为限）"
        ),
        key("rest", BOOL, "takes what is left", "承担剩余部分"),
        key("if", EXPR, "only then", "条件"),
        PART,
    ),
    short="account",
    short_true=("rest",),
)
TARGET = Record(
    "target",
    (
        must("account", NAME, "put into", "收款账户"),
        key("of", EXPR, "whose account, where it must be said", "指明账户所有者"),
        key("portion", EXPR, 'a share of the whole: an option, or "0.3%"', "占总额的比例"),
        key("amount", EXPR, "a fixed amount", "固定金额"),
        key("rest", BOOL, "takes what is left", "收取剩余部分"),
        PART,
    ),
    short="account",
    short_true=("rest",),
)
FLOW = Record(
    "flow",
    (
        must("send", EXPR, "the whole amount", "总金额"),
        must("from", Many(SOURCE), "sources, in order; one takes the rest", "资金来源，依次使用"),
        must("to", Many(TARGET), "targets; one takes the rest", "资金去向"),
        key(
            "release",
            Named(EXPR),
            "accounts with rules that it lets money out of, and when",
            "放行的受限账户及条件",
        ),
        PART,
    ),
)


def block_shape(spec: BlockSpec) -> Record:
    """The shape of a block's arguments, from its spec."""
    words = {"expr": EXPR, "text": Word("text_key"), "code": NAME}
    keys = tuple(
        Key(
            name,
            words.get(arg.kind, NAME),
            (arg.summary or arg.kind) + (f" ({arg.type})" if arg.type else ""),
            word(arg.summary or arg.kind) + (f"（{arg.type}）" if arg.type else ""),
            required=arg.required,
        )
        for name, arg in spec.args.items()
    )
    return Record(f"block {spec.name}", keys, short=spec.short)


STEP = OneOf(
    "step",
    "block",
    {name: block_shape(spec) for name, spec in LIBRARY.items()},
    (
        key("if", EXPR, "only then", "条件"),
        key("as", NAME, "a name for its output, for later expressions", "输出的名称"),
        PART,
    ),
)
GUARD = Record(
    "guard",
    (
        must("that", EXPR, "what must hold", "必须成立的条件"),
        key("else", NAME, "the refusal's code, a text under `refusals`", "拒绝代码"),
        PART,
    ),
    short="that",
)
READ = Record(
    "read",
    (
        must("thing", NAME, "which kind of thing", "读取的业务对象"),
        must("key", EXPR, "its key", "对象的标识"),
        key("optional", BOOL, "it may not exist; has(alias.field) tells", "可以不存在"),
        PART,
    ),
)
CREATES = Record(
    "creates",
    (
        must("thing", NAME, "what is made", "新建的业务对象"),
        must("state", NAME, "its first state", "初始状态"),
        key("set", Named(EXPR), "fields; others come from inputs of the same name", "字段取值"),
        PART,
    ),
    short=("thing", "state"),
)
ACTION = Record(
    "action",
    (
        must("by", Many(NAME), "roles, `clock` or `trigger`", "由谁执行"),
        key("kind", Choice(("command", "query")), "a query only reads", "query 表示只读"),
        key(
            "level", Choice(("A1", "A2")), "A2 when it shows money or account data", "接口安全级别"
        ),
        key("input", Named(FIELD), "what the caller sends", "输入"),
        key(
            "on",
            Named(Many(NAME), most=1, least=1),
            "{thing: states} it acts on",
            "作用的对象及状态",
        ),
        key("read", Named(READ), "other things it looks at", "参考的其他对象"),
        key("when", Many(GUARD), "what must hold", "前提条件"),
        key("do", Many(STEP), "blocks, in order", "依次执行的积木"),
        key("creates", CREATES, "the thing that it makes, `meal.paid`", "新建的对象及状态"),
        key("to", Named(NAME, most=1, least=1), "{thing: state} afterwards", "之后的状态"),
        key("set", Named(EXPR), "fields of the `on` thing afterwards", "之后的字段取值"),
        key("answer", Named(EXPR), "what is given back besides", "额外返回的内容"),
        PART,
    ),
)
TIMER = Record(
    "timer",
    (
        must("do", NAME, "the action, done by `clock`", "到时执行的动作"),
        key(
            "on",
            Named(Many(NAME), most=1, least=1),
            "{thing: states} it watches",
            "关注的对象及状态",
        ),
        key("for", NAME, "or each party of this role, daily", "或每日为该参与方逐一执行"),
        key("after", OrOption(), "a duration, or {option: name}", "经过多长时间"),
        key("at", OrOption(), 'a time of day "22:30", or {option: name}', "每日时刻"),
        key("working_days", OrOption(), "a number, or {option: name}", "经过几个工作日"),
        key("from", NAME, "the time or date field it counts from", "起算字段"),
        PART,
    ),
)
EACH = Record(
    "each",
    (
        must("thing", NAME, "which things", "哪类对象"),
        must("state", Many(NAME), "in these states", "所处状态"),
        must("bound_to", EXPR, "whose bind field equals this", "绑定字段等于"),
    ),
)
TRIGGER_RULE = Record(
    "trigger",
    (
        must("after", NAME, "the action that sets it off", "由哪个动作触发"),
        key("if", EXPR, "only then, over that action's event", "条件"),
        key("each", EACH, "the things it is done for", "对哪些对象执行"),
        must("do", NAME, "the action, done by `trigger`", "执行的动作"),
        key("input", Named(EXPR), "what that action is sent", "传给动作的输入"),
        PART,
    ),
)
PRODUCT = Record(
    "product",
    (
        must("mount", Word("shelf"), "the product on the bank's shelf", "挂载的货架产品"),
        key("at", NAME, "the moment at which it is offered", "展示的时机"),
        key(
            "keeps_open",
            Many(Word("text_key")),
            "`thing.state`: while what it was opened with is there, it cannot be closed",
            "处于这些状态时合约不可关闭",
        ),
        key(
            "ended_by",
            Many(NAME),
            "actions that end what it was opened with: closing it does the one that fits the state",
            "关闭合约时执行的场景动作，按业务对象的状态取其一",
        ),
        PART,
    ),
    short="mount",
)
MOMENT = Record(
    "moment",
    (
        key("after", NAME, "the action after which it comes", "在哪个动作之后"),
        key("pattern", PATTERN, "or what it waits for in the log", "或在日志中等待的模式"),
        key("if", EXPR, "only then", "条件"),
        must("offer", Many(NAME), "mounted products that may be offered", "可推荐的产品"),
        must("via", Many(Choice(CHANNELS)), "channels", "渠道"),
        key("to", NAME, "the role spoken to, where two persons take part", "面向的参与方"),
        must("at_most", Word("frequency"), "how often for one person", "频次上限"),
        must("reason", Word("text_key"), "why, a text under `reasons`", "理由（文字键）"),
        PART,
    ),
)
METER = Record(
    "meter",
    (
        key("count", NAME, "an action that is counted", "计次的动作"),
        key("sum", Word("text_key"), "`action.field` that is summed", "累计的动作字段"),
        PART,
    ),
)
INDICATOR = Record(
    "indicator",
    (
        key("share_of", NAME, "the share of parties of this role", "占该参与方的比例"),
        key("who", NAME, "who did this action", "执行过该动作"),
        key("count", NAME, "or: how often this action happened", "或该动作的次数"),
        must("within", DURATION, "looking back so far", "回看期"),
        key("target", Word("any"), "what is aimed at", "目标值"),
        PART,
    ),
)
WIDGETS: dict[str, tuple[str | None, str, str]] = {
    "balance": ("account", "the balance of an account", "账户余额"),
    "statement": ("account", "the last entries of an account", "账户明细"),
    "last": ("thing", "the last things of this person", "最近的业务对象"),
    "list": ("thing", "the things there are to choose from", "可选的业务对象"),
    "counter": ("counter", "how much of a limit is used", "额度使用情况"),
    "do": ("action", "a form or button for an action", "操作按钮或表单"),
    "pay_code": ("action", "a code that a device reads for this action", "付款码"),
    "demand": (
        "thing",
        "quantities by day and name, with the next day's forecast",
        "用量与次日预测",
    ),
    "offers": (None, "what is offered now, with the reason", "当前推荐及理由"),
    "contracts": (None, "products opened here, closed with one key", "已开通的产品"),
    "consents": (None, "permissions, each with its switch", "授权开关"),
    "recommend": ("thing", "what this person may like, from their own history", "个性化推荐"),
    "notices": (None, "what this person was told", "通知"),
}
PAGE_ITEM = OneOf(
    "page item",
    "widget",
    {name: NAME if of else Word("any") for name, (of, _, _) in WIDGETS.items()},
    (PART,),
)
PAGE = Record(
    "page",
    (
        key("for", NAME, "the role that sees it; the one person when absent", "面向的参与方"),
        must("items", Many(PAGE_ITEM), "widgets, in order", "组件"),
        PART,
    ),
    short_list="items",
)
SCENE = Record(
    "scene",
    (
        must("id", NAME, "the folder's name, never renamed", "场景模板标识，与文件夹同名"),
        must("version", Word("version"), "its version", "版本"),
        key("currency", Word("currency"), "ISO 4217 code; CNY when absent", "币种，默认 CNY"),
        must("class", CLASS, "what kind of scene", "场景分类"),
        must("parties", Named(PARTY), "roles", "参与方"),
        key("links", Named(LINK), "relations between parties", "参与方之间的关系"),
        key("options", Named(OPTION), "what a tenant may change", "可配置的选项"),
        key("parts", Named(PARTS), "parts that can be switched off", "可选部分"),
        must("accounts", Named(ACCOUNT), "the only accounts it touches", "账户"),
        key("counters", Named(COUNTER), "sums over time", "计数器"),
        must("things", Named(THING), "business objects", "业务对象"),
        must("flows", Named(FLOW), "how money moves", "资金流"),
        must("actions", Named(ACTION), "what may be done", "动作"),
        key("timers", Named(TIMER), "what the clock does", "定时"),
        key("triggers", Named(TRIGGER_RULE), "what one action sets off", "触发"),
        key("products", Named(PRODUCT), "mounted shelf products", "挂载的产品"),
        key("moments", Named(MOMENT), "when the bank may speak", "时机"),
        key("topics", Named(TOPIC), "what acts tell of preferences", "偏好主题"),
        key("meters", Named(METER), "usage that is billed", "计量"),
        key("indicators", Named(INDICATOR), "figures that are managed", "指标"),
        key("pages", Named(PAGE), "pages of the scene", "页面"),
    ),
)
