"""An invoice as a PDF, in Chinese or English."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import FontFace

from enscene.billing.billing import Invoice
from enscene.billing.rate import Line
from enscene.kernel.money import format_money
from enscene.tenants import Tenant

FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
)
"""Where distributions put free fonts with Chinese; ENSCENE_PDF_FONT names another one."""
SIMPLIFIED = 2
"""The place of the simplified Chinese face in Noto's collections."""

TEXTS = {
    "zh": {
        "title": "账单", "tenant": "租户", "issuer": "出账方", "payer": "付费方", "month": "账期", "issued": "出账时间", "state": "状态",
        "line": "项目", "days": "日期", "quantity": "用量", "amount": "金额", "total": "合计",
        "credit": "预付款抵扣", "kept": "转为预付款", "due": "应付", "states": {"issued": "待支付", "paid": "已支付"},
        "kinds": {"subscription": "订阅费", "traffic": "流量", "data": "数据", "coupon": "优惠券",
                  "minimum": "最低消费补足"},
        "adjusts": "调整", "given_back": "退回", "note": "已结账的月份不再改动；迟到的用量在此列为调整项。",
    },
    "en": {
        "title": "Invoice", "tenant": "Tenant", "issuer": "Issued by",
        "payer": "Billed to", "month": "Month", "issued": "Issued",
        "state": "State", "line": "Item", "days": "Days", "quantity": "Quantity",
        "amount": "Amount", "total": "Total", "credit": "Paid from credits", "kept": "Kept as credits", "due": "Due",
        "states": {"issued": "to be paid", "paid": "paid"},
        "kinds": {"subscription": "Subscription", "traffic": "Traffic", "data": "Data",
                  "coupon": "Coupon", "minimum": "Minimum"},
        "adjusts": "adjustment",
        "given_back": "given back",
        "note": "A closed month is never changed; usage that came late is an adjustment here.",
    },
}  # fmt: skip


@cache
def chinese_font() -> Path | None:
    """A font of this machine that has Chinese, if there is one."""
    own = os.environ.get("ENSCENE_PDF_FONT")
    return next((Path(each) for each in (own, *FONTS) if each and Path(each).is_file()), None)


def invoice_pdf(
    tenant: Tenant,
    invoice: Invoice,
    lines: Sequence[tuple[int, Line]],
    language: Literal["zh", "en"] | str = "zh",
    written: Callable[[str, int], str] | None = None,
    payer: str = "",
) -> bytes:
    """The document; `written` writes a meter's quantity where it is more than a count, `payer` is
    what the application that pays is called. Where the machine has no font with Chinese it is in
    English, and what cannot be written in Latin letters stands as `?`: a bill that cannot be read
    at all helps nobody."""
    font = chinese_font()
    texts: dict[str, Any] = TEXTS["zh" if language == "zh" and font is not None else "en"]
    paper = Paper(font)
    paper.set_title(f"{texts['title']} {invoice.id}")
    paper.set_creation_date(invoice.issued_at)
    paper.add_page()
    paper.write_line(f"{texts['title']} {invoice.id}", 20)
    whose = [("tenant", f"{tenant.name} ({tenant.ref})")]
    if invoice.payer:
        called = f"{payer} ({invoice.payer})" if payer else invoice.payer
        whose = [("issuer", whose[0][1]), ("payer", called)]
    for name, value in (
        *whose,
        ("month", invoice.id),
        ("issued", f"{invoice.issued_at:%Y-%m-%d %H:%M} UTC"),
        ("state", texts["states"][invoice.state]),
    ):
        paper.write_line(f"{texts[name]}: {value}", 10)
    paper.ln(4)
    paper.write_table(texts, invoice, lines, written or _counted)
    paper.ln(4)
    kept = invoice.total < 0
    for name, minor in (
        ("total", invoice.total),
        ("kept", -invoice.credit) if kept else ("credit", invoice.credit),
        ("due", invoice.due),
    ):
        paper.write_line(f"{texts[name]}: {invoice.currency} {_money(minor, invoice)}", 12)
    paper.ln(4)
    paper.write_line(texts["note"], 9)
    return bytes(paper.output())


class Paper(FPDF):
    """A sheet on which bills and statements are written, in whichever letters the font has."""

    def __init__(self, font: Path | None) -> None:
        super().__init__(format="A4")
        self._latin = font is None
        self._face = "helvetica"
        if font is not None:
            place = SIMPLIFIED if "NotoSansCJK" in font.name else 0
            self.add_font("chinese", fname=font, collection_font_number=place)
            self._face = "chinese"
        self.set_font(self._face, size=10)

    def said(self, text: str) -> str:
        return text.encode("latin-1", "replace").decode("latin-1") if self._latin else text

    def write_line(self, text: str, size: int) -> None:
        self.set_font(self._face, size=size)
        self.multi_cell(0, size * 0.6, self.said(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def write_rows(
        self, head: Sequence[str], rows: Sequence[Sequence[str]], widths: tuple[int, ...]
    ) -> None:
        """A table whose last two columns are sums."""
        self.set_font(self._face, size=9)
        heading = FontFace(emphasis="", fill_color=(235, 240, 245))
        aligned = (*("LEFT",) * (len(head) - 2), "RIGHT", "RIGHT")
        with self.table(col_widths=widths, text_align=aligned, headings_style=heading) as table:
            for cells in (head, *rows):
                table.row([self.said(cell) for cell in cells])

    def write_table(
        self,
        texts: dict[str, Any],
        invoice: Invoice,
        lines: Sequence[tuple[int, Line]],
        written: Callable[[str, int], str],
    ) -> None:
        self.set_font(self._face, size=9)
        heading = FontFace(emphasis="", fill_color=(235, 240, 245))
        aligned = ("RIGHT", "LEFT", "LEFT", "RIGHT", "RIGHT")
        with self.table(
            col_widths=(8, 70, 42, 35, 35), text_align=aligned, headings_style=heading
        ) as table:
            table.row(["#", *(self.said(texts[n]) for n in ("line", "days", "quantity", "amount"))])
            for n, line in lines:
                table.row([self.said(cell) for cell in _cells(texts, invoice, n, line, written)])


def _money(minor: int, invoice: Invoice) -> str:
    return format_money(minor, invoice.currency)


def _counted(meter: str, quantity: int) -> str:
    return f"{quantity:,}"


def _cells(
    texts: dict[str, Any], invoice: Invoice, n: int, line: Line, written: Callable[[str, int], str]
) -> list[str]:
    kind = texts["kinds"].get(line.kind, line.kind)
    name = kind if line.name == line.kind else f"{kind} · {line.title or line.name}"
    for mark, holds in (("given_back", line.gives_back), ("adjusts", line.adjusts)):
        if holds:
            name = f"{name} ({texts[mark]})"
    return [
        str(n), name, f"{line.first:%Y-%m-%d} – {line.last:%Y-%m-%d}",
        written(line.meter, line.quantity) if line.meter else "", _money(line.amount, invoice),
    ]  # fmt: skip
