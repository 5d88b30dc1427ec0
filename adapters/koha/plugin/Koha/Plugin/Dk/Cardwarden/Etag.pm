package Koha::Plugin::Dk::Cardwarden::Etag;

use strict;
use warnings;

use Digest::SHA qw( sha256_hex );

=head1 NAME

Koha::Plugin::Dk::Cardwarden::Etag - a fingerprint of the facts that decide

=head1 DESCRIPTION

Two reads of a patron have the same etag if and only if nothing moved on which a decision of Cardwarden rests: open
lines, credit, PIN counter, lost card, birth date, category, library, last settled, and Cardwarden's own restrictions.
Staff's restrictions, comments and time stamps are not part of it.

=head1 FUNCTIONS

=head2 canonical

    my $text = canonical( $patron, $credit, $ours );

C<$patron> is a patron as L<Koha::Plugin::Dk::Cardwarden::Facts> reads it, C<$credit> the unapplied credit as text,
C<$ours> a hash with the registered types as keys. What L<Koha::Plugin::Dk::Cardwarden::Parts> added comes last.

=cut

sub canonical {
    my ( $patron, $credit, $ours ) = @_;

    return join q{|},
        ( map { "$_->{id}:$_->{type}:$_->{outstanding}" } @{ $patron->{lines} } ),
        $credit, ( map { $_ // q{} } @{$patron}{qw( attempts lost birth category library settled_at )} ),
        (
        map  { "$_->{id}:$_->{type}:" . ( $_->{expiration} // q{} ) }
        grep { $ours->{ $_->{type} } } @{ $patron->{rows} }
        ),
        @{ $patron->{marks} // [] };
}

=head2 etag

    my $etag = etag( $patron, $credit, $ours );

=cut

sub etag {
    my ( $patron, $credit, $ours ) = @_;

    my $text = canonical( $patron, $credit, $ours );
    utf8::encode($text);

    return sha256_hex($text);
}

1;
