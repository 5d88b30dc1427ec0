package Double::Api;

use strict;
use warnings;

use Mojo::Base 'Mojolicious';

use C4::Context;
use Double::Doors;
use Double::Staff;
use Double::Stock;
use Koha::Plugin::Dk::Cardwarden;

# Koha's API as far as the plugin and these tests need it: the plugin's routes by its own OpenAPI file, in the validator
# that Koha uses too, behind Koha's own checks
sub startup {
    my ($self) = @_;

    $self->secrets( ['invented'] );
    $self->routes->namespaces( ['Koha::Plugin'] );
    $self->helper( unhandled_exception => \&_unhandled );

    my $routes = $self->routes;
    $routes->post('/api/v1/oauth/token')->to( cb => \&_token );
    Double::Stock::routes( $routes->under('/api/v1/patrons')->to( cb => \&_stock ) );
    $routes->post('/api/v1/auth/password/validation')->to( cb => \&Double::Stock::validate );
    Double::Staff::routes( $routes->any('/cgi-bin/koha') );

    my $plugin = Koha::Plugin::Dk::Cardwarden->new;
    $self->plugin(
        OpenAPI => {
            spec                          => _document( $plugin->api_routes ),
            route                         => $routes->under('/api/v1/contrib/cardwarden')->to( cb => \&_contrib ),
            skip_validating_specification => 1,
        }
    );

    foreach my $file ( keys %{ $plugin->static_routes } ) {
        $routes->get("/api/v1/contrib/cardwarden/static$file")
            ->to( cb => sub { $_[0]->reply->file( $plugin->mbf_path(".$file") ) } );
    }
    $routes->any('/*whatever')->to( cb => \&_nowhere );

    return;
}

sub _document {
    my ($paths) = @_;

    return {
        swagger  => '2.0',
        basePath => '/api/v1/contrib/cardwarden',
        info     => { title => 'A double of Koha', version => '1' },
        paths    => $paths,
    };
}

sub _token {
    my ($c) = @_;

    my ( $id,    $secret ) = map { $c->param($_) } qw( client_id client_secret );
    my ( $known, $number ) =
        C4::Context->dbh->selectrow_array( 'SELECT secret, borrowernumber FROM double_keys WHERE client_id = ?',
            undef, $id );
    return $c->render( status => 403, json => { error => 'unauthorized_client' } ) unless $number;
    return $c->render( status => 403, json => { error => 'access_denied' } )       unless $known eq $secret;

    return $c->render(
        json => { access_token => Double::Doors::ticket($number), expires_in => 3600, token_type => 'Bearer' } );
}

sub _stock {
    my ($c) = @_;

    return Double::Doors::api( $c, { borrowers => '1', updatecharges => '1' } );
}

# In Koha's order: the token, the permissions, parameters that nobody declared
sub _contrib {
    my ($c) = @_;

    my $spec = $c->openapi->spec;
    Double::Doors::api( $c, $spec->{'x-koha-authorization'}->{permissions} ) or return;

    my %declared = map  { $_->{name} => 1 } grep { $_->{in} eq 'query' } @{ $spec->{parameters} };
    my @wrong    = grep { !$declared{$_} } @{ $c->req->query_params->names };
    return 1 unless @wrong;

    $c->render(
        status => 400,
        json   => [ map { { message => 'Malformed query string', path => "/query/$_" } } @wrong ]
    );

    return;
}

sub _nowhere {
    my ($c) = @_;

    return $c->render(
        status => 404,
        json   => { errors => [ { message => 'Not Found.', path => '/' } ], status => 404 }
    );
}

sub _unhandled {
    my ( $c, $error ) = @_;

    $c->app->log->error($error);
    $c->render(
        status => 500,
        json   => {
            error      => 'Something went wrong, check Koha logs for details.',
            error_code => 'internal_server_error'
        }
    );

    return;
}

1;
