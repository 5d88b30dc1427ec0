"""The report as one self-contained page: no scripts, nothing loaded from elsewhere."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from sidecar.language import _, present
from sidecar.report.pages.sections import Page
from sidecar.report.render.stylesheet import stylesheet
from sidecar.report.render.terminal import SIGNS
from sidecar.report.words.vocabulary import plain


def report_html(page: Page) -> str:
    """The page as HTML text; everything in it is escaped."""
    return _template().render(
        page=page,
        signs={tone.value: sign.strip() for tone, sign in SIGNS.items()},
        stylesheet=stylesheet(),
        language=present(),
        _=_,
    )


def coded(text: str) -> Markup:
    """A sentence in which `commands` are set as code."""
    parts = (Markup.escape(part) for part in plain(text).split("`"))
    return Markup("").join(Markup("<code>{}</code>").format(p) if n % 2 else p for n, p in enumerate(parts))


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("sidecar.report.render", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["plain"] = plain
    environment.filters["coded"] = coded
    return environment.get_template("report.html.j2")
