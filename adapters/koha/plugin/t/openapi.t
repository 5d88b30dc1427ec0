#!/usr/bin/perl

use strict;
use warnings;

use FindBin qw( $Bin );
use lib "$Bin/..";

use JSON::PP ();
use Test::More;

use Koha::Plugin::Dk::Cardwarden::OpenApi;

my $base = "$Bin/../Koha/Plugin/Dk/Cardwarden";
my $json = slurp("$base/openapi.json");

sub slurp {
    my ($file) = @_;
    open my $handle, '<:raw', $file or die "$file: $!";
    local $/ = undef;
    my $text = readline $handle;
    close $handle or die "$file: $!";
    return $text;
}

my $paths = Koha::Plugin::Dk::Cardwarden::OpenApi::paths($json);
unlike( JSON::PP->new->encode($paths), qr/\$ref/, 'Koha gets paths without references' );
is_deeply( [ sort keys %$paths ], [qw( /changes /desk /patrons /status )], 'all of them' );

my %source = map { $_ => slurp("$base/$_.pm") } qw( Controller DeskController );
foreach my $path ( sort keys %$paths ) {
    foreach my $method ( sort keys %{ $paths->{$path} } ) {
        my $operation = $paths->{$path}->{$method};
        my ( $module, $sub ) = $operation->{'x-mojo-to'} =~ /\ADk::Cardwarden::(\w+)[#](\w+)\z/;
        like(
            $source{$module},
            qr/^sub \Q$sub\E \{\n    my \$c = _enter\(shift\) or return;$/m,
            "$method $path enters"
        );
        my $asked = $operation->{'x-koha-authorization'}->{permissions};
        if ( $module eq 'DeskController' ) {
            is_deeply( $asked, { catalogue => '1' }, 'Koha lets in its staff, and the controller some of them' );
            next;
        }
        is( $asked->{borrowers}, 'edit_borrowers', 'Koha checks the first' );
        is_deeply(
            $operation->{'x-cardwarden-permissions'},
            { borrowers => 'view_borrower_infos_from_any_libraries' },
            'and the controller the second'
        );
    }
}

is_deeply( [ sort keys %{ Koha::Plugin::Dk::Cardwarden::OpenApi::file()->{get}->{responses} } ],
    [qw( 200 400 404 500 )], 'what a file is answered with is declared' );

eval { Koha::Plugin::Dk::Cardwarden::OpenApi::paths('{"paths":{"/x":{"$ref":"#/definitions/nope"}},"definitions":{}}') };
like( $@, qr/nope, which is not there/, 'a reference to nothing is an error' );

done_testing();
