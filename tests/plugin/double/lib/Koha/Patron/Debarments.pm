package Koha::Patron::Debarments;

use strict;
use warnings;

use Exporter qw( import );

use C4::Context;

our @EXPORT_OK = qw( AddDebarment DelDebarment ModDebarment );

# What each of them does to the tables, as seen on a running Koha: no check for a second row, no answer but 1
sub AddDebarment {
    my ($params) = @_;

    my $staff = C4::Context->userenv;
    C4::Context->dbh->do(
        'INSERT INTO borrower_debarments (borrowernumber, type, comment, expiration, manager_id) VALUES (?, ?, ?, ?, ?)',
        undef,
        $params->{borrowernumber},
        $params->{type} // 'MANUAL',
        @{$params}{qw( comment expiration )},
        $staff ? $staff->{number} : undef
    );
    UpdateBorrowerDebarmentFlags( $params->{borrowernumber} );

    return 1;
}

sub ModDebarment {
    my ($params) = @_;

    my %columns = %$params;
    my $id      = delete $columns{borrower_debarment_id};
    my @names   = sort keys %columns;
    C4::Context->dbh->do(
        'UPDATE borrower_debarments SET '
            . join( ', ', map { "$_ = ?" } @names )
            . ', updated = NOW() WHERE borrower_debarment_id = ?',
        undef, @columns{@names}, $id
    );
    UpdateBorrowerDebarmentFlags( _whose($id) );

    return 1;
}

sub DelDebarment {
    my ($id) = @_;

    my $patron = _whose($id);
    C4::Context->dbh->do( 'DELETE FROM borrower_debarments WHERE borrower_debarment_id = ?', undef, $id );
    UpdateBorrowerDebarmentFlags($patron);

    return 1;
}

sub _whose {
    my ($id) = @_;

    return C4::Context->dbh->selectrow_array(
        'SELECT borrowernumber FROM borrower_debarments WHERE borrower_debarment_id = ?',
        undef, $id );
}

sub UpdateBorrowerDebarmentFlags {
    my ($patron) = @_;

    my $dbh = C4::Context->dbh;
    my ( $rows, $endless, $last, $comment ) = $dbh->selectrow_array(
        q{SELECT COUNT(*), SUM(expiration IS NULL), MAX(expiration), GROUP_CONCAT(comment SEPARATOR '\n')
          FROM borrower_debarments WHERE borrowernumber = ? AND (expiration IS NULL OR expiration > CURRENT_DATE)},
        undef, $patron
    );
    $dbh->do(
        'UPDATE borrowers SET debarred = ?, debarredcomment = LEFT(?, 255) WHERE borrowernumber = ?',
        undef,    $rows ? ( $endless ? '9999-12-31' : $last ) : undef,
        $comment, $patron
    );

    return;
}

1;
