"""What claims need of Koha, over HTTP: addresses for a file that leaves, and notices with what became of them."""

from collections.abc import Iterator
from datetime import date

import pytest

from adapters.http import HttpApi, HttpOptions
from adapters.koha.source import KohaConnection, connect
from adapters.standin.http.server import StandinKoha
from adapters.standin.library.library import Library, build_library
from sidecar.core.model import NoticeStatus
from sidecar.core.notices import NoticeOrder, key_of
from sidecar.errors import NoticesRefused, PluginVersionMismatch


@pytest.fixture
def library() -> Library:
    return build_library(120)


@pytest.fixture
def connection(library: Library) -> Iterator[KohaConnection]:
    with StandinKoha(library) as koha:
        made = connect(HttpApi(koha.url, koha.client_id, koha.client_secret, HttpOptions(allow_plain_http=True)))
        yield made
        made.close()


@pytest.fixture
def patron(library: Library) -> str:
    return str(library.subjects["owes_much"])


def test_addresses_are_told_when_they_are_asked_for_and_shown_by_no_repr(
    connection: KohaConnection, library: Library, patron: str
) -> None:
    assert connection.contacts is not None
    found = connection.contacts.contacts([patron, "999999"])
    assert list(found) == [patron]
    contact, known = found[patron], library.patrons[int(patron)]
    assert (contact.surname, contact.firstname, contact.zipcode) == (known.surname, known.first_name, "8000")
    assert (contact.library, contact.category_type) == (known.library_id, "A")
    assert isinstance(contact.birth, date)
    assert known.surname not in repr(contact)


def test_a_plugin_that_tells_none_is_named_and_claims_wait(library: Library, patron: str) -> None:
    with StandinKoha(library, contract=2) as koha:
        made = connect(HttpApi(koha.url, koha.client_id, koha.client_secret, HttpOptions(allow_plain_http=True)))
        assert made.contacts is not None
        with pytest.raises(PluginVersionMismatch, match="tells no addresses"):
            made.contacts.contacts([patron])
        assert made.source.read([patron]).facts[0].sends_notices is False
        made.close()


def test_a_notice_is_queued_once_and_its_being_sent_or_failed_is_told(
    connection: KohaConnection, library: Library, patron: str
) -> None:
    target = connection.target("journal-1")
    told = connection.source.read([patron]).as_of
    order = NoticeOrder(patron, key_of("collection", told))
    target.notify([order])
    target.notify([order])
    assert len(library.notices) == 1
    (facts,) = connection.source.read([patron]).facts
    assert (facts.sends_notices, facts.notices["collection"].status) == (True, NoticeStatus.PENDING)
    library.advance(61)
    (facts,) = connection.source.read([patron]).facts
    notice = facts.notices["collection"]
    assert (notice.status, notice.about) == (NoticeStatus.SENT, told.replace(microsecond=0))
    library.unreachable.add(int(patron))
    (facts,) = connection.source.read([patron]).facts
    assert facts.notices["collection"].status is NoticeStatus.FAILED


def test_a_letter_that_koha_does_not_have_is_said_with_what_to_do(
    connection: KohaConnection, library: Library, patron: str
) -> None:
    library.has_letter = False
    order = NoticeOrder(patron, key_of("collection", connection.source.read([patron]).as_of))
    with pytest.raises(
        NoticesRefused, match=r"1 of 1 notices were not queued\. Koha has no letter CW_COLLECTION: make it"
    ):
        connection.target("journal-1").notify([order])
    library.has_letter = True
    connection.target("journal-1").notify([order])
    assert len(library.notices) == 1


def test_what_else_the_plugin_may_have_sent_is_no_notice_of_ours(
    connection: KohaConnection, library: Library, patron: str
) -> None:
    connection.target("journal-1").notify([NoticeOrder(patron, "something else")])
    (facts,) = connection.source.read([patron]).facts
    assert dict(facts.notices) == {}
