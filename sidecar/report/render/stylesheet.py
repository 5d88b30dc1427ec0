"""The one stylesheet of all pages: the report, which carries it in itself, and the daemon's page."""

from functools import cache
from importlib.resources import files

from markupsafe import Markup


@cache
def stylesheet() -> Markup:
    """The style for a `<style>` element. It is ours and holds no markup, so it is not escaped."""
    return Markup(files("sidecar.report.render").joinpath("templates", "style.css").read_text(encoding="utf-8"))  # noqa: S704
