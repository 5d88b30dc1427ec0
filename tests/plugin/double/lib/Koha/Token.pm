package Koha::Token;

use strict;
use warnings;

use Digest::SHA qw( hmac_sha256_hex );

use constant SECRET => 'known to the server only';

sub new {
    my ($class) = @_;

    return bless {}, $class;
}

sub generate_csrf {
    my ( $self, $params ) = @_;

    return hmac_sha256_hex( $params->{session_id}, SECRET );
}

sub check_csrf {
    my ( $self, $params ) = @_;

    return ( $params->{token} // q{} ) eq $self->generate_csrf($params);
}

1;
