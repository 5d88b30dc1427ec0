"""Charts drawn: as lines of blocks on a terminal, as SVG on a page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, log10
from typing import Final

from sidecar.report.pages.sections import Curve
from sidecar.report.words.vocabulary import plain

BLOCKS: Final = "█░"
"""The sign of each series, told apart without colour."""

WIDTH: Final = 640
HEIGHT: Final = 240
_LEFT: Final = 64
_RIGHT: Final = 616
_TOP: Final = 16
_BOTTOM: Final = 204
_MOST_LABELS: Final = 9
_STEPS: Final = 4


def chart_lines(chart: Curve, width: int) -> Iterator[str]:
    """A legend, and for each value a line per series, none longer than `width`."""
    yield "  ".join(f"{sign} {plain(name)}" for sign, name in zip(BLOCKS, chart.series, strict=False))
    margin = max((len(point.label) for point in chart.points), default=0)
    most = max((number for point in chart.points for number in point.numbers), default=0)
    room = max(width - margin - len(str(most)) - 2, 1)
    for point in chart.points:
        lead = f"{plain(point.label):>{margin}}"
        for sign, number in zip(BLOCKS, point.numbers, strict=False):
            bar = sign * (ceil(number * room / most) if most else 0)
            yield f"{lead} {bar} {number}" if bar else f"{lead} {number}"
            lead = " " * margin


@dataclass(frozen=True, slots=True)
class Dot:
    """One number of a series, where it is drawn."""

    x: float
    y: float
    label: str
    number: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart as places on a ground of WIDTH by HEIGHT: the series' dots, lines across with their numbers, and the
    values that are written below."""

    series: tuple[tuple[str, tuple[Dot, ...]], ...]
    levels: tuple[tuple[float, int], ...]
    below: tuple[tuple[float, str], ...]
    left: int = _LEFT
    right: int = _RIGHT
    bottom: int = _BOTTOM


def drawing(chart: Curve) -> Drawing:
    """Where everything of a chart stands."""
    top = _round_up(max((number for point in chart.points for number in point.numbers), default=0))
    places = [_across(position, len(chart.points)) for position in range(len(chart.points))]
    every = ceil(len(chart.points) / _MOST_LABELS)
    return Drawing(
        series=tuple(
            (
                name,
                tuple(
                    Dot(x, _down(point.numbers[number], top), point.label, point.numbers[number])
                    for x, point in zip(places, chart.points, strict=True)
                ),
            )
            for number, name in enumerate(chart.series)
        ),
        levels=tuple((_down(level, top), level) for level in _levels(top)),
        below=tuple((x, point.label) for x, point in list(zip(places, chart.points, strict=True))[::every]),
    )


def _levels(top: int) -> Sequence[int]:
    return sorted({round(top * step / _STEPS) for step in range(_STEPS + 1)})


def _across(position: int, of: int) -> float:
    return round(_LEFT + (_RIGHT - _LEFT) * (position / (of - 1) if of > 1 else 0.5), 1)


def _down(number: int, top: int) -> float:
    return round(_BOTTOM - (_BOTTOM - _TOP) * number / top, 1)


def _round_up(most: int) -> int:
    """The next number that is easy to read: 4, 8, 20, 40, 80, 200 …"""
    if most <= _STEPS:
        return _STEPS
    unit = int(10 ** int(log10(most)))
    return next(each for each in (unit, 2 * unit, 4 * unit, 8 * unit, 10 * unit) if each >= most)
