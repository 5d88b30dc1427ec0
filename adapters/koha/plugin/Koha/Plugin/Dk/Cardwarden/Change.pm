package Koha::Plugin::Dk::Cardwarden::Change;

use strict;
use warnings;

use Koha::Plugin::Dk::Cardwarden::Etag;
use Koha::Plugin::Dk::Cardwarden::Wire;

# borrowers.debarredcomment, where Koha joins the comments, holds so many characters
use constant COMMENT_LIMIT => 255;

=head1 NAME

Koha::Plugin::Dk::Cardwarden::Change - what one item of a request asks, held against one patron's facts

=head1 DESCRIPTION

Pure: it reads no database and writes none. It answers either with a result at once or with the steps to take.

Only rows of the types that the item names are ever looked at for a step, and only registered types get that far. Other
rows count for nothing but the length of the joined comment.

=head1 FUNCTIONS

=head2 judge

    my $judgement = judge( $patron, $item, $types );

C<$types> is a hash of the registered types; the value says whether Koha has the type. The answer is a hash:

=over 4

=item C<status>: 200, 201, 403, 404, 409, 412 or 422

=item C<error> and C<length>, where the item is refused

=item C<steps>: a list of C<[ add =E<gt> type, comment ]>, C<[ amend =E<gt> row id, comment ]>, C<[ delete =E<gt> row id ]>,
C<['reset_pin']> and C<['flag']>; empty if all is as asked

=back

=cut

sub judge {
    my ( $patron, $item, $types ) = @_;

    return _refused( 404, 'There is no such patron.' ) unless $patron;

    my @set    = @{ $item->{set}    // [] };
    my @remove = @{ $item->{remove} // [] };
    foreach my $type ( ( map { $_->{type} } @set ), @remove ) {
        return _refused( 403, "The type $type is not registered as Cardwarden's own." ) unless exists $types->{$type};
        return _refused( 409, "Koha has no restriction type $type." )                   unless $types->{$type};
    }

    my @wanted = map { _wanted( $patron, $_ ) } @set;
    my @deletes =
        ( ( map { @{ $_->{surplus} } } @wanted ), map { _rows( $patron, $_ ) } @remove );
    my $reset = $item->{reset_pin} && $patron->{attempts} > 0;
    my $flag  = !Koha::Plugin::Dk::Cardwarden::Wire::flag_matches($patron);

    return { status => 200, steps => [] } unless @deletes || $reset || $flag || grep { !$_->{as_asked} } @wanted;

    return _refused( 412, "The patron's facts moved." ) if $item->{etag} ne current_etag( $patron, $types );

    my $length = _fit( $patron, \@wanted, \@deletes );
    return { %{ _refused( 422, 'The comments joined are longer than Koha keeps.' ) }, length => $length } if $length;

    my @steps = ( ( map { _step($_) } @wanted ), map { [ delete => $_->{id} ] } @deletes );
    push @steps, ['flag']      if $flag && !@steps;
    push @steps, ['reset_pin'] if $reset;

    return { status => ( grep { !$_->{kept} } @wanted ) ? 201 : 200, steps => \@steps };
}

=head2 current_etag

    my $etag = current_etag( $patron, $types );

=cut

sub current_etag {
    my ( $patron, $types ) = @_;

    return Koha::Plugin::Dk::Cardwarden::Etag::etag(
        $patron,
        Koha::Plugin::Dk::Cardwarden::Wire::credit($patron),
        { map { $_ => 1 } keys %$types }
    );
}

sub _refused {
    my ( $status, $error ) = @_;

    return { status => $status, error => $error, steps => [] };
}

sub _rows {
    my ( $patron, $type ) = @_;

    return grep { $_->{type} eq $type } @{ $patron->{rows} };
}

# What becomes of the rows of one type that is to be set. The row that is kept is the one that lasts longest.
sub _wanted {
    my ( $patron, $set ) = @_;

    my @rows = _rows( $patron, $set->{type} );
    my ($kept) = sort { _lasts($b) cmp _lasts($a) || $a->{id} <=> $b->{id} } grep { $_->{in_force} } @rows;
    my $as_asked =
        $kept && grep { ( $kept->{comment} // q{} ) eq $_ } grep { defined } @{$set}{qw( comment short_comment )};

    return {
        set      => $set,
        kept     => $kept,
        as_asked => $as_asked,
        text     => $as_asked ? $kept->{comment} : $set->{comment},
        surplus  => [ grep { !$kept || $_->{id} != $kept->{id} } @rows ],
    };
}

sub _lasts {
    my ($row) = @_;

    return $row->{expiration} // Koha::Plugin::Dk::Cardwarden::Wire::ENDLESS;
}

# Takes the short comments where the long ones do not fit. Answers the length that is too much, or nothing. Where no
# comment is written, nothing can grow, and the length is not ours to judge.
sub _fit {
    my ( $patron, $wanted, $deletes ) = @_;

    my @written = grep { !$_->{as_asked} } @$wanted;
    return unless @written;

    my %replaced = map { $_->{id} => 1 } @$deletes, map { $_->{kept} // () } @$wanted;
    my @others =
        map { $_->{comment} // () } grep { $_->{in_force} && !$replaced{ $_->{id} } } @{ $patron->{rows} };

    return if _joined( @others, map { $_->{text} } @$wanted ) <= COMMENT_LIMIT;

    foreach my $one (@$wanted) {
        my $short = $one->{set}->{short_comment} // next;
        next if $one->{text} eq $short;
        $one->{text}     = $short;
        $one->{as_asked} = 0;
    }
    my $length = _joined( @others, map { $_->{text} } @$wanted );

    return $length > COMMENT_LIMIT ? $length : undef;
}

sub _joined {
    my (@comments) = @_;

    return length join "\n", @comments;
}

sub _step {
    my ($one) = @_;

    return [ add => $one->{set}->{type}, $one->{text} ] unless $one->{kept};
    return if $one->{as_asked};
    return [ amend => $one->{kept}->{id}, $one->{text} ];
}

1;
