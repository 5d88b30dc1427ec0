package C4::Context;

use strict;
use warnings;

use DateTime::TimeZone;
use Koha::Database;

my $userenv;

sub dbh {
    return Koha::Database::dbh();
}

sub preference {
    my ( $class, $name ) = @_;

    my ($value) = dbh()->selectrow_array( 'SELECT value FROM systempreferences WHERE variable = ?', undef, $name );

    return $value;
}

sub tz {
    return DateTime::TimeZone->new( name => $ENV{TZ} // 'UTC' );
}

sub userenv {
    return $userenv;
}

sub set_userenv {
    my ( $class, $number ) = @_;

    $userenv = { number => $number };

    return;
}

1;
