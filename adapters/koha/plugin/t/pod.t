#!/usr/bin/perl

use strict;
use warnings;

use File::Find qw( find );
use FindBin qw( $Bin );
use Pod::Checker;
use Test::More;

my @modules;
find( { no_chdir => 1, wanted => sub { push @modules, $_ if /\.pm\z/ } }, "$Bin/../Koha" );
cmp_ok( scalar @modules, '>', 10, 'the modules are there' );

foreach my $module ( sort @modules ) {
    my $said    = q{};
    my $checker = Pod::Checker->new;
    open my $sink, '>', \$said or die $!;
    $checker->parse_from_file( $module, $sink );
    close $sink                                            or die $!;
    is( $checker->num_errors, 0, "$module is documented" ) or diag($said);
}

done_testing();
