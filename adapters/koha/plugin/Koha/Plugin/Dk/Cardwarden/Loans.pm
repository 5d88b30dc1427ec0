package Koha::Plugin::Dk::Cardwarden::Loans;

use Modern::Perl;

use Koha::Plugin::Dk::Cardwarden::Tables;

use constant {
    LOANS   => Koha::Plugin::Dk::Cardwarden::Tables::LOANS,
    KEPT    => 172_800,                                       # two days, in seconds
    AT_ONCE => 1000,
};

=head1 NAME

Koha::Plugin::Dk::Cardwarden::Loans - who brought something back or renewed it of late

=head1 DESCRIPTION

A return takes the loan out of Koha's table, and leaves no trace there of whose it was. So the patron's number and the
moment are noted, and nothing of the item, for those who ask who moved; two days are enough for that. Where Koha forgets
at the return who had the item, this knows no more.

=head1 METHODS

=head2 record

    $class->record( $dbh, $patron_id );

Runs inside Koha's own action, and waits for nobody but another one of the same patron.

=cut

sub record {
    my ( $class, $dbh, $patron_id ) = @_;

    return unless $patron_id;
    $dbh->do(
        'INSERT INTO '
            . LOANS
            . ' (borrowernumber, at) VALUES (?, UNIX_TIMESTAMP()) ON DUPLICATE KEY UPDATE at = VALUES(at)',
        undef, $patron_id
    );

    return;
}

=head2 let_go

    $class->let_go($dbh);

Forgets what is older than two days, a thousand at most.

=cut

sub let_go {
    my ( $class, $dbh ) = @_;

    $dbh->do( 'DELETE FROM ' . LOANS . ' WHERE at < UNIX_TIMESTAMP() - ? ORDER BY at LIMIT ' . AT_ONCE, undef, KEPT );

    return;
}

1;
