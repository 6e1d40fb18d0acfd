#!/usr/bin/perl
# Whatever several editors do with a playlist at the same time, its order is what a plain list
# comes to by the same changes in the order of their versions; no change is lost and none is half done.
#
#   VEZA_PLAYLIST_CLIENTS=50      clients at once (8)
#   VEZA_PLAYLIST_CHANGES=1000    changes of each (60)

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Time::HiRes qw(time);
use Veza::Scene;
use Veza::Session;
use Veza::Stack;

my $clients = $ENV{VEZA_PLAYLIST_CLIENTS} // 8;
my $changes = $ENV{VEZA_PLAYLIST_CHANGES} // 60;
my $stack = Veza::Stack->new(conf => 'max_connections = ' . ($clients + 20));
my $scene = Veza::Scene->new($stack);
END { local $?; $stack->stop_all if $stack }

$stack->start_postgres;
$stack->create_database;
$stack->psql_file("$FindBin::Bin/playlist.sql");
my $main = Veza::Session->new($stack);

sub user
{
	my ($name) = @_;
	return $main->do("insert into veza_data.users (username, email, password_hash, role, created_at, updated_at)"
		. " values ('$name', '$name\@veza.example', 'none', 'user', now(), now()) returning id");
}
my @users = map { user("editor$_") } 1 .. $clients;
$main->do("insert into veza_data.track (uploader_id, title, artist, created_at, updated_at) select '$users[0]', 'Track ' || n, 'Artist', now(), now() from generate_series(1, 200) n;"
	. " alter table veza_data.track disable trigger user; update veza_data.track set status = 'ready'; alter table veza_data.track enable trigger user;"
	. ' insert into prop.track select row_number() over (), id from veza_data.track');
my $list = $main->do("insert into veza_data.playlist (owner_id, name, created_at, updated_at) values ('$users[0]', 'Shared', now(), now()) returning id");
$main->do("insert into veza_data.playlist_member (playlist_id, user_id, role, created_at, accepted_at) select '$list', id, 'editor', now(), now() from veza_data.users where id <> '$users[0]'");

# ---- all at once

my $began = time;
my @sessions = map { Veza::Session->new($stack, stop => 1) } @users;
$sessions[$_]->do("select veza.act_as('$users[$_]', 'property')") for 0 .. $#sessions;
$sessions[$_]->send("call prop.client('$list', $_, $changes)") for 0 .. $#sessions;
my @ends = map { $_->receive(30 + $clients * $changes / 20) } @sessions;
is(join('', map { $_ // 'no answer' } @ends), '', 'every client has made its changes');
$_->close for @sessions;
my %refused = map { split /\|/ } split /\n/, $main->do('select code, count(*) from prop.refused group by 1');
note sprintf '%d changes in %.1f s; refused: %s', $main->do('select count(*) from prop.log'), time - $began,
  join ', ', map { "$_ $refused{$_}" } sort keys %refused;

# ---- the same by a plain list

my @model;
my $expected = 0;
my ($strange, %done) = ('');
for my $row (split /\n/, $main->do('select version, op, what from prop.log order by version'))
{
	my ($version, $op, $json) = split /\|/, $row, 3;
	my $what = $Veza::Scene::json->decode($json);
	$done{$op}++;
	$strange ||= "version $version follows $expected" if $version != ++$expected;
	if ($op eq 'add')
	{
		my @added = @{ $what->{added} };
		splice @model, $added[0]{position}, 0, map { [ @$_{qw(entry_id track_id)} ] } @added;
		$strange ||= "version $version adds to places that do not follow each other" if grep { $added[$_]{position} != $added[0]{position} + $_ } 0 .. $#added;
		$strange ||= "version $version counts $what->{track_count}, and there are " . @model if $what->{track_count} != @model;
	}
	elsif ($op eq 'move')
	{
		my ($start, $length, $before) = @$what;
		my @block = splice @model, $start, $length;
		splice @model, $before <= $start ? $before : $before - $length, 0, @block;
	}
	elsif ($op eq 'order')
	{
		my %by_id = map { ($_->[0] => $_) } @model;
		$strange ||= "version $version is no permutation" if @$what != @model || grep { !$by_id{$_} } @$what;
		@model = map { $by_id{$_} } @$what;
	}
	else
	{
		my $column = $op eq 'remove_entry' ? 0 : 1;
		@model = grep { $_->[$column] ne $what } @model;
	}
}
is($strange, '', 'every version is there once, and what it says is what a plain list does');
cmp_ok($done{$_} // 0, '>', 0, "there were changes of the kind $_") for qw(add move remove_entry);
my @order = split /\n/, $main->do("select id, track_id from veza_data.playlist_entry where playlist_id = '$list' order by rank");
my ($at) = grep { ($order[$_] // '') ne (defined $model[$_] ? join('|', @{ $model[$_] }) : '') } 0 .. (@order > @model ? $#order : $#model);
is($at, undef, scalar(@order) . ' entries stand in the order of the plain list');
is($main->do("select version || ' ' || track_count from veza_data.playlist where id = '$list'"), "$expected " . @model, 'and are counted');
is($main->do("select count(*) from veza_data.playlist_change where playlist_id = '$list'"), $expected, 'each change is on record once');
# The tracks here have no audio.
my @audit = grep { !/^track_status_differs/ } $scene->audit;
is(scalar @audit, 0, 'the audit finds nothing') or diag map { "$_\n" } @audit;
is($stack->read_file("$stack->{dir}/postgres.log") =~ /(deadlock detected|PANIC|terminated by signal|XX00\d)/ ? $1 : '', '', 'nobody was in a deadlock');
done_testing();
