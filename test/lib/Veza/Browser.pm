package Veza::Browser;

# A real browser (Debian's Chromium, driven by playwright-core): test/lib/browser.mjs.
#
#   my $b = Veza::Browser->new(language => 'fr', width => 390, dark => 1);
#   $b->open($address); $b->fill('#email', 'a@b.example'); $b->click('button');
#   is($b->text('#result'), ...);            # waits until it is there
#   $b->popup('a', frame => 'iframe');       # follows a link into its new window
#   is_deeply([ $b->complaints ], []);       # script errors, console, policy, failed requests

use strict;
use warnings;
use Carp qw(croak);
use IPC::Open2 qw(open2);
use JSON::PP ();
use Veza::Schema;
use Veza::Stack;

our $PROGRAM = '/usr/bin/chromium';

my $json = JSON::PP->new->utf8->canonical->allow_nonref;

# Options: language, dark, width, height.
sub new
{
	my ($class, %o) = @_;
	Veza::Schema::install();
	my $pid = open2(my $out, my $in, 'node', "$Veza::Stack::TOP/test/lib/browser.mjs");
	my $self = bless { pid => $pid, out => $out, in => $in, owner => $$ }, $class;
	$self->ask({ launch => $PROGRAM, %o });
	return $self;
}

sub ask
{
	my ($self, $question) = @_;
	my $in = $self->{in};
	my $out = $self->{out};
	local $SIG{PIPE} = 'IGNORE';
	print $in $json->encode($question), "\n";
	$in->flush;
	my $line = <$out> // croak 'the browser has died';
	my $answer = $json->decode($line);
	croak 'browser: ' . $json->encode($question) . ": $answer->{failed}" if $answer->{failed};
	return $answer;
}

sub open       { my ($self, $address) = @_; return $self->ask({ open => $address })->{status} }
sub click      { my ($self, $selector, %o) = @_; $self->ask({ click => $selector, %o }); return }
sub popup      { my ($self, $selector, %o) = @_; $self->ask({ popup => $selector, %o }); return }
sub fill       { my ($self, $selector, $text) = @_; $self->ask({ fill => $selector, with => $text }); return }
sub text       { my ($self, $selector, %o) = @_; return $self->ask({ text => $selector, %o })->{text} }
sub evaluate   { my ($self, $expression) = @_; return $self->ask({ evaluate => $expression })->{value} }
sub complaints { my ($self) = @_; return @{ $self->ask({ complaints => JSON::PP::true })->{complaints} } }

# Keeps a picture of the page where VEZA_SCREENSHOTS names a directory; otherwise none is made.
sub picture
{
	my ($self, $name) = @_;
	$self->ask({ screenshot => "$ENV{VEZA_SCREENSHOTS}/$name.png" }) if $ENV{VEZA_SCREENSHOTS};
	return;
}

sub DESTROY
{
	my ($self) = @_;
	return if $self->{owner} != $$;
	local ($?, $!, $@);
	close $self->{in};
	waitpid($self->{pid}, 0);
	return;
}

1;
