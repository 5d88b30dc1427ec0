package Koha::Plugin::Dk::Cardwarden::Request;

use strict;
use warnings;

=head1 NAME

Koha::Plugin::Dk::Cardwarden::Request - what the OpenAPI file cannot say about a request

=head1 DESCRIPTION

Each function answers a list of C<{ message, path }>, as Koha's own validation does; empty if all is well.

=head1 FUNCTIONS

=head2 check_changes

One item per patron; a type once per item; one answer per patron.

=cut

sub check_changes {
    my ($body) = @_;

    my ( @errors, %patrons );
    my $items = $body->{items};
    foreach my $index ( 0 .. $#$items ) {
        my $item = $items->[$index];
        push @errors, { message => 'Patron named twice.', path => "/body/items/$index/patron_id" }
            if $patrons{ $item->{patron_id} }++;

        my %types;
        my @named = ( ( map { $_->{type} } @{ $item->{set} // [] } ), @{ $item->{remove} // [] } );
        push @errors, { message => 'Type named twice.', path => "/body/items/$index" } if grep { $types{$_}++ } @named;
    }

    my %answered;
    my $answers = $body->{answers} // [];
    foreach my $index ( 0 .. $#$answers ) {
        push @errors, { message => 'Patron named twice.', path => "/body/answers/$index/patron_id" }
            if $answered{ $answers->[$index]->{patron_id} }++;
    }

    return @errors;
}

=head2 check_patrons

Either ids or one card number.

=cut

sub check_patrons {
    my ($body) = @_;

    return if defined $body->{patron_ids} xor defined $body->{cardnumber};
    return { message => 'Give either patron_ids or cardnumber.', path => '/body' };
}

1;
