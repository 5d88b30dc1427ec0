"""The report as one self-contained page: no scripts, nothing loaded from elsewhere."""

from functools import cache
from typing import Final
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from sidecar.language import _, present
from sidecar.report.pages.sections import Page, Report
from sidecar.report.render.charts import drawing
from sidecar.report.render.stylesheet import stylesheet
from sidecar.report.render.terminal import SIGNS
from sidecar.report.words.vocabulary import plain

FIRST_ROWS: Final = 20
MOST_ROWS: Final = 30
"""A longer table shows its first rows only; the others are folded together beneath."""


def report_html(report: Report, patron_page: str | None = None) -> str:
    """The report as HTML text; everything in it is escaped. `patron_page` is the address of a patron's page for staff,
    with `{patron}` for the number."""
    return _rendered("report.html.j2", report=report, page=report.page, keys=report.keys, patron_page=patron_page)


def page_html(page: Page) -> str:
    """A page alone as HTML text; everything in it is escaped."""
    keys = frozenset(section.key for section in page.sections)
    return _rendered("page.html.j2", page=page, keys=keys, patron_page=None)


def _rendered(template: str, **what: object) -> str:
    return (
        _environment()
        .get_template(template)
        .render(
            first_rows=FIRST_ROWS,
            most_rows=MOST_ROWS,
            signs={tone.value: sign.strip() for tone, sign in SIGNS.items()},
            stylesheet=stylesheet(),
            language=present(),
            _=_,
            **what,
        )
    )


def for_patron(address: str, patron: str) -> str:
    """The address of this patron's page."""
    return address.replace("{patron}", quote(patron, safe=""))


def coded(text: str) -> Markup:
    """A sentence in which `commands` are set as code."""
    parts = (Markup.escape(part) for part in plain(text).split("`"))
    return Markup("").join(Markup("<code>{}</code>").format(p) if n % 2 else p for n, p in enumerate(parts))


def templates_of(package: str, *, keep_trailing_newline: bool = False) -> Environment:
    """The templates in a package's folder: what they are given is escaped, and a name that is not given is an error."""
    environment = Environment(
        loader=PackageLoader(package, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=keep_trailing_newline,
    )
    environment.filters["plain"] = plain
    environment.filters["coded"] = coded
    return environment


@cache
def _environment() -> Environment:
    environment = templates_of("sidecar.report.render", keep_trailing_newline=True)
    environment.filters["for_patron"] = for_patron
    environment.filters["drawing"] = drawing
    return environment
