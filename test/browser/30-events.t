#!/usr/bin/perl
# A browser's own EventSource hears what happens to the account, and comes back by itself after a cut without
# missing anything.

use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Veza::Browser;
use Veza::Test;
use Veza::WebApp;

my $app = Veza::WebApp->new;
my $s = stack(env => { CORS_ALLOWED_ORIGINS => $app->origin, EVENT_STREAM_LIFETIME => '5m' });
start_all($s);
my $base = $s->url =~ s{/$}{}r =~ s/127\.0\.0\.1/localhost/r;
my $u = creator($s);
my $b = Veza::Browser->new;
is($b->open($app->origin . '/'), 200, 'the web app');

my $url = $b->evaluate("fetch('$base/api/v1/me/events-url', { headers: { Authorization: 'Bearer $u->{token}' } }).then(async r => (await r.json()).data.url)");
like($url, qr{^/api/v1/me/events\?signature=}, 'it gets an address');
$b->evaluate(<<"JS");
window.heard = []; window.opened = 0;
window.source = new EventSource('$base$url');
source.onopen = () => opened++;
source.addEventListener('subscription', e => heard.push(JSON.parse(e.data).status));
window.told = [];
source.addEventListener('notification', e => told.push(JSON.parse(e.data).kind));
true
JS
wait_until { $b->evaluate('opened') == 1 } 'the stream is open';
my $first = subscribe($s, $u);
pay($s, $first->{payment}{payment_id} // $first->{payment_id});
wait_until { $b->evaluate('heard.join()') =~ /active/ } 'the payment has landed';
is($b->evaluate('heard.join()'), 'active', 'and is heard of once');

is($b->evaluate('told.join()'), 'payment_pending', 'so was it that a payment waits');

my $admin = administrator($s);
my $track = $s->sql_value('insert into veza_data.track (uploader_id, title, artist, created_at, updated_at)'
	. " values ('$u->{id}', 'T', 'A', now(), now()) returning id");

# Cut: all connections to the database end, and with them what was heard over one.
$s->sql("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'veza_httpd'");
my $cancelled;
wait_until { ($cancelled = $u->{api}->post('/subscriptions/cancel', { at_period_end => false }))->status == 200 || $cancelled->code eq 'NO_ACTIVE_SUBSCRIPTION' } 'something happens meanwhile';
$s->sql("select veza.act_as('$admin->{id}', 'a test'); select veza.track_take_down('$track', 'a complaint')");
wait_until { $b->evaluate('opened') >= 2 } 'it has come back by itself', 30;
my $told = join ',', map { $_->[0] } $s->sql("select data->>'status' from veza_data.live_event where channel = 'user:$u->{id}' and kind = 'subscription' order by id");
wait_until { $b->evaluate('heard.join()') eq $told } 'all that has happened was heard, once, in order';
is($b->evaluate('heard.join()'), 'active,canceled', 'paid, and canceled');
wait_until { $b->evaluate('told.length') >= 2 } 'and the notification that came meanwhile';
is($b->evaluate('told.join()'), 'payment_pending,review_decision', 'once');

done_testing;
