package Veza::Stack;

# A private stack: PostgreSQL with this checkout's extension, veza-httpd,
# veza-relay and veza-pspsim, each started and ended by name.
#
#   my $s = Veza::Stack->new(dir => $dir);
#   $s->start_postgres; $s->create_database;
#   $s->start('pspsim'); $s->start('httpd'); $s->start('relay');
#   my @rows = $s->sql('select ...');
#   $s->stop_all;
#
# As root everything runs as the user postgres, because PostgreSQL refuses to
# run as root. Only Perl's own modules are used.

use strict;
use warnings;
use Carp qw(croak);
use Cwd qw(abs_path);
use Digest::SHA ();
use Fcntl qw(:flock);
use File::Basename qw(basename dirname);
use File::Copy qw(copy);
use File::Path qw(make_path remove_tree);
use File::Temp ();
use IO::Socket::INET;
use POSIX qw(WNOHANG _exit setsid);
use Time::HiRes qw(sleep time);

our $TOP = abs_path(dirname(__FILE__) . '/../../..');

# Options: dir (state), ports (hash), env (hash of configuration), keep (do not
# remove the state), fsync (default off), verbose, conf (extra postgresql.conf).
sub new
{
	my ($class, %o) = @_;
	my $self = bless { name => 'veza', database => 'veza', pids => {}, env => {}, %o }, $class;

	$self->{dir} //= $self->temp_dir;
	$self->{build} //= "$TOP/.build";
	make_path($self->{dir});
	$self->own($self->{dir});
	# A socket's path may have 107 bytes.
	$self->{socket} = length("$self->{dir}/socket/.s.PGSQL.5432") < 100
	  ? "$self->{dir}/socket" : File::Temp::tempdir('veza-XXXXXX', DIR => '/tmp', CLEANUP => 1);
	make_path($self->{socket});
	$self->own($self->{socket});
	chmod 0700, $self->{socket};
	return $self;
}

sub temp_dir
{
	my $base = `$TOP/test/env/state-dir test`;
	chomp $base;
	make_path($base);
	chmod 0755, $base;
	return File::Temp::tempdir('stack-XXXXXX', DIR => $base, CLEANUP => 0);
}

# Gives a file or directory to the user that everything runs as.
sub own
{
	my ($self, @paths) = @_;
	return if $> != 0;
	my ($uid, $gid) = (getpwnam('postgres'))[2, 3];
	chown $uid, $gid, @paths;
}

# The command line that runs a command as the right user.
sub as_user
{
	my ($self, @command) = @_;
	return @command if $> != 0;
	return ('setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups', '--', @command);
}

# Ports that this test has taken, as locked files; a test beside it takes others, also while nothing listens there.
my %taken;

sub take_port
{
	my ($port) = @_;
	my $dir = "$TOP/.build/ports";
	make_path($dir);
	open(my $lock, '>', "$dir/$port") or croak "$dir/$port: $!";
	return if !flock $lock, LOCK_EX | LOCK_NB;
	$taken{$port} = $lock;
	return $port;
}

# Below the ports of outgoing connections, one of which could take it before the program does.
sub free_port
{
	for (1 .. 100)
	{
		my $port = 10000 + int rand 22000;
		return $port if !$taken{$port} && take_port($port) &&
		  IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1', LocalPort => $port, ReuseAddr => 1);
	}
	croak "no free port: $!";
}

sub port
{
	my ($self, $name) = @_;
	return $self->{ports}{$name} //= $self->free_port;
}

sub url       { my $s = shift; return 'http://127.0.0.1:' . $s->port('httpd') }
sub admin_url { my $s = shift; return 'http://127.0.0.1:' . $s->port('admin') }
sub psp_url   { my $s = shift; return 'http://127.0.0.1:' . $s->port('psp') }
sub sim_url   { my $s = shift; return 'http://127.0.0.1:' . $s->port('sim') . '/_sim' }

# Runs a command to its end; dies with its output when it fails.
sub run
{
	my ($self, @command) = @_;
	my $pid = open(my $out, '-|') // croak "fork: $!";
	if (!$pid)
	{
		open STDERR, '>&', \*STDOUT;
		chdir $self->{dir};
		exec $self->as_user(@command) or _exit(127);
	}
	local $/;
	my $text = <$out>;
	close $out;
	croak "@command failed:\n$text" if $?;
	return $text;
}

# The private PostgreSQL installation, which all tests of a checkout share.
sub bin
{
	my ($self) = @_;
	return $self->{bin} if $self->{bin};
	my $tree = $self->{tree} // dirname($self->{dir}) . '/tree';
	my $bin = `'$TOP/test/env/server-tree' '$tree'`;
	croak "server-tree failed" if $?;
	chomp $bin;
	return $self->{bin} = $bin;
}

sub init_cluster
{
	my ($self, $data) = @_;
	$self->run($self->bin . '/initdb', '-D', $data, '-A', 'trust', '-U', 'postgres', '--locale=C.UTF-8', '-E', 'UTF8',
		'--no-sync', '--no-instructions');
}

# What a new cluster depends on, as a digest: the server, and with a database what makes that, too.
sub template_key
{
	my ($self, $with_database) = @_;
	my $digest = Digest::SHA->new(256);

	$digest->add($self->run($self->bin . '/postgres', '--version'), (stat $self->bin . '/postgres')[9]);
	if ($with_database)
	{
		my @scripts = grep { !/--.*--/ } glob "$TOP/extension/veza--*.sql";
		$digest->addfile($_) for "$TOP/sql/roles.sql", "$TOP/extension/veza.so", @scripts;
	}
	return substr $digest->hexdigest, 0, 16;
}

# Makes the data directory of a new cluster, with the database when that is wanted, as a copy of one that the tests
# of a checkout share: what it takes to make one would be a great part of what a test takes.
sub copy_cluster
{
	my ($self, $data, $with_database) = @_;
	my $kind = $with_database ? 'database' : 'cluster';
	my $base = dirname($self->{dir});
	my $template = "$base/$kind-" . $self->template_key($with_database);

	open(my $lock, '>', "$base/$kind.lock") or croak "$base/$kind.lock: $!";
	flock($lock, LOCK_SH) or croak "flock: $!";
	if (!-e $template)
	{
		flock($lock, LOCK_EX) or croak "flock: $!";
		if (!-e $template)
		{
			remove_tree(glob "$base/$kind-*");
			my $maker = Veza::Stack->new;
			if ($with_database)
			{
				$maker->start_postgres;
				$maker->create_database;
				$maker->stop_postgres('fast');
			}
			else { $maker->init_cluster("$maker->{dir}/data") }
			rename "$maker->{dir}/data", $template or croak "$template: $!";
			remove_tree($maker->{dir});
		}
	}
	$self->run('cp', '-a', '--reflink=auto', $template, $data);
}

# Starts the server; a new one gets the database when that is wanted.
sub start_postgres
{
	my ($self, %o) = @_;
	my $bin = $self->bin;
	my $data = "$self->{dir}/data";

	if (!-e "$data/PG_VERSION")
	{
		# What stays after a run is nobody's copy.
		if ($self->{keep}) { $self->init_cluster($data) }
		else               { $self->copy_cluster($data, $o{database}) }
	}
	my $fsync = $self->{fsync} ? 'on' : 'off';
	$self->write_file("$data/veza.conf", <<"CONF");
listen_addresses = ''
unix_socket_directories = '$self->{socket}'
max_connections = 100
shared_buffers = 128MB
fsync = $fsync
log_line_prefix = '%m [%p] %u %a '
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
client_connection_check_interval = 10s
jit = off
@{[ $self->{conf} // '' ]}
CONF
	my $conf = "$data/postgresql.conf";
	my $text = $self->read_file($conf);
	$self->write_file($conf, "$text\ninclude 'veza.conf'\n") if $text !~ /include 'veza.conf'/;
	$self->run("$bin/pg_ctl", '-D', $data, '-l', "$self->{dir}/postgres.log", '-w', '-t', '60', 'start');
	$self->{postgres} = 1;
}

sub postmaster_pid
{
	my ($self) = @_;
	return (split /\n/, $self->read_file("$self->{dir}/data/postmaster.pid"))[0];
}

# mode: fast, immediate or smart
sub stop_postgres
{
	my ($self, $mode) = @_;
	return if !$self->{postgres};
	$self->{postgres} = 0;
	eval { $self->run($self->bin . '/pg_ctl', '-D', "$self->{dir}/data", '-m', $mode // 'fast', '-w', 'stop'); };
}

sub connection
{
	my ($self, $role, $database) = @_;
	return sprintf('postgres://%s@/%s?host=%s', $role, $database // $self->{database}, $self->{socket} =~ s{/}{%2F}gr);
}

# Runs SQL as a role (default: the superuser); returns the rows as lists of texts. Dies on errors.
sub sql
{
	my ($self, $sql, %o) = @_;
	my ($out, $err, $code) = $self->psql($sql, %o);
	croak "$sql\n$err" if $code;
	return map { [ split /\x1f/, $_, -1 ] } split /\x1e/, $out =~ s/\x1e?\n?$//r;
}

# One value of one row.
sub sql_value
{
	my ($self, $sql, %o) = @_;
	my @rows = $self->sql($sql, %o);
	return $rows[0] ? $rows[0][0] : undef;
}

# Runs psql; returns output, error output, exit code. Options: role, database, args, raw.
sub psql
{
	my ($self, $sql, %o) = @_;
	my $err = File::Temp->new;
	my @command = ($self->bin . '/psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1',
		'-h', $self->{socket}, '-U', $o{role} // 'postgres', '-d', $o{database} // $self->{database},
		($o{raw} ? () : ('-A', '-t', '-F', "\x1f", '-R', "\x1e")), @{ $o{args} // [] });
	my $in = File::Temp->new;
	print $in $sql;
	close $in;
	my $pid = open(my $out, '-|') // croak "fork: $!";
	if (!$pid)
	{
		open STDERR, '>', $err->filename;
		open STDIN, '<', $in->filename;
		exec @command or _exit(127);
	}
	local $/;
	my $text = <$out> // '';
	close $out;
	my $code = $? >> 8;
	return ($text, $self->read_file($err->filename), $code);
}

# Creates the database with roles, extension and schema.
sub create_database
{
	my ($self, %o) = @_;
	my $name = $o{database} // $self->{database};
	$self->psql_file("$TOP/sql/roles.sql", database => 'postgres');
	$self->sql(qq(create database "$name"), database => 'postgres');
	$self->sql('create extension veza', database => $name) if !$o{empty};
	$self->sql("set client_min_messages = warning; call veza.migrate()", database => $name) if !$o{empty} && !$o{unmigrated};
}

# Brings a database of an earlier version, or of another build of this one, to what is installed; says whether it was one.
sub update_database
{
	my ($self, %o) = @_;
	my $build = "select probin from pg_proc where pronamespace = to_regnamespace('veza') and proname = 'version'";
	my $before = $self->sql_value($build, %o) // '';
	$self->psql_file("$TOP/sql/update.sql", %o);
	return $before ne $self->sql_value($build, %o);
}

sub psql_file
{
	my ($self, $file, %o) = @_;
	my ($out, $err, $code) = $self->psql("\\i $file", %o);
	croak "$file\n$err" if $code;
	return $out;
}

# The environment of httpd and relay.
sub environment
{
	my ($self) = @_;
	return (
		APP_ENV => 'test', APP_ADDRESS => '127.0.0.1',
		APP_PORT => $self->port('httpd'), ADMIN_PORT => $self->port('admin'),
		DATABASE_URL => $self->connection('veza_httpd'), RELAY_DATABASE_URL => $self->connection('veza_relay'),
		JWT_SECRET => 'test-jwt-secret-test-jwt-secret-test-jwt',
		REDIS_ENABLE => 'false', RABBITMQ_ENABLE => 'false', CLAMAV_ENABLE => 'false', ANALYSIS_WORKERS => 0, DISABLE_RATE_LIMIT_FOR_TESTS => 'true',
		HYPERSWITCH_ENABLED => 'true', HYPERSWITCH_BASE_URL => $self->psp_url,
		HYPERSWITCH_API_KEY => 'test-api-key', HYPERSWITCH_WEBHOOK_SECRET => 'test-webhook-secret',
		RELAY_POLL_INTERVAL => '100ms', RELAY_JOB_INTERVAL => '200ms', EVENT_STREAM_LIFETIME => '1s',
		%{ $self->{env} });
}

my %PROGRAMS = (
	httpd  => [ 'httpd/veza-httpd', 'httpd/veza-probe', 'httpd/veza-probe-guard.so' ],
	relay  => [ 'httpd/veza-relay' ],
	pspsim => [ 'psp/veza-pspsim' ],
	mailpage => [ 'test/env/mail-page' ],
	mail   => undef,
	clamd  => undef,
	redis  => undef);

# A mail server that keeps what it gets as files of a maildir, with which httpd and relay are configured from now on.
sub start_mail
{
	my ($self) = @_;
	$self->{env}{SMTP_HOST} = '127.0.0.1';
	$self->{env}{SMTP_PORT} = $self->port('mail');
	$self->{env}{SMTP_FROM} //= 'Veza <no-reply@veza.example>';
	$self->start('mail');
}

# A local page that shows them, as in make run.
sub start_mail_page { my ($self) = @_; return $self->start('mailpage') }

sub mail_page_url { my $s = shift; return 'http://localhost:' . $s->port('mailpage') }

# Redis, with which httpd is configured from now on. Debian's redis-server is another name of a program of
# redis-tools, which unlike the package redis-server starts nothing on the machine. Options: password.
sub start_redis
{
	my ($self, %o) = @_;
	$self->{redis_password} = $o{password} if exists $o{password};
	my $password = $self->{redis_password} // '';
	$self->{env}{REDIS_ENABLE} = 'true';
	$self->{env}{REDIS_URL} = 'redis://' . ($password ne '' ? ":$password@" : '') . '127.0.0.1:' . $self->port('redis') . '/2';
	$self->start('redis');
}

sub redis_command
{
	my ($self) = @_;
	my $name = "$self->{dir}/redis-server";
	symlink '/usr/bin/redis-check-rdb', $name if !-l $name;
	return ($name, '--port', $self->port('redis'), '--bind', '127.0.0.1', '--save', '', '--dir', $self->{dir},
		(($self->{redis_password} // '') ne '' ? ('--requirepass', $self->{redis_password}) : ()));
}

# clamd, with which httpd is configured from now on. Its only signature is a text: files that hold it are infected.
# Options: signature.
sub start_clamd
{
	my ($self, %o) = @_;
	my $database = "$self->{dir}/clamav";
	make_path($database);
	$self->write_file("$database/test.ndb", 'Veza.Test:0:*:' . unpack('H*', $o{signature} // 'this is a virus') . "\n");
	$self->write_file("$self->{dir}/clamd.conf", join '', map { "$_\n" } 'Foreground yes', "DatabaseDirectory $database", 'TCPAddr 127.0.0.1', 'TCPSocket ' . $self->port('clamd'),
		'StreamMaxLength 4M', 'MaxThreads 4', 'SelfCheck 0', 'Bytecode no', "TemporaryDirectory $self->{dir}");
	$self->own($database, "$self->{dir}/clamd.conf");
	@{ $self->{env} }{qw(CLAMAV_ENABLE CLAMAV_ADDRESS)} = ('true', '127.0.0.1:' . $self->port('clamd'));
	return $self->start('clamd');
}

# What redis-cli says to a command.
sub redis
{
	my ($self, @command) = @_;
	local $ENV{REDISCLI_AUTH} = $self->{redis_password} // '';
	delete $ENV{REDISCLI_AUTH} if $ENV{REDISCLI_AUTH} eq '';
	open(my $out, '-|', '/usr/bin/redis-cli', '--no-auth-warning', '-p', $self->port('redis'), '-n', 2, @command) or croak "redis-cli: $!";
	local $/;
	return scalar(<$out>) // '';
}

# The mails that came, oldest first, each as one text.
sub mails
{
	my ($self) = @_;
	# A maildir names its files by seconds, microseconds and a counter, none of them padded.
	my %when = map { $_ => [ m{/(\d+)\.M(\d+)P\d+Q(\d+)\.[^/]*$} ] } glob "$self->{dir}/mail/new/*";
	my @files = sort { $when{$a}[0] <=> $when{$b}[0] || $when{$a}[1] <=> $when{$b}[1] || $when{$a}[2] <=> $when{$b}[2] } keys %when;
	return map { $self->read_file($_) } @files;
}

# The path of a program; a copy of it, and of what it looks for beside itself, when its user may not be able to enter the checkout.
sub program
{
	my ($self, $name) = @_;
	my ($path, @beside) = map { (m{^test/} ? $TOP : $self->{build}) . "/$_" } @{ $PROGRAMS{$name} };
	return $path if $> != 0 || index($self->{dir}, $TOP) == 0;
	my $copies = "$self->{dir}/programs";
	make_path($copies);
	for my $file ($path, grep { -e } @beside)
	{
		my $copy = "$copies/" . basename($file);
		copy($file, "$copy.new") or croak "$file: $!";
		chmod 0755, "$copy.new";
		rename "$copy.new", $copy or croak "$copy: $!";
	}
	return "$copies/" . basename($path);
}

# Starts httpd, relay or pspsim and waits until it answers. Options: as (a name of
# its own, for a second one), env (more configuration), nowait.
sub start
{
	my ($self, $program, %o) = @_;
	my $as = $o{as} // $program;
	my %env = ($self->environment, %{ $o{env} // {} });
	my @command = $program eq 'redis' ? $self->redis_command
	  : $program eq 'mail' ? ('/usr/bin/python3', '-m', 'aiosmtpd', '-n', '-l', '127.0.0.1:' . $self->port('mail'), @{ $o{args} // [] }, '-c', 'aiosmtpd.handlers.Mailbox', "$self->{dir}/mail")
	  : $program eq 'clamd' ? ('/usr/sbin/clamd', "--config-file=$self->{dir}/clamd.conf")
	  : $program eq 'mailpage' ? ($self->program($program), "$self->{dir}/mail", $self->port('mailpage'))
	  : ($self->program($program), @{ $o{args} // [] });

	croak "$as is running already" if $self->{pids}{$as};
	if ($program eq 'pspsim')
	{
		push @command, '--port', $self->port('psp'), '--control-port', $self->port('sim'),
		  '--webhook-url', $self->url . '/api/v1/webhooks/hyperswitch',
		  '--time-scale', $self->{time_scale} // '0.001', @{ $self->{pspsim_args} // [] };
		%env = (%env, PSPSIM_API_KEY => $env{HYPERSWITCH_API_KEY}, PSPSIM_WEBHOOK_SECRET => $env{HYPERSWITCH_WEBHOOK_SECRET});
	}
	my $log = "$self->{dir}/$as.log";
	my $pid = fork() // croak "fork: $!";
	if (!$pid)
	{
		setsid() if $self->{own_session};
		chdir $self->{dir};
		delete @ENV{ grep { /^(APP|DB|JWT|HYPERSWITCH|REDIS|RABBITMQ|RELAY|HTTP|PSPSIM|SMTP|FRONTEND|CLAMAV|ANALYSIS)_/ } keys %ENV };
		@ENV{ keys %env } = values %env;
		open STDIN, '<', '/dev/null';
		open STDOUT, '>>', $log or _exit(126);
		open STDERR, '>&', \*STDOUT;
		# Nothing outlives the one who started it, however that one ends.
		exec 'setpriv', '--pdeathsig=TERM', ($> == 0 ? ('--reuid=postgres', '--regid=postgres', '--init-groups') : ()),
		  '--', @command or _exit(127);
	}
	$self->{pids}{$as} = $pid;
	$self->{logs}{$as} = $log;
	return $pid if $o{nowait};
	$self->wait_for($program, $as, \%env);
	return $pid;
}

# How many times longer than on an idle machine a thing may take: as often as there are more
# processes that want a core than half of the cores.
sub slowness
{
	my ($load, $running) = Veza::Stack->read_file('/proc/loadavg') =~ m{^([\d.]+) \S+ \S+ (\d+)/} or return 1;
	my $cores = () = Veza::Stack->read_file('/proc/cpuinfo') =~ /^processor\b/mg;
	my $slowness = 2 * ($load > $running ? $load : $running) / ($cores || 1);
	return $slowness < 1 ? 1 : $slowness > 20 ? 20 : $slowness;
}

# Waits until a program does its work.
sub wait_for
{
	my ($self, $program, $as, $env) = @_;
	my $end = time + 120;

	while (time < $end)
	{
		return if $program eq 'httpd' && $self->answers($env->{APP_PORT}, '/readyz');
		return if $program eq 'pspsim' && $self->answers($self->port('sim'), '/_sim/health');
		return if $program eq 'mailpage' && $self->answers($self->port('mailpage'), '/');
		return if $program eq 'relay' && $self->relay_lives($as);
		return if $program eq 'redis' && IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->port('redis'))
		  && $self->redis('PING') =~ /PONG/;
		return if $program eq 'clamd' && $self->clamd_answers;
		return if $program eq 'mail' && IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->port('mail'));
		if (waitpid($self->{pids}{$as}, WNOHANG) > 0)
		{
			delete $self->{pids}{$as};
			croak "$as ended:\n" . $self->tail($as);
		}
		sleep 0.02;
	}
	croak "$as does not answer:\n" . $self->tail($as);
}

sub clamd_answers
{
	my ($self) = @_;
	my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->port('clamd'), Timeout => 1) or return 0;
	print $s "nPING\n";
	return (<$s> // '') =~ /^PONG/;
}

sub answers
{
	my ($self, $port, $path) = @_;
	my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 1) or return 0;
	print $s "GET $path HTTP/1.0\r\nHost: localhost:$port\r\n\r\n";
	my $line = <$s> // '';
	return $line =~ m{^HTTP/1\.\d 200};
}

sub relay_lives
{
	my ($self, $as) = @_;
	my $found = eval {
		$self->sql_value("select count(*) from veza_data.relay r where heartbeat_at > now() - interval '2 seconds'"
			. " and started_at > now() - interval '120 seconds' and exists (select from pg_stat_get_activity(r.pid))");
	};
	return $found;
}

# The last lines of a program's log.
sub tail
{
	my ($self, $as) = @_;
	my @lines = split /\n/, (-e ($self->{logs}{$as} // '') ? $self->read_file($self->{logs}{$as}) : '');
	return join("\n", @lines > 30 ? @lines[ -30 .. -1 ] : @lines);
}

# Sends a signal (default TERM) and waits for the end; returns the wait status.
sub stop
{
	my ($self, $as, $signal) = @_;
	my $pid = delete $self->{pids}{$as} or return;
	kill $signal // 'TERM', $pid;
	my $end = time + 40;
	while (time < $end)
	{
		my $got = waitpid($pid, WNOHANG);
		return $? if $got == $pid;
		return if $got < 0;
		sleep 0.01;
	}
	kill 'KILL', $pid;
	waitpid($pid, 0);
	croak "$as did not stop";
}

sub is_running
{
	my ($self, $as) = @_;
	my $pid = $self->{pids}{$as} or return 0;
	return 1 if waitpid($pid, WNOHANG) == 0;
	delete $self->{pids}{$as};
	return 0;
}

sub stop_all
{
	my ($self) = @_;
	for my $as (sort { ($b =~ /relay/) <=> ($a =~ /relay/) } keys %{ $self->{pids} })
	{
		eval { $self->stop($as) };
	}
	$self->stop_postgres('fast');
	remove_tree($self->{dir}) if !$self->{keep};
}

sub read_file
{
	my ($self, $path) = @_;
	open(my $f, '<', $path) or croak "$path: $!";
	local $/;
	return scalar(<$f>) // '';
}

sub write_file
{
	my ($self, $path, $text) = @_;
	open(my $f, '>', $path) or croak "$path: $!";
	print $f $text;
	close $f;
	$self->own($path);
}

1;
