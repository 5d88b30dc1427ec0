package Koha::Patron::Restriction::Types;

use strict;
use warnings;

use C4::Context;
use Koha::Patron::Restriction::Type;

sub find {
    my ( $class, $code ) = @_;

    my ($found) = @{ $class->search( { code => $code } )->{types} };

    return $found ? Koha::Patron::Restriction::Type->new($found) : undef;
}

sub search {
    my ( $class, $where ) = @_;

    my ($column) = keys %$where;
    my $types = C4::Context->dbh->selectall_arrayref(
        "SELECT * FROM restriction_types WHERE $column = ?",
        { Slice => {} },
        $where->{$column}
    );

    return bless { types => $types }, $class;
}

sub count {
    my ($self) = @_;

    return scalar @{ $self->{types} };
}

1;
