package Koha::Plugin::Dk::Cardwarden::Release;

use Modern::Perl;

use Try::Tiny qw( catch finally try );

use Koha::Database;
use Koha::Patron::Debarments qw( DelDebarment );
use Koha::Plugin::Dk::Cardwarden::Answers;
use Koha::Plugin::Dk::Cardwarden::Facts;
use Koha::Plugin::Dk::Cardwarden::Offer;
use Koha::Plugin::Dk::Cardwarden::Releases;
use Koha::Plugin::Dk::Cardwarden::Settings;
use Koha::Plugin::Dk::Cardwarden::Types;

use constant {
    ANSWERS      => 'Koha::Plugin::Dk::Cardwarden::Answers',
    FACTS        => 'Koha::Plugin::Dk::Cardwarden::Facts',
    RELEASES     => 'Koha::Plugin::Dk::Cardwarden::Releases',
    SETTINGS     => 'Koha::Plugin::Dk::Cardwarden::Settings',
    TYPES        => 'Koha::Plugin::Dk::Cardwarden::Types',
    PATIENCE     => 5,
    REASON_LIMIT => 200,
};

=head1 NAME

Koha::Plugin::Dk::Cardwarden::Release - staff end a block that Cardwarden's answer lets them end

=head1 DESCRIPTION

All in one transaction, or nothing of it: the restrictions of the type and the flag by Koha's own function, the counter of
wrong PINs where the rule counts those, the record of who did it, and the answer, which is no longer so.

=head1 METHODS

=head2 make

    my $problem = $class->make( $dbh, $patron_id, $wish );

C<$wish> has C<rule>, C<type>, C<photo_id> (whether the box was ticked), C<reason> and C<staff>, the number of who asks.
Whether that person may is the caller's to know. Answers why nothing was changed: C<paused>, C<patron>, C<gone>,
C<photo_id>, C<reason> or C<busy>; nothing if all is done.

=cut

sub make {
    my ( $class, $dbh, $patron_id, $wish ) = @_;

    return 'reason' if length $wish->{reason} > REASON_LIMIT;

    $dbh->do( 'SET SESSION innodb_lock_wait_timeout = ' . PATIENCE );
    return try {
        Koha::Database->new->schema->txn_do( sub { $class->_make( $dbh, $patron_id, $wish ) } );
    } catch {
        warn "Cardwarden: the release for patron $patron_id failed: $_";
        'busy';
    } finally {
        $dbh->do('SET SESSION innodb_lock_wait_timeout = @@GLOBAL.innodb_lock_wait_timeout');
    };
}

sub _make {
    my ( $class, $dbh, $patron_id, $wish ) = @_;

    return 'paused' if SETTINGS->all($dbh)->{paused};

    FACTS->lock( $dbh, [$patron_id] );
    my $patron = FACTS->read( $dbh, [$patron_id] )->{$patron_id} or return 'patron';
    my $answer = ANSWERS->find( $dbh, $patron_id )->{answer};
    my $offer  = Koha::Plugin::Dk::Cardwarden::Offer::offered( $patron, $answer, TYPES->registered($dbh), $wish );
    return 'gone' unless $offer;
    return 'photo_id' if $offer->{photo_id} && !$wish->{photo_id};

    my @rows = grep { $_->{type} eq $offer->{type} } @{ $patron->{rows} };
    DelDebarment( $_->{id} ) for @rows;
    FACTS->reset_pin( $dbh, $patron_id ) if $offer->{reset_pin};

    my ($now) = FACTS->now($dbh);
    RELEASES->add(
        $dbh,
        $patron_id,
        {
            type     => $offer->{type},
            rule     => $offer->{rule},
            staff    => $wish->{staff},
            photo_id => $wish->{photo_id} ? 1 : 0,
            reason   => $wish->{reason},
            at       => $now,
            rows     => join( q{,}, map { $_->{id} } @rows ),
        }
    );
    ANSWERS->store( $dbh, $patron_id, $now, Koha::Plugin::Dk::Cardwarden::Offer::after( $answer, $offer, $now ) );

    return;
}

1;
