#!/usr/bin/perl

# Calls one of the plugin's own methods, as Koha's installer does: method.pl install|upgrade|uninstall

use strict;
use warnings;

use Koha::Plugin::Dk::Cardwarden;

my $method = shift @ARGV;
Koha::Plugin::Dk::Cardwarden->new->$method or die "$method answered false\n";
