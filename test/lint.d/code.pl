#!/usr/bin/perl
# Checks who may include whom, and the rules that hold for every file of a kind.
#
#   code.pl FILE...       C files, headers, SQL files, Makefiles

use strict;
use warnings;
use File::Basename qw(dirname basename);

# Files without server header, in one place: unit tests and fuzz targets compile
# them as plain C. Behind each, the library headers that it may include.
my %PURE = (
	'extension/src/core/machine/machine_rules.c'               => [],
	'extension/src/core/error_catalogue.c'             => [],
	'extension/src/core/ground/token.c'                       => [],
	'extension/src/core/nearest.c'                     => [],
	'extension/src/core/setting_rules.c'               => [],
	'extension/src/core/effects/effect_states.c'               => [],
	'extension/src/core/ground/foreign.c'                     => [],
	'extension/src/core/ground/foreign_scan.c'                => [],
	'extension/src/money/payment_rules.c'              => [],
	'extension/src/money/payment_states.c'             => [],
	'extension/src/money/psp_document.c'               => [],
	'extension/src/billing/subscription_states.c'      => [],
	'extension/src/distribution/distribution_states.c' => [],
	'extension/src/auth/password_strength.c'           => ['zxcvbn.h'],
	'extension/src/auth/totp.c'                        => [],
	'extension/src/auth/validators.c'                  => [],
	'extension/src/mail/template.c'                    => [],
	'extension/src/admin/redact.c'                     => [],
	'extension/src/chat/ws_url.c'                      => [],
	'extension/src/auth/device.c'                      => [],
	'extension/src/user/profile_rules.c'               => [],
	'extension/src/user/settings_rules.c'              => [],
	'httpd/wire/admit.c'                               => [],
	'httpd/wire/target.c'                              => [],
	'httpd/wire/values.c'                              => [],
	'httpd/config/config.c'                            => [],
	'httpd/config/config_load.c'                       => [],
	'httpd/config/config_defaults.c'                   => [],
	'httpd/config/config_read.c'                       => [],
	'httpd/config/config_print.c'                      => [],
	'httpd/config/config_unknown.c'                    => [],
	'httpd/wire/forwarded.c'                           => ['arpa/inet.h'],
	'httpd/limits/limit.c'                             => [],
	'httpd/config/service_url.c'                       => [],
	'httpd/wire/etag.c'                                => ['sodium.h'],
	'httpd/wire/language.c'                            => [],
	'httpd/base/log.c'                                 => [],
	'httpd/wire/cookie.c'                              => [],
	'httpd/files/image.c'                              => [],
	'httpd/files/multipart.c'                          => [],
	'httpd/wire/cors.c'                                => [],
	'httpd/trust/csrf.c'                               => ['sodium.h'],
	'httpd/routes/args.c'                              => [ 'jansson.h', 'libpq-fe.h' ],
	'httpd/routes/route.c'                             => [ 'jansson.h', 'libpq-fe.h' ],
	'httpd/trust/keys.c'                               => ['sodium.h'],
	'httpd/trust/signature.c'                          => [ 'sodium.h' ],
	'httpd/trust/token.c'                              => [ 'jansson.h', 'jwt.h', 'sodium.h' ],
	'httpd/relay/breaker.c'                            => [],
	'httpd/relay/hyperswitch.c'                        => ['jansson.h'],
	'httpd/relay/mime.c'                               => [],
);

# Headers of the C library.
my %LIBC = map { ($_ => 1) } qw(ctype.h errno.h limits.h pthread.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h
  stdio.h stdlib.h string.h strings.h time.h unistd.h);

# Domains may use what stands before them, and core.
my %RANK = (core => 0, mail => 1, auth => 2, user => 3, track => 4, playlist => 5, money => 5, chat => 5, market => 6, billing => 6,
	distribution => 7, admin => 8);

# The tables and views of domains, where C names them: whose it is says who may use it.
my %TABLES = (money => qr/^(?:payment|refund|psp_event)/, billing => qr/^(?:subscription|plan|newest_pending)/,
	distribution => qr/^(?:distribution|gate_refusal)/);

# What other domains may include of one that has more than doors: these headers.
my %DOORS = (billing => [qw(entitlement subscription_end)]);

# The floors of core, from the ground up: a file may use its own floor and those below.
# In core itself stands what both programs follow, below all floors.
my %FLOOR = ('' => 0, ground => 1, request => 2, machine => 3, effects => 4, schema => 5);

# Below these folders files may not need each other in a circle, by includes or calls.
my @NO_CIRCLES = ('extension/src/');

# What httpd and relay may include from elsewhere.
my %FROM_EXTENSION = map { ("extension/src/core/$_.h" => 1) } qw(entity_tag errors interface nearest settings);
my %FOR_RELAY = map { ("httpd/$_.h" => 1) } qw(check base/identity base/log base/watch config/config database/session_options);

my $findings = 0;
my (%text, %c_functions, %sql_functions);

sub complain
{
	my ($file, $line, $what) = @_;
	print "$file:$line: $what\n";
	$findings++;
}

# The path of an included file, without its dots.
sub resolve
{
	my ($from, $include) = @_;
	my @parts;
	for my $part (split m{/}, dirname($from) . "/$include")
	{
		if ($part eq '..' && @parts) { pop @parts }
		elsif ($part ne '.') { push @parts, $part }
	}
	return join '/', @parts;
}

# [line, path or name, is it ours] of each include.
sub includes
{
	my ($file) = @_;
	my ($n, @found) = (0);
	for my $line (split /\n/, $text{$file})
	{
		$n++;
		push @found, [ $n, resolve($file, $1), 1 ] if $line =~ /^\s*#\s*include\s*"([^"]+)"/;
		push @found, [ $n, $1, 0 ] if $line =~ /^\s*#\s*include\s*<([^>]+)>/;
	}
	return @found;
}

# Every header that a file sees must be the C library's or one it may have.
sub check_pure
{
	my ($pure, $file, $allowed, $seen) = @_;
	for my $include (includes($file))
	{
		my ($line, $name, $is_ours) = @$include;
		if (!$is_ours)
		{
			complain($file, $line, "<$name> has no place in the pure file $pure")
			  if !$LIBC{$name} && !$allowed->{$name};
			next;
		}
		next if $seen->{$name}++;
		if (!defined $text{$name}) { complain($file, $line, "\"$name\" has no place in the pure file $pure") }
		else { check_pure($pure, $name, $allowed, $seen) }
	}
}

# The domain that a file of the extension belongs to, or none.
sub domain_of { return $_[0] =~ m{^extension/src/(\w+)/} ? $1 : undef }

# Complains when a domain uses another one that does not stand before it.
sub check_rank
{
	my ($file, $line, $domain, $other, $how) = @_;
	return if !defined $domain || !defined $other || $domain eq $other;
	for my $d ($domain, $other) { complain($file, $line, "the domain $d has no place in the order of domains") if !defined $RANK{$d} }
	complain($file, $line, "$domain must not use $other ($how): dependencies point one way")
	  if ($RANK{$other} // 0) >= ($RANK{$domain} // 0);
}

# Dependencies point one way.
sub check_direction
{
	my ($file) = @_;
	my $domain = domain_of($file);
	for my $include (grep { $_->[2] } includes($file))
	{
		my ($line, $path) = @$include;
		my $other = domain_of($path);
		check_rank($file, $line, $domain, $other, "includes $path");
		complain($file, $line, "of $other other domains include " . join(', ', map { "$_.h" } @{ $DOORS{$other} }) . ' only')
		  if defined $domain && defined $other && $domain ne $other && $DOORS{$other} && !grep { $path =~ m{/$_\.h$} } @{ $DOORS{$other} };
		complain($file, $line, 'of the extension httpd may include ' . join(', ', map { basename($_) } sort keys %FROM_EXTENSION) . ' only')
		  if $file =~ m{^httpd/} && $path =~ m{^extension/} && !$FROM_EXTENSION{$path};
		complain($file, $line, 'the extension includes nothing of httpd') if $file =~ m{^extension/} && $path =~ m{^httpd/};
		complain($file, $line, 'httpd includes nothing of the relay') if $file =~ m{^httpd/(?!relay/)} && $path =~ m{^httpd/relay/};
		complain($file, $line, 'of httpd the relay may include ' . join(', ', sort keys %FOR_RELAY) . ' only')
		  if $file =~ m{^httpd/relay/} && $path =~ m{^httpd/(?!relay/)} && !$FOR_RELAY{$path};
		complain($file, $line, 'a program includes nothing of the tests') if $file !~ m{^test/} && $path =~ m{^test/};
	}
}

# Within core, too: no file asks a higher floor.
sub check_floors
{
	my ($file) = @_;
	my ($floor) = $file =~ m{^extension/src/core/(?:(\w+)/)?\w+\.[ch]$} or return;
	$floor //= '';
	if (!defined $FLOOR{$floor}) { complain($file, 1, "core has no floor $floor"); return }
	for my $include (grep { $_->[2] } includes($file))
	{
		my ($line, $path) = @$include;
		next if $path !~ m{^extension/src/core/(?:(\w+)/)?\w+\.h$};
		my $other = $1 // '';
		complain($file, $line, "core/$floor must not use core/$other: floors use those below them") if ($FLOOR{$other} // 0) > $FLOOR{$floor};
	}
}

# Who needs whom, and the place that says so first: from => to => [file, line, name, if
# no include says so]. A file and its header are one; a header of many is seen through,
# because calls count.
sub needs
{
	my ($root) = @_;
	my (%defined_in, %needs);
	my @files = grep { m{^\Q$root\E.*\.[ch]$} } sort keys %text;
	for my $file (grep { /\.c$/ } @files)
	{
		my $unit = $file =~ s/\.c$//r;
		$defined_in{$1} = $unit while $text{$file} =~ /^(?!static\b)\w[^\n;=]*\n(vz_\w+)\([^;{]*\)\n\{/gm;
	}
	for my $file (@files)
	{
		my $unit = $file =~ s/\.[ch]$//r;
		for my $include (grep { $_->[2] } includes($file)) { $needs{$unit}{ $include->[1] =~ s/\.h$//r } //= [ $file, $include->[0] ] }
		next if $file !~ /\.c$/;
		my $code = $text{$file} =~ s{/\*.*?\*/|"(?:[^"\\\n]|\\.)*"}{$& =~ s/[^\n]/ /gr}gser;
		while ($code =~ /\b(vz_\w+)\b/g)
		{
			my ($to, $at) = ($defined_in{$1}, $-[0]);
			$needs{$unit}{$to} //= [ $file, line_of($code, $at), $1 ] if defined $to;
		}
	}
	delete $needs{$_}{$_} for keys %needs;
	return \%needs;
}

# So does SQL: a domain names the tables of those before it.
sub check_tables
{
	my ($file) = @_;
	my $code = $text{$file} =~ s{/\*.*?\*/}{$& =~ s/[^\n]/ /gr}gser;
	while ($code =~ /\bveza_data\.(\w+)/g)
	{
		my ($name, $at) = ($1, $-[0]);
		my ($owner) = grep { $name =~ $TABLES{$_} } sort keys %TABLES;
		check_rank($file, line_of($code, $at), domain_of($file), $owner, "names veza_data.$name");
	}
}

# A call needs no include of the domain's own: what is declared by hand points one way, too.
sub check_calls
{
	my ($needs) = @_;
	for my $from (sort keys %$needs)
	{
		for my $to (sort keys %{ $needs->{$from} })
		{
			my ($file, $line, $name) = @{ $needs->{$from}{$to} };
			check_rank($file, $line, domain_of($from), domain_of($to), "names $name") if defined $name;
		}
	}
}

# Takes away who needs nobody that is left, again and again; who remains is in a circle, or leads to one.
sub trim
{
	my ($needs) = @_;
	my $before;
	do
	{
		$before = keys %$needs;
		for my $unit (keys %$needs)
		{
			delete $needs->{$unit}{$_} for grep { !$needs->{$_} } keys %{ $needs->{$unit} };
			delete $needs->{$unit} if !%{ $needs->{$unit} };
		}
	} while (keys %$needs < $before);
}

# Each circle is named once, where its first file needs the next one.
sub check_circles
{
	my ($root) = @_;
	my $needs = needs($root);
	check_calls($needs);
	for (trim($needs); %$needs; trim($needs))
	{
		my (@way, %seen);
		for (my ($unit) = sort keys %$needs; !defined $seen{$unit}; ($unit) = sort keys %{ $needs->{$unit} })
		{
			$seen{$unit} = @way;
			push @way, $unit;
		}
		my ($last) = sort keys %{ $needs->{ $way[-1] } };
		my @circle = @way[ $seen{$last} .. $#way ];
		my ($file, $line) = @{ $needs->{ $circle[0] }{ $circle[1] } };
		complain($file, $line, 'files need each other in a circle: ' . join(' -> ', map { s/^\Q$root\E//r } @circle, $circle[0]));
		delete @$needs{@circle};
	}
}

# The line of an offset.
sub line_of
{
	my ($t, $offset) = @_;
	return 1 + (substr($t, 0, $offset) =~ tr/\n//);
}

# Rules for the extension's C: every raised error has a SQLSTATE; libraries that the server's symbols break stay out.
sub check_extension_file
{
	my ($file) = @_;
	my $t = $text{$file} =~ s{/\*.*?\*/}{$& =~ s/[^\n]/ /gr}gser;
	while ($t =~ /\bereport\s*\(\s*(?:ERROR|FATAL|PANIC)\b/g)
	{
		my $at = $-[0];
		my ($call) = substr($t, $at) =~ /\A(.*?\)\s*;)/s;
		complain($file, line_of($t, $at), 'ereport(ERROR) without errcode') if ($call // '') !~ /\berrcode(?:_for_\w+)?\s*\(/;
	}
	while ($t =~ /#\s*include\s*[<"](jwt|jansson|libpq-fe|curl\/curl)\.h/g)
	{
		complain($file, line_of($t, $-[0]), "the extension must not link $1");
	}
	$c_functions{$1} //= "$file:" . line_of($t, $-[0]) while $t =~ /^VZ_FUNCTION\((\w+)\)/gm;
}

# Rules for the extension's scripts: plain CREATE, and each C function under the name of its symbol.
sub check_script
{
	my ($file) = @_;
	my $t = $text{$file} =~ s{--[^\n]*}{}gr;
	while ($t =~ /\b(CREATE\s+OR\s+REPLACE|IF\s+NOT\s+EXISTS)\s+(?!\(|SELECT)/gi)
	{
		my ($words, $at) = ($1, $-[0]);
		complain($file, line_of($t, $at), "$words would adopt an object that a stranger made");
	}
	while ($t =~ /\bCREATE\s+(?:FUNCTION|PROCEDURE)\s+veza\.(\w+)(.*?);/gis)
	{
		my ($name, $rest, $at) = ($1, $2, $-[0]);
		next if $rest !~ /'MODULE_PATHNAME'(?:\s*,\s*'(\w+)')?/i;
		complain($file, line_of($t, $at), "veza.$name is made of the symbol $1: name and symbol are one, but for a prefix veza_") if defined $1 && $1 ne $name && $1 ne "veza_$name";
		$sql_functions{ $1 // $name } = "$file:" . line_of($t, $at);
	}
}

for my $file (@ARGV)
{
	open(my $f, '<', $file) or die "$file: $!\n";
	local $/;
	$text{$file} = <$f> // '';
}
for my $file (sort keys %text)
{
	check_direction($file) if $file =~ /\.[ch]$/;
	check_floors($file) if $file =~ /\.[ch]$/;
	check_tables($file) if $file =~ m{^extension/src/.*\.c$};
	check_extension_file($file) if $file =~ m{^extension/src/.*\.[ch]$};
	check_script($file) if $file =~ m{^extension/sql/.*\.sql$};
	complain($file, 1, 'a header has a guard VEZA_..._H')
	  if $file =~ /\.h$/ && $file !~ m{^test/psp/} && $text{$file} !~ /^#ifndef (VEZA_\w+_H)\n#define \1$/m;
}
check_circles($_) for @NO_CIRCLES;
for my $file (sort keys %PURE)
{
	if (!defined $text{$file}) { complain($file, 1, 'the pure file is gone: correct the list in test/lint.d/code.pl'); next }
	check_pure($file, $file, { map { ($_ => 1) } @{ $PURE{$file} } }, { $file => 1 });
	my $stem = $file =~ s/\.c$//r;
	my $tests = ($text{'test/unit/Makefile'} // '') =~ s{\$\(core\)}{extension/src/core}gr;
	complain($file, 1, 'the pure file has no unit test') if $tests !~ /\Q$stem\E\b/;
}
# A file that says it is pure is on the list.
for my $file (grep { m{^(?:extension/src|httpd)/.*\.c$} } sort keys %text)
{
	my ($head) = $text{$file} =~ m{\A/\*(.*?)\*/}s;
	complain($file, 1, 'the file says that it is pure: add it to the list in test/lint.d/code.pl')
	  if !$PURE{$file} && ($head // '') =~ /\b(?:no server header|[Pp]ure:)/;
}
for my $name (sort keys %c_functions)
{
	complain($c_functions{$name} =~ /^(.*):(\d+)$/, "no CREATE FUNCTION veza.$name") if !$sql_functions{$name};
}
for my $name (sort keys %sql_functions)
{
	complain($sql_functions{$name} =~ /^(.*):(\d+)$/, "no VZ_FUNCTION($name)") if !$c_functions{$name};
}
exit($findings > 0);
