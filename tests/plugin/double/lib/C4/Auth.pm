package C4::Auth;

use strict;
use warnings;

use Exporter qw( import );
use POSIX ();

use C4::Context;

our @EXPORT_OK = qw( haspermission safe_exit );

# All of what is asked, module by module: the whole module, or the one permission in it. (Koha itself cannot be asked for
# two permissions of one module at once.)
sub haspermission {
    my ( $userid, $wanted ) = @_;

    foreach my $module ( keys %$wanted ) {
        my ($has) = C4::Context->dbh->selectrow_array(
            q{SELECT COUNT(*) FROM double_permissions p JOIN borrowers b ON b.borrowernumber = p.borrowernumber
              WHERE b.userid = ? AND p.module = ? AND p.code IN ('1', ?)},
            undef, $userid, $module, $wanted->{$module}
        );
        return 0 unless $has;
    }

    return 1;
}

sub safe_exit {
    STDOUT->flush;
    POSIX::_exit(0);

    return;
}

1;
