"""The sorts of value that settings are made of. Whatever is wrong with one is a ValueError: `problem; remedy`."""

from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from sidecar.settings.addresses import database_url, host_name, koha_address, web_address
from sidecar.settings.durations import parse_clock_time, parse_duration
from sidecar.toml.words import has_controls

OFF: Final = "off"
"""What an interval says that is not wanted."""

LONGEST_WAIT: Final = 3600.0
"""Seconds. More is a slip of the finger, and sockets know no time without end."""
MOST_DAYS: Final = 36_500


def _text(value: str) -> str:
    stripped = value.strip()
    if not stripped:
        raise ValueError("is an empty text; write something, or remove it")
    if has_controls(stripped):
        raise ValueError("contains a line end or another control character; write it on one line")
    return stripped


def _path(value: Path) -> Path:
    if value == Path():
        raise ValueError("is an empty path; name a file, or remove it")
    if has_controls(str(value)):
        raise ValueError("contains a line end or another control character; write it on one line")
    return value


def _duration(value: str) -> str:
    parse_duration(value)
    return value


def _interval(value: str) -> str:
    return value if value == OFF else _duration(value)


def _clock_time(value: str) -> str:
    parse_clock_time(value)
    return value


Text = Annotated[str, AfterValidator(_text)]
FilePath = Annotated[Path, AfterValidator(_path)]
Duration = Annotated[Text, AfterValidator(_duration)]
Interval = Annotated[Text, AfterValidator(_interval)]
ClockTime = Annotated[Text, AfterValidator(_clock_time)]
WebAddress = Annotated[Text, AfterValidator(web_address)]
KohaAddress = Annotated[Text, AfterValidator(koha_address)]
DatabaseUrl = Annotated[Text, AfterValidator(database_url)]
Host = Annotated[Text, AfterValidator(host_name)]
Seconds = Annotated[float, Field(gt=0, le=LONGEST_WAIT)]
Days = Annotated[int, Field(ge=1, le=MOST_DAYS)]
