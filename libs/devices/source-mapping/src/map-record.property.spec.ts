import { describe, expect, it } from '@jest/globals';
import { type Attributes, type AttributeValue, deviceSlots, factorKindOf } from '@tallystick/devices-domain';
import fc from 'fast-check';
import { type AttributeMapping, type MappingRule, textTargets } from '@tallystick/devices-domain';
import { compileMapping, type CompiledMapping, slotTargets } from './compile-mapping.ts';
import { mapRecord } from './map-record.ts';
import { traceRecord } from './trace-record.ts';

const names = ['username', 'mail', 'mobile', 'country', 'enabled', 'constructor', '__proto__'] as const;
const value: fc.Arbitrary<AttributeValue> = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('ada@home.example', '07700 900123', '+447700900123,,12', 'GB', 'true', ''),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.constant({ kind: 'unavailable' } as const),
);
const attributes: fc.Arbitrary<Attributes> = fc.dictionary(fc.constantFrom(...names), value);
const expressions = [
  'source.mail',
  'source["__proto__"]',
  'source.constructor',
  'source.username.split(",").map(x, x + x).join("-")',
  'has(source.mail) ? cnOf(source.mail) : ""',
  'string(source.enabled == true)',
];
const style = {
  trim: fc.boolean(),
  case: fc.constantFrom('none' as const, 'upper' as const, 'lower' as const),
  default: fc.string(),
};
const rule: fc.Arbitrary<MappingRule> = fc.oneof(
  fc.record(
    { attribute: fc.oneof(fc.constantFrom(...names), fc.array(fc.constantFrom(...names))), ...style },
    { requiredKeys: ['attribute'] },
  ),
  fc.record({ expression: fc.constantFrom(...expressions), ...style }, { requiredKeys: ['expression'] }),
);
const mapping = fc
  .record(Object.fromEntries([...textTargets, 'enabled'].map((it) => [it, rule])), { requiredKeys: ['userName'] })
  .map((it) => it as unknown as AttributeMapping);
const compiled = (rules: AttributeMapping, defaultCountry?: string): CompiledMapping => {
  const result = compileMapping({ mapping: rules, defaultCountry });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
};

describe('mapping', () => {
  it('is total: any record under any mapping is a whole user, or has a reason', () => {
    fc.assert(
      fc.property(attributes, mapping, fc.option(fc.string(), { nil: undefined }), (record, rules, defaultCountry) => {
        const result = mapRecord(record, compiled(rules, defaultCountry));
        if (!result.ok) {
          expect(result.error).toMatch(
            /^(username-(missing|too-long|unknown|failed|not-text)|enabled-(missing|unknown|failed|not-boolean))$/,
          );
          return;
        }
        const { username, slots } = result.value;
        expect(username.trim()).not.toBe('');
        expect(username.length).toBeLessThanOrEqual(250);
        expect(Object.keys(slots)).toEqual([...deviceSlots]);
        for (const name of deviceSlots) {
          const it = slots[name];
          if (it.kind === 'value') expect(it.address.kind).toBe(factorKindOf(name));
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('is the same for the same record', () => {
    fc.assert(
      fc.property(attributes, mapping, (record, rules) => {
        expect(mapRecord(record, compiled(rules))).toEqual(mapRecord({ ...record }, compiled(rules)));
      }),
    );
  });

  it('is traced as it is done: each target has the value that the user has', () => {
    fc.assert(
      fc.property(attributes, mapping, (record, rules) => {
        const done = mapRecord(record, compiled(rules));
        const trace = traceRecord({ attributes: record, deleted: false }, compiled(rules));
        expect(trace.user).toBe(done.ok ? 'present' : 'unmappable');
        if (!done.ok) return expect(trace.because).toBe(done.error);
        const valueOf = (target: string) => trace.targets.find((one) => one.target === target)?.value;
        expect(valueOf('userName')).toBe(done.value.username);
        expect([valueOf('email'), valueOf('fName'), valueOf('lName')]).toEqual([
          done.value.profile.email,
          done.value.profile.firstName,
          done.value.profile.lastName,
        ]);
        for (const name of deviceSlots) {
          const traced = trace.targets.find((one) => one.target === slotTargets[name]);
          expect(
            [traced?.result ?? 'absent', 'failed'].includes(done.value.slots[name].kind) || traced?.result === 'failed',
          ).toBe(true);
        }
      }),
    );
  });
});
