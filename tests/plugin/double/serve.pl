#!/usr/bin/perl

# Serves the double of Koha with two workers, as a small Koha has them: serve.pl ADDRESS

use strict;
use warnings;

use Mojo::Server::Prefork;

use Double::Api;

my $app = Double::Api->new( mode => 'production' );
$app->log->level('error');
Mojo::Server::Prefork->new(
    app               => $app,
    listen            => [ $ARGV[0] ],
    workers           => 2,
    spare             => 0,
    accepts           => 0,
    silent            => 1,
    pid_file          => "$ENV{DOUBLE_FOLDER}/serve.pid",
    heartbeat_timeout => 600,
)->run;
