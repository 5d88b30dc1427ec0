package Koha::Plugin::Dk::Cardwarden::Tables;

use Modern::Perl;

=head1 NAME

Koha::Plugin::Dk::Cardwarden::Tables - the plugin's own tables

=head1 DESCRIPTION

=over 4

=item C<..._types>: the restriction types that Cardwarden may write

=item C<..._payments>: when each patron last paid and was last settled; a row disappears with its patron

=item C<..._walk>: the ids of the patrons who can matter, for the time of one walk through the pages

=back

Instants are seconds since 1970, so that no summer time and no session's time zone moves them.

=cut

use constant {
    TYPES    => 'koha_plugin_dk_cardwarden_types',
    PAYMENTS => 'koha_plugin_dk_cardwarden_payments',
    WALK     => 'koha_plugin_dk_cardwarden_walk',
};

my @CREATE = (
    'CREATE TABLE IF NOT EXISTS ' . TYPES . q{ (
        `code` varchar(50) NOT NULL,
        `registered_at` bigint NOT NULL,
        `registered_by` int(11) DEFAULT NULL,
        PRIMARY KEY (`code`)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci},
    'CREATE TABLE IF NOT EXISTS ' . PAYMENTS . q{ (
        `borrowernumber` int(11) NOT NULL,
        `paid_at` bigint NOT NULL,
        `paid_by` int(11) DEFAULT NULL,
        `paid_line` int(11) DEFAULT NULL,
        `credit_type` varchar(80) DEFAULT NULL,
        `interface` varchar(16) DEFAULT NULL,
        `settled_at` bigint DEFAULT NULL,
        PRIMARY KEY (`borrowernumber`),
        KEY `paid_at` (`paid_at`),
        CONSTRAINT `cardwarden_payments_patron` FOREIGN KEY (`borrowernumber`)
            REFERENCES `borrowers` (`borrowernumber`) ON DELETE CASCADE ON UPDATE CASCADE
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci},
    'CREATE TABLE IF NOT EXISTS ' . WALK . q{ (
        `borrowernumber` int(11) NOT NULL,
        PRIMARY KEY (`borrowernumber`)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci},
);

=head1 METHODS

=head2 create

Creates what is missing.

=cut

sub create {
    my ( $class, $dbh ) = @_;

    $dbh->do($_) for @CREATE;

    return;
}

=head2 drop

Drops all of it.

=cut

sub drop {
    my ( $class, $dbh ) = @_;

    $dbh->do("DROP TABLE IF EXISTS $_") for ( WALK, PAYMENTS, TYPES );

    return;
}

1;
