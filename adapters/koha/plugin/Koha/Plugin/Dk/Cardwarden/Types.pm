package Koha::Plugin::Dk::Cardwarden::Types;

use Modern::Perl;

use Koha::Database;
use Koha::Patron::Restriction::Type;
use Koha::Patron::Restriction::Types;
use Koha::Plugin::Dk::Cardwarden::Tables;

use constant TYPES => Koha::Plugin::Dk::Cardwarden::Tables::TYPES;

=head1 NAME

Koha::Plugin::Dk::Cardwarden::Types - the restriction types that Cardwarden may write

=head1 METHODS

=head2 registered

    my $types = $class->registered($dbh);

A hash of the registered types; the value says whether Koha has the type.

=cut

sub registered {
    my ( $class, $dbh ) = @_;

    return {
        map { $_->[0] => $_->[1] } @{
            $dbh->selectall_arrayref(
                      'SELECT t.code, r.code IS NOT NULL FROM '
                    . TYPES
                    . ' t LEFT JOIN restriction_types r ON r.code = t.code'
            )
        }
    };
}

=head2 counted

    my $types = $class->counted($dbh);

A list of the registered types with C<type>, C<exists>, C<rows> and C<in_force>.

=cut

sub counted {
    my ( $class, $dbh ) = @_;

    return $dbh->selectall_arrayref(
        'SELECT t.code AS type, MAX(r.code IS NOT NULL) AS `exists`, COUNT(d.borrower_debarment_id) AS `rows`,
             COALESCE(SUM(d.borrower_debarment_id IS NOT NULL
                 AND (d.expiration IS NULL OR d.expiration > CURRENT_DATE)), 0) AS in_force
         FROM '
            . TYPES
            . ' t LEFT JOIN restriction_types r ON r.code = t.code LEFT JOIN borrower_debarments d ON d.type = t.code
         GROUP BY t.code ORDER BY t.code',
        { Slice => {} }
    );
}

=head2 rows_of_ours

How many restrictions of registered types there are.

=cut

sub rows_of_ours {
    my ( $class, $dbh ) = @_;

    my ($rows) =
        $dbh->selectrow_array( 'SELECT COUNT(*) FROM borrower_debarments d JOIN ' . TYPES . ' t ON t.code = d.type' );

    return $rows;
}

=head2 register

    my $problem = $class->register( $dbh, $code, $display_text );

Registers a type, and creates it where Koha does not have it. Answers why not, if it cannot be: C<code>, C<text>,
C<text_taken>, C<system>, C<default>, C<registered>.

=cut

sub register {
    my ( $class, $dbh, $code, $text ) = @_;

    return 'code' unless $code =~ /\ACW_[A-Z0-9_]{1,47}\z/;
    return 'registered' if exists $class->registered($dbh)->{$code};

    my $type = Koha::Patron::Restriction::Types->find($code);
    if ($type) {
        return 'system'  if $type->is_system;
        return 'default' if $type->is_default;
    } else {
        return 'text' unless length $text;
        return 'text_taken' if Koha::Patron::Restriction::Types->search( { display_text => $text } )->count;
    }

    Koha::Database->new->schema->txn_do(
        sub {
            Koha::Patron::Restriction::Type->new( { code => $code, display_text => $text } )->store unless $type;
            $dbh->do( 'INSERT INTO ' . TYPES . ' (code) VALUES (?)', undef, $code );
        }
    );

    return;
}

=head2 forget

    my $problem = $class->forget( $dbh, $code );

Cardwarden may no longer write this type. Koha keeps the type itself. Refused (C<rows>) while restrictions of it exist.

=cut

sub forget {
    my ( $class, $dbh, $code ) = @_;

    my ($rows) = $dbh->selectrow_array(
        'SELECT COUNT(*) FROM borrower_debarments d JOIN ' . TYPES . ' t ON t.code = d.type WHERE t.code = ?',
        undef, $code );
    return 'rows' if $rows;

    $dbh->do( 'DELETE FROM ' . TYPES . ' WHERE code = ?', undef, $code );

    return;
}

=head2 can_lift

    my $can = $class->can_lift($dbh);

Whether this Koha can lift a restriction by itself when a patron has paid (23.11 and newer).

=cut

sub can_lift {
    my ( $class, $dbh ) = @_;

    return scalar @{ $dbh->selectall_arrayref(q{SHOW COLUMNS FROM restriction_types LIKE 'lift_after_payment'}) };
}

=head2 lifted

    my $lifted = $class->lifted($dbh);

A hash of the registered types that Koha lifts when all is paid.

=cut

sub lifted {
    my ( $class, $dbh ) = @_;

    return {} unless $class->can_lift($dbh);
    return {
        map { $_ => 1 } @{
            $dbh->selectcol_arrayref(
                      'SELECT r.code FROM restriction_types r JOIN '
                    . TYPES
                    . ' t ON t.code = r.code WHERE r.lift_after_payment'
            )
        }
    };
}

=head2 set_lift

    my $problem = $class->set_lift( $dbh, $code, $is_debt_type );

A debt type is lifted by Koha as soon as nothing at all is owed; any other type never. Only for registered types
(C<unregistered>).

=cut

sub set_lift {
    my ( $class, $dbh, $code, $is_debt_type ) = @_;

    return 'unregistered' unless $class->can_lift($dbh) && $class->registered($dbh)->{$code};

    $dbh->do( 'UPDATE restriction_types SET lift_after_payment = ?, fee_limit = 0 WHERE code = ?',
        undef, $is_debt_type ? 1 : 0, $code );

    return;
}

1;
