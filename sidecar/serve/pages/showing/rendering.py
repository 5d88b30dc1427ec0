"""The page's frame: templates, one stylesheet, and who is looking."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import Environment

from sidecar.language import _, ngettext, present
from sidecar.report.render import stylesheet as shared
from sidecar.report.render.html import templates_of
from sidecar.serve.pages.login.visitors import Visitor


@dataclass(frozen=True, slots=True)
class Frame:
    """Around every page: who looks, whether people can log in here, and what is said of what they just did."""

    visitor: Visitor | None = None
    leads_in: bool = False
    said: str = ""

    @property
    def may_act(self) -> bool:
        """Whether forms that act are shown."""
        return self.visitor is not None and self.visitor.may_act


def render(template: str, frame: Frame, **values: object) -> str:
    """A page as HTML, in the present language; everything in it is escaped."""
    made = _environment().get_template(template)
    return made.render(frame=frame, language=present(), _=_, ngettext=ngettext, **values)


@cache
def stylesheet() -> str:
    """The stylesheet of all pages: that of the report, and what the daemon's page has besides."""
    own = files("sidecar.serve.pages.showing").joinpath("templates", "page.css").read_text(encoding="utf-8")
    return f"{shared.stylesheet()}\n{own}"


@cache
def _environment() -> Environment:
    return templates_of("sidecar.serve.pages.showing")
