package Koha::Plugin::Dk::Cardwarden::Releases;

use Modern::Perl;

use Koha::Plugin::Dk::Cardwarden::Tables;

use constant {
    RELEASES => Koha::Plugin::Dk::Cardwarden::Tables::RELEASES,
    KEPT     => 30 * 24 * 60 * 60,
};

=head1 NAME

Koha::Plugin::Dk::Cardwarden::Releases - what staff released on the plugin's page

=head1 DESCRIPTION

A release waits here until Cardwarden has it in its journal and says so; it is let go thirty days after. It goes with its
patron: where two records are merged, what the other one had is gone, and so is a release that had not been taken.

A release is a hash with C<id>, C<type>, C<rule>, C<staff> (the staff member's number, undef once that record is
deleted), C<photo_id> (0 or 1), C<reason>, C<at> and C<rows> (the ids of the restrictions that it ended, with commas).

=head1 METHODS

=head2 add

    $class->add( $dbh, $patron_id, $release );

=cut

sub add {
    my ( $class, $dbh, $patron_id, $release ) = @_;

    $dbh->do(
        'INSERT INTO '
            . RELEASES
            . ' (borrowernumber, type, rule, staff, photo_id, reason, at, `rows`) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        undef, $patron_id, @{$release}{qw( type rule staff photo_id reason at rows )}
    );

    return;
}

=head2 waiting

    my $releases = $class->waiting( $dbh, \@patron_ids );

Those that Cardwarden has not taken, by patron, each patron's by id.

=cut

sub waiting {
    my ( $class, $dbh, $ids ) = @_;

    my $records = $dbh->selectall_arrayref(
        'SELECT borrowernumber, id, type, rule, staff, photo_id, reason, at, `rows` FROM '
            . RELEASES
            . ' WHERE taken_at IS NULL AND borrowernumber IN ('
            . Koha::Plugin::Dk::Cardwarden::Tables::placeholders($ids)
            . ') ORDER BY id',
        undef, @$ids
    );

    my %releases;
    foreach my $record (@$records) {
        my ( $patron_id, %release );
        ( $patron_id, @release{qw( id type rule staff photo_id reason at rows )} ) = @$record;
        push @{ $releases{$patron_id} }, \%release;
    }

    return \%releases;
}

=head2 take

    my $count = $class->take( $dbh, \@release_ids );

Cardwarden has them. Ids that are not there, or were taken before, count for nothing.

=cut

sub take {
    my ( $class, $dbh, $ids ) = @_;

    return 0 unless @$ids;

    return 0 + $dbh->do(
        'UPDATE '
            . RELEASES
            . ' SET taken_at = UNIX_TIMESTAMP() WHERE taken_at IS NULL AND id IN ('
            . Koha::Plugin::Dk::Cardwarden::Tables::placeholders($ids) . ')',
        undef, @$ids
    );
}

=head2 let_go

    $class->let_go($dbh);

Forgets what was taken thirty days ago or before.

=cut

sub let_go {
    my ( $class, $dbh ) = @_;

    $dbh->do( 'DELETE FROM ' . RELEASES . ' WHERE taken_at < UNIX_TIMESTAMP() - ?', undef, KEPT );

    return;
}

1;
