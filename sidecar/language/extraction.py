"""The sentences of the code, taken out of it by Babel, and the catalogues brought up to date with them.

`make catalogues` runs this. A catalogue has no dates and no numbers of lines in it, so it changes only with a sentence.
"""

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

from sidecar.language.catalogues import DOMAIN, catalogue_file, read_catalogue
from sidecar.language.speaking import ENGLISH, LANGUAGES

SOURCE: Final = Path(__file__).parents[1]
TRANSLATED: Final = tuple(language for language in LANGUAGES if language != ENGLISH)
"""English stands in the code itself."""

_METHODS: Final = [("**.py", "python"), ("**/templates/**.j2", "jinja2")]
_OPTIONS: Final[Mapping[str, dict[str, str]]] = {"**/templates/**.j2": {"trim_blocks": "true", "silent": "false"}}
_KEYWORDS: Final = {"_": None, "gettext_noop": None, "ngettext": (1, 2)}
_HEADER: Final = """\
# {name} for Cardwarden. `make catalogues` adds the sentences that are new and drops those that are gone.
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals}\\n"

"""


def extracted() -> Catalog:
    """Every sentence that the code and the templates say, without a translation."""
    found = Catalog(domain=DOMAIN)
    said = extract_from_dir(SOURCE, _METHODS, _OPTIONS, _KEYWORDS)
    for file, line, message, comments, context in said:
        found.add(message, None, [(f"{SOURCE.name}/{file}", line)], auto_comments=comments, context=context)
    return found


def brought_up_to_date(language: str) -> Catalog:
    """The catalogue of a language with exactly the sentences of the code; new ones have no translation yet."""
    there = catalogue_file(language).is_file()
    catalogue = read_catalogue(language) if there else Catalog(locale=language, domain=DOMAIN)
    catalogue.update(extracted(), no_fuzzy_matching=True)
    return catalogue


def as_text(catalogue: Catalog) -> str:
    """A catalogue as its file holds it: sorted, with the files that say a sentence."""
    sink = BytesIO()
    write_po(sink, catalogue, 120, omit_header=True, sort_output=True, ignore_obsolete=True, include_lineno=False)
    locale = catalogue.locale
    header = _HEADER.format(
        name=locale.english_name if locale else "", language=catalogue.locale_identifier, plurals=catalogue.plural_forms
    )
    return header + sink.getvalue().decode("utf-8").strip() + "\n"


def main() -> None:
    """Write every catalogue anew."""
    for language in TRANSLATED:
        file = catalogue_file(language)
        text = as_text(brought_up_to_date(language))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
