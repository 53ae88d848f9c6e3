import { describe, expect, it } from '@jest/globals';
import type { Attributes, AttributeValue } from '@tallystick/devices-domain';
import fc from 'fast-check';
import { compileExpression } from './expression.ts';

const value: fc.Arbitrary<AttributeValue> = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom('a'.repeat(40_000), 'a,b,c', 'CN=Ada,OU=x', '514', ''),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.constant({ kind: 'unavailable' } as const),
);
const attributes: fc.Arbitrary<Attributes> = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'constructor', '__proto__'), value);

const { text } = fc.letrec<{ text: string; flag: string; list: string }>((tie) => ({
  text: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('source.a', 'source.b', 'source["c"]', '"a"', '""', 'source.constructor'),
    fc.tuple(tie('text'), tie('text')).map(([x, y]) => `(${x} + ${y})`),
    fc.tuple(tie('flag'), tie('text'), tie('text')).map(([f, x, y]) => `(${f} ? ${x} : ${y})`),
    fc.tuple(tie('text'), tie('text'), tie('text')).map(([x, y, z]) => `${x}.replace(${y}, ${z})`),
    fc.tuple(fc.constantFrom('cnOf', 'userPartOf', 'digitsOf', 'string'), tie('text')).map(([f, x]) => `${f}(${x})`),
    fc.tuple(tie('list'), tie('text')).map(([x, y]) => `${x}.join(${y})`),
    tie('list').map((x) => `${x}[0]`),
  ),
  flag: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom('true', 'has(source.a)', 'source.a == source.b'),
    fc.tuple(tie('text'), tie('text')).map(([x, y]) => `${x}.contains(${y})`),
    fc.tuple(tie('flag'), fc.constantFrom('&&', '||'), tie('flag')).map((parts) => `(${parts.join(' ')})`),
    tie('list').map((x) => `${x}.exists(x, x == source.a)`),
  ),
  list: fc.oneof(
    { depthSize: 'small' },
    fc.constant('["x", "y"]'),
    fc.tuple(tie('text'), tie('text')).map(([x, y]) => `${x}.split(${y})`),
    fc.tuple(tie('list'), tie('list')).map(([x, y]) => `(${x} + ${y})`),
    tie('list').map((x) => `${x}.map(x, x + x)`),
  ),
}));

describe('an expression', () => {
  it('never throws and never takes long, whatever it says and whatever the record holds', () => {
    fc.assert(
      fc.property(text, attributes, (expression, record) => {
        const compiled = compileExpression(expression, 'text');
        if (!compiled.ok) return;
        const startedAt = process.cpuUsage();
        const result = compiled.value.evaluate(record);
        expect(process.cpuUsage(startedAt).user / 1e6).toBeLessThan(0.5);
        expect(['value', 'failed', 'unknown']).toContain(result.kind);
        expect(compiled.value.evaluate({ ...record })).toEqual(result);
      }),
      { numRuns: 2_000 },
    );
  });

  it('of any text is refused with a reason, or compiled', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          text.map((it) => it.slice(1)),
          text.map((it) => `${it})`),
        ),
        (expression) => {
          expect(typeof compileExpression(expression, 'text').ok).toBe('boolean');
        },
      ),
    );
  });
});
