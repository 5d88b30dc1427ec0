"""Addresses of Koha's staff interface, for people to follow; nothing here is ever asked for by Cardwarden."""


def patron_page(staff_url: str) -> str:
    """The address of a patron's page, with `{patron}` where the borrowernumber goes."""
    return f"{staff_url.rstrip('/')}/cgi-bin/koha/members/moremember.pl?borrowernumber={{patron}}"
