package Koha::Plugin::Dk::Cardwarden::View;

use strict;
use warnings;

use Koha::Plugin::Dk::Cardwarden::Offer;
use Koha::Plugin::Dk::Cardwarden::Words;

use constant {
    OLD   => 7200,      # two hours: a full cycle is due once an hour or so
    ALERT => 86_400,    # a day
};

=head1 NAME

Koha::Plugin::Dk::Cardwarden::View - what the desk is shown about one card

=head1 DESCRIPTION

Pure: it reads no database. The panel on a patron's page and the page without scripts show the same.

=head1 FUNCTIONS

=head2 view

    my $view = view( $language, { patron => $patron, answer => $answer, as_of => $epoch, now => $epoch,
        types => $types, may_release => 1, paused => 0, instant => sub { ... } } );

A hash of texts: C<lang>, C<heading>, C<headline> with C<answer_lang>, C<paragraphs>, C<notes>, C<age> with C<old> and
C<alert>, C<forms> (each with C<rule>, C<type>, C<photo_id> and C<legend>), C<hint>, C<blocked> (whether the card is worth
a panel) and C<words>. C<instant> writes a moment as Koha does.

=cut

sub view {
    my ( $language, $known ) = @_;

    my $words = Koha::Plugin::Dk::Cardwarden::Words::of($language);
    my %view  = (
        lang       => Koha::Plugin::Dk::Cardwarden::Words::short($language),
        heading    => $words->{heading},
        words      => $words,
        paragraphs => [],
        notes      => [],
        forms      => [],
        restricted => in_force( $known->{patron} ) ? 1 : 0,
    );
    $view{lang} = 'en' unless grep { $_ eq $view{lang} } Koha::Plugin::Dk::Cardwarden::Words::languages();

    my $answer = $known->{answer};
    if ( $answer && $answer->{released} ) {
        _released( \%view, $known );
    } elsif ($answer) {
        _answered( \%view, $known, $language );
    } else {
        _without( \%view, $known );
    }
    _aged( \%view, $known );
    _forms( \%view, $known );

    return \%view;
}

=head2 in_force

    my @rows = in_force($patron);

=cut

sub in_force {
    my ($patron) = @_;

    return grep { $_->{in_force} } @{ $patron->{rows} };
}

=head2 text

    my ( $text, $language ) = text( $texts, $language );

The text in that language, else in English, else in any.

=cut

sub text {
    my ( $texts, $language ) = @_;

    my $code    = Koha::Plugin::Dk::Cardwarden::Words::short($language);
    my ($found) = grep { exists $texts->{$_} } $code, 'en', sort keys %$texts;

    return unless defined $found;
    return ( $texts->{$found}, $found );
}

sub _answered {
    my ( $view, $known, $language ) = @_;

    my ( $text, $found ) = text( $known->{answer}->{texts}, $language );
    $view->{headline}    = $text->{headline}   // q{};
    $view->{paragraphs}  = $text->{paragraphs} // [];
    $view->{answer_lang} = $found;
    push @{ $view->{notes} }, $view->{words}->{before} if $known->{answer}->{blocked} && !$view->{restricted};

    return;
}

sub _released {
    my ( $view, $known ) = @_;

    my $words    = $view->{words};
    my $released = $known->{answer}->{released};
    my ($title)  = text( $released->{titles}, $view->{lang} );
    $view->{headline} = Koha::Plugin::Dk::Cardwarden::Words::filled(
        $words->{released},
        at    => $known->{instant}->( $released->{at} ),
        title => $title // q{}
    );
    push @{ $view->{notes} }, $words->{ $view->{restricted} ? 'still' : 'free' }, $words->{follows};

    return;
}

sub _without {
    my ( $view, $known ) = @_;

    my $words = $view->{words};
    my @rows  = in_force( $known->{patron} );
    my @ours  = grep { exists $known->{types}->{ $_->{type} } } @rows;
    $view->{headline} = $words->{ defined $known->{as_of} ? 'none' : 'unknown' };
    $view->{headline} = $words->{coming} if @ours;
    push @{ $view->{notes} }, $words->{foreign} if @rows > @ours;

    return;
}

sub _aged {
    my ( $view, $known ) = @_;

    return unless defined $known->{as_of};

    my $words   = $view->{words};
    my $seconds = $known->{now} - $known->{as_of};
    $view->{age} = Koha::Plugin::Dk::Cardwarden::Words::filled(
        $words->{as_of},
        at  => $known->{instant}->( $known->{as_of} ),
        age => Koha::Plugin::Dk::Cardwarden::Words::age( $words, $seconds > 0 ? $seconds : 0 ),
    );
    $view->{old}   = $words->{old} if $seconds >= OLD;
    $view->{alert} = 1             if $seconds >= ALERT;

    return;
}

sub _forms {
    my ( $view, $known ) = @_;

    my $answer = $known->{answer} or return;
    my $words  = $view->{words};
    my @offers =
        grep { Koha::Plugin::Dk::Cardwarden::Offer::offered( $known->{patron}, $answer, $known->{types}, $_ ) }
        @{ $answer->{releases} };
    return unless @offers;

    $view->{hint} = $words->{paused}  if $known->{paused};
    $view->{hint} = $words->{may_not} if !$known->{may_release};
    return if $view->{hint};

    foreach my $offer (@offers) {
        my ($title) = text( $offer->{titles}, $view->{lang} );
        my $legend =
            Koha::Plugin::Dk::Cardwarden::Words::filled( $words->{release}, title => $title // $offer->{rule} );
        push @{ $view->{forms} },
            {
                rule     => $offer->{rule},
                type     => $offer->{type},
                photo_id => $offer->{photo_id} ? 1 : 0,
                legend   => $legend,
            };
    }

    return;
}

1;
