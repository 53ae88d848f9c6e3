// The scan finds what is planted, where it is planted; its exceptions are as wide as their reasons.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { findLeaks, isToken } from './secret-scan.mjs';

// Put together here, so that this file holds nothing that the scan finds.
const token = ['tsk', `${'0'.repeat(43)}2CZclj`].join('_');
const mistyped = ['tsk', `${'0'.repeat(42)}12CZclj`].join('_');
const apiKey = (/** @type {string} */ value) => ['api', `Key = '${value}';`].join('');
const madeUp = ['9fK2', 'xQ7vLm3', 'RtZ8', 'wPd5sYb1'].join('');
const privateKey = [
  '-----BEGIN',
  ' PRIVATE KEY-----\n',
  'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg'.repeat(3),
  '\n-----END',
  ' PRIVATE KEY-----',
];
const fixture = 'libs/platform/outbound/src/certificates.fixture.ts';

/** @type {string[]} */
const folders = [];
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));
function folderWith(/** @type {Record<string, string>} */ files) {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-planted-'));
  folders.push(folder);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  return folder;
}

test('a token is told by its checksum', () => {
  assert.equal(isToken(token), true);
  assert.equal(isToken(mistyped), false);
});

test('a token of ours, a key and a secret of others are found, a placeholder is not', async () => {
  const leaks = await findLeaks(
    'dir',
    folderWith({
      'docs/how.md': `curl -d '{"value":"${token}"}'`,
      'docs/placeholder.md': `curl -d '{"value":"${mistyped}"}'`,
      'apps/x/src/x.ts': apiKey(madeUp),
      'deploy/tls.pem': privateKey.join(''),
    }),
  );
  const found = leaks.map(({ file, rule }) => `${file} ${rule}`).sort();
  assert.deepEqual(found, [
    'apps/x/src/x.ts generic-api-key',
    'deploy/tls.pem private-key',
    'docs/how.md tallystick-managed-device-token',
  ]);
  assert.ok(!JSON.stringify(leaks).includes(token), 'the report does not repeat what leaked');
});

test('an exception holds for its place and its rule only, and a comment in the code is none', async () => {
  const leaks = await findLeaks(
    'dir',
    folderWith({
      [fixture]: `${privateKey.join('')}\n${token}`,
      'libs/platform/outbound/src/other.fixture.ts': privateKey.join(''),
      'libs/devices/directory-pingid/src/pingid-envelope.spec.ts': apiKey(madeUp),
      'apps/x/src/commented.ts': `${apiKey(madeUp)} // gitleaks:allow`,
    }),
  );
  const found = leaks.map(({ file, rule }) => `${file} ${rule}`).sort();
  assert.deepEqual(found, [
    'apps/x/src/commented.ts generic-api-key',
    'libs/devices/directory-pingid/src/pingid-envelope.spec.ts generic-api-key',
    'libs/platform/outbound/src/certificates.fixture.ts tallystick-managed-device-token',
    'libs/platform/outbound/src/other.fixture.ts private-key',
  ]);
});

test('what was committed and taken out again is found in the history', async () => {
  const folder = folderWith({ 'notes.md': token });
  const git = (/** @type {string[]} */ ...args) =>
    execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@localhost', '-c', 'commit.gpgsign=false', ...args], {
      cwd: folder,
      stdio: 'ignore',
    });
  git('init');
  git('add', '.');
  git('commit', '-m', 'one');
  rmSync(join(folder, 'notes.md'));
  git('commit', '-am', 'two');
  const [leak, ...others] = await findLeaks('git', folder);
  assert.deepEqual([leak?.file, leak?.rule, others.length], ['notes.md', 'tallystick-managed-device-token', 0]);
});
