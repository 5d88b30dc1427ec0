package Koha::Plugin::Dk::Cardwarden::DeskController;

use Modern::Perl;

use Mojo::Base 'Mojolicious::Controller';
use Try::Tiny qw( catch try );

use C4::Context;

use Koha::Plugin::Dk::Cardwarden::Desk;
use Koha::Plugin::Dk::Cardwarden::Words;
use Koha::Token;

=head1 NAME

Koha::Plugin::Dk::Cardwarden::DeskController - the route that the panel on a patron's page asks

=head1 DESCRIPTION

It only reads. Koha lets in whoever may use the staff interface; who may not open this patron's page there is refused
here.

=head1 METHODS

=head2 answer

C<GET /desk>

=cut

sub answer {
    my $c = _enter(shift) or return;

    my $patron_id = $c->param('patron_id');
    my $language  = $c->param('lang') // 'en';

    return try {
        my $desk  = $c->stash('cardwarden.desk');
        my $why   = $desk->why_not($patron_id);
        my $words = Koha::Plugin::Dk::Cardwarden::Words::of($language);
        return $c->render( status => $why eq 'library' ? 403 : 404, openapi => { error => $words->{"no_$why"} } )
            if $why;

        my $view    = $desk->view( $patron_id, $language );
        my $session = $c->cookie('CGISESSID');
        $view->{csrf_token} = Koha::Token->new->generate_csrf( { session_id => $session } )
            if $session && @{ $view->{forms} };
        $c->render( status => 200, openapi => $view );
    } catch {
        $c->unhandled_exception($_);
    };
}

=head1 INTERNAL FUNCTIONS

=head2 _enter

Validates the request, and lets in only staff who may open patrons' pages.

=cut

sub _enter {
    my ($c) = @_;

    $c = $c->openapi->valid_input or return;

    my $user = $c->stash('koha.user');
    my $desk = Koha::Plugin::Dk::Cardwarden::Desk->new( C4::Context->dbh, $user ? $user->borrowernumber : undef );
    $c->stash( 'cardwarden.desk' => $desk );
    return $c if $desk->may_look;

    $c->render(
        status  => 403,
        openapi => { error => 'Authorization failure. Missing required permission(s).' }
    );

    return;
}

1;
