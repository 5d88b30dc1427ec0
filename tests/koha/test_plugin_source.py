"""Reading through the plugin: is it there, and is a pull whole."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
import responses

from adapters.http import HttpApi
from adapters.koha.source import PluginSource, connect
from adapters.koha.stock import StockSource
from sidecar.core.model import UNKNOWN
from sidecar.errors import (
    CannotWrite,
    CredentialsRefused,
    IlsUnreachable,
    IncompletePull,
    NotAnIls,
    PermissionMissing,
    PluginGone,
    PluginVersionMismatch,
    UnexpectedAnswer,
)
from sidecar.ports import Source

from .replay import (
    AS_OF,
    MOMENT,
    PLUGIN,
    calls,
    older_plugin_status,
    plugin_page,
    plugin_patron,
    plugin_status,
    redacted_patron,
    replay,
)

STATUS = f"{PLUGIN}/status"
PATRONS = f"{PLUGIN}/patrons"
PATRONS_PATH = "/api/v1/contrib/cardwarden/patrons"


def asked(mock: responses.RequestsMock) -> list[dict[str, str]]:
    urls = (str(request.url) for request in calls(mock, PATRONS_PATH))
    return [{key: value[0] for key, value in parse_qs(urlsplit(url).query).items()} for url in urls]


def bodies(mock: responses.RequestsMock) -> list[Any]:
    return [msgspec.json.decode(request.body) for request in calls(mock, PATRONS_PATH)]


def test_a_koha_with_the_plugin_is_read_and_written_through_it(koha: responses.RequestsMock, http: HttpApi) -> None:
    koha.get(STATUS, json=plugin_status())
    connection = connect(http)
    assert connection.has_plugin
    assert isinstance(connection.source, PluginSource)
    assert connection.source.status().installation_id == "2f1c"
    assert connection.target("journal-1", batch_size=7).batch_size == 7


@pytest.mark.parametrize("name", ["unknown_path", "plugin_before_restart"])
def test_koha_s_own_word_that_there_is_no_such_route_is_a_koha_without_the_plugin(
    koha: responses.RequestsMock, http: HttpApi, name: str
) -> None:
    replay(koha, name, STATUS)
    connection = connect(http)
    assert not connection.has_plugin
    assert isinstance(connection.source, StockSource)
    with pytest.raises(CannotWrite, match=r"only dry runs .* `cardwarden koha-plugin`"):
        connection.target("journal-1")


def test_a_plugin_that_was_there_and_is_gone_is_never_silently_done_without(
    koha: responses.RequestsMock, http: HttpApi
) -> None:
    replay(koha, "unknown_path", STATUS)
    replay(koha, "unknown_path", PATRONS)
    with pytest.raises(PluginGone, match="was there and no longer is; see that it is installed"):
        connect(http, plugin_expected=True)
    with pytest.raises(PluginGone):
        PluginSource(http).pull()
    with pytest.raises(PluginGone):
        PluginSource(http).status()


@pytest.mark.parametrize("body", ['{"error": "Not found"}', "[]", '{"errors": [], "status": 404}', "gone"])
def test_another_404_is_not_a_koha(koha: responses.RequestsMock, http: HttpApi, body: str) -> None:
    koha.get(STATUS, body=body, status=404, content_type="application/json")
    with pytest.raises(NotAnIls, match="but not as Koha does"):
        connect(http)


def test_the_version_before_is_read_too(koha: responses.RequestsMock, http: HttpApi) -> None:
    koha.get(STATUS, json=older_plugin_status())
    status = connect(http).source.status()
    assert (status.contract, status.libraries, status.writable) == (1, None, True)


@pytest.mark.parametrize(
    ("version", "install"), [(4, "install a newer Cardwarden"), (0, "upgrade the plugin: upload the one")]
)
def test_a_plugin_of_another_version_says_which_side_to_renew(
    koha: responses.RequestsMock, http: HttpApi, version: int, install: str
) -> None:
    koha.get(STATUS, json={"api_version": version, "plugin_version": "9.1"})
    with pytest.raises(PluginVersionMismatch, match=f"9.1 speaks version {version} .* versions 1 to 3: {install}"):
        connect(http)


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("perm403", "asks for borrowers: edit_borrowers or tools: label_creator"),
        ("perm403_account", "asks for borrowers: edit_borrowers, updatecharges: remaining_permissions"),
        ("plugin_403", "answered 403"),
    ],
)
def test_a_missing_permission_lists_all_that_are_needed_and_what_koha_said(
    koha: responses.RequestsMock, http: HttpApi, name: str, needed: str
) -> None:
    replay(koha, name, STATUS)
    with pytest.raises(PermissionMissing, match=needed) as raised:
        connect(http)
    for permission in ("edit_borrowers", "view_borrower_infos_from_any_libraries", "remaining_permissions"):
        assert permission in str(raised.value)


def test_a_newer_koha_that_asks_for_list_borrowers_has_that_named(koha: responses.RequestsMock, http: HttpApi) -> None:
    said = {
        "error": "Authorization failure.",
        "required_permissions": {"borrowers": ["edit_borrowers", "list_borrowers"]},
    }
    koha.get(STATUS, json=said, status=403)
    with pytest.raises(PermissionMissing, match=r"edit_borrowers and list_borrowers.* and borrowers: list_borrowers$"):
        connect(http)


def test_a_whole_module_is_named_as_such(koha: responses.RequestsMock, http: HttpApi) -> None:
    koha.get(STATUS, json={"error": "x", "required_permissions": {"borrowers": "1"}}, status=403)
    with pytest.raises(PermissionMissing, match="borrowers: all of it"):
        connect(http)


@pytest.mark.parametrize("code", ["access_denied", "unauthorized_client"])
def test_a_refused_client_is_refused_credentials(koha: responses.RequestsMock, http: HttpApi, code: str) -> None:
    koha.get(STATUS, json={"error": code}, status=403)
    with pytest.raises(CredentialsRefused, match="check client_id and client_secret"):
        connect(http)


def test_a_koha_that_fails_inside_is_unreachable(koha: responses.RequestsMock, http: HttpApi) -> None:
    replay(koha, "q_badcol", STATUS)
    with pytest.raises(IlsUnreachable, match="500: the ILS failed inside"):
        connect(http)


def test_a_rejected_request_names_the_place_but_not_the_value(koha: responses.RequestsMock, http: HttpApi) -> None:
    replay(koha, "patron_badid", STATUS)
    with pytest.raises(UnexpectedAnswer, match="400, which this version does not expect: it does not accept /"):
        connect(http)


def test_a_rejected_parameter_is_unexpected_too(koha: responses.RequestsMock, http: HttpApi) -> None:
    replay(koha, "q_unknown_param", STATUS)
    with pytest.raises(UnexpectedAnswer, match="answered 400"):
        connect(http)


def test_a_pull_walks_by_key_until_the_short_page(koha: responses.RequestsMock, http: HttpApi) -> None:
    koha.get(PATRONS, json=plugin_page([3, 9], 9, as_of=AS_OF))
    koha.get(PATRONS, json=plugin_page([12, 40], 40, as_of=AS_OF + 5))
    koha.get(PATRONS, json=plugin_page([41], None, as_of=AS_OF + 9))
    seen: list[tuple[int, int | None]] = []
    pull = PluginSource(http, page_size=2).pull(progress=lambda read, total: seen.append((read, total)))
    assert [facts.patron.id for facts in pull.facts] == ["3", "9", "12", "40", "41"]
    assert pull.as_of == MOMENT, "the moment of the first page: later ones are not older"
    assert asked(koha) == [{"limit": "2", "names": "0", "after": after} for after in ("0", "9", "40")]
    assert seen == [(2, None), (4, None), (5, None)]
    assert pull.gaps == ()


def test_a_last_page_that_happens_to_be_full_is_followed_by_an_empty_one(
    koha: responses.RequestsMock, http: HttpApi
) -> None:
    koha.get(PATRONS, json=plugin_page([3, 9], 9))
    koha.get(PATRONS, json=plugin_page([], None))
    assert len(PluginSource(http, page_size=2).pull().facts) == 2


def test_eight_thousand_patrons_take_five_requests(koha: responses.RequestsMock, http: HttpApi) -> None:
    def answer(request: Any) -> tuple[int, dict[str, str], bytes]:
        after = int(parse_qs(urlsplit(request.url).query)["after"][0])
        numbers = range(after + 1, min(after + 2000, 8728) + 1)
        return 200, {}, msgspec.json.encode(plugin_page(numbers, numbers[-1] if len(numbers) == 2000 else None))

    koha.add_callback("GET", PATRONS, callback=answer)
    assert len(PluginSource(http).pull().facts) == 8728
    assert len(asked(koha)) == 5


def test_who_moved_is_asked_for_in_whole_seconds_and_names_only_when_wanted(
    koha: responses.RequestsMock, http: HttpApi
) -> None:
    koha.get(PATRONS, json=plugin_page([]))
    PluginSource(http).pull(changed_since=MOMENT + timedelta(milliseconds=900), names=True)
    assert asked(koha) == [{"limit": "2000", "names": "1", "changed_since": str(AS_OF), "after": "0"}]


Page = dict[str, Any]


def _without(key: str) -> Callable[[Page], Page]:
    return lambda page: {name: value for name, value in page.items() if name != key}


@pytest.mark.parametrize(
    ("page", "says"),
    [
        (plugin_page([9, 3], 3), "out of order or twice"),
        (plugin_page([3, 3], 3), "out of order or twice"),
        (plugin_page([0, 3], 3), "out of order or twice"),
        (plugin_page([3, 9, 12], 12), "more patrons than were asked for"),
        (plugin_page([3, 9], None), "does not say where the next one begins"),
        (plugin_page([3, 9], 3), "does not say where the next one begins"),
        (plugin_page([3, 9], 12), "does not say where the next one begins"),
        (plugin_page([3], 3), "does not say where the next one begins"),
        (plugin_page([], 0), "does not say where the next one begins"),
        (_without("next_after")(plugin_page([3])), "does not say where the next one begins"),
    ],
)
def test_a_page_that_breaks_the_walk_plans_nothing(
    koha: responses.RequestsMock, http: HttpApi, page: Page, says: str
) -> None:
    koha.get(PATRONS, json=page)
    with pytest.raises(IncompletePull, match=f"GET {PATRONS_PATH} answered 200 with .*{says}"):
        PluginSource(http, page_size=2).pull()


def test_a_later_page_may_not_go_back(koha: responses.RequestsMock, http: HttpApi) -> None:
    koha.get(PATRONS, json=plugin_page([3, 9], 9))
    koha.get(PATRONS, json=plugin_page([9]))
    with pytest.raises(IncompletePull, match="out of order or twice"):
        PluginSource(http, page_size=2).pull()


@pytest.mark.parametrize("key", ["as_of", "patrons"])
def test_a_page_without_its_time_or_its_patrons_is_unexpected(
    koha: responses.RequestsMock, http: HttpApi, key: str
) -> None:
    koha.get(PATRONS, json=_without(key)(plugin_page([3])))
    with pytest.raises(UnexpectedAnswer, match=f"missing required field `{key}`"):
        PluginSource(http).pull()


def test_a_page_that_fails_fails_the_whole_pull(koha: responses.RequestsMock, http: HttpApi) -> None:
    koha.get(PATRONS, json=plugin_page([3, 9], 9))
    koha.get(PATRONS, status=500, json={})
    with pytest.raises(IlsUnreachable):
        PluginSource(http, page_size=2).pull()


def test_a_page_that_hiccups_is_asked_for_again_and_nobody_counts_twice(
    koha: responses.RequestsMock, http: HttpApi
) -> None:
    koha.get(PATRONS, json=plugin_page([3, 9], 9))
    koha.get(PATRONS, status=503)
    koha.get(PATRONS, json=plugin_page([12]))
    assert [facts.patron.id for facts in PluginSource(http, page_size=2).pull().facts] == ["3", "9", "12"]


def test_a_redacted_patron_is_pulled_as_unknown(koha: responses.RequestsMock, http: HttpApi) -> None:
    koha.get(PATRONS, json=plugin_page([3]) | {"patrons": [redacted_patron(3)]})
    (facts,) = PluginSource(http).pull().facts
    assert facts.charges is UNKNOWN


def test_patrons_are_read_five_hundred_at_a_time_each_once(koha: responses.RequestsMock, http: HttpApi) -> None:
    def answer(request: Any) -> tuple[int, dict[str, str], bytes]:
        ids = msgspec.json.decode(request.body)["patron_ids"]
        return (
            200,
            {},
            msgspec.json.encode({"as_of": AS_OF, "patrons": [plugin_patron(each) for each in ids if each % 2]}),
        )

    koha.add_callback("POST", PATRONS, callback=answer)
    wanted = [str(number) for number in range(1, 1002)]
    pull = PluginSource(http).read([*wanted, "1", "abc", "-3", "0", str(2**31), "²"], names=True)
    assert [len(body["patron_ids"]) for body in bodies(koha)] == [500, 500, 1]
    assert all(body["names"] is True for body in bodies(koha))
    assert [facts.patron.id for facts in pull.facts] == wanted[::2]
    assert pull.as_of == MOMENT


@pytest.mark.parametrize("answered", [[7, 9], [7, 7]])
def test_a_patron_that_was_not_asked_for_or_comes_twice_is_incomplete(
    koha: responses.RequestsMock, http: HttpApi, answered: list[int]
) -> None:
    koha.post(PATRONS, json={"as_of": AS_OF, "patrons": [plugin_patron(number) for number in answered]})
    with pytest.raises(IncompletePull, match="not asked for, or with one twice"):
        PluginSource(http).read(["7", "8"])


def test_reading_nobody_asks_only_for_the_time(koha: responses.RequestsMock, http: HttpApi) -> None:
    koha.get(STATUS, json=plugin_status())
    pull = PluginSource(http).read(["nobody"])
    assert (pull.facts, pull.as_of) == ((), MOMENT)


def test_a_card_is_looked_up_in_the_body_and_never_in_the_address(koha: responses.RequestsMock, http: HttpApi) -> None:
    koha.post(PATRONS, json={"as_of": AS_OF, "patrons": [plugin_patron(7)]})
    assert PluginSource(http).find_card("0101701234") == "7"
    assert bodies(koha) == [{"cardnumber": "0101701234"}]
    assert all("0101701234" not in str(call.request.url) for call in koha.calls)


def test_a_card_that_nobody_has_is_nobody_s(koha: responses.RequestsMock, http: HttpApi) -> None:
    koha.post(PATRONS, json={"as_of": AS_OF, "patrons": []})
    assert PluginSource(http).find_card("1") is None


def test_a_card_that_two_have_is_unexpected(koha: responses.RequestsMock, http: HttpApi) -> None:
    koha.post(PATRONS, json={"as_of": AS_OF, "patrons": [plugin_patron(7), plugin_patron(8)]})
    with pytest.raises(UnexpectedAnswer, match="several patrons for one card number"):
        PluginSource(http).find_card("1")


def test_both_sources_keep_the_port(http: HttpApi) -> None:
    sources: list[Source] = [PluginSource(http), StockSource(http)]
    assert len(sources) == 2


@pytest.mark.parametrize(
    ("odd", "named"),
    [
        ({"restrictions": [{"id": 4}]}, " (patron 8)"),
        ({"login_attempts": "Hansen"}, " (patron 8)"),
        ({"patron_id": "Hansen"}, ""),
    ],
)
def test_a_record_that_cannot_be_read_is_named_by_its_patron_s_number(
    koha: responses.RequestsMock, http: HttpApi, odd: dict[str, object], named: str
) -> None:
    page = {"as_of": AS_OF, "patrons": [plugin_patron(7), plugin_patron(8) | odd], "next_after": None}
    koha.get(PATRONS, json=page)
    with pytest.raises(UnexpectedAnswer, match="a shape that this version cannot read") as raised:
        PluginSource(http).pull()
    assert str(raised.value).endswith(f"`{named}")
    assert "Hansen" not in str(raised.value)
