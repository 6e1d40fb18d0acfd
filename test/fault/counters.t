#!/usr/bin/perl
# What is counted is what there is. A hundred connections like, take back, play, upload and remove on a few tracks, while
# backends end, crash the cluster, and veza-httpd is killed; what has no answer is sent again. In the end numbers that are
# shown, and those that limits go by, are what counting anew gives, and what clients were told has happened.
#
#   VEZA_COUNTERS_SEED=7      replays what clients do and what is killed when (printed at the start)
#   VEZA_COUNTERS_ROUNDS=10   that many times sixteen faults (1)

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Digest::SHA qw(sha256_hex);
use IO::Select;
use List::Util qw(shuffle);
use POSIX qw(_exit strftime);
use Test::More;
use Time::HiRes qw(sleep time);
use Veza::Scene;
use Veza::Test;

my $seed = $ENV{VEZA_COUNTERS_SEED} // int(time) % 1_000_000;
my $rounds = $ENV{VEZA_COUNTERS_ROUNDS} // 1;
my ($PROCESSES, $CONNECTIONS, $TRACKS) = (10, 10, 3);
diag "VEZA_COUNTERS_SEED=$seed";

my $s = stack(env => { ANALYSIS_WORKERS => 0, HTTP_LOOPS => 2, MAX_UPLOADS_PER_ADDRESS => 1000, MAX_CONCURRENT_UPLOADS => 200, MAX_CONNECTIONS_PER_IP => 1000 });
my $scene = Veza::Scene->new($s);
$s->sql("update veza_data.plan set uploads_per_month = 100000; select veza.set_setting('play_limit', '100000', 'counters.t')");
$s->start('httpd');
my $owner = $scene->user;
my @tracks = map { my $n = $_;
	my $hash = sha256_hex("counted $n");
	$s->sql("select veza.act_as('$owner->{id}', 'counters.t'); select veza.track_create('$hash', 10, 'audio/flac', 'Counted $n')");
	my $id = $s->sql_value("select id from veza_data.track_version where file_hash = '$hash'");
	$s->sql("do \$\$ declare w json; begin
		for i in 1 .. 2 loop
			select x into w from json_array_elements(veza.track_claim_work('counters', 100)) x where x ->> 'version_id' = '$id';
			if w ->> 'kind' = 'scan' then perform veza.track_report_scan('$id', (w ->> 'lease')::uuid, 'clean');
			else perform veza.track_report_analysis('$id', (w ->> 'lease')::uuid, '{\"ok\": true, \"duration_ms\": 180000}'); end if;
		end loop; end \$\$");
	$s->sql_value("select track_id from veza_data.track_version where id = '$id'") } 1 .. $TRACKS;
my @users = $scene->users($PROCESSES * $CONNECTIONS);
$scene->forget_monitor;

# ---- a client: one connection, one request under way, sent again until it is answered

sub wave { my ($text) = @_; $text .= ' ' if length($text) % 2; return 'RIFF' . pack('V', 36 + length $text) . 'WAVEfmt ' . pack('V v v V V v v', 16, 1, 1, 8000, 16000, 2, 16) . 'data' . pack('V', length $text) . $text }

# What to do next: a hash with kind, request, and what it is about.
sub next_wish
{
	my ($c) = @_;
	my $track = $tracks[ rand @tracks ];
	my $die = rand;
	my $n = ++$c->{n};

	return { kind => 'like', track => $track, request => [ POST => "/tracks/$track/like", {} ] } if $die < 0.3;
	return { kind => 'unlike', track => $track, request => [ DELETE => "/tracks/$track/like" ] } if $die < 0.5;
	if ($die < 0.8)
	{
		my $play = uuid();
		# Each lies farther from the one before than the track is long, so that all of them count.
		my $at = strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time - 600 - 400 * $n));
		return { kind => 'play', track => $track, key => $play, request => [ POST => "/tracks/$track/play", { play_id => $play, listened_ms => 60000, source => 'list', time => $at } ] };
	}
	if ($die < 0.92 || !@{ $c->{own} })
	{
		my $file = wave("$c->{user}{id} $n " . 'x' x (1000 + rand 3000));
		return { kind => 'upload', key => sha256_hex($file), request => [ POST => '/tracks?title=own', $file, headers => { 'Content-Type' => 'audio/wav' } ] };
	}
	my $own = shift @{ $c->{own} };
	return { kind => 'remove', key => $own, request => [ DELETE => "/tracks/$own" ] };
}

# What an answer says of a wish: done, nothing (it is to be sent again), or another word for what must not be.
sub outcome
{
	my ($c, $wish, $answer) = @_;
	my $brief = $answer->brief;

	return 'done' if $answer->status =~ /^20[01]$/;
	return 'done' if $wish->{kind} eq 'upload' && $brief eq '409 TRACK_DUPLICATE' || $wish->{kind} eq 'remove' && $brief eq '404 TRACK_NOT_FOUND';
	return $answer->status == 0 || $answer->status >= 500 ? '' : $brief;
}

# Takes what has come of the wish under way.
sub take_answer
{
	my ($c, $answer) = @_;
	my $wish = $c->{wish};
	my $word = outcome($c, $wish, $answer);

	if ($word eq '') { $c->{again}++; $c->{rest} = time + 0.1; $c->{link} = undef if $answer->status == 0; return }
	push @{ $c->{own} }, $answer->data->{id} // $answer->details->{track_id} if $wish->{kind} eq 'upload' && $word eq 'done' && ref $answer->data;
	print { $c->{ledger} } join(' ', $c->{user}{id}, $wish->{kind}, $wish->{track} // $wish->{key}, $wish->{key} // '-', $word, $c->{again} // 0), "\n";
	delete @$c{qw(wish again)};
	return;
}

# Has a connection send its wish, over a new socket if need be; false when that cannot be done now.
sub send_wish
{
	my ($c) = @_;
	return 0 if ($c->{rest} // 0) > time;
	$c->{link} //= $c->{api}->connect;
	$c->{wish} //= next_wish($c);
	$c->{sent} = time;
	return 1 if !$c->{link}{is_closed} && $c->{link}->send($c->{api}->bytes(@{ $c->{wish}{request} }));
	$c->{link} = undef;
	$c->{rest} = time + 0.1;
	return 0;
}

# One process of several connections.
sub live
{
	my ($process) = @_;
	srand($seed * 100 + $process);
	open(my $ledger, '>', "$s->{dir}/ledger-$process") or die "ledger: $!";
	my @clients = map { { user => $_, api => api($s, $_->{token}), own => [], ledger => $ledger, n => 0 } } @users[ $process * $CONNECTIONS .. ($process + 1) * $CONNECTIONS - 1 ];
	while (!-e "$s->{dir}/stop")
	{
		my @waiting = grep { $_->{is_waiting} } @clients;
		for my $c (grep { !$_->{is_waiting} } @clients) { $c->{is_waiting} = send_wish($c) }
		IO::Select->new(map { $_->{link}{socket} } @waiting)->can_read(0.05) if @waiting;
		sleep 0.05 if !@waiting;
		for my $c (@waiting)
		{
			my $answer = $c->{link}->answer(timeout => 0.001);
			$answer = Veza::Http::Answer->none('gone') if !$answer && ($c->{link}{is_closed} || time > $c->{sent} + 15);
			next if !$answer;
			take_answer($c, $answer);
			$c->{is_waiting} = 0;
		}
	}
	# Whatever is under way may have happened or not.
	print $ledger join(' ', $_->{user}{id}, "open-$_->{wish}{kind}", $_->{wish}{track} // $_->{wish}{key}, '-', '-', 0), "\n" for grep { $_->{wish} } @clients;
	close $ledger;
	_exit(0);
}

my @children = map { my $process = $_; my $pid = fork // die "fork: $!"; live($process) if !$pid; $pid } 0 .. $PROCESSES - 1;

# ---- what is killed

srand($seed);
my %killed;
my $backends = "from pg_stat_activity where usename = 'veza_httpd' and pid <> pg_backend_pid()";
my %way = (
	sessions => sub { $s->sql_value("select count(pg_terminate_backend(pid)) from (select pid $backends order by random() limit 3) x") },
	backend => sub { $scene->kill_backend($s->sql_value("select pid $backends order by state = 'active' desc, random() limit 1")); 1 },
	httpd => sub { $scene->kill_and_start('httpd'); 1 },
	# Nothing is killed, but sums are moved meanwhile.
	folded => sub { $s->sql("select veza.job_unit('fold_counters', '')"); 1 });
for my $kind (shuffle map { ('sessions') x 6, ('folded') x 5, ('backend') x 3, ('httpd') x 2 } 1 .. $rounds)
{
	sleep 0.5;
	# The database may be on its way back.
	wait_until { my $n = eval { $way{$kind}->() }; $killed{$kind} += $n // 0; $n } "$kind: done";
}
$s->write_file("$s->{dir}/stop", '');
waitpid $_, 0 for @children;
$scene->await_database;
$scene->forget_monitor;
diag join ', ', map { "$_ $killed{$_}" } sort keys %killed;
cmp_ok($killed{$_} // 0, '>', 0, "while $_ ended or happened") for sort keys %way;

# ---- what clients were told

my (%liked, %played, %uploads, %done, $again, @wrong);
for my $process (0 .. $PROCESSES - 1)
{
	for (split /\n/, $s->read_file("$s->{dir}/ledger-$process"))
	{
		my ($user, $kind, $about, $key, $word, $tries) = split ' ';
		if ($kind =~ /^open-(?:un)?like$/) { delete $liked{"$user $about"}; next }
		next if $kind =~ /^open-/;
		push @wrong, "$kind: $word" if $word ne 'done';
		$done{$kind}++;
		$again += $tries;
		$liked{"$user $about"} = $kind eq 'like' if $kind =~ /like$/;
		$played{$key} = 1 if $kind eq 'play';
		$uploads{$key} = 1 if $kind eq 'upload';
	}
}
diag join ', ', (map { "$_ $done{$_}" } sort keys %done), "sent again $again";
is_deeply(\@wrong, [], 'nothing is refused that must not be');
cmp_ok($done{$_} // 0, '>', 20, "$_ happened") for qw(like unlike play upload remove);
cmp_ok($again, '>', 0, 'and much of it was sent more than once');
my %row = map { ("$_->[0] $_->[1]" => 1) } $s->sql('select user_id, track_id from veza_data.track_like');
is_deeply([ grep { !!$liked{$_} ne !!$row{$_} } sort keys %liked ], [], 'likes are as each client was told last');
my %play = map { ($_->[0] => 1) } $s->sql('select play_id from veza_data.track_play where is_counted');
is_deeply([ grep { !$play{$_} } sort keys %played ], [], 'every play that was acknowledged is there, and counted');
my %file = map { ($_->[0] => $_->[1]) } $s->sql('select file_hash, count(*) from veza_data.track_version group by 1');
is_deeply([ grep { ($file{$_} // 0) != 1 } sort keys %uploads ], [], 'every upload that was acknowledged is there, once');

# ---- counting anew

# What is shown of a track, by another way than the view that shows it.
sub recount
{
	my ($when) = @_;
	for my $track (@tracks)
	{
		my $shown = api($s)->get("/tracks/$track")->data;
		is($shown->{like_count}, $s->sql_value("select count(*) from (select distinct user_id from veza_data.track_like where track_id = '$track') x"), "$when: likes");
		is($shown->{play_count}, $s->sql_value("select count(*) from (select distinct play_id from veza_data.track_play where track_id = '$track' and is_counted and user_id <> '$owner->{id}') x"), "$when: plays");
	}
	return;
}

$s->stop('httpd');
$s->start('httpd');
recount('before the sums are moved');
$s->sql("select veza.job_unit('fold_counters', '')");
is($s->sql_value('select count(*) from veza_data.track_counter'), 0, 'they are moved');
recount('afterwards');
is($s->sql_value('select sum(like_count) from veza_data.track'), $s->sql_value('select count(*) from veza_data.track_like'), 'the sums themselves');
is($s->sql_value("select sum(n) from veza_data.track_day where kind = 'play'"), $s->sql_value('select count(*) from veza_data.track_play where is_counted and not is_own'), 'and those by day');
# Uploads by their history, bytes by the files themselves.
my %uploaded = map { ($_->[0] => $_->[1]) } $s->sql("select t.uploader_id, count(*) from veza_data.state_history h join veza_data.track_version v on v.id = h.entity_id join veza_data.track t on t.id = v.track_id"
	. " where h.machine = 'track_version' and h.event = 'receive' and h.at >= date_trunc('month', now(), 'UTC') group by 1");
my %bytes = map { ($_->{id} => 0) } @users;
for ($s->sql('select t.uploader_id, v.file_hash from veza_data.track_version v join veza_data.track t on t.id = v.track_id'))
{
	my ($user, $hash) = @$_;
	$bytes{$user} += -s "$s->{dir}/uploads/tracks/" . substr($hash, 0, 2) . "/$hash" if exists $bytes{$user};
}
my @differ = grep {
	my $usage = api($s, $_->{token})->get('/tracks/admission')->data;
	$usage->{uploads_used} != ($uploaded{ $_->{id} } // 0) || $usage->{storage_used} != $bytes{ $_->{id} };
} @users;
is(scalar @differ, 0, 'uploads of the month and storage used, of each of ' . @users);
is_deeply([ grep { !/^(?:effect_overdue|track_work_overdue|job_overdue)/ } audit_findings($s) ], [], 'no promise is broken');
done_testing;
