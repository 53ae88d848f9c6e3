import { describe, expect, it } from '@jest/globals';
import { parsePingIdProperties, type PropertyFault } from './pingid-properties.ts';

const key = 'JWC41crr322aUfdckVfJKHvGKNIPyAPGL7rMsTbzHlA';
const file = (changes: Record<string, string | undefined> = {}): string =>
  Object.entries({
    use_base64_key: `${key}\\=`,
    use_signature: 'true',
    token: '1a2b3c4d5e6f',
    idp_url: 'https://idpxnyl3m.pingidentity.eu/pingid',
    org_alias: 'aaaaaaaa-a1b2-123a-b456-1234abcd5678',
    admin_url: 'https://idpxnyl3m.pingidentity.eu/pingid',
    ...changes,
  })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n');

const faultsOf = (text: string): readonly PropertyFault[] => {
  const result = parsePingIdProperties(text);
  return result.ok ? [] : result.error;
};

describe('the properties file (b.1)', () => {
  it.each([
    ['an escaped equals sign', file()],
    ['a bare equals sign', file({ use_base64_key: `${key}=` })],
    ['no padding', file({ use_base64_key: key })],
    [
      'a comment, other properties and Windows line ends',
      `#Auto-Generated from PingOne\n${file()}\nx=1`.replaceAll('\n', '\r\n'),
    ],
    ['blanks around the separator', file().replaceAll(/^(\w+)=/gm, '$1 : ')],
  ])('is read with %s', (_, text) => {
    const result = parsePingIdProperties(text);
    if (!result.ok) throw new Error(JSON.stringify(result.error));
    const { key: secret, ...rest } = result.value;
    expect(secret.export().toString('base64')).toBe(`${key}=`);
    expect(rest).toEqual({
      baseUrl: 'https://idpxnyl3m.pingidentity.eu/pingid',
      orgAlias: 'aaaaaaaa-a1b2-123a-b456-1234abcd5678',
      token: '1a2b3c4d5e6f',
      useSignature: true,
    });
  });

  it.each<[keyof ReturnType<typeof Object>, string, string | undefined, PropertyFault['reason']]>([
    ['use_base64_key', 'missing', undefined, 'missing'],
    ['use_base64_key', 'empty', '', 'missing'],
    ['use_base64_key', 'with a backslash left in it', `${key}\\\\=`, 'not-base64'],
    ['use_base64_key', 'with a blank in it', 'JWC4 1crr', 'not-base64'],
    ['use_base64_key', 'of 31 bytes', Buffer.alloc(31, 1).toString('base64'), 'not-32-bytes'],
    ['use_base64_key', 'of 64 bytes', Buffer.alloc(64, 1).toString('base64'), 'not-32-bytes'],
    ['use_signature', 'neither true nor false', 'yes', 'not-true-or-false'],
    ['token', 'missing', undefined, 'missing'],
    ['token', 'with a line end in it', 'a\\nb', 'has-control-characters'],
    ['org_alias', 'blank', '   ', 'missing'],
    ['idp_url', 'no URL', 'idpxnyl3m.pingidentity.com', 'not-a-url'],
    ['idp_url', 'of another scheme', 'ftp://idpxnyl3m.pingidentity.com', 'not-a-url'],
    ['idp_url', 'with credentials', 'https://a:b@idpxnyl3m.pingidentity.com/pingid', 'not-a-url'],
    ['idp_url', 'with a query', 'https://idpxnyl3m.pingidentity.com/pingid?x=1', 'not-a-url'],
    ['idp_url', 'plain HTTP on another machine', 'http://directory-simulator:8080/pingid', 'not-https'],
  ])('names %s that is %s', (property, _, value, reason) => {
    expect(faultsOf(file({ [property]: value }))).toEqual([{ property, reason }]);
  });

  it('reports all faults at once', () => {
    expect(faultsOf('').map((it) => it.property)).toEqual(['use_base64_key', 'use_signature', 'token', 'org_alias', 'idp_url']);
  });

  it('shows no value in a fault, nor the key when the whole is printed', () => {
    const secrets = { use_base64_key: 'c2VjcmV0', token: 'se\\ncret', idp_url: 'http://secret.example', use_signature: 'secret' };
    expect(JSON.stringify(faultsOf(file(secrets)))).not.toMatch(/secret|c2VjcmV0/);
    const read = parsePingIdProperties(file());
    expect(JSON.stringify(read)).not.toContain(key.slice(0, 8));
  });

  it.each(['http://127.0.0.1:9/pingid/', 'http://localhost:9/pingid', 'http://[::1]:9/pingid'])(
    'lets a simulator on this machine be plain HTTP: %s',
    (idp_url) => {
      expect(parsePingIdProperties(file({ idp_url }))).toMatchObject({
        ok: true,
        value: { baseUrl: idp_url.replace(/\/$/, '') },
      });
    },
  );

  it('lets another machine be plain HTTP only when that is allowed', () => {
    const text = file({ idp_url: 'http://directory-simulator:8080/pingid' });
    expect(parsePingIdProperties(text, { allowHttp: true }).ok).toBe(true);
    expect(parsePingIdProperties(text, { allowHttp: false }).ok).toBe(false);
  });
});
