#!/usr/bin/perl
# docs/add-an-endpoint.md, followed as a stranger would: its own lines are run,
# and httpd, which is neither built nor restarted, serves what they add.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Temp;
use Test::More;
use Veza::Test;

my $page = Veza::Stack->read_file("$Veza::Stack::TOP/docs/add-an-endpoint.md");
my ($try) = $page =~ /^## Try it without C\n(.*?)^## /ms or die 'the page has no "Try it without C"';
my ($sql) = $try =~ /^```sql\n(.*?)^```/ms or die 'the page has no SQL lines';
my ($shell) = $try =~ /^```sh\n(.*?)^```/ms or die 'the page has no shell lines';
my ($drop) = $try =~ /^`(SELECT veza\.drop_route\([^`]+;)`/m or die 'the page does not say how to take the route away';
my ($method, $path) = $sql =~ m{^SELECT veza\.add_route\('(\w+)', '([^']+)'}m or die 'the page adds no route';

my $s = stack();
$s->start('httpd');
my $root = root($s);
my $pid = $s->{pids}{httpd};
my $user = register($s);
my ($prefix) = $path =~ m{^(.*)/:name$} or die "the route's path is $path";

sub described { return $root->get('/openapi.json')->json->{paths}{ $path =~ s{:(\w+)}{{$1}}gr } }

# Runs SQL and waits until httpd has noticed.
sub change
{
	my ($text) = @_;
	my $before = metric($s, 'veza_route_generation');
	$s->sql($text);
	return wait_until { metric($s, 'veza_route_generation') > $before } 'a new generation', 10;
}

is_refused($root->get("$prefix/Ada"), '404 ROUTE_NOT_FOUND', 'there is nothing before');
is(described(), undef, 'nor in the description');
change($sql);
wait_route($s, "$prefix/Ada");

subtest 'it is served' => sub {
	my $script = File::Temp->new;
	my $line = $shell =~ s{localhost:8080}{'127.0.0.1:' . $s->port('httpd')}er;
	isnt($line, $shell, 'the page calls the port of make run');
	print $script $line;
	close $script;
	my $said = `sh -e $script 2>/dev/null`;
	is($? >> 8, 0, "the page's curl line");
	is_deeply((Veza::Http::decode($said) // {})->{data}, { greeting => 'Hello Ada! Hello Ada! ' }, 'greets twice');
	my $r = $root->get("$prefix/Ada");
	is($r->brief, '200', 'without the argument that has a default');
	is_envelope($r, 'in the envelope');
	is($r->data->{greeting}, 'Hello Ada! ', 'the default holds');
	is($root->get("$prefix/J%C3%BCrgen%20J.")->data->{greeting}, "Hello J\x{fc}rgen J.! ", 'percent escapes in the path');
	is($root->head("$prefix/Ada")->status, 200, 'HEAD');
	is($root->request(OPTIONS => "$prefix/Ada")->header('Allow'), 'GET, HEAD, OPTIONS', 'OPTIONS');
};

subtest 'what is wrong with the arguments is said by their types' => sub {
	for my $times ('x', '1.5', '2147483648', '', '1e3', '%201', '-')
	{
		my $r = $root->get("$prefix/Ada?times=$times");
		is_refused($r, '400 VALIDATION_ERROR', "times=$times");
		is_deeply([ $r->fields ], ['times'], 'names the argument') or diag $r->body;
	}
	is_refused($root->post("$prefix/Ada", {}), '405 METHOD_NOT_ALLOWED', 'another method');
	is_deeply([ $root->get("$prefix/Ada?times=x&more=1", headers => { Prefer => 'handling=strict' })->fields ], [qw(times more)], 'all in one answer');
};

subtest 'it is described' => sub {
	my $d = described() // return fail('in /openapi.json');
	is_deeply([ keys %$d ], [ lc $method ], 'with its method');
	my $o = $d->{ lc $method };
	is($o->{summary}, 'Greet somebody.', 'the summary is the first line of the comment');
	is_deeply($o->{security}, [], 'for everybody');
	is_deeply([ map { [ @$_{qw(name in description)}, $_->{required} ? 'required' : 'optional', $_->{schema}{type} ] } grep { $_->{in} ne 'header' } @{ $o->{parameters} } ],
		[ [ 'name', 'path', 'whom to greet', 'required', 'string' ], [ 'times', 'query', 'how often', 'optional', 'integer' ] ], 'the parameters are the arguments');
	is_deeply([ grep { !$o->{responses}{$_} } 200, 400 ], [], 'with success and refusal');
};

# Waits until every loop answers with this.
sub wait_answer
{
	my ($api, $brief) = @_;
	return wait_until { !grep { $_->brief ne $brief } $api->parallel(map { [ GET => "$prefix/Ada" ] } 1 .. 16) } $brief, 5;
}

# The same function behind a login, and with a body: only the word and the method change.
subtest 'another word, another method' => sub {
	my $again = sub { "begin; $drop SELECT veza.add_route('$_[0]', '$_[1]', 'veza.scratch_greeting', '$_[2]', '$_[3]'" . ($_[4] // '') . '); commit;' };
	change($again->('GET', $path, 'user', 'reads'));
	wait_answer($root, '401 AUTH_REQUIRED');
	is_refused($root->get("$prefix/Ada?times=x"), '401 AUTH_REQUIRED', 'a login is needed before the arguments are looked at');
	is($root->as($user->{token})->get("$prefix/Ada")->brief, '200', 'and enough');
	is_deeply(described()->{get}{security}, [ { bearer => [] } ], 'described');
	for my $word ([ creator => 'CREATOR_ROLE_REQUIRED' ], [ admin => 'AUTH_INSUFFICIENT_PERMISSIONS' ])
	{
		change($again->('GET', $path, $word->[0], 'reads'));
		ok(wait_answer($root->as($user->{token}), "403 $word->[1]"), "$word->[0]: refused to a user");
	}
	my $post = '/api/v1/scratch/greetings';
	change($again->('POST', $post, 'public', 'writes', q(, status => 201, aliases => '{"name": ["who"]}')));
	wait_route($s, $post);
	is_deeply([ map { $root->post($post, $_)->brief } { name => 'Ada', times => 2 }, { who => 'Ada' } ], [ ('201') x 2 ], 'members of the body, and an alias');
	is_deeply([ $root->post($post, { times => 'x' })->fields ], [qw(name times)], 'what is missing and what is wrong, in one answer');
	ok(wait_answer($root, '404 ROUTE_NOT_FOUND'), 'the old address is no more');
	change("SELECT veza.drop_route('POST', '$post');");
	wait_route($s, $post, 0);
};

subtest 'what cannot be a route is refused with the reason' => sub {
	my $refuse = sub {
		my ($call, $like, $name) = @_;
		my (undef, $err, $code) = $s->psql("select veza.add_route($call)");
		isnt($code, 0, $name);
		like($err, $like, "$name: says why");
	};
	my $f = "'veza.scratch_greeting'";
	$refuse->("'GET', '/scratch/:who', $f, 'public', 'reads'", qr/no argument named who/, 'a segment that is no argument');
	$refuse->("'GET', '/scratch/:name', $f, 'public', 'reads', errors => '{NO_SUCH_ERROR}'", qr/veza\.error has no NO_SUCH_ERROR/, 'an unknown error');
	$refuse->("'GET', '/scratch/:name', $f, 'everybody', 'reads'", qr/check constraint/, 'an unknown word');
	$refuse->("'GET', '/scratch/:name', 'veza.no_such', 'public', 'reads'", qr/no_such/, 'an unknown function');
	$s->sql('ALTER FUNCTION veza.scratch_greeting VOLATILE');
	$refuse->("'GET', '/scratch/:name', $f, 'public', 'slow'", qr/must be STABLE/, 'a GET that may write');
	$refuse->("'GET', '/scratch/:name', $f, 'admin', 'writes'", qr/must be STABLE/, 'an administrator\'s, too, outside of the slow lane');
	$refuse->("'POST', '/scratch/:name', $f, 'public', 'reads'", qr/STABLE functions/, 'a write in the reads lane');
};

# The walk through a rule of the product names files and calls that must exist.
subtest 'what the page names is there' => sub {
	my ($walk) = $page =~ /^## A rule of the product, step by step\n(.*)/ms;
	# Files of the track domain are what the reader makes.
	for my $file (grep { m{^[\w./-]+/(?:[\w-]+\.(?:sql|c|h|t))?$} && !/NNNN|track/ } $page =~ /`([^`\n]+)`/g)
	{
		ok((grep { -e "$Veza::Stack::TOP/$_" } $file, "extension/$file", "extension/src/$file"), $file) or diag 'no such file';
	}
	my ($command) = $page =~ m{superuser \(`(\S+) postgres`\)};
	ok($command && -x "$Veza::Stack::TOP/$command", 'the command that makes a superuser') or diag $command // 'none';
	for my $name (do { my %n; grep { !$n{$_}++ } $walk =~ /\b(vz_\w+|VZ_[A-Z]\w*)\b/g })
	{
		next if $name eq 'VZ_E_TRACK_NOT_FOUND';
		isnt(`grep -rlw $name $Veza::Stack::TOP/extension/src --include=*.h --include=*.c`, '', $name);
	}
	my @words = $page =~ /^\| `(\w+)` \| .* \|.*\|$/mg;
	is_deeply([ sort @words ], [ sort map { $_->[0] } $s->sql("select unnest(regexp_matches(pg_get_constraintdef(oid), '''(\\w+)''', 'g')) from pg_constraint where conrelid = 'veza.route'::regclass and conname like '%lane%'") ],
		'its lanes are those of veza.route') or diag "@words";
};

is($s->{pids}{httpd}, $pid, 'the same httpd all the time');
ok($s->is_running('httpd'), 'which has never stopped');
is($s->stop('httpd'), 0, 'clean exit');
done_testing;
