package Koha::Plugin::Dk::Cardwarden::Words;

use strict;
use warnings;
use utf8;

=encoding UTF-8

=head1 NAME

Koha::Plugin::Dk::Cardwarden::Words - what the plugin itself says at the desk, by language

=head1 DESCRIPTION

The answers are Cardwarden's and come in its languages; here are the few sentences around them. A language that is not
here, and a sentence that a language lacks, are English.

=cut

my %WORDS = (
    en => {
        heading     => 'Why is this card blocked?',
        ask         => 'Ask about a patron',
        patron      => 'Patron number (borrowernumber)',
        show        => 'Show',
        to_patron   => "To the patron's page",
        to_page     => 'This answer on a page of its own',
        none        => 'No rule of Cardwarden holds this card.',
        foreign     => 'It has a restriction that is not Cardwarden\'s: staff set it, and staff end it.',
        coming      => 'It has a restriction of Cardwarden\'s; the answer about it has not come yet.',
        unknown     => 'Cardwarden has not told this Koha anything yet.',
        released    => 'Released on {at}: {title}.',
        still       => 'Koha still shows a restriction in force on this card.',
        free        => 'Koha shows no restriction in force: the card is free.',
        follows     => 'A new answer follows with Cardwarden\'s next cycle.',
        before      => 'Koha shows no restriction in force on this card any more: the answer is from before.',
        as_of       => 'As of {at}, {age}.',
        old         => 'That is old: what has happened since is not in it.',
        now         => 'less than a minute ago',
        minute      => 'one minute ago',
        minutes     => '{n} minutes ago',
        hour        => 'one hour ago',
        hours       => '{n} hours ago',
        day         => 'one day ago',
        days        => '{n} days ago',
        release     => 'Release: {title}',
        photo_id    => 'I have seen valid photo ID',
        reason      => 'Reason (may be left empty)',
        button      => 'Release the block',
        may_not     => 'This block can be released by staff with the permission cardwarden_release.',
        paused      => 'Writing is paused on the plugin\'s page, so no block can be released now.',
        failed      => 'The answer could not be read. Try again, or open it on its own page.',
        permission  => 'Release blocks of Cardwarden at the desk',
        done        => 'The block is released.',
        undone      => 'Nothing was changed.',
        no_token    => 'The form was too old or did not come from this page. Please try again.',
        no_right    => 'You may not release blocks: that needs the permission cardwarden_release.',
        no_patron   => 'There is no patron with that number.',
        no_library  => 'That patron belongs to a library whose patrons you may not see.',
        no_number   => 'A patron number consists of digits.',
        no_gone     => 'This card is not blocked by that rule any more.',
        no_photo_id => 'Tick the box once you have seen valid photo ID: this rule demands it.',
        no_reason   => 'The reason is too long: 200 characters at most.',
        no_busy     => 'Somebody else is working on this patron just now. Please try again.',
        no_paused   => 'Writing is paused on the plugin\'s page.',
    },
    da => {
        heading   => 'Hvorfor er dette kort blokeret?',
        ask       => 'Spørg om en låner',
        patron    => 'Lånernummer (borrowernumber)',
        show      => 'Vis',
        to_patron => 'Til lånerens side',
        to_page   => 'Dette svar på sin egen side',
        none      => 'Ingen af Cardwardens regler blokerer dette kort.',
        foreign   =>
            'Det har en spærring, som ikke er Cardwardens: personalet har sat den, og personalet fjerner den.',
        coming      => 'Det har en af Cardwardens spærringer; svaret om den er ikke kommet endnu.',
        unknown     => 'Cardwarden har endnu ikke fortalt denne Koha noget.',
        released    => 'Frigivet {at}: {title}.',
        still       => 'Koha viser stadig en gældende spærring på dette kort.',
        free        => 'Koha viser ingen gældende spærring: kortet er frit.',
        follows     => 'Et nyt svar følger med Cardwardens næste gennemløb.',
        before      => 'Koha viser ikke længere nogen gældende spærring på dette kort: svaret er fra før.',
        as_of       => 'Pr. {at}, {age}.',
        old         => 'Det er gammelt: hvad der er sket siden, er ikke med.',
        now         => 'for under et minut siden',
        minute      => 'for et minut siden',
        minutes     => 'for {n} minutter siden',
        hour        => 'for en time siden',
        hours       => 'for {n} timer siden',
        day         => 'for et døgn siden',
        days        => 'for {n} døgn siden',
        release     => 'Frigiv: {title}',
        photo_id    => 'Jeg har set gyldigt billed-id',
        reason      => 'Begrundelse (kan udelades)',
        button      => 'Frigiv kortet for denne blokering',
        may_not     => 'Blokeringen kan frigives af personale med rettigheden cardwarden_release.',
        paused      => 'Skrivning er sat på pause på pluginets side, så ingen blokering kan frigives nu.',
        failed      => 'Svaret kunne ikke læses. Prøv igen, eller åbn det på sin egen side.',
        permission  => 'Frigive Cardwardens blokeringer ved skranken',
        done        => 'Blokeringen er frigivet.',
        undone      => 'Intet blev ændret.',
        no_token    => 'Formularen var for gammel eller kom ikke fra denne side. Prøv igen.',
        no_right    => 'Du må ikke frigive blokeringer: det kræver rettigheden cardwarden_release.',
        no_patron   => 'Der er ingen låner med det nummer.',
        no_library  => 'Låneren hører til et bibliotek, hvis lånere du ikke må se.',
        no_number   => 'Et lånernummer består af cifre.',
        no_gone     => 'Kortet er ikke længere blokeret af den regel.',
        no_photo_id => 'Sæt kryds, når du har set gyldigt billed-id: reglen kræver det.',
        no_reason   => 'Begrundelsen er for lang: højst 200 tegn.',
        no_busy     => 'En anden arbejder med denne låner lige nu. Prøv igen.',
        no_paused   => 'Skrivning er sat på pause på pluginets side.',
    },
);

=head1 FUNCTIONS

=head2 languages

    my @languages = languages();

=cut

sub languages {
    my @sorted = sort keys %WORDS;

    return @sorted;
}

=head2 of

    my $words = of('da-DK');

All sentences of a language, as Koha or a browser names it.

=cut

sub of {
    my ($language) = @_;

    return { %{ $WORDS{en} }, %{ $WORDS{ short($language) } // {} } };
}

=head2 short

    my $code = short('da-DK');

The language without its region, in small letters.

=cut

sub short {
    my ($language) = @_;

    my ($code) = lc( $language // q{} ) =~ /\A([a-z]{2,3})/;

    return $code // 'en';
}

=head2 filled

    my $text = filled( $words->{minutes}, n => 4 );

=cut

sub filled {
    my ( $text, %values ) = @_;

    $text =~ s/[{](\w+)[}]/$values{$1}/g;

    return $text;
}

=head2 age

    my $text = age( $words, $seconds );

How long ago, in words.

=cut

sub age {
    my ( $words, $seconds ) = @_;

    foreach my $unit ( [ day => 86_400 ], [ hour => 3600 ], [ minute => 60 ] ) {
        my ( $name, $length ) = @$unit;
        my $n = int( $seconds / $length ) or next;
        return $n == 1 ? $words->{$name} : filled( $words->{"${name}s"}, n => $n );
    }

    return $words->{now};
}

1;
