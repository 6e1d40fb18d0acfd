#!/usr/bin/perl
# Idempotency-Key over HTTP: fifty repetitions at once make one thing, and every one of them gets its answer.

use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;
use Veza::Test;

# Fifty registrations at once wait for two places to hash.
my $s = stack(env => { DB_AUTH_QUEUE => 64 });
start_all($s);

# Fifty requests at once under one key, until each has an answer that is no conflict.
sub insist
{
	my ($api, $key, $path, $body) = @_;
	my (@done, $conflicts);
	for (1 .. 50)
	{
		my @r = $api->parallel(map { [ POST => $path, $body, headers => { 'Idempotency-Key' => $key } ] } 1 .. 50 - @done);
		push @done, grep { $_->code !~ /^(?:IDEMPOTENCY_CONFLICT|SERVER_BUSY)$/ } @r;
		$conflicts += grep { $_->code eq 'IDEMPOTENCY_CONFLICT' && $_->status == 409 && $_->header('Retry-After') } @r;
		last if @done == 50;
	}
	return (\@done, $conflicts);
}

# The different texts, each once.
sub different { my %seen; return grep { !$seen{$_}++ } @_ }

my $u = creator($s);
pay($s, subscribe($s, $u)->{payment_id});
flush_webhooks($s);

subtest 'a distribution' => sub {
	my ($r, $conflicts) = insist($u->{api}, 'dist-1', '/distributions', { track_id => $u->{track} });
	is_deeply([ different(map { $_->brief } @$r) ], ['201'], "all fifty say that it is made ($conflicts had to wait)");
	is(scalar(different(map { $_->data->{id} } @$r)), 1, 'the same one');
	is($s->sql_value("select count(*) from veza_data.distribution where track_id = '$u->{track}'"), 1, 'it is made once');
	is(scalar(grep { !$_->header('Idempotency-Replayed') } @$r), 1, 'all but the first say that they repeat');
	is_refused($u->{api}->post('/distributions', { track_id => uuid() }, headers => { 'Idempotency-Key' => 'dist-1' }), '422 IDEMPOTENCY_KEY_REUSED', 'another body is another request');
};

subtest 'a subscription' => sub {
	my $v = creator($s);
	my ($r, $conflicts) = insist($v->{api}, 'sub-1', '/subscriptions/subscribe', { plan_id => 'pro' });
	is_deeply([ different(map { $_->brief } @$r) ], ['201'], 'all fifty say that it is made');
	cmp_ok($conflicts, '>', 0, 'some had to wait, because one was under way');
	is(scalar(different(map { $_->data->{client_secret} } @$r)), 1, 'with one payment');
	is($s->sql_value("select count(*) from veza_data.subscription where user_id = '$v->{id}'"), 1, 'it is made once');
	is($s->sql_value("select count(*) from veza_data.idempotency where answer like '%secret%' or head::text like '%secret%'"), 0, 'the secret of the payment is not stored');
	is_refused($v->{api}->post('/subscriptions/subscribe', { plan_id => 'basic' }, headers => { 'Idempotency-Key' => 'sub-1' }), '422 IDEMPOTENCY_KEY_REUSED', 'another plan is another request');
};

subtest 'a registration' => sub {
	my $body = { username => 'again', email => 'again@veza.example', password => 'tortoise-shell-9' };
	my ($r) = insist(api($s), 'reg-1', '/auth/register', $body);
	is_deeply([ different(map { $_->brief } @$r) ], ['201'], 'all fifty are told that it is made');
	is(scalar(different(map { $_->data->{user_id} } @$r)), 1, 'one account');
	is(scalar(grep { api($s, $_->data->{access_token})->get('/auth/me')->status == 200 } @$r), 50, 'and each token opens it');
};

subtest 'the key' => sub {
	is_refused($u->{api}->post('/distributions', { track_id => $u->{track} }, headers => { 'Idempotency-Key' => 'x' x 300 }), '400 MALFORMED_REQUEST', 'has at most 255 characters');
	is($u->{api}->get('/auth/me', headers => { 'Idempotency-Key' => 'dist-1' })->brief, '200', 'means nothing to a GET');
};

subtest 'entity tags' => sub {
	my $r = $u->{api}->get('/auth/me');
	like($r->header('ETag'), qr/^(?:W\/)?"[^"]+"$/, 'an answer has one');
	my $n = $u->{api}->get('/auth/me', headers => { 'If-None-Match' => $r->header('ETag') });
	is($n->status . $n->body, '304', 'who has this version gets no body');
	is($n->header('ETag'), $r->header('ETag'), 'but the tag');
	is($u->{api}->get('/auth/me', headers => { 'If-None-Match' => '"other"' })->status, 200, 'who has another one gets it');
	is_refused($u->{api}->request('PUT', '/users/me', { bio => 'changed' }, headers => { 'If-None-Match' => '*' }), '412 PRECONDITION_FAILED', 'a change under a condition that does not hold is none');
};

subtest 'languages' => sub {
	my $fr = api($s)->post('/auth/login', {}, headers => { 'Accept-Language' => 'de, fr-CA;q=0.8, en;q=0.5' });
	is($fr->code, 'VALIDATION_ERROR', 'codes never change');
	is($fr->json->{message}, 'Des champs sont manquants ou incorrects.', 'the sentence is French for who reads French');
	is_deeply([ map { $_->{message} } @{ $fr->details } ], [ ('est obligatoire') x 2 ], 'and what is wrong with each field');
	is(api($s)->post('/auth/login', {})->json->{message}, 'Some fields are missing or wrong.', 'English for everybody else');
	my $v = creator($s);
	subscribe($s, $v);
	my %french = (headers => { 'Accept-Language' => 'fr' });
	my $gate = $v->{api}->post('/distributions', { track_id => $v->{track} }, %french);
	is($gate->json->{message}, 'Complete the payment to enable distribution.', 'the fixed sentence is the same in every language');
	my $url = $gate->details->{complete_url};
	is($gate->json->{error}{hint}, "Retrouvez le paiement par POST $url.", 'its hint is French, with the address in its place');
	my $short = api($s)->post('/auth/register', { username => 'x', email => 'x@veza.example', password => 'tortoise-shell-9' }, %french);
	is_deeply($short->details, [ { field => 'username', message => 'doit comporter de 3 à 30 caractères' } ], 'numbers stand where they stood');
	is(api($s)->get("/auth/check-username?username=$v->{username}", %french)->data->{reason}, 'est déjà pris', 'sentences that are data are French, too');
	is(api($s)->get("/auth/check-username?username=$v->{username}")->data->{reason}, 'is taken', 'or English');
};

is_deeply([ audit_findings($s) ], [], 'the audit finds nothing');
done_testing;
