package Koha::Plugin::Dk::Cardwarden::Contact;

use Modern::Perl;

use Koha::Plugin::Dk::Cardwarden::Tables;

my @KEYS = qw(
    surname firstname cardnumber address address2 city zipcode state country phone mobile email
);

=head1 NAME

Koha::Plugin::Dk::Cardwarden::Contact - where a patron can be reached

=head1 DESCRIPTION

Asked for only when a file to a collection office leaves; no decision rests on it, and nothing of it is kept.

=head1 METHODS

=head2 add

    $class->add( $dbh, \@patrons );

Gives each patron, as it travels, its C<contact>: texts or null, and the type of its category.

=cut

sub add {
    my ( $class, $dbh, $patrons ) = @_;

    return unless @$patrons;

    my @ids     = map { $_->{patron_id} } @$patrons;
    my $records = $dbh->selectall_arrayref(
        'SELECT b.borrowernumber, c.category_type, '
            . join( ', ', map { "b.$_" } @KEYS )
            . ' FROM borrowers b LEFT JOIN categories c ON c.categorycode = b.categorycode WHERE b.borrowernumber IN ('
            . Koha::Plugin::Dk::Cardwarden::Tables::placeholders( \@ids ) . ')',
        undef, @ids
    );

    my %contact;
    foreach my $record (@$records) {
        my ( $patron_id, %texts );
        ( $patron_id, @texts{ 'category_type', @KEYS } ) = @$record;
        $contact{$patron_id} = \%texts;
    }
    $_->{contact} = $contact{ $_->{patron_id} } for @$patrons;

    return;
}

1;
