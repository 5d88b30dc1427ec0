package Koha::Plugin::Dk::Cardwarden::Status;

use Modern::Perl;

use Mojo::JSON qw( false true );

use C4::Context;

use Koha;
use Koha::Plugin::Dk::Cardwarden::Parts;
use Koha::Plugin::Dk::Cardwarden::Facts;
use Koha::Plugin::Dk::Cardwarden::Settings;
use Koha::Plugin::Dk::Cardwarden::Tables;
use Koha::Plugin::Dk::Cardwarden::Types;

use constant API_VERSION => 3;

# Whatever blocks a patron beside Cardwarden, lets one through, or locks a PIN; and the languages of its texts
my @PREFERENCES = qw(
    AllFinesNeedOverride AllowFineOverride AnonymousPatron AutoRemoveOverduesRestrictions BlockExpiredPatronOpacActions
    FailedLoginAttempts ILS-DI ILS-DI:AuthorizedIPs NoIssuesChargeGuarantees NoIssuesChargeGuarantorsWithGuarantees
    OPACFineNoRenewals OPACFineNoRenewalsBlockAutoRenew OPACFineNoRenewalsIncludeCredits OPACLanguages
    OpacRenewalAllowed OverduesBlockCirc OverduesBlockRenewing PatronRestrictionTypes RestrictionBlockRenewing finesMode
    language maxoutstanding noissuescharge
);

# Newer Koha has limits of its own for a category, in columns that older Koha lacks
my %LIMITS = (
    fines_limit      => 'noissuescharge',
    guarantees_limit => 'noissueschargeguarantees',
    guarantors_limit => 'noissueschargeguarantorswithguarantees',
);

# What a policy may name, by its key on the wire
my %NAMED = (
    charge_types      => 'SELECT code FROM account_debit_types ORDER BY code',
    item_types        => 'SELECT itemtype FROM itemtypes ORDER BY itemtype',
    libraries         => 'SELECT branchcode FROM branches ORDER BY branchcode',
    patron_attributes => 'SELECT code FROM borrower_attribute_types ORDER BY code',
);

=head1 NAME

Koha::Plugin::Dk::Cardwarden::Status - what Cardwarden asks before it does anything

=head1 DESCRIPTION

Preferences are those of Koha's table, read with one statement; what a web server's environment overrides
(C<OVERRIDE_SYSPREF_...>) is not seen.

=head1 METHODS

=head2 read

    my $status = $class->read( $dbh, $api_user_id );

=cut

sub read {
    my ( $class, $dbh, $api_user_id ) = @_;

    my $settings    = Koha::Plugin::Dk::Cardwarden::Settings->all($dbh);
    my ($now)       = Koha::Plugin::Dk::Cardwarden::Facts->now($dbh);
    my ($count)     = $dbh->selectrow_array('SELECT COUNT(*) FROM borrowers');
    my ($currency)  = $dbh->selectrow_array('SELECT currency FROM currency WHERE active = 1');
    my $categories  = _categories($dbh);
    my $preferences = _preferences($dbh);
    my $anonymous   = $preferences->{AnonymousPatron} // q{};

    return {
        plugin_version         => $Koha::Plugin::Dk::Cardwarden::VERSION,
        api_version            => API_VERSION,
        koha_version           => Koha::version(),
        installation_id        => $settings->{installation_id},
        database_time          => $now + 0,
        time_zone              => _time_zone(),
        currency               => $currency,
        patron_count           => $count + 0,
        paused                 => $settings->{paused}                  ? true                : false,
        writer                 => length( $settings->{writer} // q{} ) ? $settings->{writer} : undef,
        api_user_id            => $api_user_id + 0,
        anonymous_patron_id    => $anonymous =~ /\A[1-9]\d*\z/ ? $anonymous + 0 : undef,
        categories             => $categories,
        parts                  => [ Koha::Plugin::Dk::Cardwarden::Parts->names ],
        statistical_categories => [ map { $_->{id} } grep { $_->{type} eq 'X' } @$categories ],
        preferences            => $preferences,
        ( map { $_ => $dbh->selectcol_arrayref( $NAMED{$_} ) } keys %NAMED ),
        types => [
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

# By the case of the names above, whatever Koha's own table says; a preference that this Koha does not have is left out
sub _preferences {
    my ($dbh) = @_;

    my %name = map { lc $_ => $_ } @PREFERENCES;
    my $rows = $dbh->selectall_arrayref(
        'SELECT variable, value FROM systempreferences WHERE variable IN ('
            . Koha::Plugin::Dk::Cardwarden::Tables::placeholders( \@PREFERENCES ) . ')',
        undef, @PREFERENCES
    );

    return { map { $name{ lc $_->[0] } => defined $_->[1] ? "$_->[1]" : q{} } @$rows };
}

sub _categories {
    my ($dbh) = @_;

    my %there  = map { $_->[0] => 1 } @{ $dbh->selectall_arrayref(q{SHOW COLUMNS FROM categories LIKE 'noissues%'}) };
    my @limits = sort keys %LIMITS;
    my @columns =
        map { $there{ $LIMITS{$_} } ? "CAST($LIMITS{$_} AS DECIMAL(28,2)) AS $_" : "NULL AS $_" } @limits;

    return $dbh->selectall_arrayref(
        'SELECT ' . join( ', ', 'categorycode AS id', 'category_type AS type', @columns ) . '
         FROM categories ORDER BY categorycode',
        { Slice => {} }
    );
}

# A zone with a name says something outside this machine, "local" or "floating" does not
sub _time_zone {
    my $zone = eval { C4::Context->tz->name };

    return ( defined $zone && $zone =~ m{\A(?:UTC|[A-Z]\w*/.+)\z} ) ? $zone : undef;
}

1;
