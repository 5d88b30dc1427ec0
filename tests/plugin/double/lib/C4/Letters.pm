package C4::Letters;

use strict;
use warnings;

use C4::Context;

# The letter in the patron's language where notices are translated, else the default one; nothing in it is filled in
sub GetPreparedLetter {
    my (%wish) = @_;

    my $lang = C4::Context->preference('TranslateNotices') ? $wish{lang} : 'default';
    my ($letter) = @{ C4::Context->dbh->selectall_arrayref(
            q{SELECT * FROM letter WHERE module = ? AND code = ? AND branchcode IN (?, '')
              AND message_transport_type = ? AND lang IN (?, 'default')
              ORDER BY lang = 'default', branchcode DESC LIMIT 1},
            { Slice => {} }, @wish{qw( module letter_code branchcode message_transport_type )}, $lang
        )
    };
    die "ERROR PROCESSING TEMPLATE\n" if $letter && $letter->{content} =~ /BROKEN/;
    die "who is it for?\n" unless $wish{tables}->{borrowers} && $wish{tables}->{branches};

    return $letter;
}

sub EnqueueLetter {
    my ($wish) = @_;

    my $letter = $wish->{letter};
    return unless $letter->{content} =~ /\S/;

    my $dbh = C4::Context->dbh;
    $dbh->do(
        q{INSERT INTO message_queue (borrowernumber, subject, content, letter_code, message_transport_type, time_queued)
          VALUES (?, ?, ?, ?, ?, NOW())},
        undef, $wish->{borrowernumber}, @{$letter}{qw( title content code )}, $wish->{message_transport_type}
    );

    return $dbh->last_insert_id( undef, undef, 'message_queue', 'message_id' );
}

1;
