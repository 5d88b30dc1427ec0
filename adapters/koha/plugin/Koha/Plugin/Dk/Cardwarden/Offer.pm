package Koha::Plugin::Dk::Cardwarden::Offer;

use strict;
use warnings;

=head1 NAME

Koha::Plugin::Dk::Cardwarden::Offer - which blocks an answer lets staff release

=head1 FUNCTIONS

=head2 offered

    my $release = offered( $patron, $answer, $types, $wish );

The answer's release of that rule and type, if it has one and a restriction of the type is in force.

=cut

sub offered {
    my ( $patron, $answer, $types, $wish ) = @_;

    my %in_force = map { $_->{type} => 1 } grep { $_->{in_force} } @{ $patron->{rows} };
    my ($offer) =
        grep {
               $_->{rule} eq $wish->{rule}
            && $_->{type} eq $wish->{type}
            && $types->{ $_->{type} }
            && $in_force{ $_->{type} }
        } @{ $answer->{releases} // [] };

    return $offer;
}

=head2 after

    my $answer = after( $answer, $offer, $now );

What is known once a release was made, until Cardwarden says more: that it was made, and what else may be released.

=cut

sub after {
    my ( $answer, $offer, $now ) = @_;

    return {
        released => { at => $now, titles => $offer->{titles} },
        releases => [ grep { $_->{type} ne $offer->{type} } @{ $answer->{releases} } ],
    };
}

1;
