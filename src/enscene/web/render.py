"""Templates: escaped by default, strict about names, with the few filters that pages need."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from enscene.engagement.applications.application import PREFIX
from enscene.kernel.ids import public_id
from enscene.kernel.money import format_money
from enscene.scenes.language.report import told, told_in_full


def make_environment() -> Environment:
    """The environment of all pages."""
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
    environment.filters["number"] = number
    environment.filters["took"] = took
    environment.filters["clock"] = partial(_local, form="%H:%M:%S")
    environment.filters["moment"] = partial(_local, form="%Y-%m-%d %H:%M")
    return environment


def money(minor: int, currency: str = "CNY") -> str:
    """An amount as people read it: `12,345.60`."""
    text = format_money(abs(minor), currency)
    whole, dot, fraction = text.partition(".")
    sign = "−" if minor < 0 else ""
    return f"{sign}{int(whole):,}{dot}{fraction}"


def number(value: int) -> str:
    """A count with separators."""
    return f"{value:,}"


def took(span: timedelta) -> str:
    """A span as a clock shows it: `03:25`, `1:02:03`."""
    seconds = int(span.total_seconds())
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes:02d}:{seconds:02d}"


def _local(moment: datetime, zone: str = "Asia/Shanghai", *, form: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).strftime(form)
