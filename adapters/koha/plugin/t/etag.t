#!/usr/bin/perl

use strict;
use warnings;

use FindBin qw( $Bin );
use lib "$Bin/lib", "$Bin/..";

use Test::More;

use Koha::Plugin::Dk::Cardwarden::Etag;
use Sample qw( line patron row );

my %ours = ( CW_DEBT => 1 );

sub etag {
    my (%more) = @_;
    return Koha::Plugin::Dk::Cardwarden::Etag::etag( patron(%more), '0.000000', \%ours );
}

my $full = patron(
    lines      => [ line( 4, '32.750000' ), line( 6, '-2.500000', type => 'PAYMENT' ) ],
    rows       => [ row( 41, 'CW_DEBT', expiration => '2027-01-01' ), row( 42, 'MANUAL' ), row( 43, 'CW_DEBT' ) ],
    settled_at => '1795467000',
    birth      => undef,
);
is(
    Koha::Plugin::Dk::Cardwarden::Etag::canonical( $full, '2.500000', \%ours ),
    '4:OVERDUE:32.750000|6:PAYMENT:-2.500000|2.500000|0|0||ADULT|MAIN|1795467000|41:CW_DEBT:2027-01-01|43:CW_DEBT:',
    'the canonical text is that of the contract'
);
like( etag(), qr/\A[0-9a-f]{64}\z/, 'an etag is 64 hex digits' );
is( etag(), etag(), 'the same facts have the same etag' );

my %moved = (
    'a new line'           => [ lines      => [ line( 4, '1.000000' ) ] ],
    'an attempt'           => [ attempts   => 1 ],
    'a lost card'          => [ lost       => 1 ],
    'a birth date'         => [ birth      => '1990-02-02' ],
    'a category'           => [ category   => 'CHILD' ],
    'a library'            => [ library    => 'WEST' ],
    'a settlement'         => [ settled_at => 5 ],
    'a row of ours'        => [ rows       => [ row( 1, 'CW_DEBT' ) ] ],
    "its expiration"       => [ rows       => [ row( 1, 'CW_DEBT', expiration => '2027-01-01' ) ] ],
    'a category in umlaut' => [ category   => "B\x{f8}rn" ],
);
my %seen = ( etag() => 'nothing' );
foreach my $what ( sort keys %moved ) {
    my $etag = etag( @{ $moved{$what} } );
    ok( !$seen{$etag}, "$what moves the etag" );
    $seen{$etag} = $what;
}

my %still = (
    "staff's row" => [ rows     => [ row( 1, 'MANUAL' ) ] ],
    'a language'  => [ lang     => 'da' ],
    'an expiry'   => [ expiry   => '2030-01-01' ],
    'a payment'   => [ paid_at  => 5 ],
    'the flag'    => [ debarred => '9999-12-31' ],
);
foreach my $what ( sort keys %still ) {
    is( etag( @{ $still{$what} } ), etag(), "$what does not" );
}
is(
    etag( rows => [ row( 1, 'CW_DEBT', comment => 'one' ) ] ),
    etag( rows => [ row( 1, 'CW_DEBT', comment => 'two', created => 5 ) ] ),
    'nor do the comment and the time stamp of a row of ours'
);

done_testing();
