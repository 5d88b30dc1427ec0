package Sample;

use strict;
use warnings;

use Exporter qw( import );

our @EXPORT_OK = qw( line patron row types );

# Facts as Koha::Plugin::Dk::Cardwarden::Facts reads them: every value is text, as the database's driver hands it out.

sub patron {
    my (%more) = @_;

    return {
        id         => '7',
        library    => 'MAIN',
        category   => 'ADULT',
        birth      => '1990-02-01',
        lang       => 'default',
        expiry     => '2028-01-15',
        lost       => '0',
        attempts   => '0',
        debarred   => undef,
        settled_at => undef,
        paid_at    => undef,
        money_at   => undef,
        lines      => [],
        rows       => [],
        releases   => [],
        _flag(%more),
        %more,
    };
}

sub line {
    my ( $id, $outstanding, %more ) = @_;

    return {
        id          => "$id",
        type        => 'OVERDUE',
        status      => 'UNRETURNED',
        outstanding => $outstanding,
        date        => '2026-03-01',
        item_id     => '41',
        %more,
    };
}

sub row {
    my ( $id, $type, %more ) = @_;

    return {
        id         => "$id",
        type       => $type,
        comment    => "comment $id",
        expiration => undef,
        created    => '1795467600',
        in_force   => 1,
        %more,
    };
}

sub types {
    return { CW_DEBT => 1, CW_PIN => 1, CW_GONE => 0 };
}

# the flag that an endless row in force implies, unless the test says otherwise
sub _flag {
    my (%more) = @_;

    return ( flag_in_force => undef ) unless grep { $_->{in_force} } @{ $more{rows} // [] };
    return ( flag_in_force => '9999-12-31', debarred => '9999-12-31' );
}

1;
