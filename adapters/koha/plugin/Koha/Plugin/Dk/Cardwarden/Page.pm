package Koha::Plugin::Dk::Cardwarden::Page;

use Modern::Perl;

use CGI ();
use DateTime;

use C4::Auth ();
use C4::Context;

use Koha::DateUtils qw( output_pref );
use Koha::Plugin::Dk::Cardwarden::Facts;
use Koha::Plugin::Dk::Cardwarden::Form;
use Koha::Plugin::Dk::Cardwarden::Letter;
use Koha::Plugin::Dk::Cardwarden::Settings;
use Koha::Plugin::Dk::Cardwarden::Types;

use constant {
    FACTS    => 'Koha::Plugin::Dk::Cardwarden::Facts',
    LETTER   => 'Koha::Plugin::Dk::Cardwarden::Letter',
    SETTINGS => 'Koha::Plugin::Dk::Cardwarden::Settings',
    TYPES    => 'Koha::Plugin::Dk::Cardwarden::Types',
};

# Koha 24.05 and newer let only POST requests with such names through
my %ACTIONS = (
    'cud-register' => \&_register,
    'cud-forget'   => \&_forget,
    'cud-lift'     => \&_lift,
    'cud-letter'   => \&_letter,
    'cud-pause'    => sub { $_[0]->_pause(1) },
    'cud-resume'   => sub { $_[0]->_pause(0) },
);

=head1 NAME

Koha::Plugin::Dk::Cardwarden::Page - the plugin's page in the staff interface

=head1 METHODS

=head2 new

    my $page = Koha::Plugin::Dk::Cardwarden::Page->new($plugin);

=cut

sub new {
    my ( $class, $plugin ) = @_;

    return bless { plugin => $plugin, cgi => $plugin->{cgi}, dbh => C4::Context->dbh }, $class;
}

=head2 run

Does what the form asks, then shows the page. Koha has checked the permission to configure plugins by then.

=cut

sub run {
    my ($self) = @_;

    my $cgi = $self->{cgi};
    my $op  = $cgi->param('op') // q{};
    my ( $problem, $done );
    if ( my $action = $ACTIONS{$op} ) {
        $problem =
            Koha::Plugin::Dk::Cardwarden::Form::is_sent($cgi)
            ? $self->$action
            : 'token';
        $done = $op unless $problem;
    }

    return $self->_show( problem => $problem, done => $done );
}

=head2 refuse_uninstall

Says why the plugin stays, and ends the request: Koha would delete the plugin's files next.

=cut

sub refuse_uninstall {
    my ( $self, $rows ) = @_;

    $self->{cgi} = $self->{plugin}->{cgi} = CGI->new;
    $self->_show( uninstall_refused => $rows );

    return C4::Auth::safe_exit();
}

sub _register {
    my ($self) = @_;

    my ( $code, $text ) = map { Koha::Plugin::Dk::Cardwarden::Form::field( $self->{cgi}, $_ ) } qw( code display_text );

    return TYPES->register( $self->{dbh}, $code, $text );
}

sub _forget {
    my ($self) = @_;

    return TYPES->forget( $self->{dbh}, Koha::Plugin::Dk::Cardwarden::Form::field( $self->{cgi}, 'code' ) );
}

sub _lift {
    my ($self) = @_;

    return TYPES->set_lift(
        $self->{dbh},
        Koha::Plugin::Dk::Cardwarden::Form::field( $self->{cgi}, 'code' ),
        scalar $self->{cgi}->param('is_debt_type')
    );
}

sub _letter {
    my ($self) = @_;

    LETTER->make( $self->{dbh} );

    return;
}

sub _pause {
    my ( $self, $paused ) = @_;

    SETTINGS->store( $self->{dbh}, paused => $paused );

    return;
}

sub _show {
    my ( $self, %message ) = @_;

    my $dbh      = $self->{dbh};
    my $settings = SETTINGS->all($dbh);
    my $types    = TYPES->counted($dbh);
    my $lifted   = TYPES->lifted($dbh);
    $_->{lifted} = $lifted->{ $_->{type} } for @$types;

    my $template = $self->{plugin}->get_template( { file => 'templates/configure.tt' } );
    $template->param(
        %message,
        csrf            => Koha::Plugin::Dk::Cardwarden::Form::token( $self->{cgi} ),
        version         => $Koha::Plugin::Dk::Cardwarden::VERSION,
        installation_id => $settings->{installation_id},
        writer          => $settings->{writer},
        paused          => $settings->{paused},
        contact         => scalar _instant( $settings->{contact_at} ),
        contact_from    => $settings->{contact_from},
        types           => $types,
        rows_of_ours    => TYPES->rows_of_ours($dbh),
        letters         => LETTER->there($dbh),
        letter_code     => LETTER->CODE,
        can_lift        => TYPES->can_lift($dbh),
        open_index      => scalar FACTS->index_of_open_lines($dbh),
    );

    return $self->{plugin}->output_html( $template->output );
}

sub _instant {
    my ($epoch) = @_;

    return unless $epoch;
    my $moment = DateTime->from_epoch( epoch => $epoch, time_zone => C4::Context->tz );

    return output_pref( { dt => $moment, dateformat => 'iso' } );
}

1;
