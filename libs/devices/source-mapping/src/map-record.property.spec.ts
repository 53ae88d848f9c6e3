import { describe, expect, it } from '@jest/globals';
import { type Attributes, type AttributeValue, deviceSlots, factorKindOf } from '@tallystick/devices-domain';
import fc from 'fast-check';
import { type AttributeMapping, type MappingRule, textTargets } from '@tallystick/devices-domain';
import { mapRecord } from './map-record.ts';

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
const rule: fc.Arbitrary<MappingRule> = fc.record(
  {
    attribute: fc.oneof(fc.constantFrom(...names), fc.array(fc.constantFrom(...names))),
    trim: fc.boolean(),
    case: fc.constantFrom('none', 'upper', 'lower'),
    default: fc.string(),
  },
  { requiredKeys: ['attribute'] },
);
const mapping = fc
  .record(Object.fromEntries([...textTargets, 'enabled'].map((it) => [it, rule])), { requiredKeys: ['userName'] })
  .map((it) => it as unknown as AttributeMapping);

describe('mapping', () => {
  it('is total: any record under any mapping is a whole user, or has a reason', () => {
    fc.assert(
      fc.property(attributes, mapping, fc.option(fc.string(), { nil: undefined }), (record, rules, defaultCountry) => {
        const result = mapRecord(record, rules, { defaultCountry });
        if (!result.ok) {
          expect(result.error).toMatch(/^(username-(missing|too-long|unknown|not-text)|enabled-(missing|unknown|not-boolean))$/);
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
        expect(mapRecord(record, rules, {})).toEqual(mapRecord({ ...record }, rules, {}));
      }),
    );
  });
});
