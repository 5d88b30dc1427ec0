#!/usr/bin/perl

use strict;
use warnings;

use FindBin qw( $Bin );
use lib "$Bin/lib", "$Bin/..";

use Test::More;

use Koha::Plugin::Dk::Cardwarden::Change;
use Sample qw( line patron row types );

my $OLD = '0' x 64;

# what becomes of an item on a patron: the status, and the steps as text
sub outcome {
    my ( $facts, %item ) = @_;

    $item{etag} //= Koha::Plugin::Dk::Cardwarden::Change::current_etag( $facts, types() ) if $facts;
    my $judgement = Koha::Plugin::Dk::Cardwarden::Change::judge( $facts, { patron_id => 7, %item }, types() );

    return join q{; }, $judgement->{status}, map { join q{ }, @$_ } @{ $judgement->{steps} };
}

my @debt = ( set => [ { type => 'CW_DEBT', comment => 'Owes' } ] );

subtest 'refusals, before the etag is looked at' => sub {
    is( outcome( undef,    @debt ), 404, 'no such patron' );
    is( outcome( patron(), etag => $OLD, set => [ { type => 'MANUAL', comment => 'x' } ] ),
        403, "staff's type, set" );
    is( outcome( patron( rows => [ row( 1, 'MANUAL' ) ] ), remove => ['MANUAL'] ), 403, "staff's type, removed" );
    is( outcome( patron(), @debt, remove => ['OVERDUES'] ), 403, 'one foreign type refuses the whole item' );
    is( outcome( patron(), etag => $OLD, remove => ['CW_GONE'] ), 409,
        'a registered type that Koha does not have' );
};

subtest 'already as asked' => sub {
    my $blocked = patron( rows => [ row( 1, 'CW_DEBT', comment => 'Owes' ) ] );
    is( outcome( $blocked, etag => $OLD, @debt ), 200, 'the row is there' );
    is( outcome( patron(), etag => $OLD, remove => [ 'CW_DEBT', 'CW_PIN' ], reset_pin => 1 ),
        200, 'nothing to remove' );
    is( outcome( patron( attempts => -1 ), etag => $OLD, reset_pin => 1 ),
        200, 'an administrative lock is not reset' );
    is( outcome( patron(), etag => $OLD ), 200, 'nothing asked' );
    is(
        outcome(
            $blocked,
            etag => $OLD,
            set  => [ { type => 'CW_DEBT', comment => 'long', short_comment => 'Owes' } ]
        ),
        200,
        'the short comment will do'
    );
    my $dated = patron(
        rows          => [ row( 1, 'CW_DEBT', comment => 'Owes', expiration => '2027-01-01' ) ],
        flag_in_force => '2027-01-01'
    );
    is( outcome( $dated, etag => $OLD, @debt ), 200, "staff's date on our row is left" );
};

subtest 'an old etag' => sub {
    is( outcome( patron(), etag => $OLD, @debt ), 412, 'set' );
    is( outcome( patron( rows     => [ row( 1, 'CW_PIN' ) ] ), etag => $OLD, remove    => ['CW_PIN'] ), 412, 'remove' );
    is( outcome( patron( attempts => 3 ),                      etag => $OLD, reset_pin => 1 ),          412, 'reset' );
    is( outcome( patron( flag_in_force => '9999-12-31' ),      etag => $OLD, remove    => ['CW_DEBT'] ), 412, 'flag' );
};

subtest 'set' => sub {
    is( outcome( patron(), @debt ), '201; add CW_DEBT Owes', 'a row is added' );
    is( outcome( patron( rows => [ row( 1, 'MANUAL' ) ] ),  @debt ), '201; add CW_DEBT Owes', "beside staff's" );
    is( outcome( patron( rows => [ row( 1, 'CW_DEBT' ) ] ), @debt ), '200; amend 1 Owes',     'another text' );
    is(
        outcome( patron( rows => [ row( 1, 'CW_DEBT', comment => undef ) ] ), @debt ),
        '200; amend 1 Owes',
        'a row without text'
    );
    is(
        outcome( patron( rows => [ row( 1, 'CW_DEBT', in_force => 0, expiration => '2020-01-01' ) ] ), @debt ),
        '201; add CW_DEBT Owes; delete 1',
        'a row no longer in force is replaced'
    );
    is(
        outcome(
            patron(
                rows => [
                    row( 1, 'CW_DEBT', expiration => '2027-01-01' ),
                    row( 2, 'CW_DEBT', comment    => 'Owes' ),
                    row( 3, 'CW_DEBT' ),
                    row( 4, 'MANUAL' )
                ]
            ),
            @debt
        ),
        '200; delete 1; delete 3',
        'of several the endless one stays, the oldest'
    );
};

subtest 'remove, reset, flag' => sub {
    my $rows = [ row( 1, 'CW_DEBT' ), row( 2, 'MANUAL' ), row( 3, 'CW_DEBT', in_force => 0 ), row( 4, 'CW_PIN' ) ];
    is(
        outcome( patron( rows => $rows ), remove => ['CW_DEBT'] ),
        '200; delete 1; delete 3',
        'all rows of the type'
    );
    is( outcome( patron( attempts      => 5 ),            reset_pin => 1 ),           '200; reset_pin', 'the counter' );
    is( outcome( patron( flag_in_force => '9999-12-31' ), remove    => ['CW_DEBT'] ), '200; flag', 'a phantom flag' );
    is( outcome( patron( flag_in_force => '9999-12-31', attempts => 5 ), reset_pin => 1 ),
        '200; flag; reset_pin', 'both' );
    is(
        outcome( patron( rows => $rows, flag_in_force => undef ), remove => ['CW_PIN'] ),
        '200; delete 4',
        'a removal recomputes the flag anyway'
    );
};

subtest 'the joined comment' => sub {
    my $set   = sub { ( set => [ { type => 'CW_DEBT', comment => $_[0], short_comment => $_[1] } ] ) };
    my $staff = patron( rows => [ row( 1, 'MANUAL', comment => 'm' x 200 ), row( 2, 'MANUAL', in_force => 0 ) ] );

    is( outcome( $staff, $set->( 'c' x 54, 's' ) ), '201; add CW_DEBT ' . 'c' x 54, '255 characters fit' );
    is( outcome( $staff, $set->( 'c' x 55, 's' ) ), '201; add CW_DEBT s',           '256 take the short comment' );
    is(
        outcome( $staff, $set->( "\x{e6}" x 54 ) ),
        '201; add CW_DEBT ' . "\x{e6}" x 54,
        'letters count, not bytes'
    );

    my %item      = ( patron_id => 7, $set->( 'c' x 99, 's' x 60 ) );
    my $etag      = Koha::Plugin::Dk::Cardwarden::Change::current_etag( $staff, types() );
    my $judgement = Koha::Plugin::Dk::Cardwarden::Change::judge( $staff, { %item, etag => $etag }, types() );
    is_deeply( [ @{$judgement}{qw( status length )} ], [ 422, 261 ], 'too long still: refused, with the length' );
    is_deeply( $judgement->{steps},                    [],           'and nothing is written' );

    my $long = row( 3, 'MANUAL', comment => 'm' x 300 );
    is(
        outcome( patron( rows => [ $long, row( 4, 'CW_DEBT' ) ] ), remove => ['CW_DEBT'] ),
        '200; delete 4',
        'a removal never depends on it'
    );
    my $both = patron( rows => [ row( 1, 'CW_PIN', comment => 'p' x 200 ) ] );
    is(
        outcome( $both, $set->( 'c' x 99 ), remove => ['CW_PIN'] ),
        '201; add CW_DEBT ' . 'c' x 99 . '; delete 1',
        'a row that goes does not count'
    );
    is(
        outcome(
            $both,
            set => [
                { type => 'CW_PIN',  comment => 'p' x 200, short_comment => 'pin' },
                { type => 'CW_DEBT', comment => 'c' x 99 }
            ]
        ),
        '201; amend 1 pin; add CW_DEBT ' . 'c' x 99,
        'a long text of ours gives way to its short one'
    );
};

done_testing();
