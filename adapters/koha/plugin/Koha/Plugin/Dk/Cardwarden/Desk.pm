package Koha::Plugin::Dk::Cardwarden::Desk;

use Modern::Perl;

use DateTime;

use C4::Auth qw( haspermission );
use C4::Context;

use Koha::DateUtils qw( output_pref );
use Koha::Patrons;
use Koha::Plugin::Dk::Cardwarden::Answers;
use Koha::Plugin::Dk::Cardwarden::Facts;
use Koha::Plugin::Dk::Cardwarden::Release;
use Koha::Plugin::Dk::Cardwarden::Settings;
use Koha::Plugin::Dk::Cardwarden::Types;
use Koha::Plugin::Dk::Cardwarden::View;

use constant {
    FACTS      => 'Koha::Plugin::Dk::Cardwarden::Facts',
    PERMISSION => 'cardwarden_release',
    TEXT       => 'Release blocks of Cardwarden at the desk',
};

=head1 NAME

Koha::Plugin::Dk::Cardwarden::Desk - who may see what about a card, and who may release it

=head1 METHODS

=head2 new

    my $desk = Koha::Plugin::Dk::Cardwarden::Desk->new( $dbh, $staff_number );

=cut

sub new {
    my ( $class, $dbh, $staff_number ) = @_;

    return bless { dbh => $dbh, staff => scalar Koha::Patrons->find($staff_number) }, $class;
}

=head2 add_permission

    $class->add_permission($dbh);

Adds the permission to those of Koha's module C<plugins>, where staff are given it like any other.

=cut

sub add_permission {
    my ( $class, $dbh ) = @_;

    $dbh->do(
        q{INSERT IGNORE INTO permissions (module_bit, code, description)
          SELECT bit, ?, ? FROM userflags WHERE flag = 'plugins'},
        undef, PERMISSION, TEXT
    );

    return;
}

=head2 remove_permission

    $class->remove_permission($dbh);

Whoever had it has it no more.

=cut

sub remove_permission {
    my ( $class, $dbh ) = @_;

    $dbh->do(
        q{DELETE FROM permissions WHERE code = ? AND module_bit = (SELECT bit FROM userflags WHERE flag = 'plugins')},
        undef, PERMISSION
    );

    return;
}

=head2 may_look

Whether the staff member may open a patron's pages in Koha at all, by circulation or by patrons.

=cut

sub may_look {
    my ($self) = @_;

    my $staff = $self->{staff} or return 0;

    return
        scalar grep { haspermission( $staff->userid, $_ ) }
        ( { circulate => 'circulate_remaining_permissions' }, { borrowers => 'edit_borrowers' } );
}

=head2 may_release

Whether the staff member has the permission.

=cut

sub may_release {
    my ($self) = @_;

    my $staff = $self->{staff} or return 0;

    return haspermission( $staff->userid, { plugins => PERMISSION } ) ? 1 : 0;
}

=head2 why_not

    my $problem = $desk->why_not($patron_id);

Why the staff member may not see that patron: C<number>, C<patron> or C<library>; nothing if there is no reason.

=cut

sub why_not {
    my ( $self, $patron_id ) = @_;

    return 'number' unless ( $patron_id // q{} ) =~ /\A[0-9]{1,10}\z/;
    my $patron = Koha::Patrons->find($patron_id) or return 'patron';
    return 'library' unless $self->{staff} && $self->{staff}->can_see_patron_infos($patron);

    return;
}

=head2 view

    my $view = $desk->view( $patron_id, $language );

See L<Koha::Plugin::Dk::Cardwarden::View>.

=cut

sub view {
    my ( $self, $patron_id, $language ) = @_;

    my $dbh   = $self->{dbh};
    my $known = Koha::Plugin::Dk::Cardwarden::Answers->find( $dbh, $patron_id );
    my ($now) = FACTS->now($dbh);

    return Koha::Plugin::Dk::Cardwarden::View::view(
        $language,
        {
            %$known,
            patron      => FACTS->read( $dbh, [$patron_id] )->{$patron_id},
            now         => $now,
            types       => Koha::Plugin::Dk::Cardwarden::Types->registered($dbh),
            may_release => $self->may_release,
            paused      => Koha::Plugin::Dk::Cardwarden::Settings->all($dbh)->{paused},
            instant     => \&_instant,
        }
    );
}

=head2 release

    my $problem = $desk->release( $patron_id, { rule => ..., type => ..., photo_id => 1, reason => '' } );

Releases, if that is allowed. Answers why not, and notes it in Koha's log, with numbers only: C<right>, what L</why_not>
says, or what L<Koha::Plugin::Dk::Cardwarden::Release> says.

=cut

sub release {
    my ( $self, $patron_id, $wish ) = @_;

    my $staff = $self->{staff};
    my $problem =
        $self->may_release
        ? $self->why_not($patron_id) // Koha::Plugin::Dk::Cardwarden::Release->make(
            $self->{dbh},
            $patron_id + 0,
            { %$wish, staff => $staff->borrowernumber }
        )
        : 'right';
    $self->refused( $patron_id, $problem ) if $problem;

    return $problem;
}

=head2 refused

    $desk->refused( $patron_id, $problem );

=cut

sub refused {
    my ( $self, $patron_id, $problem ) = @_;

    my ($number) = ( $patron_id // q{} ) =~ /\A([0-9]{1,10})\z/;
    my $staff = $self->{staff} ? $self->{staff}->borrowernumber : 'nobody';
    warn 'Cardwarden: a release for patron ' . ( $number // 'unknown' ) . " by staff $staff was refused: $problem\n";

    return;
}

sub _instant {
    my ($epoch) = @_;

    return output_pref( { dt => DateTime->from_epoch( epoch => $epoch, time_zone => C4::Context->tz ) } );
}

1;
