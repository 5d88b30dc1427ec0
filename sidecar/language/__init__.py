"""The languages that staff and patrons read: sentences from gettext catalogues, amounts and dates by Babel.

English is the language of the sentences in the code; what is said is said in the language that `speaking` set.
"""

from sidecar.language.choosing import (
    language_of_environment,
    language_of_request,
    language_to_speak,
    languages_of_ils,
)
from sidecar.language.forms import (
    bare_money,
    calendar_day,
    calendar_moment,
    dates_in_full,
    either,
    listed,
    money,
    round_money,
    share,
    since,
    spoken_when,
    whole,
)
from sidecar.language.speaking import (
    ENGLISH,
    LANGUAGES,
    Language,
    _,
    full_stop,
    gettext_noop,
    ngettext,
    present,
    speaking,
)

__all__ = [
    "ENGLISH",
    "LANGUAGES",
    "Language",
    "_",
    "bare_money",
    "calendar_day",
    "calendar_moment",
    "dates_in_full",
    "either",
    "full_stop",
    "gettext_noop",
    "language_of_environment",
    "language_of_request",
    "language_to_speak",
    "languages_of_ils",
    "listed",
    "money",
    "ngettext",
    "present",
    "round_money",
    "share",
    "since",
    "speaking",
    "spoken_when",
    "whole",
]
