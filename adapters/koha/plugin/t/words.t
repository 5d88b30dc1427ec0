#!/usr/bin/perl

use strict;
use warnings;
use utf8;

use FindBin qw( $Bin );
use lib "$Bin/..";

use Test::More;

use Koha::Plugin::Dk::Cardwarden::Words;

my $english = Koha::Plugin::Dk::Cardwarden::Words::of('en');
foreach my $language ( Koha::Plugin::Dk::Cardwarden::Words::languages() ) {
    next if $language eq 'en';
    my $words = Koha::Plugin::Dk::Cardwarden::Words::of($language);
    is_deeply( [ sort keys %$words ], [ sort keys %$english ],               "$language has no more" );
    is_deeply( [ grep { $words->{$_} eq $english->{$_} } keys %$words ], [], "nothing is missing in $language" );
    foreach my $key ( sort keys %$words ) {
        is_deeply(
            [ sort $words->{$key}   =~ /[{]\w+[}]/g ],
            [ sort $english->{$key} =~ /[{]\w+[}]/g ],
            "$language: $key"
        );
    }
}

sub short {
    my ($language) = @_;
    return Koha::Plugin::Dk::Cardwarden::Words::short($language);
}

is( short('da-DK'),                                           'da',   'without the region' );
is( short('EN'),                                              'en',   'in small letters' );
is( short(undef),                                             'en',   'none is English' );
is( short('<script>'),                                        'en',   'nor does nonsense come through' );
is( Koha::Plugin::Dk::Cardwarden::Words::of('fi-FI')->{show}, 'Show', 'a language that is not here is English' );

sub age {
    my ($seconds) = @_;
    return Koha::Plugin::Dk::Cardwarden::Words::age( $english, $seconds );
}

is( age(0),       'less than a minute ago', 'now' );
is( age(59),      'less than a minute ago', 'seconds are none' );
is( age(60),      'one minute ago',         'one' );
is( age(119),     'one minute ago',         'and not two before it is over' );
is( age(3599),    '59 minutes ago',         'minutes' );
is( age(7200),    '2 hours ago',            'hours' );
is( age(86_400),  'one day ago',            'a day' );
is( age(864_000), '10 days ago',            'days' );

done_testing();
