"""A report as PDF, for those who hand over paper."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import (
    Flowable,
    Image,
    KeepTogether,
    ListFlowable,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from imu_ankle.report.document import Document, Drawing, Heading, Points, TableBlock, Text
from imu_ankle.report.plots.style import font_file

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

    from imu_ankle.report.document import Block

_MARGIN = 15 * mm
_WIDTH, _HEIGHT = A4[0] - 2 * _MARGIN, A4[1] - 2 * _MARGIN
_DPI = 200
_PLAIN, _BOLD = "DejaVuSans", "DejaVuSans-Bold"  # ships with matplotlib; has all signs used here


def to_pdf(document: Document) -> bytes:
    """Return the report as PDF on A4, the same bytes for the same report."""
    _register_fonts()
    out = io.BytesIO()
    pages = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN + 5 * mm,
        title=document.title,
        subject=document.subtitle,
        author="imu_ankle",
        lang="en",
        invariant=1,
    )
    story: list[Flowable] = []
    if document.simulated:
        story.append(Paragraph("SIMULATED", _style(10, bold=True)))
    story += [
        Paragraph(_safe(document.title), _style(17, bold=True)),
        Paragraph(_safe(document.subtitle), _style(10)),
    ]
    for block in document.blocks:
        story += _flowables(block)

    def foot(canvas: Canvas, _: object) -> None:
        canvas.setFont(_PLAIN, 6.5)
        canvas.drawString(_MARGIN, 10 * mm, document.foot)
        canvas.drawRightString(A4[0] - _MARGIN, 10 * mm, f"page {canvas.getPageNumber()}")

    pages.build(_headings_with_what_follows(story), onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


def _safe(text: str) -> str:
    """Return text as a paragraph may hold it; a number isn't parted from its per cent."""
    return escape(text).replace(" %", "\u00a0%")


def _register_fonts() -> None:
    for name in (_PLAIN, _BOLD):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, str(font_file(name))))
    pdfmetrics.registerFontFamily(_PLAIN, normal=_PLAIN, bold=_BOLD)


def _style(
    size: float, *, bold: bool = False, right: bool = False, before: float = 0
) -> ParagraphStyle:
    return ParagraphStyle(
        name=f"{size}{bold}{right}{before}",
        fontName=_BOLD if bold else _PLAIN,
        fontSize=size,
        leading=size * 1.35,
        spaceBefore=before,
        spaceAfter=size * 0.35,
        alignment=TA_RIGHT if right else 0,
    )


def _flowables(block: Block) -> list[Flowable]:
    match block:
        case Heading(text):
            return [Paragraph(_safe(text), _style(12, bold=True, before=10))]
        case Text(text, small):
            return [Paragraph(_safe(text), _style(7.5 if small else 9))]
        case Points(items):
            lines = [Paragraph(_safe(item), _style(9)) for item in items]
            return [
                ListFlowable(lines, bulletType="bullet", start="•", leftIndent=10, bulletFontSize=7)
            ]
        case TableBlock():
            return [_table(block), Spacer(1, 6)]
        case Drawing():
            return [KeepTogether([_image(block), Paragraph(_safe(block.caption), _style(7.5))])]


def _table(grid: TableBlock) -> Table:
    size = 8.0 if len(grid.head) <= 5 else 5.8
    rows = [
        [
            Paragraph(_safe(name), _style(size, bold=True, right=k in grid.right))
            for k, name in enumerate(grid.head)
        ],
        *(
            [
                Paragraph(_safe(cell), _style(size, right=k in grid.right))
                for k, cell in enumerate(row)
            ]
            for row in grid.rows
        ),
    ]
    first = 2.0 if len(grid.head) > 5 else 1.6
    shares = [
        first,
        *(
            0.35 if k in grid.right and len(grid.head) > 5 else 1.0
            for k in range(1, len(grid.head))
        ),
    ]
    widths = [_WIDTH * share / sum(shares) for share in shares]
    made = Table(rows, colWidths=widths, repeatRows=1)
    made.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 4),
                ("TOPPADDING", (0, 0), (-1, -1), 1),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
                ("LINEBELOW", (0, 0), (-1, 0), 0.8, colors.black),
                ("LINEBELOW", (0, 1), (-1, -1), 0.3, colors.HexColor("#c9c9c9")),
            ]
        )
    )
    return made


def _image(drawing: Drawing) -> Image:
    figure = drawing.picture.figure
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=_DPI)
    png.seek(0)
    wide, high = figure.get_size_inches()
    scale = min(_WIDTH / wide, (_HEIGHT - 20 * mm) / high)
    return Image(png, width=wide * scale, height=high * scale)


def _headings_with_what_follows(story: list[Flowable]) -> list[Flowable]:
    """Keep each heading on the page of the block below it."""
    made: list[Flowable] = []
    waiting: list[Flowable] = []
    for flowable in story:
        leads = isinstance(flowable, Paragraph) and (
            flowable.style.fontName == _BOLD or flowable.text.endswith(":")
        )
        waiting.append(flowable)
        if not leads:
            made.append(KeepTogether(waiting) if len(waiting) > 1 else flowable)
            waiting = []
    return made + waiting
