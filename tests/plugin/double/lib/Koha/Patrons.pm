package Koha::Patrons;

use strict;
use warnings;

use C4::Auth ();
use C4::Context;

sub find {
    my ( $class, $number ) = @_;

    my ($found) = @{ C4::Context->dbh->selectall_arrayref(
            'SELECT borrowernumber, userid, branchcode, lang, email, smsalertnumber FROM borrowers WHERE borrowernumber = ?',
            { Slice => {} },
            $number
        )
    };

    return $found ? bless $found, 'Koha::Patron' : undef;
}

package Koha::Patron;

sub borrowernumber       { return $_[0]->{borrowernumber} }
sub userid               { return $_[0]->{userid} }
sub branchcode           { return $_[0]->{branchcode} }
sub lang                 { return $_[0]->{lang} }
sub smsalertnumber       { return $_[0]->{smsalertnumber} }
sub notice_email_address { return $_[0]->{email} // q{} }

# Those of the own library, unless one may see those of any
sub can_see_patron_infos {
    my ( $self, $patron ) = @_;

    return $self->branchcode eq $patron->branchcode
        || C4::Auth::haspermission( $self->userid, { borrowers => 'view_borrower_infos_from_any_libraries' } );
}

1;
