#!/usr/bin/perl
# Named interleavings of sessions, by PostgreSQL's own isolationtester: every
# file of specs/ is run against a private cluster and compared with its file
# of expected/. Each permutation ends with the outcome and with veza.audit,
# which must be empty.
#
#   prove -Itest/lib test/isolation/isolation.t
#   VEZA_ISOLATION_SPECS='siblings takeover' prove ...     only these
#   VEZA_ISOLATION_ACCEPT=1 prove ...                      write expected/ anew, to be read before it is committed

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Basename qw(basename dirname);
use IPC::Run ();
use Test::More;
use Veza::Scene;
use Veza::Stack;

my $here = $FindBin::Bin;
my $config = $ENV{PG_CONFIG} && -x $ENV{PG_CONFIG} ? $ENV{PG_CONFIG} : (glob('/usr/lib/postgresql/15/bin/pg_config'))[0];
$config = 'pg_config' if !$config || !-x $config;
my $pgxs = `'$config' --pgxs`;
chomp $pgxs;
my $tester = dirname($pgxs) . '/../test/isolation/isolationtester';
BAIL_OUT("no isolationtester beside $pgxs: install the server's development package") if !-x $tester;

my @specs = $ENV{VEZA_ISOLATION_SPECS} ? split(' ', $ENV{VEZA_ISOLATION_SPECS})
  : map { basename($_, '.spec') } sort glob("$here/specs/*.spec");

my $stack = Veza::Stack->new;
my $scene = Veza::Scene->new($stack);
END { $stack->stop_all if $stack }

$stack->start_postgres;
$stack->create_database;
$stack->psql_file("$here/helpers.sql");
my $conninfo = "host=$stack->{socket} dbname=$stack->{database} user=postgres";

# The difference between two texts, as diff shows it.
sub difference
{
	my ($expected, $out) = @_;
	$stack->write_file("$stack->{dir}/result.out", $out);
	IPC::Run::run([ 'diff', '-u', $expected, "$stack->{dir}/result.out" ], '>', \my $diff);
	my @lines = split /\n/, $diff // '';
	return join "\n", @lines[ 2 .. ($#lines < 60 ? $#lines : 60) ] if @lines;
	return '';
}

for my $spec (@specs)
{
	my $expected = "$here/expected/$spec.out";
	my ($out, $err) = ('', '');
	my $timer = IPC::Run::timeout(20);
	my $ok = eval { IPC::Run::run([ $tester, $conninfo ], '<', "$here/specs/$spec.spec", '>', \$out, '2>', \$err, $timer) };

	if ($ENV{VEZA_ISOLATION_ACCEPT} && $ok)
	{
		open(my $f, '>', $expected) or die "$expected: $!";
		print $f $out;
		close $f;
	}
	no warnings 'once';
	my $diff = !$ok ? "isolationtester: $@$err$out" : !-e $expected ? "$expected is missing" : difference($expected, $out);
	my $permutations = () = $out =~ /^starting permutation:/mg;
	ok($diff eq '', "$spec: $permutations permutations");
	diag($diff) if $diff ne '';

	my @broken = $out =~ /^(AUDIT.*)$/mg;
	is(scalar @broken, 0, "$spec: veza.audit is empty after each") or diag(join "\n", @broken);
}

is($scene->value('select count(*) from veza.audit'), 0, 'veza.audit is empty at the end');
is($scene->value("select count(*) from veza_data.state_history h join veza.state_machine m on m.machine = h.machine"
	. " and m.from_state is not distinct from h.from_state and m.event = h.event and m.to_state = h.to_state"),
	$scene->value('select count(*) from veza_data.state_history'), 'every step in the history is an arrow of its machine');
is($stack->read_file("$stack->{dir}/postgres.log") =~ /(PANIC|terminated by signal|XX00\d)/ ? $1 : '', '', 'nothing worse in the server log');
done_testing();
