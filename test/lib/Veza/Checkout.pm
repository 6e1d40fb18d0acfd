package Veza::Checkout;

# A copy of this checkout, with what is built of it, that a test may spoil.
#
#   my $copy = Veza::Checkout->new;
#   my $text = $copy->read_file('docs/states.md');
#   $copy->write_file('docs/states.md', "stale\n");
#   my ($output, $status) = $copy->run_make('docs');
#   $copy->{dir}                # where it is; it goes with the object

use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use File::Temp;

my $top = abs_path(dirname(__FILE__) . '/../../..');

# Copies files that git tracks, and what is built of them: times stay, so that make builds nothing twice.
sub new
{
	my ($class) = @_;
	my $dir = File::Temp->newdir('veza-targets-XXXXXX', TMPDIR => 1);
	# PostgreSQL's user enters it.
	chmod 0755, $dir;
	# What the make that runs this test says to its children is not for the copy.
	$ENV{LC_ALL} = 'C';
	delete @ENV{qw(BUILD MAKEFLAGS MAKELEVEL MFLAGS ONLY PERL5LIB VEZA_RUN_DIR HARNESS_OPTIONS VEZA_CFLAGS)};
	system('sh', '-c', 'cd "$1" && { git ls-files -z; find .build extension -type f \( -path ".build/*" -o -name "*.o" -o -name "*.so" -o -name "veza--*.sql" -o -name .identity \) -print0; }'
		. ' | tar -c --null --ignore-failed-read -T - 2>/dev/null | tar -xp -C "$2" && cd "$2" && git init -q && git add -A && git update-index -q --refresh', 'sh', $top, $dir) == 0
	  or die "the checkout cannot be copied\n";
	return bless { dir => $dir }, $class;
}

sub read_file
{
	my ($self, $path) = @_;
	open(my $f, '<:raw', "$self->{dir}/$path") or die "$path: $!\n";
	local $/;
	return scalar(<$f>) // '';
}

sub write_file
{
	my ($self, $path, $text) = @_;
	make_path(dirname("$self->{dir}/$path"));
	open(my $f, '>:raw', "$self->{dir}/$path") or die "$path: $!\n";
	print $f $text;
	close $f or die "$path: $!\n";
	return;
}

# Runs a command in the copy; its output and exit status.
sub run
{
	my ($self, @command) = @_;
	my $pid = open(my $out, '-|') // die "fork: $!\n";
	if (!$pid)
	{
		open STDERR, '>&', \*STDOUT;
		chdir $self->{dir};
		exec @command or exit 127;
	}
	my $text = do { local $/; <$out> } // '';
	close $out;
	return ($text, $? >> 8);
}

sub run_make { my ($self, @arguments) = @_; return $self->run('make', @arguments) }

1;
