import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { loadCredentials, propertiesText, readCredentials, writeProperties } from './properties-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'properties-'));
afterAll(() => rmSync(folder, { recursive: true }));

const key64 = 'JWC41crr322aUfdckVfJKHvGKNIPyAPGL7rMsTbzHlA';
const text = (key: string) =>
  `#Auto-Generated\nuse_base64_key=${key}\nuse_signature=true\ntoken=1a2b\nidp_url=https://example.com/pingid\norg_alias=o-1\n`;

describe('the properties file', () => {
  it.each([
    ['with an escaped "="', `${key64}\\=`],
    ['with a plain "="', `${key64}=`],
    ['without its padding', key64],
  ])('gives the same 32 bytes for a key written %s', (_case, key) => {
    expect(readCredentials(text(key))).toEqual({ key: Buffer.from(`${key64}=`, 'base64'), token: '1a2b', orgAlias: 'o-1' });
  });

  it('is written in the documented form, with the key escaped and every URL on this server', () => {
    const written = propertiesText(
      { key: Buffer.from(`${key64}=`, 'base64'), token: '1a2b', orgAlias: 'o-1' },
      'http://127.0.0.1:4747',
    );
    expect(written.split('\n').slice(1)).toEqual([
      `use_base64_key=${key64}\\=`,
      'use_signature=true',
      'token=1a2b',
      'idp_url=http://127.0.0.1:4747/pingid',
      'org_alias=o-1',
      'admin_url=http://127.0.0.1:4747/admin',
      'authenticator_url=http://127.0.0.1:4747/pingid/ppm',
      '',
    ]);
    expect(written.startsWith('#')).toBe(true);
  });

  it('keeps key, token and organization when it is there, and only moves its URLs', () => {
    const path = join(folder, 'deep', 'er', 'kept.properties');
    const first = loadCredentials(path);
    expect(first.key).toHaveLength(32);
    writeProperties(path, first, 'http://127.0.0.1:1111');
    const second = loadCredentials(path);
    writeProperties(path, second, 'http://127.0.0.1:2222');
    expect(second).toEqual(first);
    expect(readFileSync(path, 'utf8')).toContain('idp_url=http://127.0.0.1:2222/pingid\n');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it.each([
    ['no key', text('').replace('use_base64_key=\n', ''), 'use_base64_key is missing'],
    ['a key of the wrong length', text('YWJj'), 'use_base64_key must be the base64 form of 32, 48 or 64 bytes'],
    ['no token', text(`${key64}=`).replace('token=1a2b', 'token='), 'token is missing'],
  ])('is left alone when it has %s, and the error names the file but no value', (_case, content, reason) => {
    const path = join(folder, 'broken.properties');
    writeFileSync(path, content);
    expect(() => loadCredentials(path)).toThrow(`${path} is not a usable PingID properties file: ${reason}`);
    expect(readFileSync(path, 'utf8')).toBe(content);
  });
});
