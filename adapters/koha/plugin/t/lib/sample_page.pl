#!/usr/bin/perl

# Prints a page of patrons as the plugin would send it. The Python tests hold the OpenAPI file's schema against it.

use strict;
use warnings;

use FindBin qw( $Bin );
use lib "$Bin", "$Bin/../..";

use JSON::PP ();

use Koha::Plugin::Dk::Cardwarden::Wire;
use Sample qw( line patron row );

my %nothing = map { $_ => undef } qw( birth lang expiry );
my @patrons = (
    patron(),
    patron(%nothing),
    patron(
        lines => [
            line( 4, '32.750000' ),
            line( 5, '0.100000',  type => 'MANUAL', status => undef, date => undef, item_id => undef ),
            line( 6, '-2.500000', type => 'PAYMENT' )
        ],
        rows       => [ row( 41, 'CW_DEBT' ), row( 42, 'MANUAL', comment => undef, expiration => '2026-12-24' ) ],
        settled_at => '1795467000',
        paid_at    => '1795467100',
        attempts   => '-1',
        lost       => '1',
        cardnumber => undef,
        surname    => "S\x{f8}rensen",
        firstname  => 'Nora',
    ),
);
my $with_names = 0;
my @sent = map { Koha::Plugin::Dk::Cardwarden::Wire::patron( $_, { CW_DEBT => 1 }, $with_names++ == 2 ) } @patrons;
print JSON::PP->new->utf8->canonical->encode( { as_of => 1795467600, patrons => \@sent, next_after => 7 } ), "\n";
