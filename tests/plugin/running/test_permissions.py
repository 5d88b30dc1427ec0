"""Who gets in: Koha's own check, then the plugin's second one, which Koha cannot ask for beside the first."""

from collections.abc import Iterator

import pytest

from tests.live.client import PLUGIN, Client, Json
from tests.live.target import Login

from .koha import Koha

NEEDED = {"borrowers": "view_borrower_infos_from_any_libraries"}
ROUTES = [
    pytest.param("GET", "/status", None, id="status"),
    pytest.param("GET", "/patrons", None, id="page"),
    pytest.param("POST", "/patrons", {"patron_ids": [1]}, id="some"),
    pytest.param("POST", "/changes", {"instance": "an intruder", "takeover": True, "items": []}, id="changes"),
]


@pytest.fixture
def near(served: Koha) -> Iterator[Client]:
    """With all that Koha itself asks for, and not the second permission."""
    client = Client(served.url, Login("near-id", "near-secret"), "near")
    yield client
    client.close()


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_without_the_second_permission_a_route_answers_403_names_it_and_does_nothing(
    served: Koha, near: Client, method: str, path: str, body: Json | None
) -> None:
    before = served.sql("SELECT * FROM plugin_data ORDER BY plugin_key")
    answer = near.call(method, PLUGIN + path, json=body)
    assert answer.status_code == 403
    assert answer.json() == {
        "error": "Authorization failure. Missing required permission(s).",
        "required_permissions": NEEDED,
    }
    assert served.sql("SELECT * FROM plugin_data ORDER BY plugin_key") == before


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_with_just_the_permissions_that_the_readme_names_a_route_answers(
    served: Koha, method: str, path: str, body: Json | None
) -> None:
    client = Client(served.url, Login("exact-id", "exact-secret"), "exact")
    assert client.call(method, PLUGIN + path, json=body).status_code == 200
    assert served.sql("SELECT plugin_value FROM plugin_data WHERE plugin_key = 'contact_from'") == [["5"]]
    client.close()


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
def test_whoever_may_not_see_accounts_may_write_only(served: Koha, method: str, path: str, body: Json | None) -> None:
    served.sql("DELETE FROM double_permissions WHERE borrowernumber = 5 AND module = 'updatecharges'")
    client = Client(served.url, Login("exact-id", "exact-secret"), "exact")
    assert client.call(method, PLUGIN + path, json=body).status_code == (200 if path == "/changes" else 403)
    client.close()


def test_a_route_that_names_no_second_permission_lets_nobody_in(served: Koha) -> None:
    """A route that somebody adds and forgets it for must not be open to whoever passes Koha's own check."""
    code = """
        package Route; sub new { bless {}, shift } sub openapi { $_[0] } sub valid_input { $_[0] } sub spec { {} }
        sub stash { bless {}, 'User' } sub render { my ( $c, %said ) = @_; print $said{status} }
        package User; sub userid { 'service' }
        package main;
        use Koha::Plugin::Dk::Cardwarden::Controller;
        Koha::Plugin::Dk::Cardwarden::Controller::status( Route->new );
    """
    said = served.perl("-e", code)
    assert (said.stdout, said.stderr) == ("403", "")
