package Koha::DateUtils;

use strict;
use warnings;

use Exporter qw( import );

our @EXPORT_OK = qw( output_pref );

sub output_pref {
    my ($params) = @_;

    return $params->{dt}->strftime('%Y-%m-%d %H:%M');
}

1;
