import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson } from './canonical-json.ts';

/** The same document, its members put together the other way round. */
const turned = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(turned)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).reverse().map(([name, member]) => [name, turned(member)] as const)) // prettier-ignore
      : value;

it('one document has one text, however it was put together, and the text is the document', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (document) => {
      expect(canonicalJson(turned(document))).toBe(canonicalJson(document));
      expect(JSON.parse(canonicalJson(document))).toEqual(JSON.parse(JSON.stringify(document)));
    }),
  );
});

it('what differs in a name, a value or an order of a list has another text', () => {
  const texts = [{ a: 1, b: [1, 2] }, { a: 1, b: [2, 1] }, { a: 2, b: [1, 2] }, { c: 1, b: [1, 2] }, { a: 1 }].map(canonicalJson);
  expect(new Set(texts).size).toBe(texts.length);
  expect([canonicalJson(undefined), canonicalJson({ a: undefined })]).toEqual(['null', '{}']);
  expect(canonicalJson(JSON.parse('{"b":1,"__proto__":2}'))).toBe('{"__proto__":2,"b":1}');
});
