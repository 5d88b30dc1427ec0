#!/usr/bin/perl

# Shows one card at the desk, without a Koha and without a database: desk_page.pl page|view < what is known.json

use strict;
use warnings;

use JSON::PP ();

use Koha::Plugins::Base;
use Koha::Plugin::Dk::Cardwarden::View;
use Koha::Plugin::Dk::Cardwarden::Words;

my $json  = JSON::PP->new->utf8->canonical;
my $known = $json->decode( do { local $/ = undef; <STDIN> } );
my $lang  = $known->{language};
my $view  = Koha::Plugin::Dk::Cardwarden::View::view( $lang, { %$known, instant => sub { "2026-11-27 18:0$_[0]" } } );

if ( $ARGV[0] eq 'view' ) {
    print $json->encode($view);
} else {
    my $plugin = bless {}, 'Koha::Plugin::Dk::Cardwarden';
    @Koha::Plugin::Dk::Cardwarden::ISA = ('Koha::Plugins::Base');
    my $page = $plugin->get_template( { file => 'templates/desk.tt' } );
    $page->param(
        %{ $known->{page} // {} },
        words     => Koha::Plugin::Dk::Cardwarden::Words::of($lang),
        method    => 'cardwarden_release',
        csrf      => 'a token',
        patron_id => 7,
        view      => $view
    );
    $plugin->output_html( $page->output );
}
