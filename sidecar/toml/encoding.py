"""Files as text: UTF-8, with a byte order mark or without; what is not is named."""

import codecs
from typing import Final

_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
"""The longer mark first: one begins as the other."""


class NotUtf8(ValueError):
    """The message goes on after the file's name; `line` is the first that is no UTF-8."""

    def __init__(self, problem: str, line: int = 1) -> None:
        super().__init__(problem)
        self.line = line


def text_of(raw: bytes) -> str:
    """The text, without a byte order mark. Raises NotUtf8."""
    for mark, name in _MARKS:
        if raw.startswith(mark):
            raise NotUtf8(f"is {name} text, not UTF-8")
    if b"\0" in raw:  # of UTF-16 without a mark every other byte
        raise NotUtf8("is UTF-16 text or no text at all, not UTF-8")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotUtf8("is not UTF-8 text", error.object[: error.start].count(b"\n") + 1) from None
