"""What patrons read: default texts, placeholders, and what a text may not contain."""

import re
import string
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from babel import Locale, UnknownLocaleError
from babel.numbers import format_currency

from sidecar.core.model import Currency
from sidecar.core.policy import RuleKind, Threshold
from sidecar.policy.file.values import plain_text
from sidecar.policy.language.currencies import plain_amount
from sidecar.policy.language.kinds import KINDS, Measure, Tone
from sidecar.policy.language.schema import MAX_TEXT, SHORT_TEXT
from sidecar.policy.rules.languages import normal_language
from sidecar.toml.mistakes import Notes
from sidecar.toml.positions import KeyPath
from sidecar.toml.words import quoted, type_in_words

_MONEY_TEXTS: Final = {
    "en": "The card is blocked. Please see your payments online, or ask the library staff.",
    "da": "Kortet er spærret. Se dine betalinger på bibliotekets hjemmeside, eller spørg personalet.",
    "de": "Der Ausweis ist gesperrt. Bitte sehen Sie Ihre Zahlungen online ein oder fragen Sie das Personal.",
    "fi": "Kortti on estetty. Katso maksusi kirjaston verkkosivuilta tai kysy henkilökunnalta.",
    "nb": "Kortet er sperret. Se betalingene dine på bibliotekets nettside, eller spør personalet.",
    "sv": "Kortet är spärrat. Se dina betalningar på bibliotekets webbplats eller fråga personalen.",
    "nl": "De pas is geblokkeerd. Bekijk uw betalingen op de website van de bibliotheek of vraag het personeel.",
    "fr": "La carte est bloquée. Consultez vos paiements sur le site de la bibliothèque ou adressez-vous au personnel.",
    "es": "La tarjeta está bloqueada. Consulte sus pagos en la web de la biblioteca o pregunte al personal.",
    "it": "La tessera è bloccata. Controlli i pagamenti sul sito della biblioteca o chieda al personale.",
    "pl": "Karta jest zablokowana. Sprawdź opłaty na stronie biblioteki lub zapytaj personel.",
}
_IDENTITY_TEXTS: Final = {
    "en": "The card is blocked. Please ask the library staff, and bring photo ID.",
    "da": "Kortet er spærret. Henvend dig til personalet med gyldig billedlegitimation.",
    "de": "Der Ausweis ist gesperrt. Bitte wenden Sie sich mit einem Lichtbildausweis an das Personal.",
    "fi": "Kortti on estetty. Ota kuvallinen henkilötodistus mukaan ja kysy henkilökunnalta.",
    "nb": "Kortet er sperret. Henvend deg til personalet med gyldig bildelegitimasjon.",
    "sv": "Kortet är spärrat. Vänd dig till personalen med giltig fotolegitimation.",
    "nl": "De pas is geblokkeerd. Vraag het personeel en neem een geldig identiteitsbewijs met foto mee.",
    "fr": "La carte est bloquée. Adressez-vous au personnel, muni d'une pièce d'identité avec photo.",
    "es": "La tarjeta está bloqueada. Diríjase al personal con un documento de identidad con foto.",
    "it": "La tessera è bloccata. Si rivolga al personale con un documento d'identità con foto.",
    "pl": "Karta jest zablokowana. Zgłoś się do personelu z dokumentem tożsamości ze zdjęciem.",
}
_LOANS_TEXTS: Final = {
    "en": "The card is blocked. Please bring back what is overdue, or ask the library staff.",
    "da": "Kortet er spærret. Aflever det, der skulle have været afleveret, eller spørg personalet.",
    "de": "Der Ausweis ist gesperrt. Bitte geben Sie Überfälliges zurück oder fragen Sie das Personal.",
    "fi": "Kortti on estetty. Palauta myöhässä oleva aineisto tai kysy henkilökunnalta.",
    "nb": "Kortet er sperret. Lever tilbake det som er forfalt, eller spør personalet.",
    "sv": "Kortet är spärrat. Lämna tillbaka det som är försenat eller fråga personalen.",
    "nl": "De pas is geblokkeerd. Breng terug wat te laat is of vraag het personeel.",
    "fr": "La carte est bloquée. Rapportez les documents en retard ou adressez-vous au personnel.",
    "es": "La tarjeta está bloqueada. Devuelva lo que está vencido o pregunte al personal.",
    "it": "La tessera è bloccata. Restituisca quanto è in ritardo o chieda al personale.",
    "pl": "Karta jest zablokowana. Zwróć przetrzymane materiały lub zapytaj personel.",
}
_SHORT_TEXTS: Final = {
    "en": "The card is blocked. Please ask the staff.",
    "da": "Kortet er spærret. Spørg personalet.",
    "de": "Ausweis gesperrt. Bitte fragen Sie das Personal.",
    "fi": "Kortti on estetty. Kysy henkilökunnalta.",
    "nb": "Kortet er sperret. Spør personalet.",
    "sv": "Kortet är spärrat. Fråga personalen.",
    "nl": "De pas is geblokkeerd. Vraag het personeel.",
    "fr": "Carte bloquée. Adressez-vous au personnel.",
    "es": "Tarjeta bloqueada. Pregunte al personal.",
    "it": "Tessera bloccata. Chieda al personale.",
    "pl": "Karta zablokowana. Zapytaj personel.",
}
_TEXTS: Final[Mapping[Tone, Mapping[str, str]]] = {
    Tone.MONEY: _MONEY_TEXTS,
    Tone.IDENTITY: _IDENTITY_TEXTS,
    Tone.PLAIN: _SHORT_TEXTS,
    Tone.LOANS: _LOANS_TEXTS,
}

_FORBIDDEN: Final = {
    "<": "Koha prints it as markup",
    "&": "Koha prints it as markup",
    "|": "self-check machines read it as the end of the text",
}
_FRACTION: Final = re.compile(r"0\.0+")
_CODE_AND_DIGIT: Final = re.compile(r"^([A-Z]{3})(?=\d)")


@dataclass(frozen=True, slots=True)
class Template:
    """A text with its placeholders still in it, and where it stands (None: a default)."""

    text: str
    path: KeyPath | None = None


Templates = Mapping[str, Template]
"""Templates by language."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What texts need to know of the policy. `languages` is empty if they could not be read."""

    policy_name: str
    currency: Currency
    languages: tuple[str, ...]


def default_templates(kind: RuleKind | None, languages: Collection[str]) -> dict[str, Template]:
    """The default texts in these languages, where there are any. All kinds of rule have them in the same ones."""
    return _defaults(_SHORT_TEXTS if kind is None else _TEXTS[KINDS[kind].tone], languages)


def default_short_templates(languages: Collection[str]) -> dict[str, Template]:
    """The default short texts in these languages, where there are any."""
    return _defaults(_SHORT_TEXTS, languages)


def _defaults(texts: Mapping[str, str], languages: Collection[str]) -> dict[str, Template]:
    found = ((language, texts.get(language) or texts.get(language.split("-")[0])) for language in languages)
    return {language: Template(text) for language, text in found if text is not None}


def read_templates(value: object, path: KeyPath, kind: RuleKind | None, wording: Wording, notes: Notes) -> Templates:
    """The texts of a `message` or `short_message`; mistakes are noted."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        language = wording.languages[0] if wording.languages else "en"
        remedy = f"name the language: {path[-1]}.{language} = …"
        notes.mistake(path, f"is {type_in_words(value)}, not a table of texts by language", remedy)
        return {}
    templates: dict[str, Template] = {}
    for key, entry in value.items():
        at, language = (*path, key), normal_language(key)
        if wording.languages and language not in wording.languages:
            remedy = f"add it there, or remove it; known are {', '.join(wording.languages)}"
            notes.mistake(at, f"{quoted(key)} is not among the policy's languages", remedy)
        elif language in templates:
            notes.mistake(at, f"there are two texts in {language}", "keep one of them")
        text = plain_text(entry, at, notes)
        if text is None:
            continue
        _check_characters(text, at, notes)
        if _placeholders_are_right(text, at, kind, notes):
            templates[language] = Template(text, at)
    return templates


def placeholders(kind: RuleKind | None) -> tuple[str, ...]:
    """The placeholders that texts of a kind of rule may have."""
    return ("policy", "threshold") if kind is None or KINDS[kind].measure else ("policy",)


def _placeholders_are_right(text: str, path: KeyPath, kind: RuleKind | None, notes: Notes) -> bool:
    allowed = placeholders(kind)
    shown = " and ".join(f"{{{name}}}" for name in allowed)
    try:
        fields = [(field, spec, how) for _, field, spec, how in string.Formatter().parse(text) if field is not None]
    except ValueError:
        remedy = f"double a brace that is meant as one; placeholders are {shown}"
        notes.mistake(path, "has a single brace", remedy)
        return False
    wrong = [field for field, spec, how in fields if field not in allowed or spec or how]
    for field in wrong:
        if field in allowed:
            problem, remedy = f"placeholder {{{field}}} takes no format", f"write {{{field}}}"
        else:
            problem, remedy = f"unknown placeholder {{{field}}}", f"known are {shown}"
        notes.mistake(path, problem, remedy)
    return not wrong


def fill(
    templates: Templates, kind: RuleKind | None, threshold: Threshold | None, wording: Wording, notes: Notes
) -> dict[str, str]:
    """The texts with their placeholders filled in; those that no patron may see are noted.

    Without a kind of rule the threshold is left out, since it may be a sum or a number.
    """
    filled = {}
    for language, template in templates.items():
        limit = threshold_in_words(threshold, kind, wording.currency, language) if threshold and kind else ""
        text = template.text.format(policy=wording.policy_name, threshold=limit)
        if template.path is not None:
            _check(text, template.path, notes)
        filled[language] = text
    return filled


def check_short(texts: Mapping[str, str], templates: Templates, notes: Notes) -> None:
    """Warn of short texts that are not short."""
    for language, text in texts.items():
        path = templates[language].path
        if path is not None and len(text) > SHORT_TEXT:
            problem = f"has {len(text)} characters; four texts of more than {SHORT_TEXT} may not fit in Koha"
            notes.warn(path, problem, f"write at most {SHORT_TEXT}")


def _check(text: str, path: KeyPath, notes: Notes) -> None:
    if len(text) > MAX_TEXT:
        problem = f"has {len(text)} characters with its placeholders filled in"
        notes.mistake(path, problem, f"write at most {MAX_TEXT}; Koha cuts the rest")
    _check_characters(text, path, notes)


def _check_characters(text: str, path: KeyPath, notes: Notes) -> None:
    for char, why in _FORBIDDEN.items():
        if char in text:
            notes.mistake(path, f'contains "{char}"', f"leave it out: {why}")


def threshold_in_words(threshold: Threshold, kind: RuleKind, currency: Currency, language: str) -> str:
    """The operator's amount with its currency, as the language writes it, or the number of attempts."""
    if KINDS[kind].measure is not Measure.SUM:
        return str(threshold.value)
    try:
        locale = Locale.parse(language, sep="-")
        pattern = _FRACTION.sub("0" + ("." + "0" * currency.decimals).rstrip("."), _currency_pattern(locale))
        amount = currency.major(threshold.value)
        text = format_currency(amount, currency.code, format=pattern, locale=locale, currency_digits=False)
    except (UnknownLocaleError, ValueError):
        return plain_amount(threshold.value, currency)
    visible = text.replace("\xa0", " ").replace("\u202f", " ")
    return _CODE_AND_DIGIT.sub(r"\1 ", visible)


def _currency_pattern(locale: Locale) -> str:
    return str(locale.currency_formats["standard"].pattern)
