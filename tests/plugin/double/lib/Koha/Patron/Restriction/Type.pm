package Koha::Patron::Restriction::Type;

use strict;
use warnings;

use C4::Context;
use Koha::Database;

sub new {
    my ( $class, $columns ) = @_;

    return bless {%$columns}, $class;
}

sub code       { return $_[0]->{code} }
sub is_system  { return $_[0]->{is_system} }
sub is_default { return $_[0]->{is_default} }

sub store {
    my ($self) = @_;

    C4::Context->dbh->do( 'INSERT INTO restriction_types (code, display_text) VALUES (?, ?)',
        undef, @{$self}{qw( code display_text )} );

    return $self;
}

# The rows of the type become those of the default type
sub delete {
    my ($self) = @_;

    die "this type stays\n" if $self->is_system || $self->is_default;
    my $dbh = C4::Context->dbh;
    Koha::Database->new->schema->txn_do(
        sub {
            my ($default) = $dbh->selectrow_array('SELECT code FROM restriction_types WHERE is_default = 1');
            $dbh->do( 'UPDATE borrower_debarments SET type = ? WHERE type = ?', undef, $default, $self->code );
            $dbh->do( 'DELETE FROM restriction_types WHERE code = ?', undef, $self->code );
        }
    );

    return;
}

1;
