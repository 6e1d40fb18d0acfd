#!/usr/bin/perl
# What happens to audio files behind their upload: a real clamd scans them, a process of its own analyses them, and
# none of it is lost when one of both, or we, are gone. The functions that give work are made here.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Digest::SHA qw(sha256_hex);
use IO::Socket::INET;
use POSIX qw(_exit WNOHANG);
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Test;

my $s = stack();
# In the place of those of tracks.
$s->sql("alter extension veza drop function veza.$_; drop function veza.$_ cascade") for 'track_claim_work', 'track_report_scan', 'track_report_analysis',
  'track_release_work', 'track_work_queue';
$s->sql(<<'SQL');
create table veza_data.scratch_work (version_id uuid primary key default gen_random_uuid(), file text, type text, kind text default 'scan', state text default 'due',
    lease uuid, leased_until timestamptz, worker text, verdicts text[] default '{}', details text[] default '{}', result json, releases integer default 0);
alter table veza_data.scratch_work owner to veza_owner;
create function veza.scratch_take(file_hash text, file_size bigint, file_type text) returns json language sql volatile security definer set search_path = pg_catalog, pg_temp as
$$ insert into veza_data.file (hash, size, type, created_at) values (file_hash, file_size, file_type, now()) on conflict do nothing;
   select pg_notify('veza_work', '');
   insert into veza_data.scratch_work (file, type) values (file_hash, file_type) returning json_build_object('id', version_id) $$;
create function veza.track_claim_work(worker text, max integer) returns json language sql volatile security definer set search_path = pg_catalog, pg_temp as
$$ with due as (select version_id from veza_data.scratch_work where state = 'due' or state = 'leased' and leased_until < now() limit max for update skip locked),
        taken as (update veza_data.scratch_work w set state = 'leased', lease = gen_random_uuid(), leased_until = now() + interval '20 s', worker = track_claim_work.worker
                    from due where due.version_id = w.version_id returning w.*)
   select coalesce(json_agg(json_build_object('version_id', version_id, 'lease', lease, 'kind', kind, 'file', file, 'type', type)), '[]') from taken $$;
create function veza.track_report_scan(version_id uuid, lease uuid, verdict text, detail text) returns text language sql volatile security definer set search_path = pg_catalog, pg_temp as
$$ update veza_data.scratch_work w set verdicts = verdicts || verdict, details = details || coalesce(detail, ''), lease = null,
          kind = case when verdict in ('clean', 'unscanned') then 'analyse' else kind end,
          state = case when verdict in ('clean', 'unscanned') then 'due' else verdict end
    where w.version_id = track_report_scan.version_id and w.lease = track_report_scan.lease returning state $$;
create function veza.track_report_analysis(version_id uuid, lease uuid, result json) returns text language sql volatile security definer set search_path = pg_catalog, pg_temp as
$$ update veza_data.scratch_work w set result = track_report_analysis.result, lease = null, state = 'done'
    where w.version_id = track_report_analysis.version_id and w.lease = track_report_analysis.lease returning state $$;
create function veza.track_release_work(version_id uuid, lease uuid) returns text language sql volatile security definer set search_path = pg_catalog, pg_temp as
$$ update veza_data.scratch_work w set lease = null, state = 'due', releases = releases + 1
    where w.version_id = track_release_work.version_id and w.lease = track_release_work.lease returning state $$;
create function veza.track_work_queue() returns json language sql stable security definer set search_path = pg_catalog, pg_temp as
$$ select json_build_object('n', count(*), 'oldest_s', 7) from veza_data.scratch_work where state = 'due' $$;
alter function veza.scratch_take owner to veza_owner;
alter function veza.track_claim_work owner to veza_owner;
alter function veza.track_report_scan owner to veza_owner;
alter function veza.track_report_analysis owner to veza_owner;
alter function veza.track_release_work owner to veza_owner;
alter function veza.track_work_queue owner to veza_owner;
grant execute on function veza.track_claim_work, veza.track_report_scan, veza.track_report_analysis, veza.track_release_work, veza.track_work_queue to veza_httpd;
comment on function veza.scratch_take is 'Take a file.';
select veza.add_route('POST', '/api/v1/scratch/take', 'veza.scratch_take', 'user', 'writes', upload => 'audio');
SQL

# Stands in for veza-probe: what it does is said in the file.
my $program = "$s->{dir}/analyse";
$s->write_file($program, <<'PERL');
#!/usr/bin/perl
use strict;
use warnings;
my $fds = join ',', sort { $a <=> $b } map { s{.*/}{}r } grep { -e } glob '/proc/self/fd/*';
my $file = do { local $/; <STDIN> };
my ($mode) = $file =~ /mode:(\w+)/;
open(my $waveform, '>&=', 3) or die;
open(my $cover, '>&=', 4) or die;
$| = 1;
my $png = "\x89PNG\r\n\x1a\n" . pack('N a4 N N C5 N', 13, 'IHDR', 64, 48, 8, 2, 0, 0, 0, 0);
my $good = '{"ok":true,"container":"wav","codec":"pcm","duration_ms":1500,"sample_rate":44100,"channels":2,"bits":16,"pcm_sha256":"' . '0' x 64 . '","loudness_lufs":-14.25,"loudness_range_lu":null,"true_peak_dbtp":-1.5,'
  . '"fingerprint":[1,-2,3],"tags":{"title":"One","bpm":120,"year":1999,"isrc":7},"raw_tags":[["TIT2","One"],["x"]],"cover":{"type":"image/png","bytes":33},"evil":"x"}';
if ($mode eq 'ok')       { print $waveform 'a waveform'; print $cover $png; print $good }
if ($mode eq 'mute')     { print $good }
if ($mode eq 'picture')  { print $cover '<svg onload="alert(1)"/>'; print $good }
if ($mode eq 'refused')  { print '{"ok":false,"code":"truncated","detail":"too short"}' }
if ($mode eq 'argv')     { print '{"ok":true,"codec":"' . join(' ', @ARGV, 'env', %ENV, 'fds', $fds) . '"}' }
if ($mode eq 'crash')    { kill 'SEGV', $$ }
if ($mode eq 'junk')     { print 'no JSON' }
if ($mode eq 'words')    { print '{"ok":false,"code":"DROP TABLE"}' }
if ($mode eq 'flood')    { print 'x' x 65536 while 1 }
if ($mode eq 'coverage') { print $cover 'x' x 65536 while 1 }
if ($mode eq 'hang')     { sleep 100 }
if ($mode eq 'offspring') { if (!fork) { sleep 1000 } sleep 1000 }
if ($mode eq 'lingers')  { print $good; close STDOUT; close $waveform; close $cover; sleep 1000 }
if ($mode eq 'sandbox')  { exit 3 }
PERL
chmod 0755, $program;
$s->start_clamd;
my %env = (ANALYSIS_WORKERS => 2, ANALYSIS_PROGRAM => $program, ANALYSIS_TIMEOUT => '3s', CLAMAV_TIMEOUT => '2s', HTTP_LOOPS => 1, MAX_UPLOADS_PER_USER => 50, MAX_UPLOADS_PER_ADDRESS => 50, MAX_CONCURRENT_UPLOADS => 50);
$s->start('httpd', env => \%env);
wait_route($s, '/api/v1/scratch/take');
my $u = register($s);
my $dir = "$s->{dir}/uploads";
my $number = 0;

sub wav { my ($text) = @_; $text .= ' number ' . $number++ . ' '; $text .= 'x' if length($text) % 2; return 'RIFF' . pack('V', 36 + length $text) . 'WAVEfmt ' . pack('V v v V V v v', 16, 1, 1, 8000, 8000, 1, 8) . 'data' . pack('V', length $text) . $text }
sub send_file { my ($body, %o) = @_; return $u->{api}->post('/scratch/take', $body, headers => { 'Content-Type' => 'audio/wav' }, timeout => 60, %o) }
sub take { my ($text) = @_; my $r = send_file(wav($text)); return $r->data ? $r->data->{id} : diag($r->brief, ' ', $r->body) }
sub row { my ($id) = @_; return { %{ Veza::Http::decode($s->sql_value("select row_to_json(w) from veza_data.scratch_work w where version_id = '$id'")) } } }
sub settle { my ($id, $state, $seconds) = @_; wait_until { row($id)->{state} eq $state } "$id is $state", $seconds // 20; return row($id) }
sub result { my ($mode) = @_; return settle(take("mode:$mode"), 'done')->{result} }
sub children { return split ' ', `pgrep -f '^/usr/bin/perl $program'` }
sub scanner { return root($s)->get('/status')->json->{services}{clamav}{status} }

subtest 'a file that is well' => sub {
	my $id = take('mode:ok');
	my $row = settle($id, 'done');
	is_deeply($row->{verdicts}, ['clean'], 'is scanned');
	my $result = $row->{result};
	my $png = "\x89PNG\r\n\x1a\n" . pack('N a4 N N C5 N', 13, 'IHDR', 64, 48, 8, 2, 0, 0, 0, 0);
	is_deeply($result, { ok => true, container => 'wav', codec => 'pcm', duration_ms => 1500, sample_rate => 44100, channels => 2, bits => 16, pcm_sha256 => '0' x 64,
		loudness => { integrated => -14.25, true_peak => -1.5 }, fingerprint => [ 1, -2, 3 ], tags => { title => 'One', bpm => '120', year => '1999' }, raw_tags => [ [ 'TIT2', 'One' ] ],
		waveform => { hash => sha256_hex('a waveform'), size => 10, type => 'application/octet-stream' }, cover => { hash => sha256_hex($png), size => length $png, type => 'image/png', width => 64, height => 48 } },
		'and analysed: what is known is taken, with what was made of it') or diag explain $result;
	is($s->read_file("$dir/waveforms/" . substr(sha256_hex('a waveform'), 0, 2) . '/' . sha256_hex('a waveform')), 'a waveform', 'which is in its place');
	is($s->read_file("$dir/files/" . substr(sha256_hex($png), 0, 2) . '/' . sha256_hex($png)), $png, 'both of it');
	like($row->{worker}, qr/:$s->{pids}{httpd}$/, 'by us');
	my $r = result('argv');
	like($r->{codec}, qr{^--seconds 1 --cpu-seconds 1 --max-cover 5242880 --type audio/wav env fds 0,1,2,3,4(?:,5)?$}, 'the program gets its arguments, no environment and no descriptor of ours') or diag explain $r;
	is(result('mute')->{waveform}, undef, 'nothing is made of nothing');
	is(result('picture')->{cover}, undef, 'a cover that is no picture is none');
	is_deeply([ glob "$dir/spool/*" ], [], 'nothing is left in the spool');
};

subtest 'analyses that fail' => sub {
	is_deeply(result('refused'), { ok => false, code => 'truncated', detail => 'too short', retry => false }, 'a refusal is passed on');
	my %code = (crash => 'crashed', junk => 'crashed', words => 'crashed', flood => 'crashed', coverage => 'crashed', hang => 'too_complex', offspring => 'too_complex', lingers => 'crashed');
	for my $mode (sort keys %code)
	{
		my $r = result($mode);
		is(join(' ', $r->{ok} ? 'ok' : 'failed', $r->{code}, $r->{retry} ? 'again' : 'for ever'), "failed $code{$mode} again", "$mode: $r->{detail}");
	}
	wait_until { !children() } 'nobody is left';
	is_deeply([ children() ], [], 'what was started has ended, with all that it has started');
	my $id = take('mode:sandbox');
	wait_until { row($id)->{releases} > 0 } 'it is given back';
	is(row($id)->{result}, undef, 'a program that cannot be run says nothing about the file');
	my $before = time;
	$s->sql("delete from veza_data.scratch_work where version_id = '$id'");
	is(settle(take('mode:mute'), 'done', 40)->{state}, 'done', 'and after a pause work goes on');
	cmp_ok(time - $before, '>', 5, 'a pause');
};

subtest 'infected files' => sub {
	my $row = settle(take('mode:ok this is a virus indeed'), 'infected');
	is_deeply([ $row->{verdicts}, $row->{details}, $row->{result} ], [ ['infected'], ['Veza.Test.UNOFFICIAL'], undef ], 'are told of by name, and not analysed');
	$row = settle(take('mode:mute ' . 'x' x 3_000_000 . 'this is a virus'), 'infected');
	is_deeply($row->{verdicts}, ['infected'], 'however deep it is');
	$row = settle(take('mode:mute ' . 'x' x 5_000_000), 'done');
	is_deeply([ $row->{verdicts}, $row->{details} ], [ ['unscanned'], ['INSTREAM size limit exceeded. ERROR'] ], 'what is too large for clamd is not clean');
	cmp_ok(metric($s, 'veza_scans_total{verdict="infected"}'), '>=', 2, 'counted');
	is(metric($s, 'veza_scanner_up'), 1, 'the scanner is up');
	is(scanner(), 'ok', '/status tells');
};

subtest 'without the scanner' => sub {
	my $pid = $s->{pids}{clamd};
	kill 'STOP', $pid;
	wait_until { scanner() eq 'down' } 'a frozen one is noticed';
	my $row = settle(take('mode:mute'), 'done');
	is_deeply($row->{verdicts}, ['unscanned'], 'frozen: files go on unscanned');
	kill 'CONT', $pid;
	wait_until { scanner() eq 'ok' } 'it goes on';
	is_deeply(settle(take('mode:mute'), 'done')->{verdicts}, ['clean'], 'and scans again');
	$s->stop('clamd');
	wait_until { scanner() eq 'down' } 'one that is gone is noticed';
	is_deeply(settle(take('mode:mute'), 'done')->{verdicts}, ['unscanned'], 'gone: files go on unscanned');
	is(root($s)->get('/status')->json->{status}, 'degraded', 'and /status tells');
};

# Answers as clamd does, or does not; each connection gets these bytes instead of a verdict.
sub babbler
{
	my ($verdict) = @_;
	my $listen = IO::Socket::INET->new(Listen => 20, LocalAddr => '127.0.0.1', LocalPort => $s->port('clamd'), ReuseAddr => 1) or die "listen: $!";
	my $child = fork // die "fork: $!";
	close $listen if $child;
	return sub { kill 'KILL', -$child; waitpid $child, 0; return } if $child;
	POSIX::setpgid(0, 0);
	$SIG{CHLD} = 'IGNORE';
	while (my $c = $listen->accept)
	{
		next if fork;
		close $listen;
		sysread $c, my $bytes, 10;
		if ($bytes =~ /^zPING/) { syswrite $c, "PONG\0" }
		else
		{
			$verdict->($c);
			1 while sysread $c, $bytes, 65536;
		}
		_exit(0);
	}
	_exit(0);
}

subtest 'scanners that say something else' => sub {
	my %says = ('nothing, and closes' => sub { shutdown $_[0], 2 }, 'clean before it has seen anything' => sub { syswrite $_[0], "stream: OK\0" }, 'clean without an end' => sub { my $b; 1 while sysread($_[0], $b, 65536) && substr($b, -4) ne "\0\0\0\0"; syswrite $_[0], 'stream: OK'; shutdown $_[0], 1 },
		'clean in other words' => sub { my $b; 1 while sysread($_[0], $b, 65536) && substr($b, -4) ne "\0\0\0\0"; syswrite $_[0], "stream: OK \0" }, 'clean twice' => sub { my $b; 1 while sysread($_[0], $b, 65536) && substr($b, -4) ne "\0\0\0\0"; syswrite $_[0], "stream: OK\0stream: OK\0" },
		'no end' => sub { my $b; 1 while sysread($_[0], $b, 65536) && substr($b, -4) ne "\0\0\0\0"; 1 while syswrite $_[0], 'stream: ' x 1000 }, 'nothing' => sub { sleep 100 });
	for my $name (sort keys %says)
	{
		my $end = babbler($says{$name});
		wait_until { scanner() eq 'ok' } 'it answers';
		# Who speaks before it can have seen a file is only noticed where there is something left to send.
		my $row = settle(take('mode:mute' . ($name =~ /before/ ? 'x' x 3_000_000 : '')), 'done');
		is_deeply($row->{verdicts}, ['unscanned'], "$name: is not clean: $row->{details}[0]");
		$end->();
		wait_until { scanner() eq 'down' } 'it is gone';
	}
};

subtest 'where a scanner is required' => sub {
	$s->stop('httpd');
	$s->start('httpd', env => { %env, CLAMAV_REQUIRED => 'true' });
	my $c = root($s)->connect;
	$c->send("POST /api/v1/scratch/take HTTP/1.1\r\nHost: x\r\nContent-Type: audio/wav\r\nContent-Length: 100000\r\nAuthorization: Bearer $u->{token}\r\n\r\n");
	my $r = $c->answer(timeout => 5);
	is_refused($r, '503 SCANNER_UNAVAILABLE', 'nothing is taken without it, before the body');
	ok($r->header('Retry-After'), 'come again');
	$c->close;
	is(metric($s, 'veza_uploads_failed_total{reason="SCANNER_UNAVAILABLE"}'), 1, 'counted');
	$s->start('clamd');
	wait_until { scanner() eq 'ok' } 'it is back';
	is_deeply(settle(take('mode:mute'), 'done')->{verdicts}, ['clean'], 'then files are taken');
	is_deeply(settle(take('mode:mute ' . 'x' x 5_000_000), 'failed')->{details}, ['INSTREAM size limit exceeded. ERROR'], 'one that it cannot scan is not let on');
	kill 'STOP', $s->{pids}{clamd};
	# Before it is noticed: the scan begins, and comes to nothing.
	my $id = take('mode:mute');
	wait_until { scanner() eq 'down' } 'it is noticed';
	sleep 3;
	my $row = row($id);
	is_deeply([ $row->{verdicts}, $row->{result} ], [ [], undef ], 'what has come waits');
	cmp_ok($row->{releases}, '<=', 2, 'quietly');
	kill 'CONT', $s->{pids}{clamd};
	is_deeply(settle($id, 'done')->{verdicts}, ['clean'], 'until it is back');
};

subtest 'work is begun when it is told of' => sub {
	$s->stop('httpd');
	$s->start('httpd', env => { %env, ANALYSIS_POLL => '1h' });
	settle(take('mode:mute'), 'done');
	my $before = time;
	settle(take('mode:mute'), 'done') for 1 .. 3;
	is_soon(time - $before, 10, 'at once, however rarely it is looked for');
	my @id = map { take('mode:hang') } 1 .. 3;
	settle($_, 'done') for @id;
	pass('what was told of while all were busy is not forgotten');
};

subtest 'the end of the program' => sub {
	$s->stop('httpd');
	$s->start('httpd', env => { %env, ANALYSIS_TIMEOUT => '60s', ANALYSIS_WORKERS => 3 });
	my @id = map { take('mode:offspring') } 1 .. 5;
	wait_until { children() == 6 } 'three run';
	is(metric($s, 'veza_analysis_running'), 3, 'as many as there may be');
	wait_until { metric($s, 'veza_analysis_waiting') == 2 } 'two wait', 12;
	is(metric($s, 'veza_analysis_oldest_seconds'), 7, 'since when is told');
	my $before = time;
	is($s->stop('httpd'), 0, 'it stops');
	is_soon(time - $before, 4, 'at once');
	is_deeply([ children() ], [], 'nobody is left');
	my %state;
	$state{ row($_)->{state} }++ for @id;
	is_deeply(\%state, { due => 5 }, 'all is given back');
	is($s->sql_value('select sum(releases) from veza_data.scratch_work where state = \'due\''), 3, 'of those who had begun');
	$s->start('httpd', env => { %env, ANALYSIS_TIMEOUT => '60s' });
	wait_until { children() >= 2 } 'it goes on';
	$s->stop('httpd', 'KILL');
	kill 'KILL', children();
	$s->sql("update veza_data.scratch_work set leased_until = now(), file = (select file from veza_data.scratch_work where state = 'done' limit 1) where state in ('leased', 'due')");
	$s->start('httpd', env => \%env);
	settle($_, 'done', 60) for @id;
	is_deeply([ map { row($_)->{state} } @id ], [ ('done') x 5 ], 'leases that have run out are taken over');
};

subtest 'a database that goes away' => sub {
	my $id = take('mode:mute');
	settle($id, 'done');
	$id = take('mode:hang');
	wait_until { children() } 'it is under way';
	$s->sql("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'veza_httpd'");
	is(settle($id, 'done')->{result}{code}, 'too_complex', 'what came of it is reported over another connection');
};

done_testing;
