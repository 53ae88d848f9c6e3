import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { environmentId, isName } from './brand.ts';
import { expectedSecret, type SecretRef, secretPlaceOf } from './secret-ref.ts';

/** Few signs, so that ids are often prefixes of each other and names look like the rest of an id. */
const environment = fc
  .oneof(
    fc.string({ unit: fc.constantFrom('a', 'b', '-'), minLength: 1, maxLength: 7 }).filter(isName),
    fc.constantFrom('a', 'a-b', 'a--b', 'a---b', 'a-b-c', 'a-file'),
  )
  .map(environmentId);
const file = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'b', '-', '.', '/', '_', '\\', '\0'), maxLength: 7 }),
  fc.constantFrom('..', '../b/a', 'a/b', '..data', 'a\n', '.'),
);
const variable = fc.oneof(
  fc.string({ unit: fc.constantFrom('A', 'B', '_'), maxLength: 7 }),
  fc.constantFrom('B__A', '_B__A', 'TALLYSTICK_SECRET_A__B', 'A\n', 'a'),
);
const ref: fc.Arbitrary<SecretRef> = fc.oneof(fc.record({ file }), fc.record({ variable }));

const placed = (of: ReturnType<typeof environmentId>, it: SecretRef): string | undefined => {
  const place = secretPlaceOf(of, it);
  return place.ok ? JSON.stringify(place.value) : undefined;
};

describe('the secrets of an environment', () => {
  it('are at places that no name of another environment leads to', () => {
    fc.assert(
      fc.property(environment, ref, environment, ref, (one, ofOne, other, ofOther) => {
        fc.pre(one !== other);
        const place = placed(one, ofOne);
        expect(place !== undefined && place === placed(other, ofOther)).toBe(false);
      }),
      { numRuns: 20_000 },
    );
  });

  it('are apart from each other, too', () => {
    fc.assert(
      fc.property(environment, ref, ref, (one, a, b) => {
        fc.pre(JSON.stringify(a) !== JSON.stringify(b));
        const place = placed(one, a);
        expect(place !== undefined && place === placed(one, b)).toBe(false);
      }),
      { numRuns: 5_000 },
    );
  });

  it('are below the folder of their environment, by one plain name', () => {
    fc.assert(
      fc.property(environment, fc.oneof(file, fc.string()), (one, name) => {
        const place = secretPlaceOf(one, { file: name });
        if (place.ok) expect(place.value).toEqual({ kind: 'file', path: `${one}/${name}` });
        if (place.ok) expect(name).toMatch(/^[^./\\\0\n][^/\\\0\n]*$/);
      }),
    );
  });

  it('have places that a person can be told', () => {
    const acme = environmentId('acme-eu');
    expect(secretPlaceOf(acme, { file: 'pingid.properties' })).toEqual({
      ok: true,
      value: { kind: 'file', path: 'acme-eu/pingid.properties' },
    });
    expect(secretPlaceOf(acme, { variable: 'PINGONE_2' })).toEqual({
      ok: true,
      value: { kind: 'variable', name: 'TALLYSTICK_SECRET_ACME_EU__PINGONE_2' },
    });
    expect(expectedSecret(acme, { file: 'pingid.properties' })).toBe(
      'file "acme-eu/pingid.properties" in the folder of the secrets',
    );
    expect(expectedSecret(acme, { variable: 'PINGONE' })).toBe('variable "TALLYSTICK_SECRET_ACME_EU__PINGONE" of the process');
    expect(expectedSecret(acme, { file: '../other/secret' })).not.toMatch(/other/);
  });
});
