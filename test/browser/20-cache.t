#!/usr/bin/perl
# Two people at one browser, one after the other: its cache never shows the second one what the first one saw.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Veza::Browser;
use Veza::Test;
use Veza::WebApp;

my $app = Veza::WebApp->new;
my $origin = $app->origin;
my $s = stack(env => { CORS_ALLOWED_ORIGINS => $origin });
start_all($s);
my $base = $s->url =~ s{/$}{}r =~ s/127\.0\.0\.1/localhost/r;
my %user = map { $_ => register($s, username => $_) } qw(ada bob);
my $b = Veza::Browser->new;
is($b->open("$origin/"), 200, 'the web app');

# What the page gets: status and body.
sub fetched
{
	my ($path, $token, %o) = @_;
	my $cache = $o{cache} // 'default';
	my $headers = defined $token ? "{ Authorization: 'Bearer $token' }" : '{}';
	return $b->evaluate("fetch('$base/api/v1$path', { headers: $headers, cache: '$cache' }).then(async r => r.status + ' ' + await r.text())");
}

for my $path ('/users/me', '/auth/me', '/users/me/settings', "/users/$user{ada}{id}", '/users/me/completion')
{
	subtest $path => sub {
		my $first = fetched($path, $user{ada}{token});
		is($first, fetched($path, $user{ada}{token}), 'the first one sees it twice');
		for my $cache ('default', 'no-cache', 'force-cache')
		{
			fetched($path, $user{ada}{token});
			my $second = fetched($path, $user{bob}{token}, cache => $cache);
			like($second, qr/^200 /, "$cache: the second one sees something");
			unlike($second, qr/\Q$user{ada}{email}\E|\Q$user{ada}{id}\E.*"email"/, "$cache: that is not the first one's");
			unlike($second, qr/"email":"ada/, "$cache: by no name");
			is($second, '200 ' . $user{bob}{api}->get($path)->body, "$cache: but what is there for the second one");
		}
		fetched($path, $user{ada}{token});
		unlike(fetched($path, undef, cache => 'force-cache'), qr/"email"/, 'who has logged out is nobody');
		is(fetched($path, $user{ada}{token}), '200 ' . $user{ada}{api}->get($path)->body, 'the first one comes back');
	};
}

done_testing;
