"""The answer in sentences, to be read aloud: in the present language, as paragraphs, as plain text, as HTML."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape

from sidecar.core.model import UNKNOWN
from sidecar.desk.answer import Answer
from sidecar.desk.background import history_lines, lifted_lines, money_lines, not_counted_lines, unclear_lines
from sidecar.desk.forms import joined
from sidecar.desk.lines import announced_lines, by_hand_line, by_itself_lines, stays_lines, step_lines, then_line
from sidecar.desk.words import block_line, soon
from sidecar.language import _, dates_in_full, present, since, speaking


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A heading and its lines; `ordered`: to be done in this order. `after` follows the lines."""

    key: str
    title: str
    lines: tuple[str, ...]
    ordered: bool = False
    after: str = ""


@dataclass(frozen=True, slots=True)
class Spoken:
    """An answer in one language: the sentence that says it all, and what stands behind it."""

    language: str
    headline: str
    paragraphs: tuple[Paragraph, ...]

    def as_text(self) -> str:
        """Plain text."""
        lines = [self.headline]
        for paragraph in self.paragraphs:
            lines += ["", f"{paragraph.title}:"]
            lines += [f"{mark} {line}" for mark, line in marked(paragraph)]
            lines += [paragraph.after] if paragraph.after else []
        return "\n".join(lines) + "\n"

    def as_html(self) -> str:
        """A fragment of HTML, with nothing in it but elements and text; `lang` says the language."""
        parts = [f'<div lang="{self.language}">', f"<p><strong>{escape(self.headline)}</strong></p>"]
        for paragraph in self.paragraphs:
            element = "ol" if paragraph.ordered else "ul"
            items = "".join(f"<li>{escape(line)}</li>" for line in paragraph.lines)
            parts += [f"<h3>{escape(paragraph.title)}</h3>", f"<{element}>{items}</{element}>"]
            parts += [f"<p>{escape(paragraph.after)}</p>"] if paragraph.after else []
        return "\n".join([*parts, "</div>"])


def marked(paragraph: Paragraph) -> Iterator[tuple[str, str]]:
    """The lines with their numbers, or with dashes."""
    for number, line in enumerate(paragraph.lines, start=1):
        yield (f"{number}." if paragraph.ordered else "-"), line


def spoken(answer: Answer, language: str | None = None) -> Spoken:
    """The answer in this language, one of `LANGUAGES`, or in the one that is spoken now."""
    with speaking(language or present()):
        return Spoken(present(), _headline(answer), tuple(each for each in _paragraphs(answer) if each.lines))


def lasting(answer: Answer, language: str) -> Spoken:
    """The same, to be kept and read on another day: with the day of every moment."""
    with dates_in_full():
        return spoken(answer, language)


def _headline(answer: Answer) -> str:
    today = answer.as_of.astimezone(answer.zone).date()
    if answer.blocked is UNKNOWN:
        return _("It cannot be said whether the card is blocked.")
    if answer.blocked is False:
        if any(each.brake is None for each in answer.coming):
            return _("The card is not blocked, but is to be blocked {soon}.", soon=soon(answer))
        return _("The card is not blocked.")
    if answer.lifting and not answer.steps and answer.free_then is True:
        return _("The card is still blocked, and is free {soon}.", soon=soon(answer))
    if answer.since is None:
        return _("The card is blocked.")
    return _("The card is blocked {since}.", since=since(answer.since, answer.zone, today))


def _paragraphs(answer: Answer) -> Iterator[Paragraph]:
    yield _paragraph("blocks", _("What blocks it"), (block_line(block, answer) for block in answer.blocks))
    steps = tuple(step_lines(answer))
    after = joined(*filter(None, (then_line(answer), by_hand_line(answer))))
    yield Paragraph("steps", _("What to do"), steps, ordered=True, after=after)
    yield _paragraph("stays", _("What stays"), stays_lines(answer))
    yield _paragraph("by_itself", _("What happens by itself"), by_itself_lines(answer))
    yield _paragraph("announced", _("What is announced"), announced_lines(answer))
    yield _paragraph("lifted", _("What has been lifted"), lifted_lines(answer))
    yield _paragraph("unclear", _("What cannot be said"), unclear_lines(answer))
    yield _paragraph("money", _("What is owed and paid"), money_lines(answer))
    yield _paragraph("not_counted", _("What is not counted"), not_counted_lines(answer))
    yield _paragraph("history", _("What does not block"), history_lines(answer))


def _paragraph(key: str, title: str, lines: Iterable[str]) -> Paragraph:
    return Paragraph(key, title, tuple(lines))
