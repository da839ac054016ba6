"""Templates: escaped by default, strict about names, with the few filters that pages need."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from enscene.customers.authorizations.mask import mask_value
from enscene.engagement.applications.application import PREFIX
from enscene.kernel.ids import public_id
from enscene.kernel.money import format_money
from enscene.partners.partner import PREFIX as PARTNER
from enscene.scenes.language.report import told, told_in_full
from enscene.web.language import Texts

_WRITTEN = re.compile(r"-?[0-9]{1,15}\.[0-9]{2}")
"""A sum as programs and files write it."""
_HAN = re.compile(r"[\u4e00-\u9fff]")


@cache
def make_environment() -> Environment:
    """The environment of all pages, which every console shares: a template is compiled once."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["told"] = told
    environment.globals["told_in_full"] = told_in_full
    environment.filters["application_ref"] = partial(public_id, PREFIX)
    environment.filters["money"] = money
    environment.filters["written_sum"] = written_sum
    environment.filters["by"] = by
    environment.filters["days"] = days
    environment.filters["called"] = called
    environment.filters["number"] = number
    environment.filters["took"] = took
    environment.filters["is_moved"] = is_moved
    environment.filters["clock"] = partial(local_moment, form="%H:%M:%S")
    environment.filters["masked"] = mask_value
    environment.filters["moment"] = partial(local_moment, form="%Y-%m-%d %H:%M")
    return environment


def money(minor: int, currency: str = "CNY") -> str:
    """An amount as people read it, in both languages: `¥12,345.60`, `−USD 3.00`. What stands in a
    field of a form is `format_money`'s, without sign and separators."""
    return _read(format_money(abs(minor), currency), currency, "−" if minor < 0 else "")


def written_sum(text: str, currency: str = "CNY") -> str:
    """The same for a sum that is written out already, `1200.00`; any other text stays as it is."""
    if not _WRITTEN.fullmatch(text):
        return text
    return _read(text.removeprefix("-"), currency, "−" if text.startswith("-") else "")


def _read(text: str, currency: str, sign: str) -> str:
    whole, dot, fraction = text.partition(".")
    coin = "¥" if currency == "CNY" else f"{currency} "
    return f"{sign}{coin}{int(whole):,}{dot}{fraction}"


def called(name: str, language: str) -> str:
    """A name that is kept in both languages, `阳光食堂 · Sunshine Canteen`, in one of them; a name
    that has only one stays as it is."""
    zh, dot, en = name.rpartition(" · ")
    if not dot or not _HAN.search(zh) or _HAN.search(en):
        return name
    return en if language == "en" else zh


def by(who: str, t: Texts) -> str:
    """Who did it, as people read it: a partner that did it itself has no login but a number."""
    return t("partners.itself") if who.startswith(f"{PARTNER}_") else who


def days(count: float, t: Texts) -> str:
    """A span in days with one decimal, as people say it: what rounds to nothing is a few hours."""
    if count < 0.05:
        return t("partners.few_hours")
    return t("partners.one_day") if count == 1 else t("partners.days", days=count)


def number(value: int) -> str:
    """A count with separators."""
    return f"{value:,}"


def took(span: timedelta) -> str:
    """A span as a clock shows it: `03:25`, `1:02:03`."""
    seconds = int(span.total_seconds())
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes:02d}:{seconds:02d}"


def is_moved(now: datetime) -> bool:
    """Whether a bank's clock shows another day than the real one."""
    return abs(now - datetime.now(UTC)) > timedelta(hours=12)


def local_moment(
    moment: datetime, zone: str = "Asia/Shanghai", *, form: str = "%Y-%m-%d %H:%M"
) -> str:
    """A moment as a clock in that zone shows it."""
    return moment.astimezone(ZoneInfo(zone)).strftime(form)
