"""The catalogues: `sidecar/locale/XX/LC_MESSAGES/cardwarden.po`, read as they are, so that none can be out of date."""

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER: Final = Path(__file__).parents[1] / "locale"
DOMAIN: Final = "cardwarden"


def catalogue_file(language: str) -> Path:
    """Where the catalogue of a language stands."""
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read_catalogue(language: str) -> Catalog:
    """The catalogue of a language, fuzzy sentences and all."""
    with catalogue_file(language).open("rb") as file:
        return read_po(file, locale=language, domain=DOMAIN, abort_invalid=True)


@cache
def translations(language: str) -> NullTranslations:
    """The sentences of a language; English, in which the code is written, has no catalogue."""
    if not catalogue_file(language).is_file():
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, read_catalogue(language))
    compiled.seek(0)
    return GNUTranslations(compiled)
