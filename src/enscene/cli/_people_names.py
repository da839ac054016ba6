"""Names for the sandbox's people, and what the bank knows of them: made up, always the same for
the same reference."""

from __future__ import annotations

from random import Random

_FAMILY = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰文博雅琪浩宇欣怡子涵思远嘉宁晨曦若彤"
_FIRMS = {
    "sponsor": ("华新科技", "东海制造", "远大集团", "安泰股份"),
    "canteen": ("一号食堂", "二号食堂", "三号食堂", "四号食堂"),
    "restaurant": ("老街面馆", "湘味小厨", "江南饭庄", "渝北火锅", "岭南茶餐厅", "西北牛肉面"),
    "site": ("山海旅行网", "乐途旅游"),
    "shop": ("海边咖啡", "古城小吃", "书香书店", "云岭特产"),
    "insurer": ("安心保险",),
    "feed": ("航班动态服务",),
    "bank": ("入景沙箱银行",),
}


def name_of(ref: str, kind: str, role: str) -> str:
    """The name of a party."""
    number = int(ref.rpartition("-")[2]) if ref.rpartition("-")[2].isdigit() else 1
    if kind == "person":
        rng = Random(ref)
        given = "".join(rng.choice(_GIVEN) for _ in range(rng.choice((1, 2))))
        return rng.choice(_FAMILY) + given
    if kind == "device":
        return f"{number} 号终端"
    names = _FIRMS.get(role)
    if names is None or number > len(names):
        return ref
    return names[number - 1]


def profile_of(ref: str) -> dict[str, str]:
    """When a person was born, and since when they have been a customer. Some are too old or too
    young for what a bank lends."""
    rng = Random(f"profile {ref}")
    born = f"{rng.randint(1950, 2010)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
    since = f"{rng.randint(2012, 2025)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
    return {"born": born, "customer_since": since}
