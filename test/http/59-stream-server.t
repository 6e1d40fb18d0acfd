#!/usr/bin/perl
# The stream server: it is told of every version that is ready, as often as it takes, and what it reports is kept. A track is
# played from its file whatever the stream server does. It is a stand-in here, which writes down what it is sent.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Digest::SHA qw(sha256_hex);
use IO::Socket::INET;
use Test::More;
use Veza::Test;

my $KEY = 'stream-key-' . 'x' x 32;
my $s = stack(env => { STREAM_SERVER_INTERNAL_API_KEY => $KEY });
my $listener = IO::Socket::INET->new(Listen => 20, LocalAddr => '127.0.0.1', ReuseAddr => 1) or die "listen: $!";
my $address = 'http://127.0.0.1:' . $listener->sockport;
my $log = "$s->{dir}/stream-server";
my $answer = "$s->{dir}/stream-server-answer";
$s->write_file($answer, '202');
my $server = fork // die "fork: $!";
if (!$server)
{
	$SIG{TERM} = 'DEFAULT';
	while (my $c = $listener->accept)
	{
		my ($head, $body) = ('', '');
		while (my $line = <$c>) { $head .= $line; last if $line eq "\r\n" }
		read $c, $body, $1 if $head =~ /^Content-Length: (\d+)/mi;
		open my $out, '>>', $log or die;
		print $out Veza::Http::encode({ head => $head, body => $body }), "\n";
		close $out;
		my $status = $s->read_file($answer);
		print $c "HTTP/1.1 $status X\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
		close $c;
	}
	POSIX::_exit(0);
}
close $listener;
END { local $?; kill 'TERM', $server if $server; waitpid $server, 0 if $server }

$s->start('httpd');
$s->start('relay');
$s->sql("update veza_data.setting set value = '50' where name = 'effect_backoff_base'");
my $u = creator($s);

# A track whose file was registered, scanned and analysed; its version.
sub ready_track
{
	my ($title) = @_;
	my $hash = sha256_hex($title . rand);
	$s->sql("select veza.act_as('$u->{id}', 'a test'); select veza.track_create('$hash', 10, 'audio/flac', '$title')");
	my $version = $s->sql_value("select id from veza_data.track_version where file_hash = '$hash'");
	for my $step ('scan', 'analyse')
	{
		my $lease = $s->sql_value("select x ->> 'lease' from json_array_elements(veza.track_claim_work('a test', 10)) x");
		$s->sql($step eq 'scan' ? "select veza.track_report_scan('$version', '$lease', 'clean')"
			: "select veza.track_report_analysis('$version', '$lease', '{\"ok\": true, \"duration_ms\": 1000}')");
	}
	return { id => $s->sql_value("select track_id from veza_data.track_version where id = '$version'"), version => $version, hash => $hash };
}
sub told { return -e $log ? map { Veza::Http::decode($_) } split /\n/, $s->read_file($log) : () }
sub effect { my ($t) = @_; return $s->sql_value("select state from veza_data.effect where kind = 'stream_prepare' and subject_id = '$t->{version}'") }

my $before = ready_track('Before');
is(effect($before), undef, 'without a stream server nobody is told');

$s->sql("select veza.set_setting('stream_server_url', '$address', 'a test')", role => 'veza_dba');
subtest 'a version that is ready' => sub {
	my $t = ready_track('First');
	wait_until { effect($t) eq 'done' } 'the job was taken';
	my ($job) = told();
	like($job->{head}, qr{^POST /internal/jobs/tracks HTTP}, 'posted');
	like($job->{head}, qr/^X-Internal-API-Key: \Q$KEY\E\r$/m, 'with the key that both know');
	is_deeply(Veza::Http::decode($job->{body}), { track_id => $t->{id}, version => 1, file => $t->{hash}, type => 'audio/flac' }, 'and what is to be prepared');
	unlike($s->sql_value("select string_agg(e::text, '') from veza_data.effect e where kind = 'stream_prepare'"), qr/\Q$KEY\E/, 'no key is stored');
	my $report = sub { my ($key, %body) = @_; return api($s)->post("/internal/tracks/$t->{id}/stream-ready", \%body, headers => { 'X-Internal-API-Key' => $key }) };
	is_refused($report->('another-key' . 'x' x 32, status => 'ready', manifest_url => 'https://cdn.example/x.m3u8'), '401 WEBHOOK_SIGNATURE_INVALID', 'another key is none');
	is($report->($KEY, status => 'ready', version => 1, manifest_url => 'https://cdn.example/x.m3u8')->brief, '200', 'it reports');
	is($report->($KEY, status => 'failed', version => 1, error => 'late')->data->{status}, 'ready', 'a failure that comes late is an old one');
	is($s->sql_value("select stream_url from veza_data.track_version where id = '$t->{version}'"), 'https://cdn.example/x.m3u8', 'what it reported is kept');
};

subtest 'one that is away, or overloaded' => sub {
	$s->write_file($answer, '503');
	my $t = ready_track('Second');
	my $n = told();
	wait_until { (told()) >= $n + 2 } 'it is asked again';
	is(effect($t) eq 'done', '', 'and the job stays');
	is($u->{api}->get("/tracks/$t->{id}")->data->{status}, 'ready', 'the track is ready all the same');
	$s->write_file($answer, '202');
	wait_until { effect($t) eq 'done' } 'until it is taken', 40;
};

subtest 'a refusal for good' => sub {
	$s->write_file($answer, '404');
	my $t = ready_track('Third');
	wait_until { effect($t) eq 'dead' } 'the job is given up';
	is($s->sql_value("select error_code from veza_data.effect where kind = 'stream_prepare' and subject_id = '$t->{version}'"), 'stream_server_refused', 'an operator sees why');
	$s->write_file($answer, '202');
	my $id = $s->sql_value("select id from veza_data.effect where kind = 'stream_prepare' and subject_id = '$t->{version}'");
	$s->sql("call veza.retry_effect('$id', 'it knows the address now')");
	wait_until { effect($t) eq 'done' } 'and has it done';
};

is(join("\n", audit_findings($s)), '', 'every invariant holds');
done_testing;
