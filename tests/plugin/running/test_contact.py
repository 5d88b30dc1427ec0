"""Where a patron can be reached, as a collection office asks for it: read by the plugin's own Perl."""

import json

from .koha import Koha

ASK = """
use utf8; use JSON::PP; use Koha::Database; use Koha::Plugin::Dk::Cardwarden::Contact;
my $patrons = [ map { { patron_id => $_ } } @ARGV ];
Koha::Plugin::Dk::Cardwarden::Contact->add( Koha::Database::dbh(), $patrons );
print JSON::PP->new->utf8->encode($patrons);
"""


def test_each_patron_gets_a_contact_in_texts_or_null_and_the_type_of_the_category(koha: Koha) -> None:
    koha.sql(
        "UPDATE borrowers SET address = 'Åboulevarden 1', zipcode = '01960', mobile = '+45' WHERE borrowernumber = 4"
    )
    done = koha.perl("-e", ASK, "4", "5")
    assert done.returncode == 0, done.stderr
    near, exact = (one["contact"] for one in json.loads(done.stdout))
    assert near == {
        "surname": "Near", "firstname": None, "cardnumber": "S4", "address": "Åboulevarden 1", "address2": None,
        "city": None, "zipcode": "01960", "state": None, "country": None, "phone": None, "mobile": "+45",
        "email": None, "category_type": "C",
    }  # fmt: skip
    assert exact["surname"] == "Exact"


def test_nobody_is_asked_about_for_nobody(koha: Koha) -> None:
    done = koha.perl("-e", ASK)
    assert (done.returncode, done.stdout) == (0, "[]")
