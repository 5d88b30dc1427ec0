package Koha::Plugin::Dk::Cardwarden::Settings;

use Modern::Perl;

use Koha::Database;

use constant PLUGIN => 'Koha::Plugin::Dk::Cardwarden';

=head1 NAME

Koha::Plugin::Dk::Cardwarden::Settings - what the plugin remembers of itself, in Koha's C<plugin_data>

=head1 DESCRIPTION

C<installation_id>, C<writer> (the journal that wrote last), C<paused>, C<contact_at>, C<contact_from>, C<walk_at>,
C<answers_hold_at> (until when the stored answers are known to hold).
They are read all at once, with one statement.

=head1 METHODS

=head2 seed

Gives a new installation its identity, and the writer's row that L</claim> locks.

=cut

sub seed {
    my ( $class, $dbh ) = @_;

    $dbh->do(
        q{INSERT IGNORE INTO plugin_data (plugin_class, plugin_key, plugin_value)
          VALUES (?, 'installation_id', UUID()), (?, 'writer', ''), (?, 'paused', '0')},
        undef, (PLUGIN) x 3
    );

    return;
}

=head2 all

    my $settings = $class->all($dbh);

=cut

sub all {
    my ( $class, $dbh ) = @_;

    my $rows = $dbh->selectall_arrayref( 'SELECT plugin_key, plugin_value FROM plugin_data WHERE plugin_class = ?',
        undef, PLUGIN );

    return { map { $_->[0] => $_->[1] } @$rows };
}

=head2 store

    $class->store( $dbh, paused => 1 );

=cut

sub store {
    my ( $class, $dbh, %values ) = @_;

    foreach my $key ( sort keys %values ) {
        $dbh->do(
            q{INSERT INTO plugin_data (plugin_class, plugin_key, plugin_value) VALUES (?, ?, ?)
              ON DUPLICATE KEY UPDATE plugin_value = VALUES(plugin_value)},
            undef, PLUGIN, $key, $values{$key}
        );
    }

    return;
}

=head2 answers_hold

    $class->answers_hold( $dbh, $epoch );

All stored answers hold as of that moment. An older moment changes nothing.

=cut

sub answers_hold {
    my ( $class, $dbh, $epoch ) = @_;

    $dbh->do(
        q{INSERT INTO plugin_data (plugin_class, plugin_key, plugin_value) VALUES (?, 'answers_hold_at', ?)
          ON DUPLICATE KEY UPDATE plugin_value = GREATEST(plugin_value + 0, VALUES(plugin_value) + 0)},
        undef, PLUGIN, $epoch
    );

    return;
}

=head2 contact

Notes that Cardwarden was here.

=cut

sub contact {
    my ( $class, $dbh, $patron_id ) = @_;

    $dbh->do(
        q{INSERT INTO plugin_data (plugin_class, plugin_key, plugin_value)
          VALUES (?, 'contact_at', UNIX_TIMESTAMP()), (?, 'contact_from', ?)
          ON DUPLICATE KEY UPDATE plugin_value = VALUES(plugin_value)},
        undef, PLUGIN, PLUGIN, $patron_id
    );

    return;
}

=head2 claim

    my $other = $class->claim( $dbh, $instance, $takeover );

Makes the journal C<$instance> the writer. Answers the id of the writer in its way, if there is one. Two journals that
come at the same moment queue on the row.

=cut

sub claim {
    my ( $class, $dbh, $instance, $takeover ) = @_;

    return Koha::Database->new->schema->txn_do(
        sub {
            my ($writer) = $dbh->selectrow_array(
                q{SELECT plugin_value FROM plugin_data
                  WHERE plugin_class = ? AND plugin_key = 'writer' FOR UPDATE},
                undef, PLUGIN
            );
            $writer //= q{};
            return         if $writer eq $instance;
            return $writer if $writer ne q{} && !$takeover;

            $class->store( $dbh, writer => $instance );
            return;
        }
    );
}

1;
