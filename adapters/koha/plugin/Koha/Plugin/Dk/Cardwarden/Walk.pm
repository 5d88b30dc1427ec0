package Koha::Plugin::Dk::Cardwarden::Walk;

use Modern::Perl;

use List::Util qw( uniqnum );

use Koha::Database;
use Koha::Plugin::Dk::Cardwarden::Facts;
use Koha::Plugin::Dk::Cardwarden::Parts;
use Koha::Plugin::Dk::Cardwarden::Settings;
use Koha::Plugin::Dk::Cardwarden::Tables;

use constant {
    FACTS    => 'Koha::Plugin::Dk::Cardwarden::Facts',
    PARTS    => 'Koha::Plugin::Dk::Cardwarden::Parts',
    SETTINGS => 'Koha::Plugin::Dk::Cardwarden::Settings',
    WALK     => Koha::Plugin::Dk::Cardwarden::Tables::WALK,
    CREDITS  => Koha::Plugin::Dk::Cardwarden::Tables::CREDITS,
    LOANS    => Koha::Plugin::Dk::Cardwarden::Tables::LOANS,
    RELEASES => Koha::Plugin::Dk::Cardwarden::Tables::RELEASES,
    FRESH    => 900,
    CHUNK    => 50_000,
    HOUR     => 3600,
};

=head1 NAME

Koha::Plugin::Dk::Cardwarden::Walk - which patrons the next page is about

=head1 DESCRIPTION

Koha's account lines have no index on what is outstanding, so finding who owes means reading all of them: half a second
for three million, unless the library has made an index of its own (docs/speed.md). That is done once for a walk through the pages. The first page finds everyone who can matter and, if
they are more than it holds, keeps their ids for a quarter of an hour; the pages after it take up there. A page's facts
are always read anew.

Several walks at a time share the newest list. Any list holds everyone who could matter when it was made, so a walk that
changes over to a newer one misses nobody who could matter from its beginning on.

=head1 METHODS

=head2 candidates

    my ( $ids, $lines, $found ) = $class->candidates( $dbh, $after, $limit, $asked );

C<$asked> are the parts that the walk asks for: a list that was made for other parts is not taken up. The ids of the page; the open lines of its patrons, if they were read on the way; and the ids of the whole walk, if they
are to be kept.

=cut

sub candidates {
    my ( $class, $dbh, $after, $limit, $asked ) = @_;

    if ( $after > 0 ) {
        my ($fresh) = $dbh->selectrow_array(
            q{SELECT 1 FROM plugin_data a LEFT JOIN plugin_data f
                ON f.plugin_class = a.plugin_class AND f.plugin_key = 'walk_for'
              WHERE a.plugin_class = ? AND a.plugin_key = 'walk_at' AND a.plugin_value > UNIX_TIMESTAMP() - ?
              AND COALESCE(f.plugin_value, '') = ?},
            undef, SETTINGS->PLUGIN, FRESH, PARTS->key($asked)
        );
        if ($fresh) {
            my $kept = $class->_kept( $dbh, $after, $limit );
            return ( $kept, _lines_of_page( $dbh, $kept ) );
        }
    }

    my $lines  = FACTS->all_open_lines($dbh);
    my $others = $dbh->selectcol_arrayref(
        'SELECT borrowernumber FROM borrowers WHERE login_attempts <> 0 OR lost <> 0 OR debarred IS NOT NULL
         UNION SELECT borrowernumber FROM borrower_debarments
         UNION SELECT borrowernumber FROM '
            . RELEASES . ' WHERE taken_at IS NULL' . join( q{}, map { " UNION $_" } PARTS->statements($asked) )
    );
    my @found = sort { $a <=> $b } uniqnum( keys %$lines, @$others );
    my @page  = grep { $_ > $after } @found;
    my $whole = @page <= $limit;
    $#page = $limit - 1 unless $whole;

    return ( \@page, $lines, $whole ? undef : \@found );
}

# Nothing without the library's own index: then they are read patron by patron
sub _lines_of_page {
    my ( $dbh, $page ) = @_;

    return unless @$page;
    my $index = FACTS->index_of_open_lines($dbh) or return;

    return FACTS->open_lines_between( $dbh, $page->[0], $page->[-1], $index );
}

sub _kept {
    my ( $class, $dbh, $after, $limit ) = @_;

    return $dbh->selectcol_arrayref(
              'SELECT w.borrowernumber FROM '
            . WALK
            . ' w JOIN borrowers b ON b.borrowernumber = w.borrowernumber
         WHERE w.borrowernumber > ? ORDER BY w.borrowernumber LIMIT ?',
        undef, $after, $limit
    );
}

=head2 keep

    $class->keep( $dbh, $found, $asked );

Keeps the ids of a walk for its next pages. Without them the pages are found again, only slower: a failure is a warning.

=cut

sub keep {
    my ( $class, $dbh, $found, $asked ) = @_;

    my @left = map { int } @$found;
    my $kept = eval {
        Koha::Database->new->schema->txn_do(
            sub {
                $dbh->do( 'DELETE FROM ' . WALK );
                while ( my @chunk = splice @left, 0, CHUNK ) {
                    $dbh->do( 'INSERT INTO ' . WALK . ' VALUES ' . join q{,}, map { "($_)" } @chunk );
                }
                my ($now) = FACTS->now($dbh);
                SETTINGS->store( $dbh, walk_at => $now, walk_for => PARTS->key($asked) );
            }
        );
        1;
    };
    warn "Cardwarden could not keep its list of patrons: $@" unless $kept;

    return;
}

=head2 everyone

    my $ids = $class->everyone( $dbh, $after, $limit );

=cut

sub everyone {
    my ( $class, $dbh, $after, $limit ) = @_;

    return $dbh->selectcol_arrayref(
        'SELECT borrowernumber FROM borrowers WHERE borrowernumber > ? ORDER BY borrowernumber LIMIT ?',
        undef, $after, $limit );
}

=head2 moved

    my $ids = $class->moved( $dbh, $since, $after, $limit, $asked );

Whose money, card, PIN counter or restrictions moved at or after a moment, or whom staff released since; with the parts
that are asked for, also who brought something back or renewed it, and for whom of them somebody else's money counts that
moved. C<borrowers.updated_on> does not move with money, and the account lines do not move with the rest, so both are
asked.

The hour before is read too and sorted out by the exact time: where summer time ends, local time stamps go back.

=cut

sub moved {
    my ( $class, $dbh, $since, $after, $limit, $asked ) = @_;

    my $early = $since > HOUR ? $since - HOUR : 0;
    my @found = map {
        my ( $table, $column ) = @$_;
        "SELECT borrowernumber FROM $table
         WHERE $column >= FROM_UNIXTIME(?) AND UNIX_TIMESTAMP($column) >= ? AND borrowernumber > ?"
    } (
        [qw( accountlines timestamp )],      [qw( borrowers updated_on )],
        [qw( borrower_debarments created )], [qw( borrower_debarments updated )],
    );
    push @found, 'SELECT borrowernumber FROM ' . CREDITS . ' WHERE at >= ? AND borrowernumber > ?';
    push @found,
        'SELECT borrowernumber FROM ' . RELEASES . ' WHERE taken_at IS NULL AND at >= ? AND borrowernumber > ?';
    my @more;
    if ( $asked->{parts}->{overdue} ) {
        push @found, 'SELECT borrowernumber FROM ' . LOANS . ' WHERE at >= ? AND borrowernumber > ?';
        push @more, $since, $after;
    }
    if ( $asked->{parts}->{guarantees} ) {
        push @found, 'SELECT r.guarantor_id FROM borrower_relationships r
             JOIN accountlines a ON a.borrowernumber = r.guarantee_id
             WHERE a.timestamp >= FROM_UNIXTIME(?) AND UNIX_TIMESTAMP(a.timestamp) >= ? AND r.guarantor_id > ?';
        push @more, $early, $since, $after;
    }

    return $dbh->selectcol_arrayref(
        join( ' UNION ', @found ) . ' ORDER BY borrowernumber LIMIT ?',
        undef,
        ( $early, $since, $after ) x 4,
        ( $since, $after ) x 2,
        @more, $limit
    );
}

1;
