package Double::Staff;

use strict;
use warnings;

use CGI qw( -utf8 );
use File::Temp qw( tempfile );
use Mojo::Util qw( xml_escape );
use POSIX qw( _exit );

use C4::Auth qw( haspermission );
use C4::Context;
use Double::Account;
use Double::Doors;
use Koha::Patron::Debarments qw( AddDebarment DelDebarment );
use Koha::Patron::Restriction::Types;
use Koha::Plugin::Dk::Cardwarden;
use Koha::Token;

# The pages of the staff interface that the suite uses. The plugin's own page is run as Koha runs it: as CGI.

sub routes {
    my ($routes) = @_;

    $routes->post('/mainpage.pl')->to( cb => \&_log_in );
    my $inside = $routes->under(q{/})->to( cb => \&_enter );
    $inside->any('/members/moremember.pl')->to( cb => \&_member );
    $inside->any('/circ/circulation.pl')->to( cb => \&_member );
    $inside->any('/members/member-flags.pl')->to( cb => \&_flags );
    $inside->any('/members/boraccount.pl')->to( cb => \&_account );
    $inside->post('/members/mod_debarment.pl')->to( cb => \&_restriction );
    $inside->post('/members/merge-patrons.pl')->to( cb => \&_merge );
    $inside->post('/admin/restrictions.pl')->to( cb => \&_type );
    $inside->any('/plugins/run.pl')->to( cb => \&_run );
    $inside->any('/plugins/plugins-uninstall.pl')->to( cb => sub { _program( $_[0], \&_uninstall ) } );

    return;
}

sub _log_in {
    my ($c) = @_;

    my ($number) =
        C4::Context->dbh->selectrow_array( 'SELECT borrowernumber FROM borrowers WHERE userid = ? AND password = ?',
            undef, map { $c->param($_) } qw( userid password ) );
    return $c->render( text => '<input name="userid">' ) unless $number;

    $c->res->headers->set_cookie( 'CGISESSID=' . Double::Doors::ticket($number) . '; path=/' );

    return $c->render( text => 'Welcome' );
}

sub _enter {
    my ($c) = @_;

    my $user = Double::Doors::holder( $c->cookie('CGISESSID') );
    if ( $user && haspermission( $user->userid, { catalogue => '1' } ) ) {
        C4::Context->set_userenv( $user->borrowernumber );
        return 1;
    }
    $c->render( text => '<input name="userid">' );

    return;
}

sub _form {
    my ($c) = @_;

    my $token = Koha::Token->new->generate_csrf( { session_id => $c->cookie('CGISESSID') } );

    return qq{<input type="hidden" name="csrf_token" value="$token" />};
}

sub _member {
    my ($c) = @_;

    my $rows = C4::Context->dbh->selectall_arrayref(
        'SELECT type, comment, expiration FROM borrower_debarments WHERE borrowernumber = ?',
        undef, $c->param('borrowernumber') );

    return $c->render(
        text => Koha::Plugin::Dk::Cardwarden->new->intranet_js . join "\n",
        map {
                  '<tr><td>'
                . xml_escape( join '</td><td>', map { $_ // q{} } @$_ )
                . '</td></tr>'
        } @$rows
    );
}

sub _account {
    my ($c) = @_;

    my $act = $c->param('action') // q{};
    if ($act) {
        my $token = { session_id => $c->cookie('CGISESSID'), token => scalar $c->param('csrf_token') };
        return $c->render( status => 403, text => 'no token' ) unless Koha::Token->new->check_csrf($token);
        Double::Account::void( $c->param('accountlines_id') )                          if $act eq 'void';
        Double::Account::pay_out( map { $c->param($_) } qw( accountlines_id amount ) ) if $act eq 'payout';
    }

    return $c->render( text => _form($c) );
}

sub _restriction {
    my ($c) = @_;

    if ( $c->param('action') eq 'del' ) {
        DelDebarment( $c->param('borrower_debarment_id') );
    } else {
        AddDebarment(
            {
                borrowernumber => $c->param('borrowernumber'),
                type           => $c->param('debarred_type'),
                comment        => $c->param('comment'),
                expiration     => $c->param('expiration') || undef,
            }
        );
    }

    return $c->render( text => 'done' );
}

sub _merge {
    my ($c) = @_;

    my $dbh    = C4::Context->dbh;
    my $keeper = $c->param('keeper');
    foreach my $other ( grep { $_ != $keeper } @{ $c->every_param('id') } ) {
        $dbh->do( "UPDATE $_ SET borrowernumber = ? WHERE borrowernumber = ?", undef, $keeper, $other )
            for qw( accountlines borrower_debarments );
        Koha::Patron::Debarments::UpdateBorrowerDebarmentFlags($keeper);
        $dbh->do( 'DELETE FROM borrowers WHERE borrowernumber = ?', undef, $other );
    }

    return $c->render( text => 'done' );
}

sub _type {
    my ($c) = @_;

    Koha::Patron::Restriction::Types->find( $c->param('code') )->delete;

    return $c->render( text => 'done' );
}

# A process of its own for each, as for Koha's CGI programs; forked, so that it need not load everything again
sub _program {
    my ( $c, $program ) = @_;

    my $request = $c->req;
    local %ENV = (
        %ENV,
        REQUEST_METHOD => $request->method,
        QUERY_STRING   => $request->url->query->to_string,
        CONTENT_TYPE   => $request->headers->content_type   // q{},
        CONTENT_LENGTH => $request->headers->content_length // 0,
        HTTP_COOKIE    => $request->headers->cookie         // q{},
    );
    local $SIG{CHLD} = 'DEFAULT';
    my ( $handle, $body ) = tempfile( UNLINK => 1 );
    print {$handle} $request->body;
    close $handle or die "$body: $!\n";

    my $child = open( my $out, q{-|} ) // die "no process: $!\n";
    _in_the_child( $program, $body ) unless $child;
    my $said = do { local $/ = undef; <$out> };
    return $c->render( status => 500, text => 'the program died' ) unless close $out;

    $said =~ s/\A.*?\r?\n\r?\n//s;

    return $c->render( data => $said, format => 'html' );
}

sub _in_the_child {
    my ( $program, $body ) = @_;

    open STDIN, '<', $body or _exit(1);
    CGI::initialize_globals();
    $CGI::PARAM_UTF8 = 1;
    my $done = eval { $program->(); 1 } or warn $@;
    STDOUT->flush;
    _exit( $done ? 0 : 1 );

    return;
}

# Koha asks for the permission that has the method's name, and runs the method
sub _run {
    my ($c) = @_;

    my $method = $c->param('method') // q{};
    my $user   = Double::Doors::holder( $c->cookie('CGISESSID') );
    return $c->render( text => '<div id="login">' ) unless haspermission( $user->userid, { plugins => $method } );

    return _program( $c, sub { Koha::Plugin::Dk::Cardwarden->new( { cgi => CGI->new } )->$method } );
}

sub _flags {
    my ($c) = @_;

    return $c->render( text => _form($c) ) unless $c->param('newflags');

    my $member = $c->param('member');
    C4::Context->dbh->do( 'DELETE FROM double_permissions WHERE borrowernumber = ?', undef, $member );
    foreach my $flag ( @{ $c->every_param('flag') } ) {
        my ( $module, $code ) = split /:/, $flag;
        C4::Context->dbh->do( 'INSERT INTO double_permissions VALUES (?, ?, ?)', undef, $member, $module,
            $code // '1' );
    }

    return $c->render( text => 'done' );
}

# As Koha uninstalls a plugin: whatever the method returns, the files go next
sub _uninstall {
    Koha::Plugin::Dk::Cardwarden->new->uninstall;
    print "Content-Type: text/html\r\n\r\nthe plugin's files are deleted";

    return;
}

1;
