package Koha::Plugin::Dk::Cardwarden::Facts;

use Modern::Perl;

use Koha::Plugin::Dk::Cardwarden::Payments;
use Koha::Plugin::Dk::Cardwarden::Releases;
use Koha::Plugin::Dk::Cardwarden::Tables;

=head1 NAME

Koha::Plugin::Dk::Cardwarden::Facts - all that a decision about a patron rests on, read in bulk

=head1 DESCRIPTION

Seven statements, however many patrons are asked for. The caller holds a transaction, so that all of them see the same
moment.

A patron is a hash with C<id>, C<library>, C<category>, C<birth>, C<lang>, C<expiry>, C<lost> (0 or 1), C<attempts>,
C<debarred>, C<flag_in_force> (the flag, unless its date has gone by), C<settled_at>, C<paid_at>, C<money_at>, C<lines> (every open
line, debit or credit, by id), C<rows> (every restriction, by id) and C<releases> (what staff released and Cardwarden has
not taken yet, by id). A line has the keys of the wire's charges.

=cut

# What every reader of account lines selects
use constant LINE => q{a.borrowernumber, a.accountlines_id,
    COALESCE(a.debit_type_code, a.credit_type_code, ''), a.status, a.amountoutstanding, DATE(a.date), a.itemnumber};

=head1 METHODS

=head2 now

    my ($epoch) = $class->now($dbh);

The database's clock, in whole seconds since 1970.

=cut

sub now {
    my ( $class, $dbh ) = @_;

    return $dbh->selectrow_array('SELECT UNIX_TIMESTAMP()');
}

=head2 lock

    $class->lock( $dbh, \@ids );

Locks the patrons' rows in C<borrowers> until the end of the transaction, lowest id first. Koha takes a shared lock on the
same row wherever it adds a restriction or an account line. Without the index's name a small table would be read, and
locked, from end to end.

=cut

sub lock {
    my ( $class, $dbh, $ids ) = @_;

    $dbh->selectcol_arrayref(
        'SELECT borrowernumber FROM borrowers FORCE INDEX (PRIMARY) WHERE borrowernumber IN ('
            . Koha::Plugin::Dk::Cardwarden::Tables::placeholders($ids)
            . ') ORDER BY borrowernumber FOR UPDATE',
        undef, @$ids
    );

    return;
}

=head2 read

    my $patrons = $class->read( $dbh, \@ids, { names => 1, lines => $lines } );

A hash of patrons by id; ids that do not exist are left out. C<lines> are open lines by patron, if the caller has them.

=cut

sub read {
    my ( $class, $dbh, $ids, $options ) = @_;

    return {} unless @$ids;

    my $lines   = $options->{lines} // $class->open_lines( $dbh, $ids );
    my $rows    = $class->rows( $dbh, $ids );
    my $moments = Koha::Plugin::Dk::Cardwarden::Payments->moments( $dbh, $ids );
    my $waiting = Koha::Plugin::Dk::Cardwarden::Releases->waiting( $dbh, $ids );
    my $patrons = _patrons( $dbh, $ids, $options->{names} );
    foreach my $patron ( values %$patrons ) {
        @{$patron}{qw( settled_at paid_at money_at )} =
            @{ $moments->{ $patron->{id} } // {} }{qw( settled_at paid_at money_at )};
        $patron->{lines}    = $lines->{ $patron->{id} }   // [];
        $patron->{rows}     = $rows->{ $patron->{id} }    // [];
        $patron->{releases} = $waiting->{ $patron->{id} } // [];
    }

    return $patrons;
}

=head2 reset_pin

    $class->reset_pin( $dbh, $id );

Sets the counter of wrong PINs to zero. An administrator's lock, which Koha keeps there as -1, stays.

=cut

sub reset_pin {
    my ( $class, $dbh, $id ) = @_;

    $dbh->do( 'UPDATE borrowers SET login_attempts = 0 WHERE borrowernumber = ? AND login_attempts > 0', undef, $id );

    return;
}

=head2 open_lines

    my $lines = $class->open_lines( $dbh, \@ids );

=cut

sub open_lines {
    my ( $class, $dbh, $ids ) = @_;

    return _lines(
        $dbh,
        'SELECT '
            . LINE
            . ' FROM accountlines a WHERE a.amountoutstanding <> 0 AND a.borrowernumber IN ('
            . Koha::Plugin::Dk::Cardwarden::Tables::placeholders($ids) . ')',
        $ids
    );
}

=head2 all_open_lines

    my $lines = $class->all_open_lines($dbh);

The open lines of all patrons. The table is read with two columns only, and joined to itself for the others of the few
lines that are open: that takes a third less than reading every column of every line.

=cut

sub all_open_lines {
    my ( $class, $dbh ) = @_;

    return _lines(
        $dbh,
        'SELECT STRAIGHT_JOIN '
            . LINE
            . ' FROM accountlines o JOIN accountlines a ON a.accountlines_id = o.accountlines_id
               WHERE o.amountoutstanding <> 0',
        []
    );
}

=head2 index_of_open_lines

    my $name = $class->index_of_open_lines($dbh);

The name of the library's own index on what is outstanding and of whom, if it has made one; Koha itself has none.

=cut

sub index_of_open_lines {
    my ( $class, $dbh ) = @_;

    my ($name) = $dbh->selectrow_array(
        q{SELECT index_name FROM information_schema.statistics
          WHERE table_schema = DATABASE() AND table_name = 'accountlines'
          GROUP BY index_name
          HAVING GROUP_CONCAT(column_name ORDER BY seq_in_index) LIKE 'amountoutstanding,borrowernumber%'
          ORDER BY index_name LIMIT 1}
    );

    return $name;
}

=head2 open_lines_between

    my $lines = $class->open_lines_between( $dbh, $first_id, $last_id, $index );

The open lines of all patrons from one id to another, by that index: it holds all that is open close together, whereas
by patron Koha's own index leads through everything that was ever paid.

=cut

sub open_lines_between {
    my ( $class, $dbh, $first, $last, $index ) = @_;

    return _lines(
        $dbh,
        'SELECT STRAIGHT_JOIN '
            . LINE
            . ' FROM accountlines o FORCE INDEX ('
            . $dbh->quote_identifier($index)
            . ') JOIN accountlines a ON a.accountlines_id = o.accountlines_id
               WHERE o.amountoutstanding <> 0 AND o.borrowernumber BETWEEN ? AND ?',
        [ $first, $last ]
    );
}

# By patron, each patron's by id. Tens of thousands of lines pass here: columns are bound, not copied.
sub _lines {
    my ( $dbh, $sql, $bind ) = @_;

    my $statement = $dbh->prepare($sql);
    $statement->execute(@$bind);
    $statement->bind_columns( \my ( $patron_id, $id, $type, $status, $outstanding, $date, $item ) );

    my %lines;
    while ( $statement->fetch ) {
        next unless defined $patron_id;    # Koha keeps the lines of deleted patrons
        my %line = ( id => $id, type => $type, status => $status, outstanding => $outstanding, item_id => $item );
        $line{date} = _date($date);
        push @{ $lines{$patron_id} }, \%line;
    }
    foreach my $list ( values %lines ) {
        @$list = sort { $a->{id} <=> $b->{id} } @$list if @$list > 1;
    }

    return \%lines;
}

=head2 rows

    my $rows = $class->rows( $dbh, \@ids );

Restrictions by patron, each patron's by id.

=cut

sub rows {
    my ( $class, $dbh, $ids ) = @_;

    my $records = $dbh->selectall_arrayref(
        'SELECT borrowernumber, borrower_debarment_id, type, comment, expiration, UNIX_TIMESTAMP(created),
             expiration IS NULL OR expiration > CURRENT_DATE
         FROM borrower_debarments WHERE borrowernumber IN ('
            . Koha::Plugin::Dk::Cardwarden::Tables::placeholders($ids)
            . ') ORDER BY borrower_debarment_id',
        undef, @$ids
    );

    my %rows;
    foreach my $record (@$records) {
        my ( $patron_id, %row );
        ( $patron_id, @row{qw( id type comment expiration created in_force )} ) = @$record;
        push @{ $rows{$patron_id} }, \%row;
    }

    return \%rows;
}

sub _patrons {
    my ( $dbh, $ids, $names ) = @_;

    my @fields = qw( id library category birth lang expiry lost attempts debarred flag_in_force );
    push @fields, qw( cardnumber surname firstname ) if $names;

    my $statement = $dbh->prepare(
        'SELECT b.borrowernumber, b.branchcode, b.categorycode, b.dateofbirth, b.lang, b.dateexpiry,
             COALESCE(b.lost, 0) <> 0, b.login_attempts, b.debarred, IF(b.debarred > CURRENT_DATE, b.debarred, NULL)'
            . ( $names ? ', b.cardnumber, b.surname, b.firstname' : q{} )
            . ' FROM borrowers b WHERE b.borrowernumber IN ('
            . Koha::Plugin::Dk::Cardwarden::Tables::placeholders($ids) . ')'
    );
    $statement->execute(@$ids);
    my %column;
    $statement->bind_columns( \@column{@fields} );

    my %patrons;
    while ( $statement->fetch ) {
        my %patron = %column;
        $patron{$_} = _date( $patron{$_} ) for qw( birth expiry debarred flag_in_force );
        $patrons{ $patron{id} } = \%patron;
    }

    return \%patrons;
}

# Old databases hold zero dates
sub _date {
    my ($date) = @_;

    return ( defined $date && $date gt '0001' ) ? $date : undef;
}

1;
