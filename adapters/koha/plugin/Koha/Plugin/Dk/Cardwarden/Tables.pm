package Koha::Plugin::Dk::Cardwarden::Tables;

use Modern::Perl;

=head1 NAME

Koha::Plugin::Dk::Cardwarden::Tables - the plugin's own tables

=head1 DESCRIPTION

=over 4

=item C<..._types>: the restriction types that Cardwarden may write

=item C<..._credits>: each credit since the plugin came, and whether it settled all; a row disappears with its patron

=item C<..._walk>: the ids of the patrons who can matter, for the time of one walk through the pages

=item C<..._answers>: why a card is blocked and what frees it, as Cardwarden last said it; a row disappears with its
patron

=item C<..._releases>: what staff released on the plugin's page; a row disappears with its patron

=item C<..._notices>: letters that Cardwarden asked for, by their keys, and what became of them; a row disappears with its
patron

=back

Instants are seconds since 1970, so that no summer time and no session's time zone moves them.

=cut

use constant {
    TYPES    => 'koha_plugin_dk_cardwarden_types',
    CREDITS  => 'koha_plugin_dk_cardwarden_credits',
    WALK     => 'koha_plugin_dk_cardwarden_walk',
    ANSWERS  => 'koha_plugin_dk_cardwarden_answers',
    RELEASES => 'koha_plugin_dk_cardwarden_releases',
    NOTICES  => 'koha_plugin_dk_cardwarden_notices',

    # Of version 1.0: one row a patron, which could not take back what a void made untrue
    PAYMENTS => 'koha_plugin_dk_cardwarden_payments',
};

my @CREATE = (
    'CREATE TABLE IF NOT EXISTS ' . TYPES . q{ (
        `code` varchar(50) NOT NULL,
        PRIMARY KEY (`code`)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci},
    'CREATE TABLE IF NOT EXISTS ' . CREDITS . q{ (
        `borrowernumber` int(11) NOT NULL,
        `credit_id` int(11) NOT NULL,
        `at` bigint NOT NULL,
        `settled` tinyint(1) NOT NULL,
        PRIMARY KEY (`borrowernumber`, `credit_id`),
        KEY `at` (`at`),
        CONSTRAINT `cardwarden_credits_patron` FOREIGN KEY (`borrowernumber`)
            REFERENCES `borrowers` (`borrowernumber`) ON DELETE CASCADE ON UPDATE CASCADE
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci},
    'CREATE TABLE IF NOT EXISTS ' . WALK . q{ (
        `borrowernumber` int(11) NOT NULL,
        PRIMARY KEY (`borrowernumber`)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci},
    'CREATE TABLE IF NOT EXISTS ' . ANSWERS . q{ (
        `borrowernumber` int(11) NOT NULL,
        `as_of` bigint NOT NULL,
        `body` mediumtext NOT NULL,
        `stored_at` bigint NOT NULL,
        PRIMARY KEY (`borrowernumber`),
        CONSTRAINT `cardwarden_answers_patron` FOREIGN KEY (`borrowernumber`)
            REFERENCES `borrowers` (`borrowernumber`) ON DELETE CASCADE ON UPDATE CASCADE
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci},
    'CREATE TABLE IF NOT EXISTS ' . RELEASES . q{ (
        `id` int(11) NOT NULL AUTO_INCREMENT,
        `borrowernumber` int(11) NOT NULL,
        `type` varchar(50) NOT NULL,
        `rule` varchar(255) NOT NULL,
        `staff` int(11) NULL,
        `photo_id` tinyint(1) NOT NULL,
        `reason` text NOT NULL,
        `at` bigint NOT NULL,
        `rows` text NOT NULL,
        `taken_at` bigint NULL,
        PRIMARY KEY (`id`),
        KEY `waiting` (`taken_at`, `borrowernumber`),
        CONSTRAINT `cardwarden_releases_patron` FOREIGN KEY (`borrowernumber`)
            REFERENCES `borrowers` (`borrowernumber`) ON DELETE CASCADE ON UPDATE CASCADE,
        CONSTRAINT `cardwarden_releases_staff` FOREIGN KEY (`staff`)
            REFERENCES `borrowers` (`borrowernumber`) ON DELETE SET NULL ON UPDATE CASCADE
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci},
    'CREATE TABLE IF NOT EXISTS ' . NOTICES . q{ (
        `borrowernumber` int(11) NOT NULL,
        `key` varchar(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
        `code` varchar(20) NOT NULL,
        `message_id` int(11) NULL,
        `queued_at` bigint NOT NULL,
        `status` varchar(10) NOT NULL,
        `status_at` bigint NOT NULL,
        PRIMARY KEY (`borrowernumber`, `key`),
        CONSTRAINT `cardwarden_notices_patron` FOREIGN KEY (`borrowernumber`)
            REFERENCES `borrowers` (`borrowernumber`) ON DELETE CASCADE ON UPDATE CASCADE
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci},
);

# The settled moment of the old table is that of the newest credit that was there then; 0 if that line is gone
my @FROM_VERSION_1_0 = (
    'INSERT IGNORE INTO '
        . CREDITS
        . ' SELECT borrowernumber, paid_line, paid_at, settled_at <=> paid_at FROM '
        . PAYMENTS
        . ' WHERE paid_line IS NOT NULL',
    'INSERT IGNORE INTO '
        . CREDITS
        . ' SELECT p.borrowernumber, COALESCE(MAX(a.accountlines_id), 0), p.settled_at, 1 FROM '
        . PAYMENTS
        . ' p LEFT JOIN accountlines a ON a.borrowernumber = p.borrowernumber AND a.credit_type_code IS NOT NULL
              AND a.accountlines_id < p.paid_line AND UNIX_TIMESTAMP(a.date) <= p.settled_at
          WHERE p.settled_at <> p.paid_at GROUP BY p.borrowernumber, p.settled_at',
    'DROP TABLE ' . PAYMENTS,
);

=head1 METHODS

=head2 create

Creates what is missing, and takes over what version 1.0 kept. Koha may do that in two processes at the same moment, so
the second one waits.

=cut

sub create {
    my ( $class, $dbh ) = @_;

    $dbh->selectrow_array( 'SELECT GET_LOCK(?, 60)', undef, CREDITS );
    $dbh->do($_) for @CREATE;
    $dbh->do( 'ALTER TABLE ' . TYPES . ' DROP COLUMN registered_at, DROP COLUMN registered_by' )
        if _found( $dbh, 'SHOW COLUMNS FROM ' . TYPES . q{ LIKE 'registered_at'} );
    if ( _found( $dbh, q{SHOW TABLES LIKE '} . PAYMENTS . q{'} ) ) {
        $dbh->do($_) for @FROM_VERSION_1_0;
    }
    $dbh->selectrow_array( 'SELECT RELEASE_LOCK(?)', undef, CREDITS );

    return;
}

=head2 drop

Drops all of it.

=cut

sub drop {
    my ( $class, $dbh ) = @_;

    $dbh->do("DROP TABLE IF EXISTS $_") for ( NOTICES, RELEASES, ANSWERS, WALK, CREDITS, TYPES );

    return;
}

=head2 placeholders

    my $text = placeholders( \@values );

As many question marks as there are values.

=cut

sub placeholders {
    my ($values) = @_;

    return join q{,}, (q{?}) x @$values;
}

sub _found {
    my ( $dbh, $show ) = @_;

    return scalar @{ $dbh->selectall_arrayref($show) };
}

1;
