"""Stock route for libraries, as far as somebody asks which there are."""

from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from adapters.standin.http.answers import answer
from adapters.standin.http.operations import Call, Operation
from adapters.standin.http.paging import Window
from adapters.standin.http.shapes import INTEGER
from adapters.standin.library.names import words


def library_fields(library_id: str, names: Mapping[str, str]) -> dict[str, object]:
    """One library, with nothing in it but its code and name."""
    empty = words(
        "address1 address2 address3 city country email fax geolocation illemail ip marc_org_code notes phone "
        "postal_code reply_to_email return_path_email state url"
    )
    return {
        **dict.fromkeys(empty),
        "library_id": library_id,
        "name": names.get(library_id, library_id),
        "pickup_location": True,
        "public": True,
    }


def list_libraries(call: Call) -> Response:
    """`GET /libraries`: by code, in pages."""
    window, names = Window.of(call), call.library.libraries
    found = sorted(names)
    rows = [library_fields(code, names) for code in window.cut(found)]
    return answer(rows, headers=window.headers(call, len(found), len(found)), in_order=True)


OPERATIONS: Final = (
    Operation(
        "GET",
        "/api/v1/libraries",
        {"catalogue": "1"},
        list_libraries,
        query={"_page": INTEGER, "_per_page": INTEGER},
    ),
)
