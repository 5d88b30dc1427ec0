#!/usr/bin/perl

use strict;
use warnings;

use FindBin qw( $Bin );
use lib "$Bin/..";

use Test::More;

use Koha::Plugin::Dk::Cardwarden::Request;

sub changes {
    my (@items) = @_;
    return map { $_->{path} } Koha::Plugin::Dk::Cardwarden::Request::check_changes( { items => \@items } );
}

my @set = ( set => [ { type => 'CW_DEBT', comment => 'x' } ] );

is_deeply( [ changes() ],                                                                           [], 'no items' );
is_deeply( [ changes( { patron_id => 1, @set, remove => ['CW_PIN'] }, { patron_id => 2, @set } ) ], [], 'two patrons' );
is_deeply(
    [ changes( { patron_id => 1 }, { patron_id => 2 }, { patron_id => 1 } ) ],
    ['/body/items/2/patron_id'],
    'a patron twice'
);
is_deeply( [ changes( { patron_id => 1, @set, remove => ['CW_DEBT'] } ) ], ['/body/items/0'], 'set and removed' );
is_deeply( [ changes( { patron_id => 1, remove => [ 'CW_PIN', 'CW_PIN' ] } ) ], ['/body/items/0'], 'removed twice' );

is_deeply( [ answers() ], [], 'no answers' );
is_deeply( [ answers( 1, 2 ) ], [],                            'answers about two patrons' );
is_deeply( [ answers( 1, 1 ) ], ['/body/answers/1/patron_id'], 'two about one' );

sub answers {
    my (@ids) = @_;
    my $body = { items => [], answers => [ map { { patron_id => $_ } } @ids ] };
    return map { $_->{path} } Koha::Plugin::Dk::Cardwarden::Request::check_changes($body);
}

sub patrons {
    my (%body) = @_;
    return scalar( () = Koha::Plugin::Dk::Cardwarden::Request::check_patrons( \%body ) );
}

is( patrons( patron_ids => [] ),                       0, 'ids' );
is( patrons( cardnumber => '123' ),                    0, 'a card number' );
is( patrons(),                                         1, 'neither' );
is( patrons( patron_ids => [1], cardnumber => '123' ), 1, 'both' );

done_testing();
