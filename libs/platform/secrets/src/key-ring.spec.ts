import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { currentKey, deriveKey, generateKeyRing, hmacDigest, keyedHash, parseKeyRing, readKeyRing, ringFor } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'key-ring-'));
afterAll(() => rmSync(folder, { recursive: true }));
const key = Buffer.from('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 'hex');
const base64 = key.toString('base64');

describe('a key ring file', () => {
  it('that was generated can be read', () => {
    const path = join(folder, 'good.json');
    writeFileSync(path, generateKeyRing('k7'));
    const { keyId, key: found } = currentKey(readKeyRing(path));
    expect([keyId, found.length]).toEqual(['k7', 32]);
  });

  it.each([
    ['no JSON', `{"current":"k1","keys":{"k1":"${base64}"`],
    ['a current key that is not there', JSON.stringify({ current: 'k2', keys: { k1: base64 } })],
    ['an inherited name as current key', JSON.stringify({ current: 'constructor', keys: { k1: base64 } })],
    ['a short key', JSON.stringify({ current: 'k1', keys: { k1: base64.slice(4) } })],
    ['a key of one byte repeated', JSON.stringify({ current: 'k1', keys: { k1: Buffer.alloc(32, 7).toString('base64') } })],
    ['a key id with a dot', JSON.stringify({ current: 'k.1', keys: { 'k.1': base64 } })],
    ['an unknown field', JSON.stringify({ current: 'k1', keys: { k1: base64 }, extra: base64 })],
    ['no keys', JSON.stringify({ current: 'k1', keys: {} })],
  ])('with %s is refused, and its text is not quoted', (_, text) => {
    const path = join(folder, 'bad.json');
    writeFileSync(path, text);
    let message = '';
    try {
      readKeyRing(path);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toContain(path);
    expect(message).not.toContain(base64.slice(4, 20));
  });

  it('that is not there is named', () => {
    expect(() => readKeyRing(join(folder, 'none.json'))).toThrow(/none\.json can't be read \(ENOENT\)/);
  });
});

describe('derived keys', () => {
  it('are frozen: the same root and purpose give the same key in every release', () => {
    expect(deriveKey(key, 'token-pepper').toString('hex')).toBe(
      'e195758c08995ac54ee81dea3d95067294aeb52fc2ef13c7e300bb75af6b6944',
    );
  });
  it('differ by purpose, keep their ids, and are not the root', () => {
    const ring = parseKeyRing(JSON.stringify({ current: 'k1', keys: { k1: base64 } }));
    const [a, b] = [currentKey(ringFor(ring, 'a')), currentKey(ringFor(ring, 'b'))];
    expect(a.keyId).toBe('k1');
    expect(new Set([a.key, b.key, key].map((one) => one.toString('hex'))).size).toBe(3);
  });
});

describe('keyed hashes', () => {
  it('tell apart how a text is split into parts', () => {
    const splits = [['ab', 'c'], ['a', 'bc'], ['abc'], ['abc', ''], ['', 'abc'], ['a', 'b', 'c']];
    expect(new Set(splits.map((parts) => keyedHash(key, ...parts))).size).toBe(splits.length);
  });
  it('are frozen', () => {
    expect(keyedHash(key, 'env', 'user')).toBe('f9fde3fa0e0c5645f6f38e12135964dbd4967825ccd8a0034d1d6301594bd953');
    expect(hmacDigest(key, 'value')).toBe('864b4c7a15be9448736988ee5390bcdd2944f1a49edd4773ee7269e663a299cf');
  });
});
