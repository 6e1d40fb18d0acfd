#!/usr/bin/perl
# The README's lines do what it says: make run, the curl lines, the psql lines.

use strict;
use warnings;
use Test::More;
use File::Temp;
use POSIX qw(WNOHANG);
use Time::HiRes qw(sleep time);
use Veza::Stack;

my $top = $Veza::Stack::TOP;
my $readme = Veza::Stack->read_file("$top/README.md");
my ($shell) = $readme =~ /## Try it.*?```sh\n(.*?)```/s or die "README has no shell lines";
my ($sql) = $readme =~ /make psql`:\n\n```sql\n(.*?)```/s or die "README has no SQL lines";

my $dir = Veza::Stack->temp_dir;
Veza::Stack->own($dir);
# A base from which all ports of a run are free.
my $port;
my $is_free = sub { IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1', LocalPort => $_[0], ReuseAddr => 1) };
do { $port = Veza::Stack->free_port } until !grep { !$is_free->($port + $_) } 0, 1, 10 .. 13;
my $output = File::Temp->new;

# What "make run" does after installing and building.
my $pid;
sub start
{
	truncate $output->filename, 0;
	return if ($pid = fork() // die "fork: $!");
	setpgrp;
	open STDOUT, '>', $output->filename;
	open STDERR, '>&', \*STDOUT;
	$ENV{APP_PORT} = $port;
	$ENV{VEZA_RUN_DIR} = $dir;
	exec $^X, "$top/test/env/run" or exit 127;
}

sub said { return Veza::Stack->read_file($output->filename) }

sub stop
{
	return if !$pid;
	kill 'INT', $pid;
	waitpid($pid, 0);
	my $status = $?;
	$pid = 0;
	return $status;
}
END { stop(); system('rm', '-rf', $dir) if $dir }

# await waits until the run has said something.
sub await
{
	my ($what) = @_;
	my $end = time + 60;
	sleep 0.1 while said() !~ $what && time < $end && waitpid($pid, WNOHANG) == 0;
}

start();
await(qr/Ctrl-C stops/);
like(said(), qr/Veza is running/, 'make run says what it runs');
like(said(), qr{http://localhost:$port/api/v1}, 'APP_PORT moves the port');
like(said(), qr{http://localhost:@{[ $port + 10 ]}/checkout}, 'and the payment page');
like(said(), qr{mails\s+http://localhost:@{[ $port + 13 ]}\s}, 'and the page of the mails');
like(said(), qr/creator\@veza\.example/, 'the demo logins are printed');

# Runs the lines; each answer of a call on a line of its own.
$shell =~ s/localhost:8080/localhost:$port/g;
$shell =~ s/localhost:8090/localhost:@{[ $port + 10 ]}/g;
my $work = File::Temp->newdir;
my $script = File::Temp->new;
print $script "cd $work\n", ($shell =~ s/^(curl .*)$/$1; echo; sleep 0.3/gmr);
close $script;
my @answers = grep { /\S/ } split /\n/, `sh -e @{[ $script->filename ]} 2>&1`;

is(scalar @answers, 15, 'all lines are answered') or diag(join "\n", @answers);
like($answers[0], qr/"name":"artist"/, '1. the plans are listed');
like($answers[1], qr/"status":"pending_payment".*"client_secret":"pay_\w+_secret_\w+","payment_id":"pay_\w{26}"/, '2. the subscription waits for its payment');
like($answers[2], qr/"code":"SUBSCRIPTION_PENDING_PAYMENT","message":"Complete the payment to enable distribution\."/, '3. distribution is refused with the way back');
like($answers[2], qr{"complete_url":"/api/v1/subscriptions/complete/[0-9a-f-]{36}"}, '   and the address to complete it');
my ($payment) = $answers[1] =~ /"payment_id":"(pay_\w{26})","payment_status"/;
like($answers[3], qr/"payment_id":"$payment"/, '4. the same payment comes back');
like($answers[4], qr/"status":"succeeded"/, '5. it is paid');
like($answers[5], qr/"success":true.*"status":"submitted"/, '6. distribution is open');
like($answers[6], qr/"title":"A tone".*"status":"received"/, '7. a track is uploaded');
like($answers[7], qr/"status":"ready".*"codec":"flac"/, '   it becomes ready');
like($answers[8], qr/^\s*100$/, '   and anybody plays it');
like($answers[9], qr/"name":"Evening".*"track_count":1/, '8. it stands on a playlist');
like(join('|', @answers[ 10 .. 13 ]), qr{^#EXTM3U\|#PLAYLIST:Evening\|#EXTINF:20,.*A tone\|/api/v1/tracks/[0-9a-f-]{36}/stream$}, '   which is a file');
like($answers[14], qr/"playlists":\[\{.*"name":"Evening"/, '   and found with two letters swapped');

# The same from psql.
local $ENV{VEZA_RUN_DIR} = $dir;
my $file = File::Temp->new;
print $file $sql;
close $file;
my $psql = `'$top/test/env/psql' veza_dba -X < @{[ $file->filename ]} 2>&1`;
like($psql, qr/"status":"pending_payment".*"client_secret":"pay_/, 'psql: subscribe answers the same');
like($psql, qr/ERROR:  complete the payment to enable distribution/, 'psql: the gate refuses in words');
like($psql, qr/HINT:  Get the payment back with CALL veza\.subscription_complete\('[0-9a-f-]{36}'\);/, 'psql: and names the next step');
my @payments = $psql =~ /"payment_id":"(pay_\w{26})","payment_status"/g;
is($payments[0], $payments[1], 'psql: recovery returns the same payment');
like($psql, qr/psp_create attempt 1/, 'psql: the timeline shows the provider');
like($psql, qr/event +\| subscribe_paid/, 'psql: the state machine can be read');
like($psql, qr/still_pending +\| 1/, 'psql: the funnel counts it');
like($psql, qr/\(0 rows\)\s*$/, 'psql: no invariant is broken');
unlike($psql, qr/permission denied|does not exist/, 'psql: the operator may do all of it');

# An update that something of the developer's is in the way of.
my $superuser = sub { system("$top/test/env/psql", 'postgres', '-X', '-q', '-c', $_[0]) == 0 };
$superuser->("CREATE VIEW public.mine AS SELECT plan FROM veza_report.subscription_current; UPDATE veza.migration SET checksum = 'changed' WHERE kind = 'report' AND version = 1");
is(stop(), 0, 'Ctrl-C stops everything cleanly');
start();
await(qr/PostgreSQL goes on/);
like(said(), qr/public\.mine: uses veza_report\.subscription_current.*PostgreSQL goes on/s, 'a view in the way of an update is named');
ok($superuser->('DROP VIEW public.mine'), 'and can be dropped');
await(qr/Ctrl-C stops/);
like(said(), qr/Veza is running/, 'then the run goes on by itself');
is(stop(), 0, 'and stops cleanly, too');
ok(!Veza::Stack->answers($port, '/healthz'), 'nothing is left listening');
done_testing;
