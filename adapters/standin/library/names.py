"""Where the invented patrons get their names, libraries and categories."""

from typing import Final


def words(text: str) -> tuple[str, ...]:
    """The words of a text, for lists that would be a page long with one on each line."""
    return tuple(text.split())


FIRST_NAMES: Final = words(
    "Aage Agnes Alma Anders Anna Arne Asger Asta Aksel Bent Birgit Bjørn Bo Camilla Carl Cecilie Christian Clara "
    "Dagny Dorthe Ebbe Edith Ejnar Elin Ellen Emil Erik Esben Esther Eva Finn Freja Frode Grethe Gustav Hanne Helga "
    "Henrik Ida Inger Ivan Jens Jonas Jytte Kaj Karen Kirsten Kåre Lars Lene Liv Mads Maja Marius Mette Niels Nora "
    "Oda Ove Pia Poul Rasmus Rikke Signe Sofie Søren Tage Thora Tove Ulla Viggo Vilhelm Åse Øjvind"
)
SURNAMES: Final = words(
    "Aaby Agerskov Andersen Bach Balle Bang Berg Bering Bertelsen Bjerre Bloch Borg Brandt Bruun Busk Bæk Carstensen "
    "Christensen Dahl Dalgaard Damgaard Eriksen Fisker Frandsen Friis Gade Gram Hald Hansen Hedegaard Holm Høgh "
    "Iversen Jensen Jepsen Juhl Kjær Klausen Knudsen Kragh Krogh Larsen Lauridsen Lund Madsen Mikkelsen Munk Møller "
    "Nielsen Nygaard Nørgaard Olesen Overgaard Pedersen Poulsen Ravn Riis Skov Smed Sørensen Thygesen Toft Udsen "
    "Vestergaard Winther Østergaard Ågård"
)
LIBRARIES: Final = {
    "HB": "Hovedbiblioteket",
    "GELL": "Gellerup",
    "RISSK": "Risskov",
    "TILST": "Tilst",
    "VIBY": "Viby",
    "TRANB": "Tranbjerg",
    "AABY": "Åby",
    "HASLE": "Hasle",
    "HOJBJ": "Højbjerg",
    "LYSTR": "Lystrup",
    "SOLBJ": "Solbjerg",
    "SKODS": "Skødstrup",
}
CATEGORIES: Final = {
    "ADULT": "A",
    "CHILD": "C",
    "YOUNG": "C",
    "STAFF": "S",
    "INST": "I",
    "STAT": "X",
}
"""Category and Koha's category type; X is the statistical patron, on whom in-house use is booked."""
STATISTICAL: Final = "X"
"""Category type of the patron on whom in-house use is booked, who owes nothing and forgets no PIN."""
SYSTEM_RESTRICTION_TYPES: Final = {
    "MANUAL": "Manuel",
    "OVERDUES": "Overskredet",
    "SUSPENSION": "Udelukkelse",
    "DISCHARGE": "Udmeldelse",
}
"""The four that Koha itself brings; MANUAL is the default, to which rows of a deleted type fall."""
DEBIT_TYPES: Final = {
    name: name
    for name in words(
        "ACCOUNT ACCOUNT_RENEW ARTICLE_REQUEST LOST MANUAL NEW_CARD OVERDUE PAYOUT PROCESSING RENT RENT_DAILY "
        "RENT_DAILY_RENEW RENT_RENEW RESERVE RESERVE_EXPIRED VOID"
    )
}
"""`account_debit_types` of a fresh Koha 23.05."""
ITEM_TYPES: Final = {"BOG": "Bog", "FILM": "Film", "MUSIK": "Musik", "SPIL": "Spil"}
PATRON_ATTRIBUTES: Final = {"AFDRAG": "Aftale om afdrag"}
REGISTERED_TYPES: Final = ("CW_DEBT", "CW_REPLACEMENT", "CW_PIN", "CW_LOST_CARD", "CW_COLLECTION", "CW_FEE")
"""What the plugin has registered as Cardwarden's own unless told otherwise."""
TIME_ZONE: Final = "Europe/Copenhagen"
CURRENCY: Final = "DKK"
PREFERENCES: Final = {
    "AllFinesNeedOverride": "1",
    "AllowFineOverride": "0",
    "AnonymousPatron": "0",
    "AutoRemoveOverduesRestrictions": "0",
    "BlockExpiredPatronOpacActions": "1",
    "FailedLoginAttempts": "5",
    "ILS-DI": "0",
    "ILS-DI:AuthorizedIPs": "",
    "NoIssuesChargeGuarantees": "",
    "NoIssuesChargeGuarantorsWithGuarantees": "",
    "OPACFineNoRenewals": "100",
    "OPACFineNoRenewalsBlockAutoRenew": "0",
    "OPACFineNoRenewalsIncludeCredits": "1",
    "OPACLanguages": "da,en",
    "OpacRenewalAllowed": "1",
    "OverduesBlockCirc": "noblock",
    "OverduesBlockRenewing": "allow",
    "PatronRestrictionTypes": "1",
    "RestrictionBlockRenewing": "0",
    "finesMode": "production",
    "language": "da",
    "maxoutstanding": "5",
    "noissuescharge": "5",
}
"""The system preferences that `GET /status` names, mostly as a fresh Koha 23.05 has them."""
PREFERENCES_OF_VERSION_1: Final = frozenset(
    {"AnonymousPatron", "FailedLoginAttempts", "RestrictionBlockRenewing", "finesMode"}
)
