package Koha::Plugin::Dk::Cardwarden::Notices;

use Modern::Perl;

use Try::Tiny qw( catch try );

use Koha::Database;
use Koha::Patrons;
use Koha::Plugin::Dk::Cardwarden::Letter;
use Koha::Plugin::Dk::Cardwarden::Tables;

use constant {
    NOTICES => Koha::Plugin::Dk::Cardwarden::Tables::NOTICES,
    KEPT    => 365 * 24 * 60 * 60,
    FAILED  => 'The database refused the notice; nothing of it was written.',
};

# The number alone could be that of a later message: a database may give the numbers of purged ones again
use constant MESSAGE => 'message_queue m ON m.message_id = n.message_id
    AND m.borrowernumber = n.borrowernumber AND m.letter_code = n.code';

=head1 NAME

Koha::Plugin::Dk::Cardwarden::Notices - letters that Cardwarden asked for, and what became of them

=head1 DESCRIPTION

A letter has a key, and a patron gets it once, however often it is asked for. Koha sends it, or prints it, in its own time:
what became of it stands in Koha's message queue, and is remembered here, since libraries purge the queue. What was purged
while it still waited was not sent: it counts as deleted.

A row is let go a year after, and with its patron.

=head1 METHODS

=head2 take_in

    my $counts = $class->take_in( $dbh, $wishes, sub { warn @_ } );

Queues what was not queued before, each in a transaction of its own. A patron who does not exist is skipped. Answers
C<notices_queued>, and C<notices_refused> with a sentence each. Nothing if C<$wishes> is undef.

=cut

sub take_in {
    my ( $class, $dbh, $wishes, $log ) = @_;

    return {} unless $wishes;

    my ( $queued, @refused ) = (0);
    foreach my $wish (@$wishes) {
        my $problem;
        try {
            Koha::Database->new->schema->txn_do(
                sub {
                    return unless _is_new( $dbh, $wish );
                    ( my $message, $problem ) =
                        Koha::Plugin::Dk::Cardwarden::Letter->enqueue( $dbh,
                            scalar Koha::Patrons->find( $wish->{patron_id} ),
                            $wish->{code}, $log );
                    die "nothing to queue\n" if $problem;
                    $dbh->do( 'UPDATE ' . NOTICES . ' SET message_id = ? WHERE borrowernumber = ? AND `key` = ?',
                        undef, $message, @{$wish}{qw( patron_id key )} );
                    $queued++;
                }
            );
        } catch {
            $log->("Cardwarden: a notice for patron $wish->{patron_id} was not queued: $_") unless $problem;
            $problem //= FAILED;
        };
        push @refused, { patron_id => $wish->{patron_id} + 0, key => $wish->{key}, error => $problem } if $problem;
    }

    return { notices_queued => $queued, notices_refused => \@refused };
}

# The row that says so is there at once: whoever asks for the same in another request waits for this one
sub _is_new {
    my ( $dbh, $wish ) = @_;

    return 1 == $dbh->do(
              'INSERT IGNORE INTO '
            . NOTICES
            . q{ (borrowernumber, `key`, code, queued_at, status, status_at)
                SELECT borrowernumber, ?, ?, UNIX_TIMESTAMP(), 'pending', UNIX_TIMESTAMP()
                FROM borrowers WHERE borrowernumber = ?},
        undef, @{$wish}{qw( key code patron_id )}
    );
}

=head2 add

    $class->add( $dbh, \@patrons );

Gives each patron, as it travels, its C<notices>.

=cut

sub add {
    my ( $class, $dbh, $patrons ) = @_;

    return unless @$patrons;

    my @ids     = map { $_->{patron_id} } @$patrons;
    my $records = $dbh->selectall_arrayref(
        q{SELECT n.borrowernumber, n.`key`, n.code, n.queued_at,
              CASE WHEN m.message_id IS NOT NULL THEN m.status WHEN n.status = 'pending' THEN 'deleted'
                   ELSE n.status END,
              CASE WHEN m.status <> n.status THEN UNIX_TIMESTAMP(m.updated_on)
                   WHEN m.message_id IS NULL AND n.status = 'pending' THEN UNIX_TIMESTAMP() ELSE n.status_at END
          FROM }
            . NOTICES
            . ' n LEFT JOIN '
            . MESSAGE
            . ' WHERE n.borrowernumber IN ('
            . Koha::Plugin::Dk::Cardwarden::Tables::placeholders( \@ids )
            . ') ORDER BY n.queued_at, n.`key`',
        undef, @ids
    );

    my %notices;
    foreach my $record (@$records) {
        my ( $patron_id, $key, $code, $queued_at, $status, $at ) = @$record;
        push @{ $notices{$patron_id} },
            { key => $key, code => $code, queued_at => int $queued_at, status => $status, at => int $at };
    }
    $_->{notices} = $notices{ $_->{patron_id} } // [] for @$patrons;

    return;
}

=head2 remember

    $class->remember($dbh);

Keeps what the queue says now, and forgets what is a year old.

=cut

sub remember {
    my ( $class, $dbh ) = @_;

    $dbh->do(
              'UPDATE '
            . NOTICES
            . ' n LEFT JOIN '
            . MESSAGE
            . q{ SET n.status = COALESCE(m.status, 'deleted'),
                     n.status_at = COALESCE(UNIX_TIMESTAMP(m.updated_on), UNIX_TIMESTAMP())
                 WHERE m.status <> n.status OR (m.message_id IS NULL AND n.status = 'pending')}
    );
    $dbh->do( 'DELETE FROM ' . NOTICES . ' WHERE queued_at < UNIX_TIMESTAMP() - ?', undef, KEPT );

    return;
}

1;
