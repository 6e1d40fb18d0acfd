// Validates JSON for Veza::Schema: one request a line on standard input, one
// answer a line on standard output. The validators are Ajv and
// openapi-schema-validator, so that no test judges by a reader of its own.
//
//   {"load": name, "dialect": "draft-07" or "2020-12", "text": schema}    {}
//   {"check": name, "ref": JSON pointer, "text": JSON}                    {"errors": [...]}
//   {"openapi": text}                                                     {"errors": [...], "version": "3.1"}

import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const require = createRequire(new URL('../package.json', import.meta.url));
const { default: addFormats } = require('ajv-formats');
const dialects = { 'draft-07': require('ajv').default, '2020-12': require('ajv/dist/2020.js').default };
const documents = {};

function load(name, dialect, text) {
  // The documents have members of their own beside the schemas, which strict mode refuses.
  const ajv = new dialects[dialect]({ strict: false, allErrors: true });
  addFormats(ajv);
  for (const format of ['int32', 'int64', 'float', 'double']) ajv.addFormat(format, true);
  ajv.addSchema({ ...JSON.parse(text), $id: name });
  documents[name] = { ajv, validators: {} };
  return {};
}

function check(name, ref, text) {
  const { ajv, validators } = documents[name];
  const validate = validators[ref] ??= ajv.compile({ $ref: `${name}#${ref}` });
  if (validate(JSON.parse(text))) return { errors: [] };
  return { errors: validate.errors.map((e) => `${e.instancePath || '/'} ${e.message} ${JSON.stringify(e.params)}`) };
}

async function openapi(text) {
  const { Validator } = await import(require.resolve('@seriousme/openapi-schema-validator'));
  const validator = new Validator();
  const { valid, errors } = await validator.validate(JSON.parse(text));
  return { version: validator.version, errors: valid ? [] : [].concat(errors).map((e) => (typeof e === 'string' ? e : JSON.stringify(e))) };
}

async function answer(q) {
  if (q.load) return load(q.load, q.dialect, q.text);
  if (q.check) return check(q.check, q.ref, q.text);
  return openapi(q.openapi);
}

for await (const line of createInterface({ input: process.stdin })) {
  let a;
  try { a = await answer(JSON.parse(line)); } catch (e) { a = { errors: [`the validator failed: ${e.message}`], failed: true }; }
  process.stdout.write(`${JSON.stringify(a)}\n`);
}
