#!/usr/bin/perl
# Checks that names lead to what they name: that a static function's name stands in
# one file only, so that a search for it finds one thing; and that what comments and
# pages of docs name is there.
#
#   names.pl FILE...      all text that git tracks
#
# Names in comments (of C, SQL, Perl and shell) and in pages are: files with a suffix
# of ours, and paths that begin with a folder of ours; veza.f; words of small letters
# with an underscore, words that begin with Vz or VZ_, and words with empty brackets.
# A file is there when git tracks it. A word is there when it stands in some file
# outside of comments (of the product, unless a test names it), one with brackets when
# something is called by it there. The comment above a function of the product begins
# with the function's name.

use strict;
use warnings;

# The pages that people write; those that are generated name what the code names.
my $PAGES = qr{\.md$};
my $SUFFIXES = qr/(?:c|h|md|sql|t|pl|sh)/;

# Names of others: of PostgreSQL, of libraries, of the system; names that stand for any, and those of examples.
my %FOREIGN = map { ($_ => 1) } split ' ', do { local $/; <DATA> };

my $findings = 0;
my (%text, %static_in, %file, %folder, %tail);
# Of the product; of the product and its tests.
my (@word, @called);

sub complain
{
	my ($file, $line, $what) = @_;
	print "$file:$line: $what\n";
	$findings++;
}

# A text in two: its comments, and all else; both keep the lines.
sub halves
{
	my ($file, $t) = @_;
	my $blank = sub { $_[0] =~ s/[^\n]/ /gr };
	my ($comments, $rest) = ('', '');
	my $token =
	    $file =~ /\.[ch]$/ ? qr{(/\*.*?\*/)|("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'|[^/"']+|.)}s
	  : $file =~ /\.sql$/  ? qr{(--[^\n]*)|('[^']*'|[^-']+|.)}s
	  :                      qr{(^\#[^\n]*|(?<=\s)\#\s[^\n]*)|([^\#]+|.)}ms;
	while ($t =~ /$token/g)
	{
		my ($comment, $other) = ($1, $2);
		$comments .= defined $comment ? $comment : $blank->($other);
		$rest .= defined $other ? $other : $blank->($comment);
	}
	return ($comments, $rest);
}

sub line_of
{
	my ($t, $offset) = @_;
	return 1 + (substr($t, 0, $offset) =~ tr/\n//);
}

# Whether a file is of the tests, or speaks of them: the product does not know their words.
sub is_test { return $_[0] =~ m{^(?:test/|CONTRIBUTING\.md$)} ? 1 : 0 }

# Notes all words of code, and who defines which static function.
sub learn
{
	my ($file, $code) = @_;
	for my $side (is_test($file) .. 1)
	{
		$word[$side]{$1} = 1 while $code =~ /\b([A-Za-z_]\w*)/g;
		$called[$side]{$1} = 1 while $code =~ /\b([A-Za-z_]\w*)\s*\(/g;
	}
	return if $file !~ m{^(?:httpd|extension/src)/.*\.[ch]$};
	while ($code =~ /^static\b[^;={}()#]*?\b(\w+)\([^;{}]*\)\s*\{/mg) { $static_in{$1}{$file} //= line_of($code, $-[1]) }
}

# What is written of a name is a file, or a path, that is there.
sub is_file
{
	my ($name) = @_;
	$name =~ s{^(?:\.\./)+|/$}{}g;
	return $file{$name} || $folder{$name} || $tail{$name};
}

# Complains of each name in the text that is nowhere.
sub check_names
{
	my ($file, $t, $is_page) = @_;
	# A page may make what it speaks of.
	my %own = map { ($_ => 1) } $is_page ? $t =~ /(?:\bCREATE \w+ veza\.|^\s*static \w+ |\bVZ_FUNCTION\(|^)(\w+)(?= = |\(|\))/mg : ();
	while ($t =~ m{(?<![\w./:*<-])((?:[\w.-]+/)*[\w-]+\.$SUFFIXES)\b(?![\w/*]|\.\w)}g)
	{
		my ($name, $at) = ($1, $-[1]);
		complain($file, line_of($t, $at), "there is no file $name") if !is_file($name) && !$FOREIGN{$name} && $name !~ /NNNN/;
	}
	while ($t =~ m{(?<![\w./:\$\}-])((?:test|docs|extension|httpd|sql|docker)/[\w./-]*\w)(?![\w*]|/?[<\$*])}g)
	{
		my ($name, $at) = ($1, $-[1]);
		next if $name =~ /\.$SUFFIXES$/;
		complain($file, line_of($t, $at), "there is no $name") if !is_file($name) && !$FOREIGN{$name};
	}
	while ($t =~ m{(?<![\w./%@\$-])(?:(veza)\.)?([A-Za-z]\w*)(\(\))?(?![\w*]|\.\.\.|[./]\w)}g)
	{
		my ($schema, $name, $brackets, $at) = ($1, $2, $3, $-[2]);
		next if !$schema && !$brackets && $name !~ /^(?:[a-z][a-z0-9]*(?:_[a-z0-9]+)+|Vz[A-Z]\w*|VZ_\w+)$/;
		next if $FOREIGN{$name} || $own{$name} || $name =~ /_$/;
		complain($file, line_of($t, $at), "there is no $name" . ($brackets // '')) if !($brackets ? \@called : \@word)->[ is_test($file) ]{$name};
	}
}

# The comment above a function begins with its name, so that it is noticed when one of them moves alone.
sub check_heads
{
	my ($file) = @_;
	while ($text{$file} =~ m{^/\*(?:\n \*)?\s*((?:(?!\*/).)*)\*/\n(?:\w[^\n;={}()]*\n)(\w+)\([^;{}]*\)\n\{}msg)
	{
		my ($comment, $name, $at) = ($1, $2, $-[1]);
		complain($file, line_of($text{$file}, $at), "the comment of $name does not begin with its name") if $comment !~ /^\Q$name\E\b/;
	}
}

for my $path (@ARGV)
{
	open(my $f, '<', $path) or die "$path: $!\n";
	local $/;
	my $t = <$f> // '';
	next if $t =~ /\0/;
	$text{$path} = $t;
	$file{$path} = 1;
	my @parts = split m{/}, $path;
	$word[1]{$1} = $word[ is_test($path) ]{$1} = 1 if $parts[-1] =~ /^(\w+)\./;
	$tail{ join '/', @parts[ $_ .. $#parts ] } = 1 for 0 .. $#parts;
	$folder{ join '/', @parts[ 0 .. $_ ] } = 1 for 0 .. $#parts - 1;
}
my %comments;
for my $path (sort keys %text)
{
	next if $path =~ $PAGES || $path =~ m{^test/(?:releases|targets)/|^test/lint\.d/names\.pl$};
	my ($comments, $code) = halves($path, $text{$path});
	$comments{$path} = $comments;
	learn($path, $code);
}
for my $path (sort keys %text)
{
	if ($path =~ $PAGES) { check_names($path, $text{$path}, 1) }
	elsif ($path =~ m{^(?:httpd|extension|sql|test|docs)/} && defined $comments{$path}) { check_names($path, $comments{$path}, 0) }
	check_heads($path) if $path =~ m{^(?:httpd|extension)/.*\.c$};
}
for my $name (sort keys %static_in)
{
	my ($first, @others) = sort keys %{ $static_in{$name} };
	complain($_, $static_in{$name}{$_}, "$first has a static function $name, too") for @others;
}
exit($findings > 0);
__DATA__
verify_asan_link_order
scratch_ttl payment_purpose_check
main malloc free
pg_advisory_lock pg_dump session_replication_role query_canceled
gzip_types auto_explain log_nested_statements lock_not_available io_error snake_case
extension/sql/track.sql extension/src/track/track.c track_shape test/upgrade/VERSION NN_name.sql
test/package-lock.json pay_0000 snd_x whsec_x slow
