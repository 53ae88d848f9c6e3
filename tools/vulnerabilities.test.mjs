// The check of vulnerabilities is never green without having been answered: by real npm, asking registries of every kind.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ask, judge, notChecked, reportOf } from './vulnerabilities.mjs';

const packages = [
  { name: 'left-over', version: '1.0.0', isShipped: true },
  { name: 'tool', version: '2.0.0', isShipped: false },
];
const advisory = (/** @type {string} */ severity, /** @type {string} */ range) => [
  {
    id: 1,
    url: 'https://example.com/1',
    title: 'A hole',
    severity,
    vulnerable_versions: range,
    cwe: [],
    cvss: { score: 9, vectorString: null },
  },
];
const knowsCanary = { minimist: advisory('critical', '<0.2.4') };

/** @type {import('node:http').Server[]} */
const servers = [];
const home = mkdtempSync(join(tmpdir(), 'tallystick-npm-'));
after(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
  rmSync(home, { recursive: true, force: true });
});

/** A registry that answers questions about advisories so; undefined: never. */
async function askRegistry(
  /** @type {{ status?: number, body?: string } | undefined} */ answer,
  /** @type {typeof packages} */ about = packages,
) {
  const server = createServer((request, response) => {
    if (request.method === 'GET') {
      const name = decodeURIComponent(String(request.url)).slice(1);
      const versions = Object.fromEntries(['0.0.8', '1.0.0', '2.0.0'].map((version) => [version, { name, version, dist: {} }]));
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ name, versions, 'dist-tags': { latest: '2.0.0' } }));
    } else if (answer) response.writeHead(answer.status ?? 200, { 'content-type': 'application/json' }).end(answer.body ?? '');
  });
  servers.push(server);
  await new Promise((done) => server.listen(0, '127.0.0.1', () => done(undefined)));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return askAt(`http://127.0.0.1:${port}/`, about);
}
const askAt = (/** @type {string} */ registry, about = packages) =>
  ask(about, {
    env: { PATH: process.env['PATH'], HOME: home, npm_config_registry: registry, npm_config_cache: join(home, 'cache') },
    patienceMs: 4_000,
  });

for (const [name, answer] of /** @type {[string, { status?: number, body?: string } | undefined][]} */ ([
  ['405', { status: 405 }],
  ['404', { status: 404, body: '{}' }],
  ['500', { status: 500, body: '{"error":"x"}' }],
  ['nothing at all', undefined],
  ['an empty body', { body: '' }],
  ['a page', { body: '<html>sign in</html>' }],
  ['"no advisories", because it has no database', { body: '{}' }],
  ['advisories of others', { body: JSON.stringify({ other: advisory('critical', '*') }) }],
]))
  test(`a registry that answers ${name} is "not checked"`, async () => {
    const verdict = await askRegistry(answer);
    assert.equal(verdict.kind, 'not-checked', JSON.stringify(verdict));
    const { lines, code } = reportOf(verdict, packages.length);
    assert.match(lines.join('\n'), /^not checked: /);
    assert.equal(code, notChecked);
  });

test('a registry that is not there is "not checked", and so is a machine without npm', async () => {
  assert.equal((await askAt('http://127.0.0.1:1/')).kind, 'not-checked');
  assert.equal((await ask(packages, { env: { PATH: '/nowhere' } })).kind, 'not-checked');
});

test('no text that is not a report on all that was asked is an answer', () => {
  const whole = { auditReportVersion: 2, vulnerabilities: {}, metadata: { dependencies: { total: 2 } } };
  for (const text of ['', '{}', 'null', '[]', '"ok"', JSON.stringify(whole), JSON.stringify({ ...whole, metadata: {} })])
    assert.equal(judge(text, packages).kind, 'not-checked', text);
});

test('an answer without advisories of ours passes', async () => {
  const verdict = await askRegistry({ body: JSON.stringify(knowsCanary) });
  assert.deepEqual(verdict, { kind: 'answered', holes: [] });
  assert.equal(reportOf(verdict, 2).code, 0);
});

test('a grave hole in what is shipped fails; one of a tool, and a small one, is told', async () => {
  const grave = { ...knowsCanary, 'left-over': advisory('high', '<=1.0.0') };
  const verdict = await askRegistry({ body: JSON.stringify(grave) });
  assert.equal(verdict.kind === 'answered' && verdict.holes[0]?.package, 'left-over@1.0.0');
  assert.equal(reportOf(verdict, 2).code, 1);
  const small = await askRegistry({
    body: JSON.stringify({ ...knowsCanary, 'left-over': advisory('low', '*'), tool: advisory('critical', '*') }),
  });
  assert.equal(small.kind === 'answered' && small.holes.length, 2);
  assert.equal(reportOf(small, 2).code, 0);
});
