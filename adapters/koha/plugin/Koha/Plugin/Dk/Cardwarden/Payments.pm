package Koha::Plugin::Dk::Cardwarden::Payments;

use Modern::Perl;

use Koha::Plugin::Dk::Cardwarden::Tables;

=head1 NAME

Koha::Plugin::Dk::Cardwarden::Payments - when a patron last paid, and was last settled

=head1 DESCRIPTION

Koha's account lines do not say when a patron owed nothing: a new fee at one in the morning hides that all was paid the
evening before. So each credit is noted at the moment it is given.

Applying a credit to debits moves nothing in their sum, so the sum right after the credit line is the sum after the
payment. Less than half a hundredth is nothing.

=cut

use constant NOTHING => '0.005';

=head1 METHODS

=head2 record

    $class->record( $dbh, $credit_line );

Runs inside Koha's own transaction. It touches only the patron's own row, so that it cannot make the payment wait.

=cut

sub record {
    my ( $class, $dbh, $line ) = @_;

    my $patron_id = $line->borrowernumber or return;
    my ($settled) = $dbh->selectrow_array(
        'SELECT COALESCE(SUM(amountoutstanding), 0) < ' . NOTHING . ' FROM accountlines WHERE borrowernumber = ?',
        undef, $patron_id );
    $dbh->do(
        'INSERT INTO ' . Koha::Plugin::Dk::Cardwarden::Tables::PAYMENTS . q{
             (borrowernumber, paid_at, paid_by, paid_line, credit_type, interface, settled_at)
         VALUES (?, UNIX_TIMESTAMP(), ?, ?, ?, ?, IF(?, UNIX_TIMESTAMP(), NULL))
         ON DUPLICATE KEY UPDATE paid_at = VALUES(paid_at), paid_by = VALUES(paid_by), paid_line = VALUES(paid_line),
             credit_type = VALUES(credit_type), interface = VALUES(interface),
             settled_at = COALESCE(VALUES(settled_at), settled_at)},
        undef, $patron_id, $line->manager_id, $line->id, $line->credit_type_code, $line->interface, $settled ? 1 : 0
    );

    return;
}

1;
