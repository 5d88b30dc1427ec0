package Koha::Plugin::Dk::Cardwarden::Payments;

use Modern::Perl;

use Koha::Plugin::Dk::Cardwarden::Tables;

use constant CREDITS => Koha::Plugin::Dk::Cardwarden::Tables::CREDITS;

=head1 NAME

Koha::Plugin::Dk::Cardwarden::Payments - when a patron last paid, and was last settled

=head1 DESCRIPTION

Koha's account lines do not say when a patron owed nothing: a new fee at one in the morning hides that all was paid the
evening before. So each credit is noted at the moment it is given: its line, the moment, and whether it settled all.

Applying a credit to debits moves nothing in their sum, so the sum right after the credit line is the sum after the
payment. Less than half a hundredth is nothing.

Koha tells no plugin of a void. So nothing that was noted is believed until it is read: a credit counts unless its line
is void or gone, and it settled all unless one of the credits that were there at that moment was voided later. Later is
told by the number of the void's own line as well as by its time, so that a clock which was put back hides nothing.

=cut

use constant {
    NOTHING => '0.005',
    KEPT    => 34_560_000,    # four hundred days, in seconds
    AT_ONCE => 1000,
};

# Types of credits by which nobody paid: a lost item was found, or staff gave a debt up
use constant NO_MONEY => qw( LOST_FOUND PROCESSING_FOUND WRITEOFF FORGIVEN CANCELLATION DISCOUNT );

=head1 METHODS

=head2 record

    $class->record( $dbh, $credit_line );

Runs inside Koha's own transaction, and only reads and adds, so that it cannot make the payment wait.

=cut

sub record {
    my ( $class, $dbh, $line ) = @_;

    my $patron_id = $line->borrowernumber or return;
    my ($settled) = $dbh->selectrow_array(
        'SELECT COALESCE(SUM(amountoutstanding), 0) < ' . NOTHING . ' FROM accountlines WHERE borrowernumber = ?',
        undef, $patron_id );
    $dbh->do( 'INSERT INTO ' . CREDITS . ' (borrowernumber, credit_id, at, settled) VALUES (?, ?, UNIX_TIMESTAMP(), ?)',
        undef, $patron_id, $line->id, $settled ? 1 : 0 );

    return;
}

=head2 let_go

    $class->let_go($dbh);

Forgets credits that are older than four hundred days, if the same patron has a newer one that says as much: a thousand
at most, each by its number, so that no payment has to wait.

=cut

sub let_go {
    my ( $class, $dbh ) = @_;

    my $old = $dbh->selectall_arrayref(
              'SELECT c.borrowernumber, c.credit_id FROM '
            . CREDITS
            . ' c WHERE c.at < UNIX_TIMESTAMP() - ? AND EXISTS (SELECT 1 FROM '
            . CREDITS
            . ' n WHERE n.borrowernumber = c.borrowernumber AND n.credit_id > c.credit_id AND n.settled >= c.settled)
             ORDER BY c.borrowernumber, c.credit_id LIMIT ' . AT_ONCE, undef, KEPT
    );
    $dbh->do( 'DELETE FROM ' . CREDITS . ' WHERE borrowernumber = ? AND credit_id = ?', undef, @$_ ) for @$old;

    return;
}

=head2 moments

    my $moments = $class->moments( $dbh, \@patron_ids );

C<paid_at>, C<money_at> and C<settled_at> by patron, with two statements however many patrons; nothing for those of whom
no credit counts.

=cut

sub moments {
    my ( $class, $dbh, $ids ) = @_;

    my $credits = $class->_credits( $dbh, $ids );
    my $voids   = $class->_voids( $dbh, $ids );

    return { map { $_ => last_moments( $credits->{$_}, $voids->{$_} // [] ) } keys %$credits };
}

=head2 last_moments

    my $moments = last_moments( \@credits, \@voids );

C<paid_at>, C<money_at> (of the credits by which somebody paid) and C<settled_at> of one patron. A credit that counts
has C<id>, C<at>, C<settled> and C<no_money>, a void C<credit> (the line that it voided), C<id> (its own line) and
C<at>.

=cut

sub last_moments {
    my ( $credits, $voids ) = @_;

    my ( $last, @earlier ) = sort { $b->{id} <=> $a->{id} } @$credits;
    my ($settled) = grep { $_->{settled} && !_undone( $_, $voids ) } $last, @earlier;
    my ($money)   = grep { !$_->{no_money} } $last, @earlier;

    return {
        paid_at    => $last->{at},
        money_at   => $money   ? $money->{at}   : undef,
        settled_at => $settled ? $settled->{at} : undef
    };
}

# Whether a credit that was there when this one was given has been voided since
sub _undone {
    my ( $credit, $voids ) = @_;

    return grep { $_->{credit} <= $credit->{id} && ( $_->{id} > $credit->{id} || $_->{at} >= $credit->{at} ) } @$voids;
}

# A credit whose number is 0 comes from the table of version 1.0, and its line was gone by then
sub _credits {
    my ( $class, $dbh, $ids ) = @_;

    return _by_patron(
        [qw( id at settled no_money )],
        $dbh->selectall_arrayref(
            'SELECT c.borrowernumber, c.credit_id, c.at, c.settled, COALESCE(a.credit_type_code IN ('
                . Koha::Plugin::Dk::Cardwarden::Tables::placeholders( [NO_MONEY] ) . '), 0)
             FROM ' . CREDITS . ' c LEFT JOIN accountlines a ON a.accountlines_id = c.credit_id
             WHERE (c.credit_id = 0 OR a.accountlines_id IS NOT NULL) AND NOT (a.status <=> ?) AND c.borrowernumber IN ('
                . Koha::Plugin::Dk::Cardwarden::Tables::placeholders($ids) . ')',
            undef, NO_MONEY, 'VOID', @$ids
        )
    );
}

# Koha gives each void a debit line of its own and sets the voided credit against it
sub _voids {
    my ( $class, $dbh, $ids ) = @_;

    return _by_patron(
        [qw( id credit at )],
        $dbh->selectall_arrayref(
            'SELECT d.borrowernumber, d.accountlines_id, o.credit_id, UNIX_TIMESTAMP(o.created_on)
             FROM accountlines d JOIN account_offsets o ON o.debit_id = d.accountlines_id
             WHERE d.debit_type_code = ? AND o.credit_id IS NOT NULL AND d.borrowernumber IN ('
                . Koha::Plugin::Dk::Cardwarden::Tables::placeholders($ids) . ')',
            undef, 'VOID', @$ids
        )
    );
}

sub _by_patron {
    my ( $names, $records ) = @_;

    my %found;
    foreach my $record (@$records) {
        my ( $patron_id, %row );
        ( $patron_id, @row{@$names} ) = @$record;
        push @{ $found{$patron_id} }, \%row;
    }

    return \%found;
}

1;
