// Each rule sees what it is there for, and leaves alone what is right: samples are planted where the rule looks.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { findBreaches } from './static-rules.mjs';

const pure = 'libs/tokens/domain/src';
const store = 'libs/devices/store-redis/src';
const app = 'apps/token-service/src';

/** Lines that a rule refuses, and lines beside them that it must not. @type {Record<string, { at: string, refused: string[], allowed: string[] }>} */
const samples = {
  'pure-code-reads-the-world': {
    at: pure,
    refused: [
      'globalThis.Date.now();',
      'const text = Date();',
      'const { now } = Date;',
      'const { random } = Math;',
      "const at = Date['now']();",
      "await import('node:fs');",
      'value.toLocaleString();',
      "a.localeCompare('b');",
      'new Intl.DateTimeFormat();',
    ],
    allowed: ['const at = new Date(0);', 'const most = Math.max(1, 2);', "value.toLocaleString('en-GB');"],
  },
  'redis-key-made-in-the-call': {
    at: app,
    refused: ['await redis.get(`tally:${environment}`);', 'await this.#redis.hGetAll(`x:{${id}}:y`);'],
    allowed: ['await redis.get(keyOf(environment));', 'await redis.get(`${keyOf(environment)}:next`);'],
  },
  'redis-key-of-unchecked-text': {
    at: store,
    refused: ['const keyOf = (name: string): string => `tally:{users/${name}}`;'],
    allowed: [
      'const keyOf = (ref: UserRef): string => `tally:{users/${ref.user}}`;',
      'const textOf = (name: string): string => `the user ${name}`;',
    ],
  },
  'lua-key-from-an-argument': {
    at: store,
    refused: ["const lua = `redis.call('GET', ARGV[1])`;"],
    allowed: ["const lua = `redis.call('SET', KEYS[1], ARGV[1])`;", "const tell = `redis.call('PUBLISH', ARGV[1], ARGV[2])`;"],
  },
  'lua-made-at-run-time': {
    at: store,
    refused: [
      'await redis.eval(text, { keys: [] });',
      'function make(name: string) { return defineScript({ name, lua: name }); }',
    ],
    allowed: ["export const script = defineScript({ name: 'x', lua: 'return 1' });"],
  },
  'json-cast-without-schema': {
    at: 'libs/tokens/delivery-jamf/src',
    refused: ['const answer = JSON.parse(text) as Answer;'],
    allowed: [
      'const answer = JSON.parse(text) as unknown;',
      'const { at } = JSON.parse(text) as { at: unknown; to: unknown };',
      'const read = schema.parse(JSON.parse(text));',
    ],
  },
  'regex-of-run-time-text': {
    at: app,
    refused: ["const filter = new RegExp(query.filter, 'u');"],
    allowed: ["const filter = new RegExp('^a+$', 'u');"],
  },
  'call-around-the-gate': {
    at: app,
    refused: ['await fetch(url);', "import { request } from 'undici';"],
    allowed: ['await outbound.send(request, deadline);'],
  },
  'tls-not-verified': {
    at: app,
    refused: ['connect({ host, rejectUnauthorized: false });'],
    allowed: ['connect({ host, rejectUnauthorized: true });'],
  },
  'program-by-a-shell': {
    at: 'tools/stack',
    refused: ["import { exec } from 'node:child_process';", "spawn('ls', [name], { shell: true });"],
    allowed: ["import { spawn } from 'node:child_process';", "spawn('ls', [name], { cwd: '.' });"],
  },
  'written-to-the-console': {
    at: app,
    refused: ['console.log(answer);', 'process.stdout.write(answer);'],
    allowed: ["logger.info({ id }, 'done');"],
  },
  'secret-in-a-log': {
    at: app,
    refused: [
      "logger.info({ environment, token: text }, 'made');",
      "this.#needs.logger.warn({ username }, 'not found');",
      'logger.error(`no answer to ${phone}`);',
      'logger.debug(`no answer to ${user.email}`);',
      "logger.info({ to: user.phoneNumber }, 'called');",
    ],
    allowed: ["logger.info({ environment, tokenId: id }, 'made');", "logger.warn({ err: error, tokens: 3 }, 'not read');"],
  },
  'secret-in-an-error': {
    at: app,
    refused: ['throw new Error(`the token ${token} is unknown`);', 'throw new UnknownError(`no ${user.email}`);'],
    allowed: ['throw new Error(`the token ${id} is unknown`);'],
  },
  'digest-compared-by-equals': {
    at: app,
    refused: [
      'if (digest === expected) return;',
      'if (given.signature !== signature) return;',
      'return signature.equals(other);',
    ],
    allowed: [
      'if (digest === undefined) return;',
      'return timingSafeEqual(digest, expected);',
      "if (kind === 'signature') return;",
    ],
  },
};

const folder = mkdtempSync(join(tmpdir(), 'tallystick-samples-'));
const planted = Object.entries(samples).flatMap(([rule, { at, refused, allowed }]) =>
  [...refused.map((line) => ({ line, rule })), ...allowed.map((line) => ({ line, rule: undefined }))].map((sample, number) => ({
    ...sample,
    file: join(at, `${rule}-${number}.${at.startsWith('tools') ? 'mjs' : 'ts'}`),
  })),
);
for (const { file, line } of planted) {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), `${line}\n`);
}

test('every rule has a sample', () => {
  const files = new URL('semgrep/', import.meta.url);
  const ids = readdirSync(files).flatMap((file) =>
    [...readFileSync(new URL(file, files), 'utf8').matchAll(/^ {2}- id: (\S+)$/gm)].map(([, id]) => id),
  );
  assert.deepEqual(ids.sort(), Object.keys(samples).sort());
});

test('each rule sees its samples, and leaves alone what is right', async () => {
  const { findings, files } = await findBreaches(folder).finally(() => rmSync(folder, { recursive: true }));
  assert.equal(files, planted.length);
  for (const { file, line, rule } of planted) {
    const found = findings.filter((finding) => finding.file === file).map((finding) => finding.rule);
    assert.deepEqual([...new Set(found)], rule === undefined ? [] : [rule], line);
  }
});

test('a file that can not be read is a fault, not a file without faults', async () => {
  const broken = mkdtempSync(join(tmpdir(), 'tallystick-samples-'));
  mkdirSync(join(broken, app), { recursive: true });
  writeFileSync(join(broken, app, 'broken.ts'), 'console.log( {{{ const');
  await assert.rejects(findBreaches(broken), /could not read/).finally(() => rmSync(broken, { recursive: true }));
});
