package Double::Stock;

use strict;
use warnings;

use C4::Context;
use Double::Account;

# The few of Koha's own routes with which the suite makes patrons and lets things happen to them

my %COLUMNS = (
    surname          => 'surname',
    firstname        => 'firstname',
    userid           => 'userid',
    cardnumber       => 'cardnumber',
    date_of_birth    => 'dateofbirth',
    expiry_date      => 'dateexpiry',
    lang             => 'lang',
    library_id       => 'branchcode',
    category_id      => 'categorycode',
    staff_notes      => 'borrowernotes',
    login_attempts   => 'login_attempts',
    patron_card_lost => 'lost',
);

sub routes {
    my ($routes) = @_;

    $routes->get(q{/})->to( cb => \&_list );
    $routes->post(q{/})->to( cb => \&_add );
    $routes->get('/:id')->to( cb => sub { $_[0]->render( json => _patron( $_[0]->param('id') ) ) } );
    $routes->put('/:id')->to( cb => \&_change );
    $routes->delete('/:id')->to( cb => \&_delete );
    $routes->post('/:id/password')->to( cb => \&_password );
    $routes->get('/:id/account')->to( cb => \&_account );
    $routes->post('/:id/account/debits')->to( cb => sub { _money( $_[0], \&Double::Account::charge, 'type' ) } );
    $routes->post('/:id/account/credits')->to( cb => sub { _money( $_[0], \&Double::Account::pay, 'credit_type' ) } );

    return;
}

sub _patron {
    my ($id) = @_;

    return C4::Context->dbh->selectrow_hashref(
        'SELECT borrowernumber AS patron_id, surname, userid FROM borrowers WHERE borrowernumber = ?',
        undef, $id );
}

sub _list {
    my ($c) = @_;

    my $found = C4::Context->dbh->selectall_arrayref(
        q{SELECT borrowernumber AS patron_id, surname FROM borrowers
          WHERE surname LIKE CONCAT(?, '%') ORDER BY borrowernumber},
        { Slice => {} }, $c->param('surname')
    );

    return $c->render( json => $found );
}

sub _written {
    my ($body) = @_;

    my %row = map { $COLUMNS{$_} => $body->{$_} } grep { $COLUMNS{$_} } keys %$body;
    $row{lost} = $row{lost} ? 1 : 0 if exists $row{lost};

    return %row;
}

sub _add {
    my ($c) = @_;

    my $dbh   = C4::Context->dbh;
    my %row   = _written( $c->req->json );
    my @names = sort keys %row;
    $dbh->do( 'INSERT INTO borrowers (' . join( q{,}, @names ) . ') VALUES (' . join( q{,}, (q{?}) x @names ) . ')',
        undef, @row{@names} );

    return $c->render( status => 201, json => _patron( $dbh->{mysql_insertid} ) );
}

sub _change {
    my ($c) = @_;

    my %row   = _written( $c->req->json );
    my @names = sort keys %row;
    C4::Context->dbh->do( 'UPDATE borrowers SET ' . join( q{,}, map { "$_ = ?" } @names ) . ' WHERE borrowernumber = ?',
        undef, @row{@names}, $c->param('id') );

    return $c->render( json => _patron( $c->param('id') ) );
}

sub _delete {
    my ($c) = @_;

    C4::Context->dbh->do( 'DELETE FROM borrowers WHERE borrowernumber = ?', undef, $c->param('id') );

    return $c->render( status => 204, data => q{} );
}

sub _account {
    my ($c) = @_;

    my $lines = C4::Context->dbh->selectall_arrayref(
        'SELECT accountlines_id AS account_line_id, credit_type_code AS credit_type,
             amountoutstanding + 0e0 AS amount_outstanding
         FROM accountlines WHERE borrowernumber = ? AND amountoutstanding <> 0 ORDER BY accountlines_id',
        { Slice => {} }, $c->param('id')
    );
    foreach my $line (@$lines) {
        $line->{$_} += 0 for qw( account_line_id amount_outstanding );
    }

    return $c->render(
        json => {
            outstanding_debits  => { lines => [ grep { $_->{amount_outstanding} > 0 } @$lines ] },
            outstanding_credits => { lines => [ grep { $_->{amount_outstanding} < 0 } @$lines ] },
        }
    );
}

sub _password {
    my ($c) = @_;

    C4::Context->dbh->do(
        'UPDATE borrowers SET password = ? WHERE borrowernumber = ?',
        undef, $c->req->json->{password},
        $c->param('id')
    );

    return $c->render( json => q{} );
}

sub _money {
    my ( $c, $act, $type ) = @_;

    my $body = $c->req->json;
    my $line = $act->( $c->param('id'), $body->{$type}, $body->{amount} );

    return $c->render( status => 201, json => { account_line_id => $line } );
}

# A wrong password counts, until the account is locked
sub validate {
    my ($c) = @_;

    Double::Doors::api( $c, { borrowers => '1' } ) or return;

    my $body = $c->req->json;
    my $dbh  = C4::Context->dbh;
    my ( $id, $attempts ) =
        $dbh->selectrow_array( 'SELECT borrowernumber, login_attempts FROM borrowers WHERE userid = ?',
            undef, $body->{userid} );
    my $limit = C4::Context->preference('FailedLoginAttempts');
    $dbh->do( 'UPDATE borrowers SET login_attempts = login_attempts + 1 WHERE borrowernumber = ?', undef, $id )
        if $attempts >= 0 && $attempts < $limit;

    return $c->render( status => 400, json => { error => 'Validation failed' } );
}

1;
