#!/usr/bin/perl
# Every make target fails when something is wrong: in a copy of the checkout a
# defect is planted, the target runs, says what is wrong and fails; without the
# defect it passes (lint, vet and security: on the checkout itself, in make test).
# A target that cannot fail proves nothing.

use strict;
use warnings;
use File::Basename qw(dirname);
use lib dirname(__FILE__) . '/../lib';
use Test::More;
use Veza::Checkout;

my $checkout = eval { Veza::Checkout->new } or BAIL_OUT($@);
my $copy = $checkout->{dir};

sub read_file  { return $checkout->read_file(@_) }
sub write_file { return $checkout->write_file(@_) }
sub run_make   { return $checkout->run_make(@_) }

sub passes
{
	my ($name, @arguments) = @_;
	my ($out, $status) = run_make(@arguments);
	is($status, 0, $name) or diag($out);
	return $out;
}

# Plants defects (file => how its text becomes wrong), runs the target, which must fail
# and say all that is expected, and takes the defects away.
sub fails
{
	my ($name, $arguments, $defects, @expected) = @_;
	my %before;

	for my $file (sort keys %$defects)
	{
		my $is_there = -e "$copy/$file";
		my $text = $is_there ? read_file($file) : '';
		$before{$file} = $is_there ? [ $text, (stat _)[9] ] : undef;
		local $_ = $text;
		$defects->{$file}->();
		isnt($_, $text, "$name: $file can be spoilt");
		write_file($file, $_);
	}
	system('git', '-C', "$copy", 'add', '-A') == 0 or die "git add\n";
	my ($out, $status) = run_make(@$arguments);
	isnt($status, 0, "$name: make @$arguments fails") or diag($out);
	like($out, $_, "$name: and says why") for @expected;
	for my $file (sort keys %before)
	{
		if (!$before{$file}) { unlink "$copy/$file"; next }
		write_file($file, $before{$file}[0]);
		# What was built of a defect is older than this.
		utime undef, undef, "$copy/$file";
	}
	system('git', '-C', "$copy", 'add', '-A') == 0 or die "git add\n";
	return $out;
}

subtest 'help' => sub {
	my $help = passes('make without a target', ());
	my ($phony) = read_file('Makefile') =~ /^\.PHONY:((?:.*\\\n)*.*)/m;
	for my $target (grep { !/^(?:help|clean|packages-\w+|\\)$/ } split ' ', $phony)
	{
		like($help, qr/^make (?:[\w-]+ )*\Q$target\E\b|; make \Q$target\E\b/m, "$target is explained");
	}
};

subtest 'build' => sub {
	passes('the checkout builds', 'build');
	fails('httpd', ['build'], { 'httpd/wire/values.c' => sub { s/^(is_digit\(char c\)\n\{\n)/$1\tint unused_one;\n/m } }, qr/unused variable .unused_one/);
	fails('the extension', ['build'], { 'extension/src/init.c' => sub { s/(vz_refusal_init\(\));/$1/ } }, qr/init\.c.*expected/);
	fails('the extension\'s script', ['build'], { 'extension/sql/order' => sub { $_ .= "missing.sql\n" } }, qr/missing\.sql/);
	fails('pspsim', ['build'], { 'test/psp/clock.c' => sub { $_ .= "\nint planted(void);\nint\nplanted(void)\n{\n\tint shadow;\n\n\treturn shadow;\n}\n" } }, qr/uninitialized/);
};

subtest 'lint' => sub {
	# Through make test, one of whose tests it is.
	my $out = fails('a blank and a function without a comment', [ 'test', 'ONLY=test/lint' ],
		{ 'README.md' => sub { s/\n/ \n/ }, 'httpd/wire/values.c' => sub { s{^/\* is_digit.*\n}{}m } },
		qr/^README\.md:1: blanks/m, qr/^httpd\/wire\/values\.c:\d+: is_digit has no comment/m);
	like($out, qr/^0 passed, 1 failed$/m, 'and counts it');
	fails('a room of the extension that uses one above, a circle by a call', ['lint'],
		{
			'extension/src/core/ground/query.c' => sub { s{^(#include "refusal\.h"\n)}{$1#include "../request/request.h"\n}m },
			'extension/src/admin/audit_digest.c' => sub { $_ .= "\n/* planted calls upwards. */\nint64\nplanted(void)\n{\n\treturn vz_job_seal_audit();\n}\n" } },
		qr/^extension\/src\/core\/ground\/query\.c:\d+: includes \.\.\/request\/request\.h: extension\/src\/core\/request\/request stands on a floor above/m,
		qr/^extension\/src\/admin\/audit_digest\.c:\d+: names vz_job_seal_audit, which makes a circle: admin\/audit_digest -> admin\/audit_seal/m);

	fails('money that asks what is paid for, by an include, by a call and in SQL; a domain that comes in by no door', ['lint'],
		{
			'extension/src/money/review.c' => sub { s{^(#include "purpose\.h"\n)}{$1#include "../billing/subscription.h"\n}m },
			'extension/src/money/refund.c' => sub { $_ .= "\nextern bool vz_subscription_end_if_over(void *s);\n\n/* planted calls upwards. */\nbool\nplanted(void)\n{\n\treturn vz_subscription_end_if_over(NULL);\n}\n" },
			'extension/src/money/purpose.c' => sub { s/from veza_data\.refund"/from veza_data.subscription"/ },
			'extension/src/admin/metrics.c' => sub { s{^(#include "[^"]+"\n)}{$1#include "../billing/subscription_life.h"\n}m } },
		qr/^extension\/src\/money\/review\.c:\d+: includes \.\.\/billing\/subscription\.h: extension\/src\/billing\/subscription stands on a floor above/m,
		qr/^extension\/src\/money\/refund\.c:\d+: names vz_subscription_end_if_over: .* stands on a floor above/m,
		qr/^extension\/src\/money\/purpose\.c:\d+: names veza_data\.subscription: billing stands on a floor above/m,
		qr/^extension\/src\/admin\/metrics\.c:\d+: of billing others include entitlement\.h, subscription_end\.h only/m);

	# The house of httpd: what points up, what goes in a circle on one floor, by an include and by a call.
	my $call = sub {
		my ($name) = @_;
		return sub { $_ .= "\nextern void $name(void);\nextern void planted_$name(void);\nvoid\nplanted_$name(void)\n{\n\t$name();\n}\n" };
	};
	fails('a room that uses one above', ['lint'],
		{ 'httpd/wire/etag.c' => sub { s{#include "etag\.h"\n}{#include "etag.h"\n#include "../serve/loop.h"\n} }, 'httpd/base/log.c' => $call->('health_init') },
		qr/^httpd\/wire\/etag\.c:\d+: includes \.\.\/serve\/loop\.h: httpd\/serve\/loop stands on a floor above/m,
		qr/^httpd\/base\/log\.c:\d+: names health_init: httpd\/ops\/health stands on a floor above/m);
	fails('files in a circle', ['lint'],
		{ 'httpd/answers/reply.h' => sub { s{\n#define REPLY}{\n#include "refuse.h"\n\n#define REPLY} }, 'httpd/lanes/connection.c' => $call->('connection_close') },
		qr/^httpd\/answers\/\S+: .*, which makes a circle: .*answers\/re/m,
		qr/^httpd\/lanes\/connection\.c:\d+: names connection_close, which makes a circle: lanes\/connection -> lanes\/connection_life/m);
	# Names that lead nowhere, or to two places.
	fails('names', ['lint'],
		{
			'httpd/wire/etag.c' => sub { $_ .= "\n/* is_digit is there already. */\nstatic int\nis_digit(void)\n{\n\treturn 1;\n}\n" },
			'httpd/wire/values.c' => sub { s{^/\* two_digits reads}{/* A reader of}m },
			'httpd/base/log.h' => sub { s{(\n#ifndef)}{\n/* See log_gone.c, log_gone_line and gone(). */$1} },
			'httpd/ops/admin.h' => sub { s{\bthreads?\b}{loom}g },
			'docs/install.md' => sub { $_ .= "\nMore is in docs/gone.md, test/gone and `veza.gone_function`.\n" },
			'extension/sql/chat.sql' => sub { $_ .= "-- It calls vz_gone.\n" } },
		qr/^httpd\/wire\/values\.c:\d+: httpd\/wire\/etag\.c has a static function is_digit, too/m,
		qr/^httpd\/ops\/admin\.h:1: the comment at the beginning says in which thread/m,
		qr/^httpd\/wire\/values\.c:\d+: the comment of two_digits does not begin with its name/m,
		(map { qr/^httpd\/base\/log\.h:\d+: there is no $_$/m } 'file log_gone\.c', 'log_gone_line', 'gone\(\)'),
		(map { qr/^docs\/install\.md:\d+: there is no $_$/m } 'file docs\/gone\.md', 'test\/gone', 'gone_function'),
		qr/^extension\/sql\/chat\.sql:\d+: there is no vz_gone$/m);
	fails('refusals', ['lint'],
		{
			'extension/src/distribution/distribution.c' => sub { s{VZ_REFUSE\((vz_refusal\(VZ_E_DISTRIBUTION_NOT_FOUND\))\)}{vz_raise($1)} },
			'extension/src/user/preferences.c' => sub { $_ .= "\n/* planted reports. */\nvoid\nplanted(void)\n{\n\tereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg(\"planted\")));\n}\n" },
			'extension/src/user/avatar.c' => sub { s{^Datum\navatar_remove\(PG_FUNCTION_ARGS\)\n\{\n}{$&\tVZ_REFUSE(vz_refusal(VZ_E_USER_NOT_FOUND));\n}m } },
		qr/^extension\/src\/distribution\/distribution\.c:\d+: vz_raise in distribution_\w+: it is of the reads lane/m,
		qr/^extension\/src\/user\/preferences\.c:\d+: ereport\(ERROR\): a refusal is/m,
		qr/^extension\/src\/user\/avatar\.c:\d+: VZ_REFUSE in avatar_remove: it is in no route of the reads lane/m);
	fails('a file without a room', ['lint'], { 'httpd/planted.h' => sub { $_ = "int planted;\n" } }, qr/^httpd\/planted\.h:1: the file is in no room/m);
};

subtest 'vet' => sub {
	fails('a null pointer, a leak, a shell script, a Perl script', ['vet'],
		{
			'httpd/wire/values.c' => sub { $_ .= "\nint planted(const char *text);\nint\nplanted(const char *text)\n{\n\tif (text == NULL)\n\t\treturn *text;\n\treturn 0;\n}\n" },
			'httpd/wire/target.c' => sub { $_ .= "\n#include <stdlib.h>\nint leaky(void);\nint\nleaky(void)\n{\n\tchar\t   *p = malloc(3);\n\n\treturn p == NULL;\n}\n" },
			'extension/bundle.sh' => sub { $_ .= "planted=1\n" },
			'docs/planted' => sub { $_ = "#!/usr/bin/perl\nuse strict;\nplanted(\$x);\n" } },
		qr/^httpd\/wire\/values\.c:\d+: .*null pointer/mi, qr/^httpd\/wire\/target\.c:\d+: .*leak/mi, qr/^extension\/bundle\.sh:\d+: .*planted/m,
		qr/^docs\/planted:\d+: .*\$x/m);
};

subtest 'security' => sub {
	my $key = join ' ', '-----BEGIN', 'PRIVATE', 'KEY-----';
	fails('a key, a password, a function', ['security'],
		{
			'docs/planted.md' => sub { $_ = "Our key:\n$key\n" },
			'docker/planted.yaml' => sub { $_ = "  DATABASE_URL: postgres://veza:s3cr3t" . "pass\@db/veza\n" },
			'httpd/planted.h' => sub { $_ = "int n = sprintf(text, \"x\");\n" } },
		qr/^docs\/planted\.md:2: a private key/m, qr/^docker\/planted\.yaml:1: a password/m, qr/^httpd\/planted\.h:1: sprintf/m);

	# A program without protection in the place of the relay, newer than its objects.
	write_file('planted.c', "int\nmain(void)\n{\n\treturn 0;\n}\n");
	my $program = "$copy/.build/httpd/veza-relay";
	rename $program, "$program.good";
	is(system('cc', '-no-pie', '-fno-stack-protector', '-Wl,-z,execstack,-z,norelro,-z,lazy', '-o', $program, "$copy/planted.c"), 0, 'it is built');
	fails('hardening', ['security'], {}, map { qr/^\.build\/httpd\/veza-relay:1: lacks $_/m }
		'position-independent', 'RELRO', 'BIND_NOW', 'a stack that is not executable', 'the stack protector', '_FORTIFY_SOURCE');
	rename "$program.good", $program;
	unlink "$copy/planted.c";
};

subtest 'tests' => sub {
	# A test of the copy for this test alone, so that it is cheap and its verdict known.
	write_file('test/targets/planted.t', "print qq(1..1\\n), (-e 'planted-defect' ? 'not ' : ''), qq(ok 1 - planted\\n);\n");
	for my $target (qw(test-fast test-integration))
	{
		like(passes("$target passes", $target, 'ONLY=test/targets/planted.t'), qr/^1 passed, 0 failed$/m, 'and counts it');
		fails($target, [ $target, 'ONLY=test/targets/planted.t' ], { 'planted-defect' => sub { $_ = "x\n" } }, qr/Failed test:\s+1/, qr/^0 passed, 1 failed$/m);
	}
	# A file that says too little, one that dies, one that is not there, one that gives up for all.
	write_file('test/targets/early.t', "print qq(1..2\nok 1\n);\n");
	write_file('test/targets/dies.t', "print qq(1..1\nok 1\n);\ndie qq(planted death\n);\n");
	write_file('test/targets/gives-up.t', "print qq(Bail out! planted\n);\n");
	for my $file (qw(early dies missing gives-up))
	{
		fails("$file beside one that passes", [ 'test-fast', "ONLY=test/targets/planted.t test/targets/$file.t" ], { 'unused' => sub { $_ = "x\n" } },
			qr/^[01] passed, [12] failed$/m);
	}
	my $slowest = passes('two files', 'test-fast', 'ONLY=test/targets/planted.t test/docs/generated.t');
	like($slowest, qr/^The slowest files, in seconds:\n +[\d.]+  test\/docs\/generated\.t\n +[\d.]+  test\/targets\/planted\.t\n/m, 'the slowest come first');
	unlink map { "$copy/test/targets/$_.t" } qw(planted early dies gives-up);

	# A rule of the product that is broken on purpose.
	fails('a state machine with a wrong arrow', [ 'test-fast', 'ONLY=test/pgtap/pgtap.t :: state_machine' ],
		{ 'extension/src/billing/subscription_states.c' => sub { s/("cancel_now",\s+)"canceled"/$1"expired"/ } }, qr/Failed test .*cancel_now/);
	fails('a page that was not generated anew', [ 'test-integration', 'ONLY=test/docs/generated.t' ],
		{ 'docs/errors.md' => sub { s/^(\| `VALIDATION_\w+`)/$1 old/m || s/^# Errors/# Old errors/ } }, qr/errors\.md is current; make docs writes it/);
};

subtest 'docs' => sub {
	my $page = read_file('docs/states.md');
	write_file('docs/states.md', "stale\n");
	passes('make docs', 'docs');
	is(read_file('docs/states.md'), $page, 'writes what was there');
};

subtest 'install' => sub {
	passes('into a directory', 'install', "DESTDIR=$copy/destination");
	my @files = map { s/^.*?destination//r } `find $copy/destination -type f -o -type l`;
	chomp @files;
	for my $file (qw(bin/veza-httpd bin/veza-relay extension/veza.control), 'lib/veza-[0-9a-f]{8}\.so', 'extension/veza--\d[\d.]*\.sql', 'extension/veza--0\.1\.0--\d[\d.]*\.sql')
	{
		is(scalar(grep { m{/$file$} } @files), 1, "$file is there");
	}
	rename "$copy/extension/sql/core.sql", "$copy/core.sql";
	fails('a script is missing', [ 'install', "DESTDIR=$copy/destination2" ], {}, qr/core\.sql/);
	rename "$copy/core.sql", "$copy/extension/sql/core.sql";
	rename "$copy/httpd/lanes/lane.c", "$copy/lane.c";
	unlink "$copy/.build/httpd/lanes/lane.o";
	fails('a source file is missing', [ 'install', "DESTDIR=$copy/destination2" ], {}, qr/undefined reference to .lanes_new/);
	rename "$copy/lane.c", "$copy/httpd/lanes/lane.c";
};

subtest 'psql' => sub {
	for my $target (qw(psql psql-analyst))
	{
		fails("$target without make run", [$target], {}, qr/Nothing runs here: start it with make run/);
	}
};
done_testing;
