#!/usr/bin/perl

use strict;
use warnings;
use utf8;

use FindBin qw( $Bin );
use lib "$Bin/lib", "$Bin/..";

use Test::More;

use Koha::Plugin::Dk::Cardwarden::Offer;
use Koha::Plugin::Dk::Cardwarden::View;
use Sample qw( patron row types );

my $offer = {
    rule      => 'pin',
    type      => 'CW_PIN',
    photo_id  => 1,
    reset_pin => 1,
    titles    => { en => 'wrong PINs', da => 'forkerte pinkoder' },
};
my $answer = {
    blocked => 1,
    texts   => {
        en => { headline => 'Blocked.',  paragraphs => [] },
        da => { headline => 'Blokeret.', paragraphs => [] }
    },
    releases => [$offer],
};
my $blocked = patron( rows => [ row( 1, 'CW_PIN' ) ] );

sub view {
    my (%more) = @_;
    my $language = delete $more{language} // 'en';
    return Koha::Plugin::Dk::Cardwarden::View::view(
        $language,
        {
            patron      => $blocked,
            answer      => $answer,
            as_of       => 1000,
            now         => 1010,
            types       => types(),
            may_release => 1,
            paused      => 0,
            instant     => sub { return "the moment $_[0]" },
            %more,
        }
    );
}

is( view()->{headline},                      'Blocked.',  'the answer, as it was given' );
is( view( language => 'da-DK' )->{headline}, 'Blokeret.', 'in the language of who asks' );
is( view( language => 'fi' )->{answer_lang}, 'en',        'or in English, and it is said so' );
is( view()->{age},                           'As of the moment 1000, less than a minute ago.', 'with its age' );
is(
    view( now => 900 )->{age},
    'As of the moment 1000, less than a minute ago.',
    'a clock that is behind makes it no younger'
);
is( view( now => 8199 )->{old}, undef, 'two hours are not yet old' );
like( view( now => 8200 )->{old}, qr/what has happened since is not in it/, 'from then on it is said to be old' );
is( view( now => 87_399 )->{alert}, undef, 'and from a day on' );
is( view( now => 87_400 )->{alert}, 1,     'it is an alert' );

is_deeply(
    view()->{forms},
    [ { rule => 'pin', type => 'CW_PIN', photo_id => 1, legend => 'Release: wrong PINs' } ],
    'a form for what may be released'
);
is( view( language => 'da' )->{forms}->[0]->{legend}, 'Frigiv: forkerte pinkoder', 'in the language of who asks' );

sub refused {
    my ( $pattern, $why, %more ) = @_;
    my $view = view(%more);
    is_deeply( $view->{forms}, [], "no form: $why" );
    return like( $view->{hint} // q{}, $pattern, "and it says so: $why" );
}

refused( qr/permission cardwarden_release/, 'without the permission',         may_release => 0 );
refused( qr/paused/,                        'while writing is paused',        paused      => 1 );
refused( qr/\A\z/,                          'what is not in force any more',  patron      => patron() );
refused( qr/\A\z/,                          'a type that is not registered',  types       => {} );
refused( qr/\A\z/,                          'a type that Koha lost',          types  => { CW_PIN             => 0 } );
refused( qr/\A\z/,                          'what the answer does not offer', answer => { %$answer, releases => [] } );

like( view( patron => patron() )->{notes}->[0], qr/from before/, 'an answer that Koha contradicts is from before' );
is_deeply( view( patron => patron(), answer => { %$answer, blocked => 0 } )->{notes}, [], 'a free card is free' );
is_deeply( view( patron => patron(), answer => { %$answer, blocked => undef } )->{notes}, [],
    'not known is not known' );

my %nothing = ( answer => undef );
is( view( %nothing, patron => patron() )->{headline}, 'No rule of Cardwarden holds this card.', 'nothing was said' );
like( view( %nothing, patron => patron(), as_of => undef )->{headline}, qr/not told this Koha anything/, 'ever' );
like( view(%nothing)->{headline}, qr/has not come yet/, 'a block of ours whose answer is under way' );
like(
    view( %nothing, patron => patron( rows => [ row( 1, 'MANUAL' ) ] ) )->{notes}->[0],
    qr/staff set it, and staff end it/,
    "staff's own is staff's"
);

my $after =
    Koha::Plugin::Dk::Cardwarden::Offer::after( { %$answer, releases => [ $offer, { %$offer, type => 'CW_DEBT' } ] },
        $offer, 1005 );
is_deeply( [ map { $_->{type} } @{ $after->{releases} } ], ['CW_DEBT'], 'after a release the others are left' );
my $released = view( answer => $after, patron => patron() );
is( $released->{headline}, 'Released on the moment 1005: wrong PINs.', 'and it is said that it was made' );
like( join( q{ }, @{ $released->{notes} } ),  qr/the card is free.*A new answer follows/, 'and that the card is free' );
like( view( answer => $after )->{notes}->[0], qr/still shows/,                            'or that it is not' );

my $dead = Koha::Plugin::Dk::Cardwarden::Offer::offered( patron( rows => [ row( 1, 'CW_PIN', in_force => 0 ) ] ),
    $answer, types(), $offer );
is( $dead, undef, 'a restriction that is over is not released' );

done_testing();
