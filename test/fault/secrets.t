#!/usr/bin/perl
# Secrets stay where they belong. Passwords, tokens, keys and codes go through every way in and out of
# authentication, refusals included, with the most talkative logs; then they are looked for in all logs, in the
# database and its dump, in what PostgreSQL shows of running and past statements, and in what the programs show.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use MIME::Base64 qw(encode_base64);
use Test::More;
use Veza::Mail;
use Veza::Session;
use Veza::Test;

# The server says everything it can; that parameters are no part of it is the roles' own setting (sql/roles.sql).
my $conf = join "\n", 'log_statement = all', 'log_min_duration_statement = 0', 'log_parameter_max_length = -1', 'log_parameter_max_length_on_error = -1',
  'log_error_verbosity = verbose', 'log_min_messages = debug1', 'log_lock_waits = on', "shared_preload_libraries = 'pg_stat_statements'", 'pg_stat_statements.track = all', 'track_activity_query_size = 16384';
my %planted = (JWT_SECRET => 'planted-jwt-secret-' . 'j' x 30, SMTP_PASSWORD => 'planted-smtp-password', SMTP_USERNAME => 'veza');
my $s = stack(conf => $conf, env => { FRONTEND_URL => 'https://app.example', LOG_LEVEL => 'DEBUG', AUTH_RATE_LIMIT_LOGIN_ATTEMPTS => 50, JWT_SECRET => $planted{JWT_SECRET} });
my $statements = eval { $s->sql('create extension pg_stat_statements'); 1 };
$s->start_mail;
start_all($s);

# What must not be found, by what it is.
my %secret = %planted{qw(JWT_SECRET SMTP_PASSWORD)};
my @refusals;
$Veza::Http::WITNESS = sub {
	my ($method, $target, $r) = @_;
	push @refusals, $r->body if $r->status >= 400;
	for my $cookie ($r->headers('Set-Cookie'))
	{
		my ($cookie_name, $value) = $cookie =~ /^([^=]+)=([^;]*)/;
		$secret{"cookie $cookie_name " . keys %secret} = $value if length($value // '') >= 20 && !grep { $_ eq $value } values %secret;
	}
	my $d = $r->status < 400 ? $r->data : undef;
	return if ref $d ne 'HASH';
	$secret{"access token " . keys %secret} = $d->{access_token} if $d->{access_token};
	$secret{"refresh token " . keys %secret} = $d->{refresh_token} if $d->{refresh_token};
	return;
};

# Collects what pg_stat_activity shows while somebody asks.
$s->sql(<<'SQL');
create schema scratch;
create unlogged table scratch.activity (query text primary key);
create procedure scratch.watch() language plpgsql as $$
begin
    while not exists (select from pg_stat_activity where application_name = 'stop') loop
        insert into scratch.activity select distinct concat_ws(' ', usename, application_name, query) from pg_stat_activity where usename like 'veza%' on conflict do nothing;
        commit;
        perform pg_sleep(0.002);
    end loop;
end $$;
SQL
my $watcher = Veza::Session->new($s)->send('call scratch.watch()');

# ---- everything that authentication does

my $api = api($s);
my %password = map { $_ => "planted-$_-" . substr(uuid(), 0, 8) } qw(first second third wrong weak typed);
$secret{"password $_"} = $password{$_} for keys %password;
$secret{'idempotency key'} = 'planted-idempotency-key-' . uuid();

my $name = 'holder';
my $email = "$name\@example.test";
my %key = (headers => { 'Idempotency-Key' => $secret{'idempotency key'} });
my $r = $api->post('/auth/register', { username => $name, email => $email, password => $password{first} }, %key);
is($r->brief, '201', 'registered');
my $me = $api->as($r->data->{access_token});
my $refresh = $r->data->{refresh_token};
$api->post('/auth/register', { username => $name, email => $email, password => $password{first} });
$api->post('/auth/register', { username => $password{typed}, email => $password{typed}, password => $password{typed} });
$api->post('/auth/register', { username => 'another', email => 'another@example.test', password => [ $password{weak} ] });
$api->post('/auth/register', qq({"username":"x","password":"$password{weak}",));
$api->post('/auth/register', { username => 'another', email => 'another@example.test', password => "another $password{weak}" });
$api->post('/auth/login', { email => $email, password => $password{wrong} }) for 1 .. 3;
$api->post('/auth/login', { email => $password{typed}, password => $password{wrong} });
$api->post('/auth/login', { email => $email, password => $password{wrong} . 'x' x 2000 });
$api->post('/auth/login', { email => $email, password => $password{wrong} . "\x{0}" });
$api->post("/auth/login?password=$password{wrong}", { email => $email });
$api->get("/auth/login?password=$password{wrong}");
$api->get("/no/such/path/$password{wrong}?token=$refresh");

my $verify = $secret{'verify token'} = token_of(mail_to($s, $email, 1));
$api->get("/auth/verify-email?token=$verify");
$api->post('/auth/verify-email', { token => "$verify!" });
$api->post('/auth/verify-email', { token => $verify, password => $_ }) for @password{qw(wrong first first)};
$api->post('/auth/password/reset-request', { email => $email });
my $reset = $secret{'reset token'} = token_of(mail_to($s, $email, 1, 'Reset your password'));
$api->post('/auth/password/reset', { token => $reset, new_password => 'short' });
$api->post('/auth/password/reset', { token => $reset, new_password => $password{second} }) for 1, 2;
$api->post('/auth/refresh', { refresh_token => $refresh });

$r = $api->post('/auth/login', { email => $email, password => $password{second} });
is($r->brief, '200', 'logged in');
$me = $api->as($r->data->{access_token});
$refresh = $r->data->{refresh_token};
my $next = $api->post('/auth/refresh', { refresh_token => $refresh })->data->{refresh_token};
$api->post('/auth/refresh', { refresh_token => $next });
$me->get('/auth/me');
$me->request('PUT', '/users/me/password', { current_password => $password{wrong}, new_password => $password{third} });
is($me->request('PUT', '/users/me/password', { current_password => $password{second}, new_password => $password{third}, logout_all_devices => false })->brief, '200', 'changed');
$r = $api->post('/auth/login', { email => $email, password => $password{third} });
$me = $api->as($r->data->{access_token});
my $totp = $secret{'second factor'} = $me->post('/auth/2fa/setup', {})->data->{secret};
$me->post('/auth/2fa/confirm', { code => '000000' });
$r = $me->post('/auth/2fa/confirm', { code => totp_code($totp) });
is($r->brief, '200', 'second factor');
my @codes = @{ $r->data->{recovery_codes} };
$secret{"recovery code $_"} = $codes[$_] for 0 .. $#codes;
$secret{"recovery code $_, as it is hashed"} = $codes[$_] =~ tr/-//dr for 0 .. $#codes;
$api->post('/auth/login', { email => $email, password => $password{third} });
$api->post('/auth/login', { email => $email, password => $password{third}, totp_code => '000000' });
$api->post('/auth/login', { email => $email, password => $password{third}, totp_code => totp_code($totp, 1) });
$api->post('/auth/login', { email => $email, password => $password{third}, recovery_code => $codes[0] }) for 1, 2;
$me->post('/auth/2fa/recovery-codes', { password => $password{wrong} });
$me->get('/auth/sessions');
# The old refresh token again: theft.
is_refused($api->post('/auth/refresh', { refresh_token => $refresh }), '401 AUTH_REFRESH_TOKEN_INVALID', 'theft');
is_refused($api->as($secret{JWT_SECRET})->get('/auth/me'), '401 AUTH_TOKEN_INVALID', 'a token that is none');
# The database refuses what the rules do not expect: its errors are logged with all that is known.
$s->sql('alter table veza_data.session add constraint broken check (remember_me) not valid');
is($api->post('/auth/login', { email => 'nobody@example.test', password => $password{wrong} })->brief, '401 AUTH_INVALID_CREDENTIALS', 'nobody');
is($api->post('/auth/register', { username => 'unlucky', email => 'unlucky@example.test', password => $password{first} })->brief, '500 INTERNAL_ERROR', 'an error of ours');
$s->sql('alter table veza_data.session drop constraint broken');
$me->post('/auth/logout', { all_devices => true });
$s->stop('relay');
$s->start('relay', env => \%planted);    # with a password for the mail server, which gets it never
$api->post('/auth/password/reset-request', { email => $email });
wait_until { $s->sql_value("select count(*) from veza_data.effect where kind = 'mail_send' and error_code is not null") } 'a mail that cannot be sent';
my $shown = join "\n", map { root($s)->get($_)->body } qw(/metrics /status /health /openapi.json);
my $stop = Veza::Session->new($s);
$stop->do("set application_name = 'stop'");
$watcher->receive;
$_->close for $stop, $watcher;

# The parts of a signed token that are no secret are not looked for.
$secret{"$_, its signature"} = $secret{$_} =~ s/.*\.//r for grep { /^access/ } keys %secret;

# ---- looking for them

# Every place, as one text each.
sub places
{
	my %place = (refusals => join("\n", @refusals), 'what is shown' => $shown, "PostgreSQL's log" => $s->read_file("$s->{dir}/postgres.log"));
	$place{"${_}'s log"} = $s->read_file("$s->{dir}/$_.log") for qw(httpd relay);
	$place{'running statements'} = join "\n", map { $_->[0] } $s->sql('select query from scratch.activity');
	$place{'past statements'} = join "\n", map { $_->[0] } $s->sql('select query from pg_stat_statements') if $statements;
	$place{'audit log'} = join "\n", map { $_->[0] } $s->sql('select a::text from veza_data.audit_log a');
	$place{dump} = $s->run($s->bin . '/pg_dump', '-h', $s->{socket}, '-U', 'postgres', $s->{database});
	return %place;
}

# What is found where, as "secret in place (form)". A secret may stand there as it is, or as bytes in hexadecimal or base64.
sub hits
{
	my (%place) = @_;
	my @hits;
	for my $what (sort keys %secret)
	{
		my %form = ('as it is' => $secret{$what}, hexadecimal => unpack('H*', $secret{$what}), base64 => encode_base64($secret{$what}, '') =~ s/=+$//r);
		$form{bytes} = unpack('H*', base32_bytes($secret{$what})) if $what eq 'second factor';
		for my $where (sort keys %place)
		{
			push @hits, "$what in $where ($_)" for grep { index(lc $place{$where}, lc $form{$_}) >= 0 } sort keys %form;
		}
	}
	return @hits;
}

my %place = places();
cmp_ok(scalar keys %secret, '>', 40, scalar(keys %secret) . ' secrets');
for my $where (sort keys %place)
{
	cmp_ok(length $place{$where}, '>', 100, sprintf '%s: %d bytes to search', $where, length $place{$where});
}
like($place{"PostgreSQL's log"}, qr/veza\.auth_login\(/, "PostgreSQL's log has the statements");
like($place{'running statements'}, qr/veza\.auth_/, 'running statements were seen');
like($place{'past statements'} // 'veza.auth_register', qr/veza\.auth_register/, 'so were past ones');
like($place{"httpd's log"}, qr/"path":".api.v1.auth.login"/, "httpd's log has the requests");

# The key of a second factor must be there, or no code could be checked: once, in its column. Everything else is nowhere.
is_deeply([ hits(%place) ], ['second factor in dump (bytes)'], 'nothing is found but the key of the second factor in its column');
is(scalar(() = $place{dump} =~ /\Q${\ unpack 'H*', base32_bytes($totp) }\E/g), 1, 'which is there once');
like($place{dump}, qr/^COPY veza_data\.two_factor .*\n(?:[^\\\n].*\n)*.*\Q${\ unpack 'H*', base32_bytes($totp) }\E/m, 'in the table of second factors');

# ---- would they be found?

$s->sql("create table scratch.planted as select '$password{first}' as password, convert_to('$verify', 'UTF8') as token");
$s->sql("alter role veza_dba set log_parameter_max_length = -1");
my @found = hits(places());
for my $expected ("password first in PostgreSQL's log (as it is)", 'password first in dump (as it is)', "verify token in PostgreSQL's log (as it is)", 'verify token in dump (hexadecimal)')
{
	ok(scalar(grep { $_ eq $expected } @found), "a planted one is found: $expected");
}
# Without the setting of sql/roles.sql the log would tell all.
$s->sql('alter role veza_httpd reset log_parameter_max_length');
$s->stop('httpd');
$s->start('httpd');
$api->post('/auth/login', { email => $email, password => $password{third} });
ok(scalar(grep { $_ eq "password third in PostgreSQL's log (as it is)" } hits(places())), "a role without its setting gives itself away");

done_testing;
