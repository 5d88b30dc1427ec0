#!/usr/bin/perl

use strict;
use warnings;

use FindBin qw( $Bin );
use lib "$Bin/lib", "$Bin/..";

use JSON::PP ();
use Test::More;

use Koha::Plugin::Dk::Cardwarden::Wire;
use Sample qw( line patron row );

sub sent {
    my (%more) = @_;
    my $object = Koha::Plugin::Dk::Cardwarden::Wire::patron( patron(%more), { CW_DEBT => 1 }, 0 );
    return JSON::PP->new->canonical->encode($object);
}

like( sent(),                     qr/"patron_id":7,/,       'an id is a number' );
like( sent(),                     qr/"login_attempts":0,/,  'so is the PIN counter' );
like( sent(),                     qr/"card_lost":false,/,   'a lost flag of 0 is false' );
like( sent( lost => 1 ),          qr/"card_lost":true,/,    'one of 1 is true' );
like( sent( attempts => '-1' ),   qr/"login_attempts":-1,/, "Koha's administrative lock is sent as it is" );
like( sent( settled_at => '12' ), qr/"settled_at":12\b/,    'an instant is a number' );
unlike( sent(), qr/surname|cardnumber/, 'no names unless asked' );
like( sent( lines => [ line( 4, '32.750000' ) ] ), qr/"id":4,"item_id":41,/,      'so are those of a charge' );
like( sent( lines => [ line( 4, '32.750000' ) ] ), qr/"outstanding":"32.750000"/, 'an amount is text' );
unlike( sent( lines => [ line( 4, '-32.750000' ) ] ), qr/"outstanding"/, 'a credit is no charge' );

my %release = ( id => '3', type => 'CW_PIN', rule => 'pin', photo_id => '1', reason => 'x', at => '9', rows => '4,5' );
my %named   = ( %release, staff => '52' );
like( sent( releases => [ \%named ] ),   qr/"photo_id_checked":true,"reason":"x","rows":\[4,5\]/, 'a release' );
like( sent( releases => [ \%named ] ),   qr/"staff_id":52/,                                       'of a staff member' );
like( sent( releases => [ \%release ] ), qr/"staff_id":null/, 'of staff who are not there any more' );
like( sent(), qr/"staff_releases":\[\]/, 'mostly there is none' );

is( credit(),                                          '0.000000',                'no credit' );
is( credit('-2.500000'),                               '2.500000',                'one credit' );
is( credit( '-0.100000', '-0.200000', '5.000000' ),    '0.300000',                'several are added exactly' );
is( credit( '-0.000001', '-0.000001' ),                '0.000002',                'however small' );
is( credit( '-9007199254740993.000001', '-1.000000' ), '9007199254740994.000001', 'and however large' );

sub credit {
    my (@amounts) = @_;
    my $id = 0;
    return Koha::Plugin::Dk::Cardwarden::Wire::credit( patron( lines => [ map { line( ++$id, $_ ) } @amounts ] ) );
}

my $dated   = row( 1, 'MANUAL', expiration => '2027-01-01' );
my $later   = row( 2, 'MANUAL', expiration => '2027-06-01' );
my $endless = row( 3, 'CW_DEBT' );
my $past    = row( 4, 'CW_DEBT', expiration => '2020-01-01', in_force => 0 );

is( implied(),                           undef,        'no row implies no flag' );
is( implied($past),                      undef,        'nor does one no longer in force' );
is( implied( $dated, $later, $past ),    '2027-06-01', 'the latest date counts' );
is( implied( $later, $endless, $dated ), '9999-12-31', 'an endless row makes the flag endless' );

sub implied {
    my (@rows) = @_;
    return Koha::Plugin::Dk::Cardwarden::Wire::implied_flag( patron( rows => \@rows ) );
}

ok( matches(),                                                  'no row and no flag match' );
ok( matches( rows => [$dated], flag_in_force => '2027-01-01' ), 'a dated row and its flag match' );
ok( !matches( flag_in_force => '9999-12-31' ),                  'a flag without a row does not' );
ok( !matches( rows => [$endless], flag_in_force => undef ),     'nor a row without its flag' );
ok( matches( rows => [$past], debarred => '2020-01-01' ), 'a flag that Koha left standing past its date is no flag' );

sub matches {
    my (%more) = @_;
    return Koha::Plugin::Dk::Cardwarden::Wire::flag_matches( patron(%more) );
}

done_testing();
