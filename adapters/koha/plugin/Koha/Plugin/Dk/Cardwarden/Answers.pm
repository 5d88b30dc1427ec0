package Koha::Plugin::Dk::Cardwarden::Answers;

use Modern::Perl;

use Mojo::JSON qw( from_json to_json );
use Try::Tiny qw( catch try );

use Koha::Database;
use Koha::Plugin::Dk::Cardwarden::Releases;
use Koha::Plugin::Dk::Cardwarden::Settings;
use Koha::Plugin::Dk::Cardwarden::Tables;

use constant {
    ANSWERS  => Koha::Plugin::Dk::Cardwarden::Tables::ANSWERS,
    SETTINGS => 'Koha::Plugin::Dk::Cardwarden::Settings',
};

=head1 NAME

Koha::Plugin::Dk::Cardwarden::Answers - why a card is blocked, and what frees it, as Cardwarden last said it

=head1 DESCRIPTION

The sentences are Cardwarden's, where the rules live; they are kept and shown, and nothing is decided by them but which
blocks staff may release.

An answer is a hash as in the wire contract: C<blocked>, C<texts>, C<releases>. Once staff have released a block, what it
said is no longer so: then it has C<released> (C<at>, and C<titles> by language) in place of the texts, and those of its
releases that are left.

=head1 METHODS

=head2 take_in

    my $counts = $class->take_in( $dbh, $body, sub { warn @_ } );

What a request brings for the plugin's own pages: answers, releases that were taken, and the moment as of which all
answers hold. In a transaction of its own, after what the request changed: whatever fails here fails without it. Answers
C<answers_kept> and C<releases_taken>.

=cut

sub take_in {
    my ( $class, $dbh, $body, $log ) = @_;

    my $none = { answers_kept => 0, releases_taken => 0 };
    return $none unless grep { defined } @{$body}{qw( answers taken_releases answers_hold_at )};

    return try {
        Koha::Database->new->schema->txn_do(
            sub {
                my $kept  = $class->keep( $dbh, $body->{answers}                                        // [] );
                my $taken = Koha::Plugin::Dk::Cardwarden::Releases->take( $dbh, $body->{taken_releases} // [] );
                SETTINGS->answers_hold( $dbh, $body->{answers_hold_at} ) if defined $body->{answers_hold_at};
                return { answers_kept => $kept + 0, releases_taken => $taken + 0 };
            }
        );
    } catch {
        $log->("Cardwarden: the answers of a request were not kept: $_");
        $none;
    };
}

=head2 keep

    my $kept = $class->keep( $dbh, \@answers );

Keeps them, or forgets where the answer is null; answers how many. An older one never replaces a newer one, so that an
answer that was on its way does not undo what staff did since. One about a patron who does not exist is left out.

=cut

sub keep {
    my ( $class, $dbh, $answers ) = @_;

    return scalar grep { $class->_keep( $dbh, $_ ) } @$answers;
}

sub _keep {
    my ( $class, $dbh, $telling ) = @_;

    my ( $patron_id, $as_of, $answer ) = @{$telling}{qw( patron_id as_of answer )};
    my ($there) = $dbh->selectrow_array( 'SELECT 1 FROM borrowers WHERE borrowernumber = ? LOCK IN SHARE MODE',
        undef, $patron_id );
    my ($known) = $dbh->selectrow_array( 'SELECT as_of FROM ' . ANSWERS . ' WHERE borrowernumber = ? FOR UPDATE',
        undef, $patron_id );
    return 0 if !$there || ( defined $known && $known > $as_of );

    if ($answer) {
        $class->store( $dbh, $patron_id, $as_of, $answer );
    } else {
        $dbh->do( 'DELETE FROM ' . ANSWERS . ' WHERE borrowernumber = ?', undef, $patron_id );
    }

    return 1;
}

=head2 store

    $class->store( $dbh, $patron_id, $as_of, $answer );

=cut

sub store {
    my ( $class, $dbh, $patron_id, $as_of, $answer ) = @_;

    $dbh->do(
              'INSERT INTO '
            . ANSWERS
            . ' (borrowernumber, as_of, body, stored_at) VALUES (?, ?, ?, UNIX_TIMESTAMP())
              ON DUPLICATE KEY UPDATE as_of = VALUES(as_of), body = VALUES(body), stored_at = VALUES(stored_at)',
        undef, $patron_id, $as_of, to_json($answer)
    );

    return;
}

=head2 find

    my $known = $class->find( $dbh, $patron_id );

A hash with C<answer> (undef if none is stored) and C<as_of>, the moment as of which that holds (undef if Cardwarden never
said).

=cut

sub find {
    my ( $class, $dbh, $patron_id ) = @_;

    my ( $body, $as_of ) =
        $dbh->selectrow_array( 'SELECT body, as_of FROM ' . ANSWERS . ' WHERE borrowernumber = ?', undef, $patron_id );
    my $holds    = SETTINGS->all($dbh)->{answers_hold_at};
    my ($latest) = sort { $b <=> $a } grep { defined } $as_of, $holds;

    return { answer => defined $body ? from_json($body) : undef, as_of => $latest };
}

1;
