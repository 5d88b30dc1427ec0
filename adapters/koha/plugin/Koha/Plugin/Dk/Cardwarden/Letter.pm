package Koha::Plugin::Dk::Cardwarden::Letter;

use Modern::Perl;
use utf8;

use Try::Tiny qw( catch try );

use C4::Context;
use C4::Letters;

use Koha::Plugin::Dk::Cardwarden::Words;

use constant {
    CODE   => 'CW_COLLECTION',
    MODULE => 'members',
};

my @TRANSPORTS = qw( email print sms );

# The language's usual code in Koha, where the preferences name none
my %USUAL = ( da => 'da-DK', en => 'en' );

my %TEXTS = (
    en => {
        name  => 'Cardwarden: a debt before it goes to collection',
        title => 'Your debt to the library will be sent to collection',
        long  => q{Dear [% borrower.firstname %] [% borrower.surname %]

[% USE Price %]You owe [% branch.branchname %] [% borrower.account.outstanding_debits.total_outstanding | $Price %].

Please pay before the library's deadline. What is unpaid after that is handed over to collection, and you cannot borrow until it is paid there.

If you have paid already, or think that this is a mistake, please tell the library.

Kind regards
[% branch.branchname %]
},
        short =>
            q{[% USE Price %]You owe [% branch.branchname %] [% borrower.account.outstanding_debits.total_outstanding | $Price %]. Pay now, or the debt is handed over to collection.},
    },
    da => {
        name  => 'Cardwarden: en gæld, før den sendes til inddrivelse',
        title => 'Din gæld til biblioteket bliver sendt til inddrivelse',
        long  => q{Kære [% borrower.firstname %] [% borrower.surname %]

[% USE Price %]Du skylder [% branch.branchname %] [% borrower.account.outstanding_debits.total_outstanding | $Price %].

Betal inden bibliotekets frist. Det, der ikke er betalt til den tid, bliver sendt til inddrivelse, og du kan ikke låne, før det er betalt dér.

Har du allerede betalt, eller mener du, at det er en fejl, så sig det til biblioteket.

Venlig hilsen
[% branch.branchname %]
},
        short =>
            q{[% USE Price %]Du skylder [% branch.branchname %] [% borrower.account.outstanding_debits.total_outstanding | $Price %]. Betal nu, ellers bliver gælden sendt til inddrivelse.},
    },
);

=head1 NAME

Koha::Plugin::Dk::Cardwarden::Letter - the letter that tells a patron of a block or of collection to come

=head1 DESCRIPTION

One of Koha's own notices, of the module for patrons: staff edit it there like any other. This only makes what is missing
of it, in Danish and in English, and never writes over what is there.

=head1 METHODS

=head2 make

    my $made = $class->make($dbh);

Makes the letter for each of its transports, in each of its languages and as the default one, where there is none. The
default is in the first language of the OPAC that the plugin speaks.

=cut

sub make {
    my ( $class, $dbh ) = @_;

    my @codes = _codes();
    my $made  = 0;
    foreach my $transport (@TRANSPORTS) {
        foreach my $lang ( 'default', @codes ) {
            my $text = $TEXTS{ Koha::Plugin::Dk::Cardwarden::Words::short( $lang eq 'default' ? $codes[0] : $lang ) };
            $made += $dbh->do(
                q{INSERT INTO letter
                      (module, code, branchcode, name, is_html, title, content, message_transport_type, lang)
                  SELECT ?, ?, '', ?, 0, ?, ?, message_transport_type, ? FROM message_transport_types t
                  WHERE message_transport_type = ? AND NOT EXISTS (
                      SELECT 1 FROM letter l WHERE l.module = ? AND l.code = ? AND l.branchcode = ''
                          AND l.message_transport_type = t.message_transport_type AND l.lang = ?)},
                undef,      MODULE, CODE, @{$text}{ 'name', 'title', $transport eq 'sms' ? 'short' : 'long' }, $lang,
                $transport, MODULE, CODE, $lang
            );
        }
    }

    return $made + 0;
}

# Those of Koha's languages that the texts are in, the OPAC's first, and each of the texts' languages at least once
sub _codes {
    my @named = map { split /,/, C4::Context->preference($_) // q{} } qw( OPACLanguages language );

    my ( @codes, %code, %short );
    foreach my $code ( @named, map { $USUAL{$_} } reverse sort keys %USUAL ) {
        my $short = Koha::Plugin::Dk::Cardwarden::Words::short($code);
        next if !$TEXTS{$short} || $code{$code}++ || ( $short{$short} && !grep { $_ eq $code } @named );
        $short{$short} = 1;
        push @codes, $code;
    }

    return @codes;
}

=head2 there

    my $letters = $class->there($dbh);

What there is of it: hashes with C<lang>, C<library> and C<transports> (text).

=cut

sub there {
    my ( $class, $dbh ) = @_;

    return $dbh->selectall_arrayref(
        q{SELECT lang, branchcode AS library,
              GROUP_CONCAT(message_transport_type ORDER BY message_transport_type SEPARATOR ', ') AS transports
          FROM letter WHERE module = ? AND code = ? GROUP BY lang, branchcode ORDER BY branchcode, lang},
        { Slice => {} }, MODULE, CODE
    );
}

=head2 enqueue

    my ( $message_id, $problem ) = $class->enqueue( $dbh, $patron, $code, sub { warn @_ } );

Puts the letter into Koha's queue, in the patron's language and by the first of the patron's transports that it exists for.
C<$patron> is a L<Koha::Patron>. A problem is a sentence; nothing is queued then.

=cut

sub enqueue {
    my ( $class, $dbh, $patron, $code, $log ) = @_;

    my $there = $dbh->selectcol_arrayref(
        q{SELECT DISTINCT message_transport_type FROM letter
          WHERE module = ? AND code = ? AND branchcode IN ('', ?) AND lang IN ('default', ?)},
        undef, MODULE, $code, $patron->branchcode, $patron->lang
    );
    my %there = map { $_ => 1 } @$there;
    my ($transport) = grep { $there{$_} } $class->transports( $dbh, $patron );
    return ( undef, "Koha has no letter $code: make it on the plugin's page in Koha (Configure)." ) unless $transport;

    my $letter = try {
        C4::Letters::GetPreparedLetter(
            module                 => MODULE,
            letter_code            => $code,
            branchcode             => $patron->branchcode,
            lang                   => $patron->lang,
            message_transport_type => $transport,
            tables                 => { borrowers => $patron->borrowernumber, branches => $patron->branchcode },
        );
    } catch {
        $log->("Cardwarden: the letter $code could not be filled in: $_");
        undef;
    };
    my $message_id = $letter
        && C4::Letters::EnqueueLetter(
            {
                letter                 => $letter,
                borrowernumber         => $patron->borrowernumber,
                message_transport_type => $transport,
            }
        );
    return $message_id if $message_id;

    return ( undef, "Koha could not make the letter $code ($transport): look at its text under Koha's notices." );
}

=head2 transports

    my @transports = $class->transports( $dbh, $patron );

In the order in which to try them: what the patron chose for messages, the most often chosen first, as far as the patron
can be reached so; then an e-mail to whom has an address; then a printed letter.

=cut

sub transports {
    my ( $class, $dbh, $patron ) = @_;

    my $chosen = C4::Context->preference('EnhancedMessagingPreferences')
        ? $dbh->selectcol_arrayref(
            'SELECT t.message_transport_type FROM borrower_message_preferences p
         JOIN borrower_message_transport_preferences t USING (borrower_message_preference_id)
         WHERE p.borrowernumber = ? GROUP BY t.message_transport_type ORDER BY COUNT(*) DESC, t.message_transport_type',
            undef, $patron->borrowernumber
        )
        : [];
    my %reached = (
        email => length( $patron->notice_email_address // q{} ),
        sms   => length( $patron->smsalertnumber       // q{} ) && C4::Context->preference('SMSSendDriver'),
        print => 1,
    );

    my %seen;
    return grep { $reached{$_} && !$seen{$_}++ } @$chosen, qw( email print );
}

1;
