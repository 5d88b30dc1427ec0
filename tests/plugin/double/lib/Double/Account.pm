package Double::Account;

use strict;
use warnings;

use C4::Context;
use Koha::Database;
use Koha::Plugin::Dk::Cardwarden;

# What happens to money in Koha, as far as its tables show it

sub charge {
    my ( $patron, $type, $amount ) = @_;

    return _line( $patron, debit_type_code => $type, $amount );
}

sub pay {
    my ( $patron, $type, $amount ) = @_;

    return Koha::Database->new->schema->txn_do(
        sub {
            my $id = _line( $patron, credit_type_code => $type, "-$amount" );
            _offset( $id, undef, 'CREATE', $amount );
            _tell( $id, $patron, $type );
            my $debits = C4::Context->dbh->selectcol_arrayref(
                'SELECT accountlines_id FROM accountlines WHERE borrowernumber = ? AND amountoutstanding > 0
                 ORDER BY date, accountlines_id', undef, $patron
            );
            _apply( $id, $_ ) for @$debits;
            return $id;
        }
    );
}

# As Koha calls its plugins: whatever one of them does wrong is a warning
sub _tell {
    my ( $id, $patron, $type ) = @_;

    my $line = bless { id => $id, patron => $patron }, 'Double::Account::Line';
    eval {
        Koha::Plugin::Dk::Cardwarden->new->after_account_action(
            { action => 'add_credit', payload => { type => lc $type, line => $line } } );
        1;
    } or warn "Plugin error: $@";

    return;
}

sub void {
    my ($id) = @_;

    my $dbh = C4::Context->dbh;
    Koha::Database->new->schema->txn_do(
        sub {
            my ( $patron, $amount ) =
                $dbh->selectrow_array( 'SELECT borrowernumber, -amount FROM accountlines WHERE accountlines_id = ?',
                    undef, $id );
            my $paid = $dbh->selectall_arrayref(
                'SELECT debit_id, -amount FROM account_offsets WHERE credit_id = ? AND amount < 0',
                undef, $id );
            my $void = _line( $patron, debit_type_code => 'VOID', $amount );
            $dbh->do(
                q{UPDATE accountlines SET amountoutstanding = amount, status = 'VOID' WHERE accountlines_id = ?},
                undef, $id );
            _apply( $id, $void );
            foreach my $part (@$paid) {
                my ( $debit, $sum ) = @$part;
                $dbh->do(
                    'UPDATE accountlines SET amountoutstanding = amountoutstanding + ? WHERE accountlines_id = ?',
                    undef, $sum, $debit );
                _offset( $id, $debit, 'VOID', $sum );
            }
        }
    );

    return;
}

sub pay_out {
    my ( $id, $amount ) = @_;

    my $dbh = C4::Context->dbh;
    Koha::Database->new->schema->txn_do(
        sub {
            my ($patron) =
                $dbh->selectrow_array( 'SELECT borrowernumber FROM accountlines WHERE accountlines_id = ?',
                    undef, $id );
            _apply( $id, _line( $patron, debit_type_code => 'PAYOUT', $amount ) );
            $dbh->do( q{UPDATE accountlines SET status = 'PAID' WHERE accountlines_id = ?}, undef, $id );
        }
    );

    return;
}

sub _line {
    my ( $patron, $column, $type, $amount ) = @_;

    my $dbh = C4::Context->dbh;
    $dbh->do(
        "INSERT INTO accountlines (borrowernumber, date, amount, amountoutstanding, $column, interface)
         VALUES (?, NOW(), ?, ?, ?, 'api')", undef, $patron, $amount, $amount, $type
    );

    return $dbh->{mysql_insertid};
}

sub _offset {
    my ( $credit, $debit, $type, $amount ) = @_;

    C4::Context->dbh->do( 'INSERT INTO account_offsets (credit_id, debit_id, type, amount) VALUES (?, ?, ?, ?)',
        undef, $credit, $debit, $type, $amount );

    return;
}

sub _apply {
    my ( $credit, $debit ) = @_;

    my $dbh = C4::Context->dbh;
    my ($part) = $dbh->selectrow_array(
        'SELECT LEAST(d.amountoutstanding, -c.amountoutstanding) FROM accountlines d JOIN accountlines c
         WHERE d.accountlines_id = ? AND c.accountlines_id = ?', undef, $debit, $credit
    );
    return unless $part > 0;

    my $update = 'UPDATE accountlines SET amountoutstanding = amountoutstanding + ? WHERE accountlines_id = ?';
    $dbh->do( $update, undef, "-$part", $debit );
    $dbh->do( $update, undef, $part,    $credit );
    _offset( $credit, $debit, 'APPLY', "-$part" );

    return;
}

package Double::Account::Line;

sub id             { return $_[0]->{id} }
sub borrowernumber { return $_[0]->{patron} }

1;
