package Koha::Database;

use strict;
use warnings;

use DBI;

# A connection a process, as in Koha, where every worker has one for its whole life. Koha's own attributes and modes.
my %CONNECTION;

sub dbh {
    return $CONNECTION{$$} //= _connected();
}

sub _connected {
    my $dbh = DBI->connect( "dbi:mysql:database=$ENV{DOUBLE_DATABASE};mysql_socket=$ENV{DOUBLE_SOCKET}",
        'root', q{}, { RaiseError => 1, PrintError => 0, mysql_enable_utf8 => 1, AutoInactiveDestroy => 1 } );
    my $strict = $ENV{DOUBLE_STRICT} ? 'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES' : 'IGNORE_SPACE';
    $dbh->do(q{SET NAMES 'utf8mb4'});
    $dbh->do("SET sql_mode = '$strict,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'");

    return $dbh;
}

sub new {
    my ($class) = @_;

    return bless {}, $class;
}

sub schema {
    my ($self) = @_;

    return $self;
}

# Inside a transaction there is no second one; whatever dies takes the whole of it back
sub txn_do {
    my ( $self, $work ) = @_;

    my $dbh = dbh();
    return $work->() unless $dbh->{AutoCommit};

    $dbh->begin_work;
    my @answer = eval { $work->() };
    if ( my $error = $@ ) {
        $dbh->rollback unless $dbh->{AutoCommit};
        die $error;
    }
    $dbh->commit;

    return wantarray ? @answer : $answer[0];
}

1;
