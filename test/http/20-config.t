#!/usr/bin/perl
# The configuration of veza-httpd and veza-relay: where values come from, what
# is refused, what is shown, and that no secret ever is.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Temp qw(tempdir);
use IPC::Open3 qw(open3);
use Symbol qw(gensym);
use Test::More;
use Veza::Test;

my $top = $Veza::Stack::TOP;
my $dir = tempdir(CLEANUP => 1);

# The environment in which development is configured, and production.
my %minimal = (DATABASE_URL => 'postgres://veza_httpd@127.0.0.1:1/veza', JWT_SECRET => 'j' x 32);
my %production = (%minimal, APP_ENV => 'production', CHAT_JWT_SECRET => 'c' x 32, CORS_ALLOWED_ORIGINS => 'https://app.example.test',
	RABBITMQ_URL => 'amqp://veza:x@mq.example.test/');

# Runs a program in a directory of its own with this environment and nothing else. Options:
# program, files (name => text). Returns output, error output, exit code.
sub run_program
{
	my ($env, $args, %o) = @_;
	my $cwd = tempdir(DIR => $dir);
	for my $name (keys %{ $o{files} // {} })
	{
		open(my $f, '>', "$cwd/$name") or die "$name: $!";
		print $f $o{files}{$name};
		close $f;
	}
	local %ENV = (PATH => $ENV{PATH}, %$env);
	my $pid = open3(my $in, my $out, my $err = gensym, 'sh', '-c', 'cd "$1" && shift && exec "$@"', 'sh', $cwd,
		"$top/.build/httpd/" . ($o{program} // 'veza-httpd'), @$args);
	close $in;
	local $/;
	my ($text, $errors) = (scalar <$out> // '', scalar <$err> // '');
	waitpid $pid, 0;
	return ($text, $errors, $? >> 8);
}

# The dump as name => [value, origin]; undef for a value that is not shown.
sub dump_of
{
	my ($env, %o) = @_;
	my ($out) = run_program($env, ['--dump-config'], %o);
	my %found;
	for (split /\n/, $out)
	{
		if (/^(\w+)=(.*) # (.+)$/) { $found{$1} = [ $2, $3 ] }
		elsif (/^# (\w+) is not set$/) { $found{$1} = [ undef, 'not set' ] }
		elsif (/^# (\w+) is set by (.+); secret$/) { $found{$1} = [ undef, $2 ] }
		else { $found{"line $_"} = [ $_, 'nothing' ] }
	}
	return \%found;
}

# The names that errors are about.
sub names_in { my ($errors) = @_; return sort $errors =~ /^([A-Z][A-Z0-9_]+) /mg }

my @promised = qw(
	JWT_SECRET DATABASE_URL APP_ENV CORS_ALLOWED_ORIGINS DB_MAX_RETRIES DB_RETRY_INTERVAL REDIS_URL REDIS_ENABLE
	RABBITMQ_URL RABBITMQ_ENABLE RABBITMQ_MAX_RETRIES RABBITMQ_RETRY_INTERVAL CLAMAV_REQUIRED CLAMAV_ADDRESS
	UPLOAD_DIR MAX_CONCURRENT_UPLOADS APP_PORT HANDLER_TIMEOUT JWT_ISSUER JWT_AUDIENCE CHAT_JWT_SECRET
	RATE_LIMIT_LIMIT RATE_LIMIT_WINDOW RATE_LIMIT_REGISTER RATE_LIMIT_RESEND RATE_LIMIT_RESET_REQUEST RATE_LIMIT_RESET
	RATE_LIMIT_REFRESH RATE_LIMIT_LOOKUP RATE_LIMIT_UPLOAD AUTH_RATE_LIMIT_LOGIN_ATTEMPTS AUTH_RATE_LIMIT_LOGIN_WINDOW
	SENTRY_DSN SENTRY_ENVIRONMENT SENTRY_SAMPLE_RATE_ERRORS SENTRY_SAMPLE_RATE_TRANSACTIONS LOG_LEVEL
	STREAM_SERVER_URL STREAM_SERVER_INTERNAL_API_KEY CHAT_SERVER_URL
	CSRF_DISABLED BYPASS_CONTENT_CREATOR_ROLE DISABLE_RATE_LIMIT_FOR_TESTS
	HYPERSWITCH_ENABLED HYPERSWITCH_BASE_URL HYPERSWITCH_API_KEY HYPERSWITCH_PUBLISHABLE_KEY HYPERSWITCH_PROFILE_ID
	HYPERSWITCH_WEBHOOK_SECRET SIGNED_URL_SECRET FRONTEND_URL SMTP_HOST SMTP_PORT SMTP_USERNAME SMTP_PASSWORD SMTP_FROM
	JWT_ACCESS_TTL JWT_REFRESH_TTL TRUSTED_PROXIES);

subtest 'every promised variable is shown with its origin' => sub {
	my $dump = dump_of(\%minimal);
	is_deeply([ grep { !$dump->{$_} } @promised ], [], 'all of them');
	is_deeply([ grep { $dump->{$_}[1] !~ /^(?:default|environment|not set)$/ } sort keys %$dump ], [], 'each with an origin');
	my %default = (DB_MAX_RETRIES => 5, DB_RETRY_INTERVAL => '5s', REDIS_URL => 'redis://localhost:6379', REDIS_ENABLE => 'true',
		RABBITMQ_ENABLE => 'true', RABBITMQ_MAX_RETRIES => 3, RABBITMQ_RETRY_INTERVAL => '2s', CLAMAV_ADDRESS => 'localhost:3310',
		UPLOAD_DIR => 'uploads', MAX_CONCURRENT_UPLOADS => 10, APP_PORT => 8080, HANDLER_TIMEOUT => '30s', JWT_ISSUER => 'veza-api',
		JWT_AUDIENCE => 'veza-app', AUTH_RATE_LIMIT_LOGIN_ATTEMPTS => 5, AUTH_RATE_LIMIT_LOGIN_WINDOW => 1, RATE_LIMIT_WINDOW => 60,
		SENTRY_SAMPLE_RATE_ERRORS => '1.0', SENTRY_SAMPLE_RATE_TRANSACTIONS => '0.1', LOG_LEVEL => 'INFO',
		STREAM_SERVER_URL => 'http://localhost:8082', CHAT_SERVER_URL => 'http://localhost:8081', CSRF_DISABLED => 'false',
		BYPASS_CONTENT_CREATOR_ROLE => 'false', DISABLE_RATE_LIMIT_FOR_TESTS => 'false', APP_ENV => 'development', ADMIN_PORT => 8081,
		RABBITMQ_URL => 'amqp://guest:***@localhost:5672/', HYPERSWITCH_ENABLED => 'false');
	is_deeply({ map { $_ => $dump->{$_}[0] } keys %default }, \%default, 'the documented defaults');
	my $processors = `nproc`;
	is($dump->{HTTP_LOOPS}[0], $processors + 0, 'one loop per processor');
	for my $case ([ development => 1000, 'false' ], [ test => 1000, 'false' ], [ staging => 200, 'true' ], [ production => 200, 'true' ])
	{
		my ($env, $limit, $clamav) = @$case;
		my $d = dump_of({ %production, APP_ENV => $env });
		is(join(' ', map { $d->{"RATE_LIMIT_$_"}[0] } qw(REGISTER RESEND RESET_REQUEST RESET REFRESH LOOKUP UPLOAD)),
			$clamav eq 'true' ? '3 3 3 5 120 10 20' : '20 20 20 20 1200 60 200', "the limits of APP_ENV=$env");
		is("$d->{RATE_LIMIT_LIMIT}[0] $d->{CLAMAV_REQUIRED}[0] $d->{SENTRY_ENVIRONMENT}[0]", "$limit $clamav $env", "what depends on APP_ENV=$env");
	}
};

subtest 'no secret is shown' => sub {
	my %planted = (
		JWT_SECRET => 'planted-01-' . 'x' x 32, CHAT_JWT_SECRET => 'planted-02-' . 'x' x 32, SIGNED_URL_SECRET => 'planted-03-' . 'x' x 32,
		HYPERSWITCH_API_KEY => 'planted-04', HYPERSWITCH_WEBHOOK_SECRET => 'planted-05', STREAM_SERVER_INTERNAL_API_KEY => 'planted-06',
		SMTP_PASSWORD => 'planted-07', DATABASE_URL => 'postgres://veza_httpd:planted-08@127.0.0.1:1/veza',
		RELAY_DATABASE_URL => 'postgres://veza_relay@127.0.0.1:1/veza?sslmode=prefer&password=planted-09',
		REDIS_URL => 'redis://:planted-10@localhost:6379', RABBITMQ_URL => 'amqp://veza:planted-11@localhost:5672/',
		SENTRY_DSN => 'https://planted-12@errors.example.test/1', CHAT_SERVER_URL => 'http://me:planted-13@localhost:8081',
		STREAM_SERVER_URL => 'http://me:pl@nted:planted-14@localhost:8082/path', FRONTEND_URL => 'https://me:planted-15@app.example.test/x?y#z',
		HYPERSWITCH_BASE_URL => 'https://me:planted-16@psp.example.test');
	for my $case ([ 'veza-httpd', '--dump-config', 0 ], [ 'veza-httpd', '--check', 1 ], [ 'veza-relay', '--check', 1 ])
	{
		my ($out, $err, $code) = run_program(\%planted, [ $case->[1] ], program => $case->[0]);
		is($code, $case->[2], "$case->[0] $case->[1]");
		unlike($out . $err, qr/planted|pl\@nted/, 'shows none');
	}
	my ($out, $err) = run_program({ map { $_ => $planted{$_} } grep { /_URL$|_DSN$/ } keys %planted }, ['--dump-config']);
	like($out, qr{^DATABASE_URL=postgres://veza_httpd:\*\*\*\@127\.0\.0\.1:1/veza # environment$}m, 'the rest of an address is shown');
	unlike($err, qr/planted/, 'errors show none');
	($out, $err) = run_program({ JWT_SECRET => 'planted-17', DATABASE_URL => 'planted-18', SMTP_PASSWORD => 'planted-19', SMTP_PORT => 'x',
		REDIS_URL => 'planted-20', APP_PORT => 'planted-21' }, ['--check']);
	unlike($out . $err, qr/planted-(?!21)/, 'nor do errors about them');
	($out, $err) = run_program({ %minimal }, ['--dump-config'], files => { '.env' => "SMTP_PASSWORD=planted-22\nREDIS_URL=redis://:planted-23\@h\n" });
	unlike($out . $err, qr/planted/, 'from a file neither');
	($out, $err) = run_program({ %planted, DB_MAX_RETRIES => 0, LOG_LEVEL => 'DEBUG', APP_PORT => Veza::Stack->free_port }, []);
	like($out, qr/cannot connect to the database/, 'a start without a database');
	unlike($out . $err, qr/planted/, 'logs none');
};

subtest 'what is stronger' => sub {
	my %files = ('.env' => "LOG_LEVEL=WARN\nJWT_ISSUER=from-env\nUPLOAD_DIR=from-env\n",
		'.env.test' => "JWT_ISSUER=from-env-test\nUPLOAD_DIR=from-env-test\n", '.env.staging' => "UPLOAD_DIR=wrong\n");
	my $d = dump_of({ %minimal, APP_ENV => 'test', UPLOAD_DIR => 'from-environment' }, files => \%files);
	is_deeply($d->{UPLOAD_DIR}, [ 'from-environment', 'environment' ], 'the environment');
	is($d->{JWT_ISSUER}[0], 'from-env-test', 'then .env.<APP_ENV>');
	like($d->{JWT_ISSUER}[1], qr/^\.env\.(?:test|<APP_ENV>)$/, 'which is named');
	is_deeply($d->{LOG_LEVEL}, [ 'WARN', '.env' ], 'then .env');
	is_deeply($d->{JWT_AUDIENCE}, [ 'veza-app', 'default' ], 'then the default');
	$d = dump_of({%minimal}, files => { %files, '.env' => "APP_ENV=staging\n$files{'.env'}" });
	is($d->{UPLOAD_DIR}[0], 'wrong', 'APP_ENV may stand in .env');
	$d = dump_of({ %minimal, UPLOAD_DIR => '' }, files => \%files);
	is($d->{UPLOAD_DIR}[0], 'from-env', 'an empty variable is none');
	is_deeply([ run_program({}, ['--dump-config'], files => { '.env' => join '', map { "$_=$minimal{$_}\n" } keys %minimal }) ]->[2], 0, 'everything may stand in .env');
};

subtest 'files' => sub {
	my $d = dump_of({%minimal}, files => { '.env' => <<"ENV" });
# a comment
\t
export JWT_ISSUER = spaced out \r
JWT_AUDIENCE="quoted # not a comment"
UPLOAD_DIR='single'   \t
CLAMAV_ADDRESS=plain # a comment
SMTP_FROM=a=b=c
SOMETHING_ELSE=1
ENV
	is($d->{JWT_ISSUER}[0], 'spaced out', 'export and blanks');
	is($d->{JWT_AUDIENCE}[0], 'quoted # not a comment', 'quotes');
	is($d->{UPLOAD_DIR}[0], 'single', 'single quotes');
	is($d->{CLAMAV_ADDRESS}[0], 'plain', 'a comment behind a value');
	is($d->{SMTP_FROM}[0], 'a=b=c', 'the first = counts');
	my ($out, $err, $code) = run_program({%minimal}, ['--dump-config'], files => { '.env' => "LOG_LEVEL=INFO\nnonsense\n" });
	is($code, 1, 'a line that is none is an error');
	like($err, qr/^\.\/\.env:2: /m, 'named with its number');
};

subtest 'all errors at once' => sub {
	my ($out, $err, $code) = run_program({ APP_PORT => 'x', LOG_LEVEL => 'loud', JWT_SECRET => 'short', APP_ENV => 'moon',
		HANDLER_TIMEOUT => '10 parsecs', REDIS_URL => 'localhost' }, [], files => { '.env' => "SMTP_PORT=0\n" });
	is($code, 1, 'exit code 1');
	is_deeply([ names_in($err) ], [ sort qw(APP_PORT LOG_LEVEL JWT_SECRET APP_ENV HANDLER_TIMEOUT REDIS_URL SMTP_PORT DATABASE_URL) ], 'all are named')
	  or diag $err;
	like($err, qr/^veza-httpd: 8 errors in the configuration$/m, 'and counted');
	like($err, qr/^SMTP_PORT .*\(\.env\)$/m, 'with where it stands');
	is($out, '', 'nothing is started');
	($out, $err, $code) = run_program({ APP_PORT => 'x' }, ['--dump-config']);
	is($code, 1, '--dump-config fails as well');
	like($out, qr/^APP_PORT=x # environment$/m, 'and shows');
	($out, $err, $code) = run_program({ APP_PORT => 'x' }, [], program => 'veza-relay');
	is($code, 1, 'veza-relay too');
	is_deeply([ names_in($err) ], [ sort qw(APP_PORT DATABASE_URL JWT_SECRET RELAY_DATABASE_URL) ], 'names its own');
};

subtest 'values that are none' => sub {
	my %bad = (APP_PORT => [qw(0 65536 -1 80x 1e3 8080.5 99999999999999999999)], HTTP_LOOPS => [qw(0 65)], BODY_LIMIT => [qw(1023 67108865)],
		HANDLER_TIMEOUT => [qw(99ms 601s 1x -5s s 5sec)], DB_RETRY_INTERVAL => [qw(9ms 11m)], CSRF_DISABLED => [qw(maybe 2 tru)],
		SENTRY_SAMPLE_RATE_ERRORS => [qw(1.1 -0.1 nan x 0.5x)], LOG_LEVEL => [qw(info TRACE)], APP_ENV => [qw(Production prod)],
		CORS_ALLOWED_ORIGINS => [ '*', 'https://app.example/', 'https://*.example', 'app.example', 'https://app.example,https://App.example' ],
		FRONTEND_URL => ['app.example.test'], TRUSTED_PROXIES => [ '10.0.0.0/33', 'localhost', '10.0.0.1;10.0.0.2' ],
		REDIS_URL => [qw(rediss://h redis://h/x)], RATE_LIMIT_REGISTER => [qw(0 -1 x)], SIGNED_URL_SECRET => ['s' x 31], CHAT_JWT_SECRET => ['s' x 31], JWT_SECRET => ['s' x 31]);
	for my $name (sort keys %bad)
	{
		for my $value (@{ $bad{$name} })
		{
			my (undef, $err, $code) = run_program({ %minimal, $name => $value }, ['--dump-config']);
			# The default of ADMIN_PORT follows APP_PORT.
			is($code . ' ' . join(' ', grep { $_ ne 'ADMIN_PORT' } names_in($err)), "1 $name", "$name=$value");
		}
	}
	my %good = (APP_PORT => [ 1, 65534 ], HANDLER_TIMEOUT => [ '100ms', '600s', '10m', '30' ], CSRF_DISABLED => [qw(TRUE 1 yes on No 0 off)],
		SENTRY_SAMPLE_RATE_ERRORS => [ 0, 1, '0.25' ], JWT_SECRET => [ 's' x 32 ],
		TRUSTED_PROXIES => ['10.0.0.0/8, 127.0.0.1 2001:db8::/32'], REDIS_URL => ['redis://u:p%40@[::1]:1/3']);
	for my $name (sort keys %good)
	{
		for my $value (@{ $good{$name} })
		{
			my (undef, $err, $code) = run_program({ %minimal, $name => $value }, ['--dump-config']);
			is($code, 0, "$name=$value") or diag $err;
		}
	}
};

subtest 'production is strict' => sub {
	my (undef, $err, $code) = run_program(\%production, ['--dump-config']);
	is($code, 0, 'a proper configuration passes') or diag $err;
	my $payments = { HYPERSWITCH_ENABLED => 'true', HYPERSWITCH_API_KEY => 'k', HYPERSWITCH_WEBHOOK_SECRET => 'w', HYPERSWITCH_BASE_URL => 'https://psp.example.test' };
	(undef, $err, $code) = run_program({ %production, %$payments }, ['--dump-config']);
	is($code, 0, 'also with payments') or diag $err;
	my @wrong = (
		[ CORS_ALLOWED_ORIGINS => '' ], [ CORS_ALLOWED_ORIGINS => '*' ], [ CORS_ALLOWED_ORIGINS => 'https://a.example.test,*' ],
		[ CSRF_DISABLED => 'true' ], [ BYPASS_CONTENT_CREATOR_ROLE => '1' ], [ DISABLE_RATE_LIMIT_FOR_TESTS => 'yes' ],
		[ JWT_SECRET => 'short' ], [ JWT_SECRET => '' ], [ CHAT_JWT_SECRET => '' ], [ CHAT_JWT_SECRET => 'short' ], [ DATABASE_URL => '' ],
		[ RABBITMQ_URL => 'amqp://guest:guest@mq.example.test/' ], [ RABBITMQ_URL => '' ],
		[ HYPERSWITCH_API_KEY => '', $payments ], [ HYPERSWITCH_WEBHOOK_SECRET => '', $payments ], [ HYPERSWITCH_BASE_URL => 'http://psp.example.test', $payments ]);
	for my $case (@wrong)
	{
		my ($name, $value, $more) = @$case;
		my (undef, $errors, $exit) = run_program({ %production, %{ $more // {} }, $name => $value }, ['--dump-config']);
		is($exit . ' ' . join(' ', names_in($errors)), "1 $name", "$name=$value is refused");
	}
	for my $env (qw(development test staging))
	{
		my (undef, $errors, $exit) = run_program({ %minimal, APP_ENV => $env, CSRF_DISABLED => 'true', BYPASS_CONTENT_CREATOR_ROLE => 'true',
			DISABLE_RATE_LIMIT_FOR_TESTS => 'true' }, ['--dump-config']);
		is($exit, 0, "$env allows it") or diag $errors;
	}
	my (undef, $errors, $exit) = run_program({ APP_ENV => 'production', CSRF_DISABLED => 'true', JWT_SECRET => 'x' }, []);
	is($exit . ' ' . join(' ', names_in($errors)), '1 CHAT_JWT_SECRET CORS_ALLOWED_ORIGINS CSRF_DISABLED DATABASE_URL JWT_SECRET RABBITMQ_URL',
		'all are named at once, and the server does not start');
};

subtest 'the example' => sub {
	my ($example, $err, $code) = run_program({}, ['--print-example-config']);
	is($code, 0, '--print-example-config needs no configuration');
	is($err, '', 'and complains of none');
	SKIP: {
		ok(-e "$top/.env.example", '.env.example is committed') or skip 'no file', 1;
		open(my $f, '<', "$top/.env.example") or die;
		local $/;
		is(<$f>, $example, 'and is what the program prints');
	}
	is_deeply([ grep { $example !~ /^#?$_=/m } keys %{ dump_of(\%minimal) } ], [], 'every variable stands in it');
	my ($out, $errors, $exit) = run_program({}, ['--dump-config'], files => { '.env' => $example });
	is($exit, 0, 'it is valid as it stands') or diag $errors;
	my $all = $example =~ s/^#([A-Z][A-Z0-9_]*=)/$1/mgr;
	($out, $errors, $exit) = run_program({}, ['--dump-config'], files => { '.env' => $all });
	is($exit, 0, 'with every line uncommented as well') or diag $errors;
	my ($plain, $full) = map { dump_of({}, files => { '.env' => $_ }) } $example, $all;
	is_deeply([ grep { ($plain->{$_}[0] // '') ne ($full->{$_}[0] // '') } sort keys %$plain ], [], 'a commented line shows the default');
};

subtest 'options' => sub {
	for my $program (qw(veza-httpd veza-relay))
	{
		my ($out, $err, $code) = run_program({}, ['--help'], program => $program);
		is("$code $err", '0 ', "$program --help");
		like($out, qr/^usage: $program /, 'prints the usage');
		($out, $err, $code) = run_program({}, ['--version'], program => $program);
		is("$code $err", '0 ', "$program --version");
		like($out, qr/^$program \d+\.\d+\.\d+ \(build [0-9a-f]{8}\)\n\z/, 'prints version and build');
		($out, $err, $code) = run_program({}, ['--hlep'], program => $program);
		is("$code $out", '2 ', "$program with an unknown option");
		like($err, qr/^usage: $program /, 'prints the usage to standard error');
		($out, $err, $code) = run_program({}, [ '--help', 'more' ], program => $program) if $program eq 'veza-httpd';
		is($code, 2, 'two options are too many');
	}
};

subtest '--check compares with max_connections' => sub {
	my $s = stack(database => 0);
	$s->create_database;
	my %env = (%minimal, DATABASE_URL => $s->connection('veza_httpd'), HTTP_LOOPS => 2);
	my ($out, $err, $code) = run_program(\%env, ['--check']);
	is($code, 0, 'the default fits') or diag $err;
	like($out, qr/^34 database connections: 2 loops of 16/m, 'it says how many');
	like($out, qr/^max_connections leaves 97: room for 2 instances$/m, 'and what there is');
	($out, $err, $code) = run_program({ %env, DB_WAIT_CONNECTIONS => 40 }, ['--check']);
	is("$code", '1', 'one too many fails');
	like($err, qr/more connections than the database has/, 'and says so');
	($out, $err, $code) = run_program({ %env, DB_WAIT_CONNECTIONS => 39 }, ['--check']);
	is($code, 0, 'as many as fit');
};

subtest '--check asks the database' => sub {
	my $s = stack(database => 0);
	$s->create_database(database => $_->[0], @{ $_->[1] }) for [ fits => [] ], [ empty => [ unmigrated => 1 ] ], [ bare => [ empty => 1 ] ];
	$s->sql("create role somebody login; create role chief login superuser", database => 'postgres');
	my %of = (httpd => [ 'veza-httpd', 'DATABASE_URL', 'veza_httpd' ], relay => [ 'veza-relay', 'RELAY_DATABASE_URL', 'veza_relay' ]);
	for my $name (sort keys %of)
	{
		my ($program, $variable, $role) = @{ $of{$name} };
		my $check = sub {
			my ($url, %env) = @_;
			return run_program({ %minimal, HTTP_LOOPS => 1, $variable => $url, %env }, ['--check'], program => $program);
		};
		my ($out, $err, $code) = $check->($s->connection($role, 'fits'));
		is("$code$err", '0', "$program: all is well");
		like($out, qr/^connected as $role$/m, 'it says as whom');
		like($out, qr/^the schema is ready$/m, 'and how the schema is');
		for my $case ([ 'nobody listens', 'postgres://x@127.0.0.1:1/veza', qr/^$variable: the database cannot be asked: .*refused/m ],
			[ 'no such database', $s->connection($role, 'absent'), qr/^$variable: the database cannot be asked: .*"absent" does not exist/m ],
			[ 'no such role', $s->connection('nobody', 'fits'), qr/^$variable: the database cannot be asked: .*role "nobody" does not exist/m ],
			[ 'another role', $s->connection('somebody', 'fits'), qr/^somebody may not call veza\.\w+: it is not the role for this program$/m ],
			[ "the other program's role", $s->connection($name eq 'httpd' ? 'veza_relay' : 'veza_httpd', 'fits'), qr/^veza_\w+ may not call veza\.\w+/m ],
			[ 'a superuser', $s->connection('chief', 'fits'), qr/^chief is a superuser/m ],
			[ 'no extension', $s->connection($role, 'bare'), qr/^the database has no function veza\.\w+: run CREATE EXTENSION veza;/m ])
		{
			my ($what, $url, $expected) = @$case;
			($out, $err, $code) = $check->($url);
			is($code, 1, "$program: $what is an error");
			like($err, $expected, 'which is said');
		}
		($out, $err, $code) = $check->($s->connection($role, 'empty'), DB_AUTO_MIGRATE => 'false');
		is($code, 1, "$program: a schema that nobody migrates is an error");
		like($err, qr/^the schema is not ready: run CALL veza\.migrate\(\);$/m, 'and the command is named');
		($out, $err, $code) = $check->($s->connection($role, 'empty'));
		is($code, $name eq 'httpd' ? 0 : 1, 'veza-httpd would migrate it, veza-relay would not');
	}
	my ($out, $err, $code) = run_program(\%minimal, ['--check'], program => 'veza-relay');
	is($code, 1, 'veza-relay without RELAY_DATABASE_URL');
	like($err, qr/^RELAY_DATABASE_URL is required/m, 'says so');
};

subtest '--check names unknown variables' => sub {
	my $named = sub {
		my ($env, %o) = @_;
		my ($out) = run_program({ %minimal, %$env }, ['--check'], %o);
		return join ', ', sort $out =~ /^(.* is not known .*)$/mg;
	};
	is($named->({}), '', 'none by itself');
	is($named->({ RATE_LIMIT_LOOKUPS => 5 }), 'RATE_LIMIT_LOOKUPS is not known (environment): is RATE_LIMIT_LOOKUP meant?', 'a misspelt name, and which was meant');
	is($named->({ HANDLER_TIMOUT => 5 }), 'HANDLER_TIMOUT is not known (environment): is HANDLER_TIMEOUT meant?', 'a letter too few');
	is($named->({ SMTP_SOMETHING_ELSE => 5 }), 'SMTP_SOMETHING_ELSE is not known (environment)', 'one that only begins like ours');
	is($named->({ HYPERSWITCH_API_KEYFILE => 5 }), 'HYPERSWITCH_API_KEYFILE is not known (environment): is HYPERSWITCH_API_KEY meant?', 'one that is near the file of a secret');
	is($named->({ HYPERSWITCH_API_KEY_FILE => '/dev/null', HTTP_PROXY => 'x', REDIS_SERVICE_HOST => 'x', REDIS_PORT_6379_TCP => 'x', REDIS_PORT => 'x',
		EDITOR => 'x', LANG => 'C', HOME => '/', KUBERNETES_PORT => 'x' }), '', 'what others set is not meant');
	is($named->({}, files => { '.env' => "JWT_ISUER=x\nSENTRY_DSN=\n", '.env.development' => "export APP_PROT=1\n" }),
		'APP_PROT is not known (.env.<APP_ENV>): is APP_PORT meant?, JWT_ISUER is not known (.env): is JWT_ISSUER meant?', 'in files, too');
	my ($out, $err, $code) = run_program({ %minimal, JWT_SECERT => 'planted-24' x 5 }, ['--check'], program => 'veza-relay');
	unlike($out . $err, qr/planted/, 'never with a value');
};

done_testing;
