import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { generateKeyRing, type KeyRing, open, openBytes, parseKeyRing, ringFor, seal } from './index.ts';

const ring = parseKeyRing(generateKeyRing('k1'));
const rotated: KeyRing = { current: 'k2', keys: new Map([...ring.keys, ...parseKeyRing(generateKeyRing('k2')).keys]) };
const text = fc.string({ unit: 'binary', maxLength: 200 }).filter((one) => Buffer.from(one).toString() === one);

describe('seals', () => {
  it('open to what was sealed, with the same associated data, also after the ring has a newer key', () => {
    fc.assert(
      fc.property(text, text, (plain, where) => {
        const sealed = seal(ring, plain, where);
        expect(sealed).toMatch(/^v1\.k1\.[\w-]{16}\.[\w-]+$/);
        expect(open(ring, sealed, where)).toEqual({ ok: true, value: plain });
        expect(open(rotated, sealed, where)).toEqual({ ok: true, value: plain });
        expect(seal(rotated, plain, where)).toMatch(/^v1\.k2\./);
      }),
    );
  });

  it('keep bytes as they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const opened = openBytes(ring, seal(ring, bytes, 'x'), 'x');
        expect(opened.ok && Buffer.compare(opened.value, Buffer.from(bytes))).toBe(0);
      }),
    );
  });

  it('do not open elsewhere', () => {
    fc.assert(
      fc.property(text, text, text, (plain, here, there) => {
        fc.pre(here !== there);
        expect(open(ring, seal(ring, plain, here), there)).toEqual({ ok: false, error: 'tampered' });
      }),
    );
  });

  it('do not open when any one character is another', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.'.split('');
    fc.assert(
      fc.property(text, fc.nat(), fc.constantFrom(...alphabet), (plain, position, letter) => {
        const sealed = seal(ring, plain, 'here');
        const at = position % sealed.length;
        fc.pre(sealed[at] !== letter);
        expect(open(ring, sealed.slice(0, at) + letter + sealed.slice(at + 1), 'here').ok).toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });

  it('do not open cut short or made longer, and no outside input throws', () => {
    const sealed = seal(ring, 'secret', 'here');
    for (let length = 0; length < sealed.length; length += 1) expect(open(ring, sealed.slice(0, length), 'here').ok).toBe(false);
    expect(open(ring, `${sealed}A`, 'here').ok).toBe(false);
    fc.assert(fc.property(fc.string(), (noise) => !open(ring, noise, 'here').ok));
  });

  it('of one text differ each time', () => {
    expect(new Set(Array.from({ length: 200 }, () => seal(ring, 'same', 'same'))).size).toBe(200);
  });

  it('of a key that is gone are told apart from changed ones', () => {
    expect(open(ring, seal(rotated, 'text', 'here'), 'here')).toEqual({ ok: false, error: 'unknown-key' });
  });

  it('made for one purpose do not open for another', () => {
    expect(open(ringFor(ring, 'b'), seal(ringFor(ring, 'a'), 'text', 'here'), 'here')).toEqual({ ok: false, error: 'tampered' });
  });
});
