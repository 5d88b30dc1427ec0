package Koha::Plugin::Dk::Cardwarden::Controller;

use Modern::Perl;

use Mojo::Base 'Mojolicious::Controller';
use Mojo::JSON qw( encode_json );
use Try::Tiny qw( catch try );

use C4::Auth qw( haspermission );
use C4::Context;

use Koha::Database;
use Koha::Plugin::Dk::Cardwarden::Answers;
use Koha::Plugin::Dk::Cardwarden::Changes;
use Koha::Plugin::Dk::Cardwarden::Contact;
use Koha::Plugin::Dk::Cardwarden::Facts;
use Koha::Plugin::Dk::Cardwarden::Notices;
use Koha::Plugin::Dk::Cardwarden::Parts;
use Koha::Plugin::Dk::Cardwarden::Payments;
use Koha::Plugin::Dk::Cardwarden::Releases;
use Koha::Plugin::Dk::Cardwarden::Request;
use Koha::Plugin::Dk::Cardwarden::Settings;
use Koha::Plugin::Dk::Cardwarden::Status;
use Koha::Plugin::Dk::Cardwarden::Types;
use Koha::Plugin::Dk::Cardwarden::Walk;
use Koha::Plugin::Dk::Cardwarden::Wire;

use constant {
    FACTS    => 'Koha::Plugin::Dk::Cardwarden::Facts',
    NOTICES  => 'Koha::Plugin::Dk::Cardwarden::Notices',
    PARTS    => 'Koha::Plugin::Dk::Cardwarden::Parts',
    SETTINGS => 'Koha::Plugin::Dk::Cardwarden::Settings',
    TYPES    => 'Koha::Plugin::Dk::Cardwarden::Types',
    WALK     => 'Koha::Plugin::Dk::Cardwarden::Walk',
};

=head1 NAME

Koha::Plugin::Dk::Cardwarden::Controller - the routes

=head1 DESCRIPTION

Koha's permission check cannot ask for two permissions of one module: it fails with an error, instead of refusing, for a
user who has none of them. So the OpenAPI file names the second one under C<x-cardwarden-permissions>, and every method
here begins with L</_enter>, which checks it and lets nobody in to a route that does not name it.

=head1 METHODS

=head2 status

C<GET /status>, which also forgets what is too old, and remembers what became of the notices: Cardwarden asks for it at
every cycle.

=cut

sub status {
    my $c = _enter(shift) or return;

    return _answer(
        $c,
        sub {
            my ($dbh) = @_;
            Koha::Plugin::Dk::Cardwarden::Payments->let_go($dbh);
            Koha::Plugin::Dk::Cardwarden::Releases->let_go($dbh);
            NOTICES->remember($dbh);
            $c->render(
                status  => 200,
                openapi =>
                    Koha::Plugin::Dk::Cardwarden::Status->read( $dbh, $c->stash('koha.user')->borrowernumber )
            );
        }
    );
}

=head2 page

C<GET /patrons>

=cut

sub page {
    my $c = _enter(shift) or return;

    my ( $after, $limit ) = map { $_ + 0 } $c->param('after') // 0, $c->param('limit') // 500;
    my $since = $c->param('changed_since');
    my $asked = PARTS->asked( map { [ split /,/, $c->param($_) // q{} ] } qw( with attributes ) );

    return _answer(
        $c,
        sub {
            my ($dbh) = @_;
            my ( $body, $found ) = _at_one_moment(
                sub {
                    my ($as_of) = FACTS->now($dbh);
                    my ( $ids, $lines, $kept ) =
                          defined $since        ? WALK->moved( $dbh, $since, $after, $limit )
                        : $c->param('everyone') ? WALK->everyone( $dbh, $after, $limit )
                        :                         WALK->candidates( $dbh, $after, $limit, $asked );
                    my $patrons = _patrons( $dbh, $ids, scalar $c->param('names'), $asked, $lines );
                    my $next    = @$ids < $limit ? undef : $ids->[-1] + 0;
                    return ( { as_of => $as_of + 0, patrons => $patrons, next_after => $next }, $kept );
                }
            );
            WALK->keep( $dbh, $found, $asked ) if $found;
            _render( $c, $body );
        }
    );
}

=head2 some

C<POST /patrons>

=cut

sub some {
    my $c = _enter(shift) or return;

    my $body   = $c->req->json;
    my @errors = Koha::Plugin::Dk::Cardwarden::Request::check_patrons($body);
    return _invalid( $c, \@errors ) if @errors;

    return _answer(
        $c,
        sub {
            my ($dbh)    = @_;
            my ($answer) = _at_one_moment(
                sub {
                    my ($as_of) = FACTS->now($dbh);
                    my $ids = $body->{patron_ids}
                        // $dbh->selectcol_arrayref( 'SELECT borrowernumber FROM borrowers WHERE cardnumber = ?',
                            undef, $body->{cardnumber} );
                    my $asked   = PARTS->asked( @{$body}{qw( with attributes )} );
                    my $patrons = _patrons( $dbh, $ids, $body->{names}, $asked );
                    Koha::Plugin::Dk::Cardwarden::Contact->add( $dbh, $patrons ) if $body->{contact};
                    return { as_of => $as_of + 0, patrons => $patrons };
                }
            );
            _render( $c, $answer );
        }
    );
}

=head2 change

C<POST /changes>

=cut

sub change {
    my $c = _enter(shift) or return;

    my $body   = $c->req->json;
    my @errors = Koha::Plugin::Dk::Cardwarden::Request::check_changes($body);
    return _invalid( $c, \@errors ) if @errors;

    return _answer(
        $c,
        sub {
            my ($dbh) = @_;
            return _refuse( $c, 503, 'Writing is paused on the plugin\'s page in Koha.', error_code => 'paused' )
                if SETTINGS->all($dbh)->{paused};

            my $other = SETTINGS->claim( $dbh, $body->{instance}, $body->{takeover} );
            return _refuse(
                $c, 409, 'Another journal wrote last.',
                error_code => 'other_writer',
                writer     => $other
            ) if defined $other;

            my ($as_of) = FACTS->now($dbh);
            my $log = sub { $c->app->log->error( $_[0] ) };
            my $results =
                Koha::Plugin::Dk::Cardwarden::Changes->apply( $dbh, $body->{items}, TYPES->registered($dbh),
                    $log, PARTS->asked( @{$body}{qw( with attributes )} ) );
            my $counts  = Koha::Plugin::Dk::Cardwarden::Answers->take_in( $dbh, $body, $log );
            my $notices = NOTICES->take_in( $dbh, $body->{notices}, $log );
            $c->render(
                status  => 200,
                openapi => { as_of => $as_of + 0, results => $results, %$counts, %$notices }
            );
        }
    );
}

=head1 INTERNAL FUNCTIONS

=head2 _enter

Validates the request and checks the permission that Koha's own check could not.

=cut

sub _enter {
    my ($c) = @_;

    $c = $c->openapi->valid_input or return;

    my $needed = $c->openapi->spec->{'x-cardwarden-permissions'};
    my $user   = $c->stash('koha.user');
    return $c if $needed && $user && haspermission( $user->userid, $needed );

    _refuse( $c, 403, 'Authorization failure. Missing required permission(s).', required_permissions => $needed );

    return;
}

sub _answer {
    my ( $c, $work ) = @_;

    return try {
        my $dbh = C4::Context->dbh;
        SETTINGS->contact( $dbh, $c->stash('koha.user')->borrowernumber );
        $work->($dbh);
    } catch {
        $c->unhandled_exception($_);
    };
}

sub _at_one_moment {
    my ($read) = @_;

    return Koha::Database->new->schema->txn_do($read);
}

sub _patrons {
    my ( $dbh, $ids, $names, $asked, $lines ) = @_;

    my $ours    = { map { $_ => 1 } keys %{ TYPES->registered($dbh) } };
    my $patrons = FACTS->read( $dbh, $ids, { names => $names, lines => $lines } );
    PARTS->add( $dbh, $patrons, $asked );

    my @sent = map { Koha::Plugin::Dk::Cardwarden::Wire::patron( $patrons->{$_}, $ours, $names ) }
        sort { $a <=> $b } keys %$patrons;
    NOTICES->add( $dbh, \@sent );

    return \@sent;
}

# Validating ten thousand patrons against the schema takes longer than reading them, so lists are encoded here. The
# schema is held against them in the tests.
sub _render {
    my ( $c, $body ) = @_;

    $c->res->headers->content_type('application/json;charset=UTF-8');

    return $c->render( status => 200, data => encode_json($body) );
}

sub _refuse {
    my ( $c, $status, $error, %more ) = @_;

    return $c->render( status => $status, openapi => { error => $error, %more } );
}

sub _invalid {
    my ( $c, $errors ) = @_;

    return $c->render( status => 400, openapi => { errors => $errors, status => 400 } );
}

1;
