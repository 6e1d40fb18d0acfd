/*
 * redis_script.h
 *		What Redis runs to count a request; included by redis.c alone, sent in
 *		the thread of a loop.
 *
 * The same sliding windows as in limit.c: a hash per key, a field per
 * sub-window, by Redis' own clock. KEYS are the keys, ARGV limit and window in
 * ms of each; the answer is 1 or 0, then remaining, retry_ms and reset_ms of
 * each.
 */
#ifndef VEZA_REDIS_SCRIPT_H
#define VEZA_REDIS_SCRIPT_H

static const char redis_script[] =
	"local time = redis.call('TIME')\n"
	"local now = time[1] * 1000 + math.floor(time[2] / 1000)\n"
	"local admitted, answer = 1, {}\n"
	"for i, key in ipairs(KEYS) do\n"
	"  local limit, part = tonumber(ARGV[2 * i - 1]), ARGV[2 * i] / 10\n"
	"  local last = math.floor(now / part)\n"
	"  local fields, counts, sum, retry, reset = redis.call('HGETALL', key), {}, 0, 0, 0\n"
	"  for f = 1, #fields, 2 do\n"
	"    local n = tonumber(fields[f])\n"
	"    if n < last - 10 or n > last then redis.call('HDEL', key, fields[f])\n"
	"    else counts[n] = tonumber(fields[f + 1]); sum = sum + counts[n] end\n"
	"  end\n"
	"  answer[3 * i - 1] = math.max(limit - sum, 0)\n"
	"  for n = last - 10, last do if counts[n] then\n"
	"    reset = (n + 11) * part - now\n"
	"    if sum >= limit then retry, admitted = reset, 0 end\n"
	"    sum = sum - counts[n]\n"
	"  end end\n"
	"  answer[3 * i], answer[3 * i + 1] = retry, reset\n"
	"end\n"
	"answer[1] = admitted\n"
	"if admitted == 1 then for i, key in ipairs(KEYS) do\n"
	"  local part = ARGV[2 * i] / 10\n"
	"  local last = math.floor(now / part)\n"
	"  redis.call('HINCRBY', key, last, 1)\n"
	"  redis.call('PEXPIRE', key, 12 * part)\n"
	"  answer[3 * i - 1] = answer[3 * i - 1] - 1\n"
	"  answer[3 * i + 1] = (last + 11) * part - now\n"
	"end end\n"
	"return answer\n";

#endif							/* VEZA_REDIS_SCRIPT_H */
