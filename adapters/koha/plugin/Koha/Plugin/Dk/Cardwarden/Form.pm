package Koha::Plugin::Dk::Cardwarden::Form;

use Modern::Perl;

use Koha::Token;

=head1 NAME

Koha::Plugin::Dk::Cardwarden::Form - what the forms of the plugin's pages send, and the token that says it was they

=head1 FUNCTIONS

=head2 field

    my $text = field( $cgi, $name );

What a field holds, without blanks around it; empty if there is none.

=cut

sub field {
    my ( $cgi, $name ) = @_;

    my $text = scalar( $cgi->param($name) ) // q{};
    $text =~ s/\A\s+|\s+\z//g;

    return $text;
}

=head2 token

    my $token = token($cgi);

A token for a form of this session.

=cut

sub token {
    my ($cgi) = @_;

    return Koha::Token->new->generate_csrf( { session_id => _session($cgi) } );
}

=head2 is_sent

    my $is_sent = is_sent($cgi);

Whether a form of this session was sent, and not somebody else's page that pretends to be it.

=cut

sub is_sent {
    my ($cgi) = @_;

    return 0 if $cgi->request_method ne 'POST';

    return Koha::Token->new->check_csrf( { session_id => _session($cgi), token => scalar $cgi->param('csrf_token') } )
        ? 1
        : 0;
}

sub _session {
    my ($cgi) = @_;

    return scalar $cgi->cookie('CGISESSID');
}

1;
