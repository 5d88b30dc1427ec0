"""Writing through the plugin: what is sent, and what each answer means."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
import requests
import responses

from adapters.http import HttpApi
from adapters.koha.target import PluginTarget
from sidecar.core.plan import Change, ChangeKind, Entry, Reason
from sidecar.errors import (
    CardwardenError,
    IlsUnreachable,
    OtherWriter,
    PausedInIls,
    PermissionMissing,
    PluginGone,
    UnexpectedAnswer,
)
from sidecar.ports import Outcome, Result, Target

from .replay import AS_OF, MOMENT, PLUGIN, calls, replay

CHANGES = f"{PLUGIN}/changes"
PATH = "/api/v1/contrib/cardwarden/changes"
BROKEN = requests.ConnectionError("Connection aborted.")


def change(
    patron: str, kind: ChangeKind, restriction_type: str = "CW_DEBT", comment: str = "", short_comment: str = ""
) -> Change:
    return Change(
        patron=patron, rule="debt", kind=kind, restriction_type=restriction_type, reason=Reason.REACHED,
        comment=comment, short_comment=short_comment,
    )  # fmt: skip


def entry(patron: str = "7", etag: str | None = "e", *changes: Change) -> Entry:
    return Entry(patron, etag, changes or (change(patron, ChangeKind.ADD, comment="Blocked."),))


def result(patron: int, status: int, *, written: bool = False, **more: object) -> dict[str, object]:
    return {"patron_id": patron, "status": status, "etag": None, "written": written, **more}


def answers(mock: responses.RequestsMock, *results: dict[str, object]) -> None:
    mock.post(CHANGES, json={"as_of": AS_OF, "results": list(results)})


def answered(outcomes: Sequence[Outcome]) -> list[tuple[str, Result]]:
    return [(outcome.patron, outcome.result) for outcome in outcomes]


def sent(mock: responses.RequestsMock) -> list[Any]:
    return [msgspec.json.decode(request.body) for request in calls(mock, PATH)]


def test_each_kind_of_change_has_its_place_in_the_item(koha: responses.RequestsMock, http: HttpApi) -> None:
    answers(koha, result(7, 201, written=True))
    whole = entry(
        "7",
        "etag-7",
        change("7", ChangeKind.ADD, "CW_DEBT", comment="Long.", short_comment="Short."),
        change("7", ChangeKind.AMEND, "CW_FEE", comment="Other."),
        change("7", ChangeKind.REMOVE, "CW_PIN"),
        change("7", ChangeKind.RESET_PIN, "CW_PIN"),
    )
    PluginTarget(http, "journal-1").apply([whole])
    assert sent(koha) == [
        {
            "instance": "journal-1",
            "takeover": False,
            "items": [
                {
                    "patron_id": 7,
                    "etag": "etag-7",
                    "set": [
                        {"type": "CW_DEBT", "comment": "Long.", "short_comment": "Short."},
                        {"type": "CW_FEE", "comment": "Other."},
                    ],
                    "remove": ["CW_PIN"],
                    "reset_pin": True,
                }
            ],
        }
    ]


@pytest.mark.parametrize(
    ("item", "outcome", "message"),
    [
        (result(7, 201, written=True), Result.WRITTEN, ""),
        (result(7, 200, written=True, error="Flag set too."), Result.WRITTEN, "Flag set too."),
        (result(7, 200), Result.ALREADY, ""),
        (result(7, 404, error="There is no such patron."), Result.GONE, "There is no such patron."),
        (result(7, 412, error="The patron's facts moved."), Result.MOVED, "The patron's facts moved."),
        (result(7, 403, error="Not ours."), Result.REFUSED, "Not ours."),
        (result(7, 409, error="No such type."), Result.REFUSED, "No such type."),
        (result(7, 422, error="Too long.", length=300), Result.REFUSED, "Too long."),
        (result(7, 500), Result.REFUSED, "Koha answered 500"),
        (result(7, 418), Result.UNANSWERED, "Koha answered 418, which this version does not know"),
    ],
)
def test_each_answer_for_an_item_is_an_outcome(
    koha: responses.RequestsMock, http: HttpApi, item: dict[str, object], outcome: Result, message: str
) -> None:
    answers(koha, item)
    outcomes, at = PluginTarget(http, "j").apply([entry()])
    assert outcomes == (Outcome("7", outcome, message),)
    assert at == datetime.fromtimestamp(AS_OF, UTC) == MOMENT


def test_outcomes_come_in_the_order_of_the_entries_and_one_bad_item_spoils_no_other(
    koha: responses.RequestsMock, http: HttpApi
) -> None:
    answers(koha, result(9, 201, written=True), result(8, 412, error="Moved."))
    outcomes, _ = PluginTarget(http, "j").apply([entry("7", None), entry("9"), entry("x"), entry("8")])
    assert [(outcome.patron, outcome.result) for outcome in outcomes] == [
        ("7", Result.REFUSED),
        ("9", Result.WRITTEN),
        ("x", Result.REFUSED),
        ("8", Result.MOVED),
    ]
    assert [item["patron_id"] for item in sent(koha)[0]["items"]] == [9, 8]
    assert outcomes[0].message == "not sent: it was read without an etag or has no Koha number"


def test_nothing_to_send_sends_nothing(koha: responses.RequestsMock, http: HttpApi) -> None:
    assert PluginTarget(http, "j").apply([]) == ((), None)
    outcomes, at = PluginTarget(http, "j").apply([entry("7", None)])
    assert (outcomes[0].result, at) == (Result.REFUSED, None)
    assert len(koha.calls) == 0


@pytest.mark.parametrize(
    "results",
    [
        [],
        [result(7, 201)],
        [result(8, 201), result(7, 201)],
        [result(7, 201), result(8, 201), result(9, 201)],
        [result(7, 201), result(7, 201)],
    ],
)
def test_results_that_do_not_match_the_items_are_unexpected(
    koha: responses.RequestsMock, http: HttpApi, results: list[dict[str, object]]
) -> None:
    answers(koha, *results)
    with pytest.raises(UnexpectedAnswer, match=f"POST {PATH} answered 200 with results that are not those"):
        PluginTarget(http, "j").apply([entry("7"), entry("8")])


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"as_of": 1}', b"nothing"])
def test_an_answer_of_another_shape_is_unexpected(koha: responses.RequestsMock, http: HttpApi, body: bytes) -> None:
    koha.post(CHANGES, body=body, content_type="application/json")
    with pytest.raises(UnexpectedAnswer, match=f"POST {PATH} answered 200"):
        PluginTarget(http, "j").apply([entry()])


def test_a_time_out_leaves_the_whole_batch_unanswered(koha: responses.RequestsMock, http: HttpApi) -> None:
    koha.post(CHANGES, body=requests.ReadTimeout())
    outcomes, at = PluginTarget(http, "j").apply([entry("7"), entry("8"), entry("9", None)])
    assert answered(outcomes) == [("7", Result.UNANSWERED), ("8", Result.UNANSWERED), ("9", Result.REFUSED)]
    assert at is None
    assert len(calls(koha, PATH)) == 1
    assert f"POST {PATH} was not answered in time" in outcomes[0].message


def test_a_cut_answer_is_asked_for_once_more_and_what_is_so_already_then_was_written_by_us(
    koha: responses.RequestsMock, http: HttpApi
) -> None:
    koha.post(CHANGES, body=BROKEN)
    answers(koha, result(7, 200), result(8, 412, error="Moved."))
    outcomes, _ = PluginTarget(http, "j").apply([entry("7"), entry("8")])
    assert [outcome.result for outcome in outcomes] == [Result.WRITTEN, Result.MOVED]
    assert sent(koha)[0] == sent(koha)[1], "the same request, under the same etag"


def test_an_answer_that_is_cut_twice_is_unanswered(koha: responses.RequestsMock, http: HttpApi) -> None:
    koha.post(CHANGES, body=BROKEN)
    outcomes, _ = PluginTarget(http, "j").apply([entry()])
    assert outcomes[0].result is Result.UNANSWERED
    assert len(calls(koha, PATH)) == 2


def test_a_try_that_surely_did_not_arrive_leaves_what_is_so_already_as_it_is(
    koha: responses.RequestsMock, http: HttpApi
) -> None:
    koha.post(CHANGES, body=requests.ConnectTimeout())
    koha.post(CHANGES, status=503)
    answers(koha, result(7, 200))
    outcomes, _ = PluginTarget(http, "j").apply([entry()])
    assert outcomes[0].result is Result.ALREADY


@pytest.mark.parametrize(("status", "code"), [(503, "paused"), (409, "other_writer")])
def test_a_refusal_after_a_cut_answer_does_not_say_that_nothing_was_written(
    koha: responses.RequestsMock, http: HttpApi, status: int, code: str
) -> None:
    koha.post(CHANGES, body=BROKEN)
    koha.post(CHANGES, json={"error": "No.", "error_code": code}, status=status)
    outcomes, _ = PluginTarget(http, "j").apply([entry()])
    assert outcomes[0].result is Result.UNANSWERED
    assert outcomes[0].message.endswith("and before that not at all: this request may have been written then")


def malformed(mock: responses.RequestsMock, *paths: str) -> None:
    errors = [{"message": f"String is too short: Anna {path}", "path": path} for path in paths]
    mock.post(CHANGES, json={"errors": errors, "status": 400}, status=400)


def test_an_item_that_koha_cannot_read_is_refused_alone_and_the_rest_is_written(
    koha: responses.RequestsMock, http: HttpApi
) -> None:
    malformed(koha, "/body/items/1/set/0/comment", "/body/items/1/set/0/short_comment", "/body/items/3")
    malformed(koha, "/body/items/0/etag")
    answers(koha, result(9, 201, written=True))
    outcomes, at = PluginTarget(http, "j").apply([entry("6"), entry("7"), entry("9"), entry("8")])
    assert answered(outcomes) == [
        ("6", Result.REFUSED),
        ("7", Result.REFUSED),
        ("9", Result.WRITTEN),
        ("8", Result.REFUSED),
    ]
    assert [[item["patron_id"] for item in body["items"]] for body in sent(koha)] == [[6, 7, 9, 8], [6, 9], [9]]
    assert outcomes[1].message == (
        "not written: Koha's plugin cannot read this change (at /set/0/comment, /set/0/short_comment); "
        "report it as a mistake in Cardwarden"
    )
    assert at == MOMENT


def test_items_that_koha_cannot_read_at_all_end_without_a_write(koha: responses.RequestsMock, http: HttpApi) -> None:
    malformed(koha, "/body/items/0/etag")
    outcomes, at = PluginTarget(http, "j").apply([entry("7"), entry("8")])
    assert [outcome.result for outcome in outcomes] == [Result.REFUSED, Result.REFUSED]
    assert at is None
    assert len(sent(koha)) == 2


@pytest.mark.parametrize("path", ["/body/instance", "/body/items", "/body/items/2/etag", "/body/items/x"])
def test_a_request_that_koha_cannot_read_for_another_reason_is_unexpected(
    koha: responses.RequestsMock, http: HttpApi, path: str
) -> None:
    malformed(koha, path)
    with pytest.raises(UnexpectedAnswer, match=f"it does not accept {path}"):
        PluginTarget(http, "j").apply([entry("7"), entry("8")])
    assert len(sent(koha)) == 1


def test_a_time_out_of_the_second_round_leaves_the_rest_unanswered(koha: responses.RequestsMock, http: HttpApi) -> None:
    malformed(koha, "/body/items/0/etag")
    koha.post(CHANGES, body=requests.ReadTimeout())
    outcomes, _ = PluginTarget(http, "j").apply([entry("7"), entry("8")])
    assert answered(outcomes) == [("7", Result.REFUSED), ("8", Result.UNANSWERED)]


def test_a_koha_that_cannot_be_reached_is_raised_since_nothing_was_done(
    koha: responses.RequestsMock, http: HttpApi
) -> None:
    koha.post(CHANGES, body=requests.ConnectTimeout())
    with pytest.raises(IlsUnreachable, match="no connection"):
        PluginTarget(http, "j").apply([entry()])


def test_the_plugin_s_pause_switch_is_obeyed_at_once(koha: responses.RequestsMock, http: HttpApi) -> None:
    koha.post(CHANGES, json={"error": "Paused.", "error_code": "paused"}, status=503)
    with pytest.raises(PausedInIls, match=r"^writing is paused on the plugin's page in Koha: switch it on there$"):
        PluginTarget(http, "j").apply([entry()])
    assert len(calls(koha, PATH)) == 1


@pytest.mark.parametrize(("status", "code"), [(409, "paused"), (400, "paused"), (403, "other_writer")])
def test_a_word_of_the_plugin_under_another_status_is_not_taken_for_it(
    koha: responses.RequestsMock, http: HttpApi, status: int, code: str
) -> None:
    koha.post(CHANGES, json={"error": "?", "error_code": code}, status=status)
    with pytest.raises(CardwardenError) as raised:
        PluginTarget(http, "j").apply([entry()])
    assert not isinstance(raised.value, PausedInIls | OtherWriter)


def test_another_writer_is_named_with_what_to_do(koha: responses.RequestsMock, http: HttpApi) -> None:
    refused = {"error": "Another instance wrote last.", "error_code": "other_writer", "writer": "journal-2"}
    koha.post(CHANGES, json=refused, status=409)
    with pytest.raises(OtherWriter, match=r"another journal .journal-2. .* `cardwarden takeover`"):
        PluginTarget(http, "j").apply([entry()])


def test_another_writer_that_the_plugin_does_not_name_is_unknown(koha: responses.RequestsMock, http: HttpApi) -> None:
    koha.post(CHANGES, json={"error": "?", "error_code": "other_writer"}, status=409)
    with pytest.raises(OtherWriter, match=r"^another journal .unknown. wrote to this Koha last: stop that one, then"):
        PluginTarget(http, "j").apply([entry()])


def test_another_409_is_unexpected(koha: responses.RequestsMock, http: HttpApi) -> None:
    koha.post(CHANGES, json={"error": "?"}, status=409)
    with pytest.raises(UnexpectedAnswer, match="answered 409"):
        PluginTarget(http, "j").apply([entry()])


def test_a_missing_permission_or_plugin_is_raised(koha: responses.RequestsMock, http: HttpApi) -> None:
    replay(koha, "perm403_account", CHANGES, "POST")
    replay(koha, "unknown_path", CHANGES, "POST")
    with pytest.raises(PermissionMissing):
        PluginTarget(http, "j").apply([entry()])
    with pytest.raises(PluginGone):
        PluginTarget(http, "j").apply([entry()])


def test_taking_over_writes_nothing_else(koha: responses.RequestsMock, http: HttpApi) -> None:
    answers(koha)
    PluginTarget(http, "journal-1").claim()
    assert sent(koha) == [{"instance": "journal-1", "takeover": True, "items": []}]


def test_a_batch_has_a_size(http: HttpApi) -> None:
    target: Target = PluginTarget(http, "j", batch_size=1)
    with pytest.raises(ValueError, match="more than a batch of 1"):
        target.apply([entry("7"), entry("8")])
    assert target.apply([entry("7", None)])[0], "as many as it holds"
    assert PluginTarget(http, "j").batch_size == 100
    assert PluginTarget(http, "j", batch_size=500).batch_size == 500
    for size in (0, 501):
        with pytest.raises(ValueError, match="1 to 500"):
            PluginTarget(http, "j", batch_size=size)
