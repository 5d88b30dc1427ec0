package Koha::Plugin::Dk::Cardwarden::Changes;

use Modern::Perl;

use Mojo::JSON qw( false true );
use Try::Tiny qw( catch finally try );

use Koha::Database;
use Koha::Patron::Debarments qw( AddDebarment DelDebarment ModDebarment );
use Koha::Plugin::Dk::Cardwarden::Change;
use Koha::Plugin::Dk::Cardwarden::Facts;
use Koha::Plugin::Dk::Cardwarden::Parts;

use constant {
    FACTS      => 'Koha::Plugin::Dk::Cardwarden::Facts',
    PARTS      => 'Koha::Plugin::Dk::Cardwarden::Parts',
    GROUP_SIZE => 50,
    PATIENCE   => 5,
    TOO_OFTEN  => 3,
};

=head1 NAME

Koha::Plugin::Dk::Cardwarden::Changes - writes what a request asks

=head1 DESCRIPTION

Items go in groups of fifty, a transaction each. A group locks its patrons' rows and reads the facts after that, so that
neither a restriction nor an account line can come in between.

After a database error nothing of the group is written, and each of its items is tried once more on its own; only the
one that fails again is answered as failed. Waiting for a lock is given up after a few seconds; after several such waits
somebody holds more than single patrons, and the rest of the request is answered as failed without waiting for it.

Restrictions are written by Koha's own functions.

=head1 METHODS

=head2 apply

    my $results = $class->apply( $dbh, $items, $types, sub { warn @_ }, $asked );

C<$types> as in L<Koha::Plugin::Dk::Cardwarden::Change/judge>. The results stand in the order of the items.

=cut

sub apply {
    my ( $class, $dbh, $items, $types, $log, $asked ) = @_;

    my @sorted = sort { $a->{patron_id} <=> $b->{patron_id} } @$items;
    my %results;
    my $job = { dbh => $dbh, types => $types, log => $log, asked => $asked, waited => 0 };
    $dbh->do( 'SET SESSION innodb_lock_wait_timeout = ' . PATIENCE );
    try {
        while ( my @group = splice @sorted, 0, GROUP_SIZE ) {
            %results = ( %results, $class->_group_or_one_by_one( $job, \@group ) );
        }
    } finally {
        $dbh->do('SET SESSION innodb_lock_wait_timeout = @@GLOBAL.innodb_lock_wait_timeout');
    };

    return [ map { $results{ $_->{patron_id} } } @$items ];
}

sub _group_or_one_by_one {
    my ( $class, $job, $group ) = @_;

    return try {
        $class->_attempt( $job, $group );
    } catch {
        $job->{log}->("Cardwarden: a group of changes is tried again item by item: $_");
        map { $class->_alone( $job, $_ ) } @$group;
    };
}

sub _alone {
    my ( $class, $job, $item ) = @_;

    return try {
        $class->_attempt( $job, [$item] );
    } catch {
        $job->{log}->("Cardwarden: the change for patron $item->{patron_id} failed: $_");
        my $failed = { status => 500, error => 'The database refused the change; nothing of it was written.' };
        ( $item->{patron_id} => _result( $item, $failed ) );
    };
}

sub _attempt {
    my ( $class, $job, $items ) = @_;

    die "locks were waited for in vain $job->{waited} times\n" if $job->{waited} >= TOO_OFTEN;

    my $begun = time;
    return try {
        %{ $class->_transaction( $job, $items ) };
    } catch {
        $job->{waited}++ if time - $begun >= PATIENCE;
        die $_;
    };
}

sub _transaction {
    my ( $class, $job, $items ) = @_;

    my ( $dbh, $types ) = @{$job}{qw( dbh types )};

    return Koha::Database->new->schema->txn_do(
        sub {
            my @ids = map { $_->{patron_id} } @$items;
            FACTS->lock( $dbh, \@ids );
            my $patrons = FACTS->read( $dbh, \@ids );
            PARTS->add( $dbh, $patrons, $job->{asked} ) if $job->{asked};

            my ( %judgements, @written );
            foreach my $item (@$items) {
                my $patron    = $patrons->{ $item->{patron_id} };
                my $judgement = Koha::Plugin::Dk::Cardwarden::Change::judge( $patron, $item, $types );
                $judgements{ $item->{patron_id} } = $judgement;
                next unless @{ $judgement->{steps} };

                _take( $dbh, $patron, $_ ) for @{ $judgement->{steps} };
                push @written, $item->{patron_id};
            }

            # the new rows' ids are part of the new etag
            my $rows = @written ? FACTS->rows( $dbh, \@written ) : {};
            $patrons->{$_}->{rows} = $rows->{$_} // [] for @written;

            return {
                map {
                    $_->{patron_id} =>
                        _result( $_, $judgements{ $_->{patron_id} }, $patrons->{ $_->{patron_id} }, $types )
                } @$items
            };
        }
    );
}

sub _take {
    my ( $dbh, $patron, $step ) = @_;

    my ( $what, $which, $comment ) = @$step;
    if ( $what eq 'add' ) {
        AddDebarment( { borrowernumber => $patron->{id}, type => $which, comment => $comment } );
    } elsif ( $what eq 'amend' ) {
        ModDebarment( { borrower_debarment_id => $which, comment => $comment } );
    } elsif ( $what eq 'delete' ) {
        DelDebarment($which);
    } elsif ( $what eq 'flag' ) {
        Koha::Patron::Debarments::UpdateBorrowerDebarmentFlags( $patron->{id} );
    } elsif ( $what eq 'reset_pin' ) {
        FACTS->reset_pin( $dbh, $patron->{id} );
        $patron->{attempts} = 0;
    }

    return;
}

sub _result {
    my ( $item, $judgement, $patron, $types ) = @_;

    my $refused = defined $judgement->{error};
    my %result  = (
        patron_id => $item->{patron_id} + 0,
        status    => $judgement->{status},
        etag      => $refused ? undef : Koha::Plugin::Dk::Cardwarden::Change::current_etag( $patron, $types ),
        written   => ( !$refused && @{ $judgement->{steps} } ) ? true : false,
    );
    $result{error}  = $judgement->{error}  if $refused;
    $result{length} = $judgement->{length} if defined $judgement->{length};

    return \%result;
}

1;
