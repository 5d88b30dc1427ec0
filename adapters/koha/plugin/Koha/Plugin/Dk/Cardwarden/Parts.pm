package Koha::Plugin::Dk::Cardwarden::Parts;

use Modern::Perl;

use Koha::Plugin::Dk::Cardwarden::Facts;
use Koha::Plugin::Dk::Cardwarden::Tables;
use Koha::Plugin::Dk::Cardwarden::Wire;

use constant FACTS => 'Koha::Plugin::Dk::Cardwarden::Facts';

# What a loan must be to count as overdue: neither lost nor claimed to be returned
use constant COUNTS => q{i.date_due < CURRENT_DATE AND t.itemlost = 0 AND NOT EXISTS (
    SELECT 1 FROM return_claims c
    WHERE c.itemnumber = i.itemnumber AND c.issue_id = i.issue_id AND c.resolved_on IS NULL)};

use constant ITEM_TYPE => q{IF((SELECT value FROM systempreferences WHERE variable = 'item-level_itypes') = '0',
    b.itemtype, COALESCE(t.itype, b.itemtype))};

use constant WAITED_FOR => q{EXISTS (SELECT 1 FROM reserves r WHERE r.borrowernumber <> i.borrowernumber
    AND r.found IS NULL AND r.suspend = 0
    AND (r.itemnumber = i.itemnumber OR (r.itemnumber IS NULL AND r.biblionumber = t.biblionumber)))
    OR EXISTS (SELECT 1 FROM recalls w WHERE w.patron_id <> i.borrowernumber AND w.completed = 0
    AND w.status IN ('requested', 'overdue')
    AND (w.item_id = i.itemnumber OR (w.item_id IS NULL AND w.biblio_id = t.biblionumber)))};

# In the order in which the etag takes them
my @NAMES = qw( address arose attributes expired guarantees overdue );

my %ADD = (
    address    => \&_address,
    arose      => \&_arose,
    attributes => \&_attributes,
    expired    => \&_expired,
    guarantees => \&_guarantees,
    overdue    => \&_overdue,
);

# Whom a part makes matter, though nothing else does
my %MATTER = (
    address    => 'SELECT borrowernumber FROM borrowers WHERE gonenoaddress = 1',
    expired    => 'SELECT borrowernumber FROM borrowers WHERE dateexpiry < CURRENT_DATE',
    guarantees => 'SELECT r.guarantor_id FROM borrower_relationships r
        JOIN accountlines a ON a.borrowernumber = r.guarantee_id WHERE a.amountoutstanding > 0 AND r.guarantor_id IS NOT NULL',
    overdue => 'SELECT borrowernumber FROM issues WHERE date_due < CURRENT_DATE AND borrowernumber IS NOT NULL',
);

=head1 NAME

Koha::Plugin::Dk::Cardwarden::Parts - facts that are read only where they are asked for

=head1 DESCRIPTION

What only some policies need costs nothing where no rule asks: a request names its parts. Each part is one to five
statements, however many patrons there are. What was asked for is also part of the etag, so a write names the same.

=head1 METHODS

=head2 names

    my @names = $class->names;

All parts that there are.

=cut

sub names {
    return @NAMES;
}

=head2 asked

    my $asked = $class->asked( \@names, \@codes );

What a request asks for, from its lists of parts and of attribute codes.

=cut

sub asked {
    my ( $class, $names, $codes ) = @_;

    my %asked = map { $_ => 1 } grep { $ADD{$_} } @{ $names // [] };

    return { parts => \%asked, codes => $codes // [] };
}

=head2 key

    my $text = $class->key($asked);

The same text for the same parts.

=cut

sub key {
    my ( $class, $asked ) = @_;

    return join q{,}, sort keys %{ $asked->{parts} };
}

=head2 statements

    my @statements = $class->statements($asked);

Statements that give the numbers of patrons whom what is asked for makes matter.

=cut

sub statements {
    my ( $class, $asked ) = @_;

    return map { $asked->{parts}->{$_} ? $MATTER{$_} // () : () } @NAMES;
}

=head2 add

    $class->add( $dbh, $patrons, $asked );

Gives each patron (as L<Koha::Plugin::Dk::Cardwarden::Facts> reads them, by id) what is asked for: C<sent>, the keys as
they travel, and C<marks>, what the etag takes of them.

=cut

sub add {
    my ( $class, $dbh, $patrons, $asked ) = @_;

    my @ids = keys %$patrons;
    return unless @ids;

    foreach my $name ( grep { $asked->{parts}->{$_} } @NAMES ) {
        $ADD{$name}->( $dbh, $patrons, \@ids, $asked );
    }

    return;
}

sub _address {
    my ( $dbh, $patrons, $ids ) = @_;

    my $marked = $dbh->selectcol_arrayref(
        'SELECT borrowernumber FROM borrowers WHERE gonenoaddress = 1 AND borrowernumber IN ('
            . Koha::Plugin::Dk::Cardwarden::Tables::placeholders($ids) . ')',
        undef, @$ids
    );
    my %marked = map { $_ => 1 } @$marked;
    foreach my $id (@$ids) {
        my $is = $marked{$id} // 0;
        $patrons->{$id}->{sent}->{address_unknown} = $is ? \1 : \0;
        push @{ $patrons->{$id}->{marks} }, $is;
    }

    return;
}

# The line's own date is written anew where a fine grows, and only there
sub _arose {
    my ( $dbh, $patrons, $ids ) = @_;

    my $days = _first_days( $dbh, [ map { @{ $_->{lines} } } values %$patrons ] );
    foreach my $patron ( values %$patrons ) {
        $_->{arose} = $days->{ $_->{id} } for @{ $patron->{lines} };
    }

    return;
}

sub _first_days {
    my ( $dbh, $lines ) = @_;

    my @debits = grep { $_->{outstanding} !~ /\A-/ } @$lines;
    return {} unless @debits;

    my @numbers = map { $_->{id} } @debits;
    my $records = $dbh->selectall_arrayref(
        q{SELECT debit_id, DATE(MIN(created_on)) FROM account_offsets WHERE type = 'CREATE' AND debit_id IN (}
            . Koha::Plugin::Dk::Cardwarden::Tables::placeholders( \@numbers )
            . ') GROUP BY debit_id',
        undef, @numbers
    );
    my %days = map { $_->[0] => $_->[1] } @$records;
    foreach my $line (@debits) {
        $days{ $line->{id} } //= $line->{date} if $line->{type} ne 'OVERDUE';
    }

    return \%days;
}

sub _attributes {
    my ( $dbh, $patrons, $ids, $asked ) = @_;

    my $codes = _codes( $dbh, $ids, $asked );
    foreach my $id (@$ids) {
        $patrons->{$id}->{sent}->{attributes} = $codes->{$id} // [];
        push @{ $patrons->{$id}->{marks} }, join q{,}, @{ $codes->{$id} // [] };
    }

    return;
}

# Which of the asked attributes each of them has, in order
sub _codes {
    my ( $dbh, $ids, $asked ) = @_;

    my @codes = @{ $asked->{codes} };
    return {} unless @codes && @$ids;

    my $records = $dbh->selectall_arrayref(
        q{SELECT DISTINCT borrowernumber, code FROM borrower_attributes WHERE attribute NOT IN ('', '0') AND code IN (}
            . Koha::Plugin::Dk::Cardwarden::Tables::placeholders( \@codes )
            . ') AND borrowernumber IN ('
            . Koha::Plugin::Dk::Cardwarden::Tables::placeholders($ids) . ')',
        undef, @codes, @$ids
    );
    my %found;
    push @{ $found{ $_->[0] } }, $_->[1] for @$records;

    return { map { $_ => [ sort @{ $found{$_} } ] } keys %found };
}

sub _expired {
    my ( $dbh, $patrons, $ids ) = @_;

    push @{ $patrons->{$_}->{marks} }, $patrons->{$_}->{expiry} // q{} for @$ids;

    return;
}

sub _guarantees {
    my ( $dbh, $patrons, $ids, $asked ) = @_;

    my $records = $dbh->selectall_arrayref(
        'SELECT DISTINCT r.guarantor_id, b.borrowernumber, b.categorycode, b.branchcode, b.dateofbirth
         FROM borrower_relationships r JOIN borrowers b ON b.borrowernumber = r.guarantee_id WHERE r.guarantor_id IN ('
            . Koha::Plugin::Dk::Cardwarden::Tables::placeholders($ids)
            . ') ORDER BY r.guarantor_id, b.borrowernumber',
        undef, @$ids
    );
    my @numbers = map { $_->[1] } @$records;
    my $lines   = @numbers ? FACTS->open_lines( $dbh, \@numbers ) : {};
    my $days    = _first_days( $dbh, [ map { @$_ } values %$lines ] );
    my $codes   = $asked->{parts}->{attributes} ? _codes( $dbh, \@numbers, $asked ) : undef;
    my $loans   = $asked->{parts}->{overdue}    ? _loans( $dbh, \@numbers )         : undef;
    $patrons->{$_}->{sent}->{guarantees} = [] for @$ids;
    foreach my $record (@$records) {
        my ( $guarantor, $number, $category, $library, $birth ) = @$record;
        my $open   = $lines->{$number} // [];
        my $credit = Koha::Plugin::Dk::Cardwarden::Wire::credit( { lines => $open } );
        my @debits = grep { $_->{outstanding} !~ /\A-/ } @$open;
        push @{ $patrons->{$guarantor}->{sent}->{guarantees} }, {
            patron_id     => $number + 0,
            category_id   => $category,
            library_id    => $library,
            date_of_birth => $birth,
            credit        => $credit,
            charges       => [
                map {
                    {
                        id          => $_->{id} + 0,
                        type        => $_->{type},
                        outstanding => $_->{outstanding},
                        arose       => $days->{ $_->{id} }
                    }
                } @debits
            ],
            $codes ? ( attributes => $codes->{$number} // [] )                             : (),
            $loans ? ( overdue    => [ map { $_->{sent} } @{ $loans->{$number} // [] } ] ) : (),
        };
        my $owed  = join q{,}, map { "$_->{id}:$_->{type}:$_->{outstanding}" } @debits;
        my @marks = ( $number, $birth // q{}, $category, $owed, $credit );
        push @marks, join q{,}, @{ $codes->{$number} // [] } if $codes;
        push @marks, join q{,}, map { $_->{mark} } @{ $loans->{$number} // [] } if $loans;
        push @{ $patrons->{$guarantor}->{marks} }, join q{:}, @marks;
    }

    return;
}

sub _overdue {
    my ( $dbh, $patrons, $ids ) = @_;

    my $loans = _loans( $dbh, $ids );
    foreach my $id (@$ids) {
        $patrons->{$id}->{sent}->{overdue} = [ map { $_->{sent} } @{ $loans->{$id} // [] } ];
        push @{ $patrons->{$id}->{marks} }, map { $_->{mark} } @{ $loans->{$id} // [] };
    }

    return;
}

# The overdue loans of each of them, by item: as they travel, and what the etag takes
sub _loans {
    my ( $dbh, $ids ) = @_;

    return {} unless @$ids;

    my $records = $dbh->selectall_arrayref(
              'SELECT i.borrowernumber, i.itemnumber, DATE(i.date_due), '
            . ITEM_TYPE . ', '
            . WAITED_FOR
            . ' FROM issues i JOIN items t ON t.itemnumber = i.itemnumber
               LEFT JOIN biblioitems b ON b.biblioitemnumber = t.biblioitemnumber WHERE '
            . COUNTS
            . ' AND i.borrowernumber IN ('
            . Koha::Plugin::Dk::Cardwarden::Tables::placeholders($ids)
            . ') ORDER BY i.borrowernumber, i.itemnumber',
        undef, @$ids
    );
    my %loans;
    foreach my $record (@$records) {
        my ( $id, $item, $due, $type, $waited_for ) = @$record;
        push @{ $loans{$id} },
            {
                sent => { item_id => $item + 0, due => $due, item_type => $type, waited_for => $waited_for ? \1 : \0 },
                mark => join( q{:}, $item, $due, $type // q{}, $waited_for ? 1 : 0 ),
            };
    }

    return \%loans;
}

1;
