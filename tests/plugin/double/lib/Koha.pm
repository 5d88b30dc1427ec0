package Koha;

use strict;
use warnings;

sub version {
    return '23.05.04.000';
}

1;
