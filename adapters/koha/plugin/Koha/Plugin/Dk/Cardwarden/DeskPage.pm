package Koha::Plugin::Dk::Cardwarden::DeskPage;

use Modern::Perl;

use C4::Context;
use C4::Languages ();

use Koha::Plugin::Dk::Cardwarden::Desk;
use Koha::Plugin::Dk::Cardwarden::Form;
use Koha::Plugin::Dk::Cardwarden::Words;

=head1 NAME

Koha::Plugin::Dk::Cardwarden::DeskPage - the page about one card, which needs no script

=head1 DESCRIPTION

Koha asks for the permission of the method's name before it lets anybody in here: C<tool> to look,
C<cardwarden_release> to release. Whoever may release may look too.

=head1 METHODS

=head2 new

    my $page = Koha::Plugin::Dk::Cardwarden::DeskPage->new($plugin);

=cut

sub new {
    my ( $class, $plugin ) = @_;

    my $staff = C4::Context->userenv;

    return bless {
        plugin => $plugin,
        cgi    => $plugin->{cgi},
        desk   => Koha::Plugin::Dk::Cardwarden::Desk->new( C4::Context->dbh, $staff ? $staff->{number} : undef ),
    }, $class;
}

=head2 run

Releases, if the form asks for it, then shows the card.

=cut

sub run {
    my ($self) = @_;

    my $desk      = $self->{desk};
    my $patron_id = $self->_field('borrowernumber');
    my ( $done, $problem );
    if ( $self->_field('op') eq 'cud-release' ) {
        $problem = $self->_release($patron_id);
        $done    = !$problem;
    }

    my $hidden = length $patron_id ? $desk->why_not($patron_id) : undef;
    $problem //= $hidden;
    my $language = C4::Languages::getlanguage( $self->{cgi} );
    my $words    = Koha::Plugin::Dk::Cardwarden::Words::of($language);

    my $template = $self->{plugin}->get_template( { file => 'templates/desk.tt' } );
    $template->param(
        words     => $words,
        done      => $done,
        problem   => $problem ? $words->{"no_$problem"} : undef,
        changing  => $self->_field('op') ne q{},
        patron_id => $hidden            ? undef             : $patron_id,
        method    => $desk->may_release ? $desk->PERMISSION : 'tool',
        csrf      => Koha::Plugin::Dk::Cardwarden::Form::token( $self->{cgi} ),
        view      => $hidden || !length $patron_id ? undef : $desk->view( $patron_id, $language ),
    );

    return $self->{plugin}->output_html( $template->output );
}

sub _release {
    my ( $self, $patron_id ) = @_;

    if ( !Koha::Plugin::Dk::Cardwarden::Form::is_sent( $self->{cgi} ) ) {
        $self->{desk}->refused( $patron_id, 'token' );
        return 'token';
    }
    my %wish = map { $_ => $self->_field($_) } qw( rule type photo_id reason );

    return $self->{desk}->release( $patron_id, \%wish );
}

sub _field {
    my ( $self, $name ) = @_;

    return Koha::Plugin::Dk::Cardwarden::Form::field( $self->{cgi}, $name );
}

1;
