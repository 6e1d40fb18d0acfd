// JWTs made and read by jose for Veza::Jose: one request a line on standard
// input, one answer a line on standard output, so that no test judges our tokens
// by a reader or a signer of its own.
//
//   {"verify": token, "key": text, "issuer": text, "audience": text}      {"header", "payload"} or {"error": code}
//   {"sign": payload, "header": {...}, "key": text}                       {"token"}
//   {"raw": [header text, payload text], "alg": "HS256", "key": text}     {"token"}: any texts, signed all the same
//   {"unsecured": payload}                                                {"token"}: alg none, by jose's own class

import { createRequire } from 'node:module';
import { createHmac } from 'node:crypto';
import { createInterface } from 'node:readline';

const require = createRequire(new URL('../package.json', import.meta.url));
const jose = require('jose');
const hashes = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' };
const bytes = (text) => new TextEncoder().encode(text);

async function answer(q) {
  if (q.verify !== undefined) {
    try {
      const { payload, protectedHeader } = await jose.jwtVerify(q.verify, bytes(q.key), {
        issuer: q.issuer, audience: q.audience, algorithms: ['HS256'], typ: 'JWT',
        requiredClaims: ['sub', 'exp', 'iat', 'sid', 'token_version', 'token_use'],
      });
      return { header: protectedHeader, payload };
    } catch (error) {
      return { error: error.code };
    }
  }
  if (q.sign) {
    const crit = Object.fromEntries((q.header.crit ?? []).map((name) => [name, true]));
    return { token: await new jose.SignJWT(q.sign).setProtectedHeader(q.header).sign(bytes(q.key), { crit }) };
  }
  if (q.raw) {
    const signed = q.raw.map((text) => jose.base64url.encode(text)).join('.');
    return { token: `${signed}.${createHmac(hashes[q.alg], q.key).update(signed).digest('base64url')}` };
  }
  return { token: new jose.UnsecuredJWT(q.unsecured).encode() };
}

for await (const line of createInterface({ input: process.stdin })) {
  let reply;
  try { reply = await answer(JSON.parse(line)); } catch (error) { reply = { failed: String(error) }; }
  process.stdout.write(`${JSON.stringify(reply)}\n`);
}
