#!/usr/bin/perl
# Checks that httpd is a house: each file stands in a room, each room on a floor,
# and a file uses what stands on its own floor or below, never what stands above.
# On one floor no file uses itself, be it through others.
#
# A file here is a .c and the .h of its name. It uses another one when it includes
# its header, or names a function that the other one defines.
#
#   floors.pl C-FILES... HEADERS...

use strict;
use warnings;

# The rooms, lowest floor first, as httpd/Makefile has them.
my @ROOMS = rooms();
# What stands above all rooms.
my %TOP = map { ($_ => 1) } qw(main check);

my %FLOOR = map { ($ROOMS[$_] => $_) } 0 .. $#ROOMS;
my $findings = 0;
my (%text, %unit, %floor, %defines, %uses);

sub rooms
{
	open(my $f, '<', 'httpd/Makefile') or die "httpd/Makefile: $!\n";
	my ($list) = map { /^ROOMS = (.*)/ } <$f>;
	return split ' ', $list // die "httpd/Makefile has no list ROOMS\n";
}

sub complain
{
	my ($file, $line, $what) = @_;
	print "$file:$line: $what\n";
	$findings++;
}

# The text without comments and strings, its lines kept.
sub code_of
{
	my ($t) = @_;
	$t =~ s{/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'}{$& =~ s/[^\n]+/ /gr}gse;
	return $t;
}

# The path of an included file, without its dots.
sub resolve
{
	my ($from, $include) = @_;
	my @parts;
	for my $part (split m{/}, ($from =~ s{[^/]+$}{}r) . $include)
	{
		if ($part eq '..' && @parts) { pop @parts }
		elsif ($part ne '.' && $part ne '') { push @parts, $part }
	}
	return join '/', @parts;
}

# Notes that a file uses another one, where it is seen first.
sub note_use
{
	my ($file, $line, $other, $how) = @_;
	my $from = $unit{$file};
	$uses{$from}{$other} //= [ $file, $line, $how ] if $from ne $other;
}

sub read_includes
{
	my ($file) = @_;
	my $n = 0;
	for my $line (split /\n/, $text{$file})
	{
		$n++;
		next if $line !~ /^\s*#\s*include\s*"([^"]+)"/;
		my $path = resolve($file, $1);
		note_use($file, $n, $unit{$path}, "includes $1") if $unit{$path};
	}
}

sub read_names
{
	my ($file) = @_;
	my $n = 0;
	for my $line (split /\n/, code_of($text{$file}))
	{
		$n++;
		while ($line =~ /(?<![.\w]|->)([a-z]\w+)\b/g)
		{
			note_use($file, $n, $defines{$1}, "names $1") if $defines{$1};
		}
	}
}

# The files of a circle that this one is in, or none: who reaches it of those whom it reaches on its floor.
sub circle_of
{
	my ($start) = @_;
	my $reach = sub {
		my ($from) = @_;
		my (%seen, @next);
		@next = ($from);
		while (defined(my $u = pop @next))
		{
			push @next, grep { ($floor{$_} // -1) == ($floor{$start} // -1) } keys %{ $uses{$u} } if !$seen{$u}++;
		}
		return \%seen;
	};
	my @circle = grep { $_ ne $start && $reach->($_)->{$start} } sort keys %{ $reach->($start) };
	return @circle ? ($start, @circle) : ();
}

for my $file (grep { m{^httpd/(?!relay/)} } @ARGV)
{
	open(my $f, '<', $file) or die "$file: $!\n";
	local $/;
	$text{$file} = <$f> // '';
	$unit{$file} = $file =~ s/\.[ch]$//r;
	my ($room, $name) = $file =~ m{^httpd/(?:(\w+)/)?(\w+)\.[ch]$};
	$floor{ $unit{$file} } = defined $room ? $FLOOR{$room} : $TOP{ $name // '' } ? @ROOMS : undef;
	complain($file, 1, 'the file is in no room: see ROOMS in httpd/Makefile') if !defined $floor{ $unit{$file} };
}
for my $file (grep { /\.c$/ } sort keys %text)
{
	my $code = code_of($text{$file});
	while ($code =~ /^(?!static\b|typedef\b|#|\}|\s)[^\n;(]*\n(\w+)\([^;{]*\)\n\{/gm) { $defines{$1} = $unit{$file} }
}
for my $file (sort keys %text)
{
	read_includes($file);
	read_names($file) if $file =~ /\.c$/;
}
for my $from (sort keys %uses)
{
	for my $other (sort keys %{ $uses{$from} })
	{
		my ($file, $line, $how) = @{ $uses{$from}{$other} };
		next if !defined $floor{$from} || !defined $floor{$other} || $floor{$other} <= $floor{$from};
		complain($file, $line, "$how: $other.c stands on a floor above");
	}
}
my %told;
for my $from (sort keys %uses)
{
	next if $told{$from};
	my @circle = circle_of($from) or next;
	$told{$_} = 1 for @circle;
	my %in = map { ($_ => 1) } @circle;
	for my $u (@circle)
	{
		for my $other (grep { $in{$_} } sort keys %{ $uses{$u} })
		{
			my ($file, $line, $how) = @{ $uses{$u}{$other} };
			complain($file, $line, "$how, and " . ($other =~ s{^httpd/}{}r) . ' uses ' . ($u =~ s{^httpd/}{}r) . ', be it through others');
		}
	}
}
exit($findings > 0);
