"""Planted names and card numbers, unlike any other text: nobody may find them where people look who need not know."""

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

from adapters.standin.http.server import StandinKoha

NAMES = ("Zqvanja", "Xølbrandt")
COMMENT = "Qvist-Zanzibar"


def card_number(patron: int) -> str:
    """Ten digits, as a Danish civil registration number has."""
    return f"{310199_7000 + patron:010d}"


def planted(patrons: Iterable[int]) -> tuple[str, ...]:
    return (*NAMES, COMMENT, *(card_number(patron) for patron in patrons))


class Canaries(logging.Handler):
    """Hears every log line of this process, and looks at the journal's bytes and at what the stand-in logged."""

    def __init__(self, folder: Path) -> None:
        super().__init__(logging.DEBUG)
        self.folder = folder
        self.heard: list[str] = []
        self.patrons: set[int] = set()
        self.root = logging.getLogger()
        self.level = self.root.level
        self.root.setLevel(logging.DEBUG)
        self.root.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self.hear(record.getMessage())
        if record.exc_info is not None:
            self.hear(repr(record.exc_info[1]))

    def hear(self, text: str) -> None:
        self.heard.append(text)

    def plant(self, koha: StandinKoha, patron: int) -> None:
        """Give a patron a name and a card number that are looked for."""
        record = koha.library.patron(patron)
        record.first_name, record.surname = NAMES
        record.card_number = card_number(patron)
        self.patrons.add(patron)

    def look(self, koha: StandinKoha) -> None:
        log = [f"{entry.method} {entry.path} {entry.status}" for entry in koha.log.entries]
        assert_absent(self.patrons, "\n".join([*self.heard, *log]).encode(), "a log or an error")
        for file in self.folder.iterdir():
            assert_absent(self.patrons, file.read_bytes(), file.name)

    def close(self) -> None:
        self.root.removeHandler(self)
        self.root.setLevel(self.level)
        super().close()


def assert_absent(patrons: Iterable[int], content: bytes, where: str) -> None:
    found = list(_found(patrons, content))
    assert not found, f"{found} in {where}"


def _found(patrons: Iterable[int], content: bytes) -> Iterator[str]:
    for word in planted(patrons):
        if any(word.encode(how) in content for how in ("utf-8", "utf-16-le", "latin-1", "unicode_escape")):
            yield word
