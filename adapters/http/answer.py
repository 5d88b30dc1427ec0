"""An answer as it came, and its JSON as typed values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from sidecar.errors import UnexpectedAnswer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with the request's method and path. `headers` ignores case; `body` is decompressed.

    `after_unanswered_write`: an earlier try of this write got no answer, so it may be that one which was done.
    """

    method: str
    path: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    after_unanswered_write: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.path} answered {self.status}"

    def decode(self, shape: type[T]) -> T:
        """The JSON body as this shape; decimals keep every digit. Says where it differs, never what it held."""
        try:
            return msgspec.json.decode(self.body, type=shape)
        except msgspec.ValidationError as error:
            raise UnexpectedAnswer(f"{self} with a shape that this version cannot read: {error}") from None
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise UnexpectedAnswer(f"{self} with a body that is not whole JSON") from None

    def word(self, key: str) -> str | None:
        """A text of the JSON object in the body, such as its `error_code`; None if there is none."""
        try:
            said = msgspec.json.decode(self.body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        word = said.get(key) if isinstance(said, dict) else None
        return word if isinstance(word, str) else None

    @property
    def is_web_page(self) -> bool:
        """Whether this is HTML, by its type or its first character."""
        return "html" in self.headers.get("Content-Type", "").lower() or self.body.lstrip()[:1] == b"<"
