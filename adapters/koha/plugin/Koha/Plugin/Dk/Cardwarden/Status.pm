package Koha::Plugin::Dk::Cardwarden::Status;

use Modern::Perl;

use Mojo::JSON qw( false true );

use C4::Context;

use Koha;
use Koha::Plugin::Dk::Cardwarden::Facts;
use Koha::Plugin::Dk::Cardwarden::Settings;
use Koha::Plugin::Dk::Cardwarden::Types;

use constant API_VERSION => 1;

my @PREFERENCES = qw( AnonymousPatron FailedLoginAttempts RestrictionBlockRenewing finesMode );

=head1 NAME

Koha::Plugin::Dk::Cardwarden::Status - what Cardwarden asks before it does anything

=head1 METHODS

=head2 read

    my $status = $class->read( $dbh, $api_user_id );

=cut

sub read {
    my ( $class, $dbh, $api_user_id ) = @_;

    my $settings   = Koha::Plugin::Dk::Cardwarden::Settings->all($dbh);
    my ($now)      = Koha::Plugin::Dk::Cardwarden::Facts->now($dbh);
    my ($count)    = $dbh->selectrow_array('SELECT COUNT(*) FROM borrowers');
    my ($currency) = $dbh->selectrow_array('SELECT currency FROM currency WHERE active = 1');
    my $statistical =
        $dbh->selectcol_arrayref(
            q{SELECT categorycode FROM categories WHERE category_type = 'X' ORDER BY categorycode});
    my %preferences = map { $_ => _text( C4::Context->preference($_) ) } @PREFERENCES;

    return {
        plugin_version      => $Koha::Plugin::Dk::Cardwarden::VERSION,
        api_version         => API_VERSION,
        koha_version        => Koha::version(),
        installation_id     => $settings->{installation_id},
        database_time       => $now + 0,
        time_zone           => _time_zone(),
        currency            => $currency,
        patron_count        => $count + 0,
        paused              => $settings->{paused}                  ? true                : false,
        writer              => length( $settings->{writer} // q{} ) ? $settings->{writer} : undef,
        api_user_id         => $api_user_id + 0,
        anonymous_patron_id => $preferences{AnonymousPatron} =~ /\A[1-9]\d*\z/
        ? $preferences{AnonymousPatron} + 0
        : undef,
        statistical_categories => $statistical,
        preferences            => \%preferences,
        types                  => [
            map {
                {
                    type     => $_->{type},
                    exists   => $_->{exists} ? true : false,
                    rows     => $_->{rows} + 0,
                    in_force => $_->{in_force} + 0,
                }
            } @{ Koha::Plugin::Dk::Cardwarden::Types->counted($dbh) }
        ],
    };
}

sub _text {
    my ($value) = @_;

    return defined $value ? "$value" : q{};
}

# A zone with a name says something outside this machine, "local" or "floating" does not
sub _time_zone {
    my $zone = eval { C4::Context->tz->name };

    return ( defined $zone && $zone =~ m{\A(?:UTC|[A-Z]\w*/.+)\z} ) ? $zone : undef;
}

1;
