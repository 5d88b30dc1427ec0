package Koha::Plugin::Dk::Cardwarden;

use Modern::Perl;

use base qw(Koha::Plugins::Base);

use C4::Context;

use Koha::Plugin::Dk::Cardwarden::Desk;
use Koha::Plugin::Dk::Cardwarden::DeskPage;
use Koha::Plugin::Dk::Cardwarden::Loans;
use Koha::Plugin::Dk::Cardwarden::OpenApi;
use Koha::Plugin::Dk::Cardwarden::Page;
use Koha::Plugin::Dk::Cardwarden::Payments;
use Koha::Plugin::Dk::Cardwarden::Settings;
use Koha::Plugin::Dk::Cardwarden::Tables;
use Koha::Plugin::Dk::Cardwarden::Types;

our $VERSION = '1.2.2';

our $metadata = {
    name            => 'Cardwarden',
    author          => 'Cardwarden',
    description     => 'Bulk reading and safe writing of the restrictions that Cardwarden keeps',
    date_authored   => '2026-11-23',
    date_updated    => '2026-11-28',
    minimum_version => '22.11.00.000',
    maximum_version => undef,
    version         => $VERSION,
    namespace       => 'cardwarden',
};

=head1 NAME

Koha::Plugin::Dk::Cardwarden - what Cardwarden needs inside Koha

=head1 DESCRIPTION

Cardwarden is a program beside Koha that keeps restrictions equal to the library's rules. Stock Koha has no endpoint for
restrictions; this plugin adds routes under C</api/v1/contrib/cardwarden>, remembers which credits settled all, has one
page where staff register the restriction types that Cardwarden may write, and shows at the desk why a card is blocked and
what frees it: in a panel on the patron's pages, and on a page of its own where staff may also release a block.

No restriction of any other type can be reached through it.

=head1 API

=head2 new

The constructor that Koha calls.

=cut

sub new {
    my ( $class, $args ) = @_;

    $args->{metadata} = {%$metadata};
    $args->{metadata}->{class} = $class;

    return $class->SUPER::new($args);
}

=head2 install

Creates the plugin's own tables, its permission and the installation's identity. Installing over what is there changes nothing.

=cut

sub install {
    my ($self) = @_;

    my $dbh = C4::Context->dbh;
    Koha::Plugin::Dk::Cardwarden::Tables->create($dbh);
    Koha::Plugin::Dk::Cardwarden::Settings->seed($dbh);
    Koha::Plugin::Dk::Cardwarden::Desk->add_permission($dbh);

    return 1;
}

=head2 upgrade

Brings the tables of an older version up to this one: the same as an installation, and nothing is lost.

=cut

sub upgrade {
    my ($self) = @_;

    return $self->install;
}

=head2 uninstall

Refuses while restrictions of registered types exist. Koha deletes the plugin's files whatever this method returns, so
the refusal has to leave: with a page in the staff interface, with an exception elsewhere.

=cut

sub uninstall {
    my ($self) = @_;

    my $dbh  = C4::Context->dbh;
    my $rows = Koha::Plugin::Dk::Cardwarden::Types->rows_of_ours($dbh);
    if ($rows) {
        Koha::Plugin::Dk::Cardwarden::Page->new($self)->refuse_uninstall($rows) if $ENV{REQUEST_METHOD};
        die "Cardwarden is not uninstalled: $rows restrictions of its types exist. "
            . "Remove them first, with 'cardwarden retire --all --apply'.\n";
    }
    Koha::Plugin::Dk::Cardwarden::Desk->remove_permission($dbh);
    Koha::Plugin::Dk::Cardwarden::Tables->drop($dbh);

    return 1;
}

=head2 configure

The plugin's page.

=cut

sub configure {
    my ($self) = @_;

    return Koha::Plugin::Dk::Cardwarden::Page->new($self)->run;
}

=head2 tool

The page about one card, for staff who may use tools of plugins.

=cut

sub tool {
    my ($self) = @_;

    return Koha::Plugin::Dk::Cardwarden::DeskPage->new($self)->run;
}

=head2 cardwarden_release

The same page for staff who may release. Koha asks for the permission that has the method's name.

=cut

sub cardwarden_release {
    my ($self) = @_;

    return Koha::Plugin::Dk::Cardwarden::DeskPage->new($self)->run;
}

=head2 intranet_js

The panel on a patron's pages. A file, so that a content security policy need not allow scripts within pages.

=cut

sub intranet_js {
    return q{<script src="/api/v1/contrib/cardwarden/static/desk/panel.js" defer></script>};
}

=head2 after_account_action

Koha calls this inside the transaction that adds a credit.

=cut

sub after_account_action {
    my ( $self, $params ) = @_;

    return unless ( $params->{action} // q{} ) eq 'add_credit';

    my $line = $params->{payload}->{line};
    Koha::Plugin::Dk::Cardwarden::Payments->record( C4::Context->dbh, $line ) if $line;

    return;
}

=head2 after_circ_action

Koha calls this where something was lent, renewed or brought back. What is lent is not overdue, so that is left out.

=cut

sub after_circ_action {
    my ( $self, $params ) = @_;

    return unless ( $params->{action} // q{} ) =~ /\A(?:checkin|renewal)\z/;

    my $loan = $params->{payload}->{checkout};
    Koha::Plugin::Dk::Cardwarden::Loans->record( C4::Context->dbh, $loan->borrowernumber ) if $loan;

    return;
}

=head2 api_namespace

The routes' place: C</api/v1/contrib/cardwarden>.

=cut

sub api_namespace {
    return 'cardwarden';
}

=head2 api_routes

The OpenAPI paths of F<openapi.json>.

=cut

sub api_routes {
    my ($self) = @_;

    return Koha::Plugin::Dk::Cardwarden::OpenApi::paths( $self->mbf_read('openapi.json') );
}

=head2 static_routes

The panel's script and style, which say nothing about anybody.

=cut

sub static_routes {
    return { map { $_ => Koha::Plugin::Dk::Cardwarden::OpenApi::file() } qw( /desk/panel.css /desk/panel.js ) };
}

1;
