package Double::Doors;

use strict;
use warnings;

use C4::Auth qw( haspermission );
use C4::Context;

# Who is at the door, by a token or a session, and what Koha's own code says to those whom it does not let in

sub ticket {
    my ($number) = @_;

    my $ticket = join q{}, map { sprintf '%08x', int rand 2**32 } 1 .. 4;
    C4::Context->dbh->do( 'INSERT INTO double_tickets VALUES (?, ?)', undef, $ticket, $number );

    return $ticket;
}

sub holder {
    my ($ticket) = @_;

    my ($user) = @{ C4::Context->dbh->selectall_arrayref(
            'SELECT b.borrowernumber, b.userid FROM double_tickets t JOIN borrowers b USING (borrowernumber)
             WHERE t.ticket = ?', { Slice => {} }, $ticket // q{}
        )
    };

    return $user ? bless $user, 'Double::Doors::User' : undef;
}

# Whether a request to the API may go on. A wrong one is answered here.
sub api {
    my ( $c, $permissions ) = @_;

    my ($ticket) = ( $c->req->headers->authorization // q{} ) =~ /\ABearer (.+)\z/;
    my $user = holder( $ticket // $c->cookie('CGISESSID') );
    unless ($user) {
        $c->render( status => 401, json => { error => 'Authentication failure.' } );
        return;
    }
    unless ( haspermission( $user->userid, $permissions ) ) {
        $c->render(
            status => 403,
            json   => {
                error                => 'Authorization failure. Missing required permission(s).',
                required_permissions => $permissions
            }
        );
        return;
    }
    $c->stash( 'koha.user' => $user );
    C4::Context->set_userenv( $user->borrowernumber );

    return 1;
}

package Double::Doors::User;

sub userid         { return $_[0]->{userid} }
sub borrowernumber { return $_[0]->{borrowernumber} }

1;
