package Koha::Plugins::Base;

use strict;
use warnings;

use Template;

sub new {
    my ( $class, $args ) = @_;

    return bless {%$args}, $class;
}

sub mbf_path {
    my ( $self, $file ) = @_;

    ( my $folder = ref $self ) =~ s{::}{/}g;

    return "$ENV{DOUBLE_PLUGIN}/$folder/$file";
}

sub mbf_read {
    my ( $self, $file ) = @_;

    open my $handle, '<', $self->mbf_path($file) or die "$file: $!\n";
    local $/ = undef;

    return <$handle>;
}

sub get_template {
    my ( $self, $args ) = @_;

    return bless { file => $self->mbf_path( $args->{file} ), param => { CLASS => ref $self } },
        'Koha::Plugins::Base::Page';
}

sub output_html {
    my ( $self, $html ) = @_;

    binmode STDOUT, ':encoding(UTF-8)';
    print "Content-Type: text/html; charset=UTF-8\r\n\r\n$html";

    return;
}

package Koha::Plugins::Base::Page;

sub param {
    my ( $self, %param ) = @_;

    $self->{param} = { %{ $self->{param} }, %param };

    return;
}

sub output {
    my ($self) = @_;

    my $engine = Template->new( { ABSOLUTE => 1, ENCODING => 'UTF-8', INCLUDE_PATH => $ENV{DOUBLE_INCLUDES} } );
    $engine->process( $self->{file}, $self->{param}, \my $html ) or die $engine->error;

    return $html;
}

1;
