import { canonicalJson } from '@tallystick/kernel-core';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { placesOf, readRules, restOf, withValueIn, writeRules } from './assignment-rules.ts';

const key = 'PINGID_MDM_TOKEN';
const value = fc.stringMatching(/^[A-Za-z0-9._-]{8,40}$/);
const held = 'THE-VALUE-OF-BEFORE';
/** What nobody has heard of: any JSON, names with any meaning in JavaScript, too. */
const extras = fc
  .dictionary(fc.oneof(fc.string(), fc.constantFrom('__proto__', 'toString', 'length', '0')), fc.jsonValue(), { maxKeys: 4 })
  .map((members) => JSON.stringify(members).slice(1, -1))
  .filter((text) => !/"(?:assignments|key|value|type|distribution|restriction|application_configuration|id|uuid)":/.test(text));
/** Numbers that no number of JavaScript can hold as they are written. */
const number = fc.oneof(fc.bigInt({ min: 0n }).map(String), fc.constantFrom('1.50', '1e400', '-0', '0.10000000000000000001'));

const object = (...members: string[]): string => `{${members.filter((member) => member !== '').join(',')}}`;
const entry = fc
  .tuple(extras, fc.boolean(), extras)
  .map(([more, isKey, after]) => object(`"key":"${isKey ? key : 'other'}"`, once(more), `"value":"${held}"`, once(after, more)));
const rule = fc
  .tuple(extras, fc.array(entry, { maxLength: 4 }), number)
  .map(([more, entries, big]) => object(once(more), `"big":${big}`, `"application_configuration":[${entries.join(',')}]`));
const rules = fc
  .tuple(fc.array(rule, { minLength: 1, maxLength: 4 }), extras)
  .map(([all, more]) => object(once(more), `"assignments":[${all.join(',')}]`));

/** Leaves members out that would stand there twice, or whose names JavaScript sorts to the front. */
function once(text: string, others = ''): string {
  const names = (of: string): string[] => Object.keys(JSON.parse(`{${of}}`) as object);
  const isIndex = (name: string): boolean => /^\d+$/.test(name);
  return names(text).some((name) => isIndex(name) || name === 'big' || names(others).includes(name)) ? '' : text;
}

describe('a rule set', () => {
  it('is written byte for byte as it was read', () => {
    fc.assert(fc.property(rules, (text) => void expect(writeRules(readRules(text)!)).toBe(text)));
  });

  it('with a new value differs in nothing but the entries of the key, to the byte', () => {
    fc.assert(
      fc.property(rules, value, (text, next) => {
        const expected = text.replaceAll(new RegExp(`("key":"${key}"(?:(?!"key":).)*?"value":)"${held}"`, 'g'), `$1"${next}"`);
        expect(writeRules(withValueIn(readRules(text)!, key, next))).toBe(expected);
      }),
    );
  });

  it('with a new value has it at every place, and the same rest', () => {
    fc.assert(
      fc.property(rules, value, (text, next) => {
        const read = readRules(text)!;
        const changed = withValueIn(read, key, next);
        const places = placesOf(changed, key);
        if ('kind' in places) return;
        expect(places.every((place) => place.value === next)).toBe(true);
        expect(canonicalJson(restOf(changed, key))).toBe(canonicalJson(restOf(read, key)));
      }),
    );
  });

  it('with anything else changed has another rest', () => {
    fc.assert(
      fc.property(rules, fc.nat(), (text, seed) => {
        const marks = [...text.matchAll(/"big":/g)];
        const at = marks[seed % marks.length]!.index;
        const changed = `${text.slice(0, at)}"more":true,${text.slice(at)}`;
        fc.pre(!text.includes('"more"'));
        expect(canonicalJson(restOf(readRules(changed)!, key))).not.toBe(canonicalJson(restOf(readRules(text)!, key)));
      }),
    );
  });
});
