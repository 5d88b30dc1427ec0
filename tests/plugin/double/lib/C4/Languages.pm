package C4::Languages;

use strict;
use warnings;

# The language that somebody chose in the staff interface; English, where nobody chose
sub getlanguage {
    my ($cgi) = @_;

    return $cgi->cookie('KohaOpacLanguage') || 'en';
}

1;
