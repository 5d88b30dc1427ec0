package Koha::Plugin::Dk::Cardwarden::Wire;

use strict;
use warnings;

use Math::BigInt;

use Koha::Plugin::Dk::Cardwarden::Etag;

use constant ENDLESS => '9999-12-31';

=head1 NAME

Koha::Plugin::Dk::Cardwarden::Wire - a patron's facts as they travel

=head1 FUNCTIONS

=head2 patron

    my $object = patron( $patron, $ours, $with_names );

The PATRON of the wire contract. Numbers are numbers and amounts are text, whatever the database's driver made of them.
The patron's lines are used up by it.

=cut

sub patron {
    my ( $patron, $ours, $with_names ) = @_;

    my $credit = credit($patron);
    my %object = (
        patron_id      => $patron->{id} + 0,
        etag           => Koha::Plugin::Dk::Cardwarden::Etag::etag( $patron, $credit, $ours ),
        library_id     => $patron->{library},
        category_id    => $patron->{category},
        date_of_birth  => $patron->{birth},
        lang           => $patron->{lang},
        expiry_date    => $patron->{expiry},
        card_lost      => _bool( $patron->{lost} ),
        login_attempts => $patron->{attempts} + 0,
        charges        => _charges($patron),
        credit         => $credit,
        settled_at     => _integer( $patron->{settled_at} ),
        paid_at        => _integer( $patron->{paid_at} ),
        money_at       => _integer( $patron->{money_at} ),
        restrictions   => [ map { _restriction( $_, $ours ) } @{ $patron->{rows} } ],
        debarred       => $patron->{debarred},
        flag_matches   => _bool( flag_matches($patron) ),
        staff_releases => [ map { _release($_) } @{ $patron->{releases} } ],
    );
    @object{qw( cardnumber surname firstname )} = @{$patron}{qw( cardnumber surname firstname )} if $with_names;

    return { %object, %{ $patron->{sent} // {} } };
}

=head2 credit

    my $text = credit($patron);

What the unapplied credits amount to, as a positive sum with six decimals, added exactly.

=cut

sub credit {
    my ($patron) = @_;

    my @amounts = map { $_->{outstanding} =~ /\A-(.*)/ ? $1 : () } @{ $patron->{lines} };
    return '0.000000' unless @amounts;
    return $amounts[0] if @amounts == 1;

    my $sum = Math::BigInt->bzero;
    foreach my $amount (@amounts) {
        ( my $millionths = $amount ) =~ tr/.//d;
        $sum->badd( Math::BigInt->new($millionths) );
    }
    my $digits = sprintf '%07s', $sum->bstr;

    return substr( $digits, 0, -6 ) . q{.} . substr( $digits, -6 );
}

=head2 implied_flag

    my $date = implied_flag($patron);

The date that the rows in force imply for the borrower's flag, or undef.

=cut

sub implied_flag {
    my ($patron) = @_;

    my @in_force = grep { $_->{in_force} } @{ $patron->{rows} } or return;
    return ENDLESS if grep { !defined $_->{expiration} } @in_force;

    my ($latest) = sort { $b cmp $a } map { $_->{expiration} } @in_force;

    return $latest;
}

=head2 flag_matches

Whether the borrower's flag is what the rows imply. Koha leaves the flag standing when its date has gone by, and reads it
as no flag; so does this.

=cut

sub flag_matches {
    my ($patron) = @_;

    return ( $patron->{flag_in_force} // q{} ) eq ( implied_flag($patron) // q{} );
}

# The lines themselves become the charges, which spares a copy of each. Their numbers are made so here, after the etag:
# older versions of Perl remember that a number was once used as text, and JSON then has it as text.
sub _charges {
    my ($patron) = @_;

    my @charges = grep { $_->{outstanding} !~ /\A-/ } @{ $patron->{lines} };
    foreach my $charge (@charges) {
        $charge->{id}      += 0;
        $charge->{item_id} += 0 if defined $charge->{item_id};
    }

    return \@charges;
}

sub _restriction {
    my ( $row, $ours ) = @_;

    return {
        id         => $row->{id} + 0,
        type       => $row->{type},
        comment    => $row->{comment},
        expiration => $row->{expiration},
        created    => _integer( $row->{created} ),
        ours       => _bool( $ours->{ $row->{type} } ),
    };
}

sub _release {
    my ($release) = @_;

    return {
        id               => $release->{id} + 0,
        type             => $release->{type},
        rule             => $release->{rule},
        staff_id         => _integer( $release->{staff} ),
        photo_id_checked => _bool( $release->{photo_id} ),
        reason           => $release->{reason},
        at               => _integer( $release->{at} ),
        rows             => [ map { $_ + 0 } split /,/, $release->{rows} ],
    };
}

sub _integer {
    my ($value) = @_;

    return defined $value ? int $value : undef;
}

# JSON encoders write a reference to 1 or 0 as true or false
sub _bool {
    my ($value) = @_;

    return $value ? \1 : \0;
}

1;
