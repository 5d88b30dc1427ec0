package Koha::Plugin::Dk::Cardwarden::OpenApi;

use strict;
use warnings;

use JSON::PP ();

=head1 NAME

Koha::Plugin::Dk::Cardwarden::OpenApi - the routes as Koha wants them

=head1 DESCRIPTION

Koha takes only the paths of a plugin's OpenAPI document and merges them into its own, where the document's definitions
do not exist. So each C<{"$ref": "#/definitions/..."}> is replaced by what it names.

=head1 FUNCTIONS

=head2 paths

    my $paths = paths($json);

=cut

sub paths {
    my ($json) = @_;

    my $document = JSON::PP->new->utf8->decode($json);

    return _resolved( $document->{paths}, $document->{definitions} );
}

=head2 file

    my $path = file();

What Koha wants to know about a file of the plugin's that it is to hand out.

=cut

sub file {
    my @statuses =
        ( [ 200 => 'The file' ], [ 400 => 'Not a file' ], [ 404 => 'No such file' ], [ 500 => 'Koha failed' ] );

    return {
        get => {
            'x-mojo-to' => 'Static#get',
            tags        => ['pluginStatic'],
            responses   => { map { $_->[0] => { description => $_->[1], schema => { type => 'file' } } } @statuses },
        }
    };
}

sub _resolved {
    my ( $node, $definitions ) = @_;

    if ( ref $node eq 'ARRAY' ) {
        return [ map { _resolved( $_, $definitions ) } @$node ];
    }
    return $node unless ref $node eq 'HASH';

    if ( exists $node->{'$ref'} ) {
        my ($name) = $node->{'$ref'} =~ m{\A[#]/definitions/(\w+)\z};
        die "openapi.json refers to $node->{'$ref'}, which is not there\n"
            unless defined $name && exists $definitions->{$name};
        return _resolved( $definitions->{$name}, $definitions );
    }

    return { map { $_ => _resolved( $node->{$_}, $definitions ) } keys %$node };
}

1;
