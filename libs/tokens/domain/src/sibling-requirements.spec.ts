import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  compareVersions,
  type DeviceFacts,
  isNoStricter,
  isVersion,
  type SiblingRules,
  unmetSiblings,
} from './sibling-requirements.ts';

describe('versions', () => {
  it.each([
    ['2', '2', 0],
    ['2', '2.0.0', 0],
    ['2', '2.1', -1],
    ['2.1.3', '2.1', 1],
    ['9', '10', -1],
    ['14.10', '14.9', 1],
    ['17.4.1 (21E236)', '17.4.1', 0],
    ['3.1.20261122024253', '3.1.20261122024252', 1],
    ['1234567890', '2', 1],
    ['1.2.3.4.5.6.7.8.9', '1.2.3.4.5.6.7.8', 0],
  ])('%s against %s is %d', (left, right, expected) => {
    expect(compareVersions(left, right)).toBe(expected);
    expect(compareVersions(right, left)).toBe(expected === 0 ? 0 : -expected);
  });

  it.each(['', 'beta', 'v17', ' 17', '.5', '-1', '1234567890123456'])('%j is no version: it is not judged', (text) => {
    expect(isVersion(text)).toBe(false);
    expect(compareVersions(text, '1')).toBeUndefined();
    expect(compareVersions('1', text)).toBeUndefined();
  });

  it('are numbers in order', () => {
    const version = fc.array(fc.nat(99), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(version, version, (left, right) => {
        const at = [0, 1, 2, 3].find((part) => (left[part] ?? 0) !== (right[part] ?? 0));
        const expected = at === undefined ? 0 : Math.sign((left[at] ?? 0) - (right[at] ?? 0));
        return compareVersions(left.join('.'), right.join('.')) === expected;
      }),
    );
  });
});

const lists = (more: Partial<NonNullable<SiblingRules['brands']>>): SiblingRules => ({
  brands: { brandsAllowed: [], brandsDisallowed: [], modelsAllowed: [], modelsDisallowed: [], ...more },
});

describe('M37: every requirement that a device does not meet is named', () => {
  const all: SiblingRules = {
    deviceLock: true,
    notRootedOrJailbroken: true,
    biometrics: true,
    minimumOsVersion: { ios: '17' },
    minimumAppVersion: { ios: '3.1' },
    ...lists({ brandsAllowed: ['Apple'] }),
  };
  const worst: DeviceFacts = {
    platform: 'ios',
    osVersion: '16.9',
    appVersion: '3.0.9',
    brand: 'Other',
    model: 'X',
    isLocked: false,
    isRooted: true,
    hasBiometrics: false,
  };
  const causes = ['device-lock', 'rooted-or-jailbroken', 'biometrics', 'os-version', 'app-version', 'brand-or-model'];

  it('all of them, each by itself, and none without a rule', () => {
    expect(unmetSiblings(all, worst)).toEqual(causes);
    expect(unmetSiblings({}, worst)).toEqual([]);
    (Object.entries(all) as [string, unknown][]).forEach(([name, rule], at) =>
      expect(unmetSiblings({ [name]: rule }, worst)).toEqual([causes[at]]),
    );
  });

  it('none when they are just met', () => {
    const best: DeviceFacts = {
      platform: 'ios',
      osVersion: '17',
      appVersion: '3.1',
      brand: 'APPLE',
      isLocked: true,
      isRooted: false,
      hasBiometrics: true,
    };
    expect(unmetSiblings(all, best)).toEqual([]);
  });

  it('facts that are missing are met', () => {
    expect(unmetSiblings(all, {})).toEqual([]);
    const { platform: _platform, ...nowhere } = worst;
    expect(unmetSiblings(all, nowhere)).toEqual(causes.filter((cause) => !cause.endsWith('-version')));
  });

  it('versions are asked for on their own platform only, and only where they can be read', () => {
    expect(unmetSiblings({ minimumOsVersion: { ios: '17' } }, { platform: 'android', osVersion: '1' })).toEqual([]);
    expect(unmetSiblings({ minimumOsVersion: { ios: '17' } }, { platform: 'ios', osVersion: 'seventeen' })).toEqual([]);
  });
});

describe('brands and models', () => {
  it.each([
    ['allowed by brand', { brandsAllowed: ['Google', 'Apple'] }, { brand: 'google', model: 'Pixel 9' }, true],
    ['of no allowed brand', { brandsAllowed: ['Google'] }, { brand: 'Acme', model: 'Pixel 9' }, false],
    ['allowed by model', { brandsAllowed: ['Google'], modelsAllowed: ['a1'] }, { brand: 'Acme', model: 'A1' }, true],
    ['neither', { brandsAllowed: ['Google'], modelsAllowed: ['A1'] }, { brand: 'Acme', model: 'A2' }, false],
    ['disallowed by brand: it wins', { brandsAllowed: ['Acme'], brandsDisallowed: ['ACME'] }, { brand: 'Acme' }, false],
    [
      'disallowed by brand: it wins over the model',
      { modelsAllowed: ['A1'], brandsDisallowed: ['Acme'] },
      { brand: 'Acme', model: 'A1' },
      false,
    ],
    [
      'disallowed by model: it wins',
      { brandsAllowed: ['Acme'], modelsDisallowed: ['a1'] },
      { brand: 'Acme', model: 'A1' },
      false,
    ],
    ['not disallowed', { brandsDisallowed: ['Other'], modelsDisallowed: ['A2'] }, { brand: 'Acme', model: 'A1' }, true],
    ['with a model that is not told: it could be allowed', { modelsAllowed: ['A1'] }, { brand: 'Acme' }, true],
    ['with a brand that is not told: it could be allowed', { brandsAllowed: ['Acme'] }, { model: 'A1' }, true],
    ['with a brand that is not told, either list', { brandsAllowed: ['Acme'], modelsAllowed: ['A2'] }, { model: 'A1' }, true],
    ['with a model that is not told, either list', { brandsAllowed: ['Acme'], modelsAllowed: ['A2'] }, { brand: 'Other' }, true],
    ['that tells nothing', { brandsAllowed: ['Acme'], brandsDisallowed: ['Other'] }, {}, true],
  ])('a device %s', (_, some, facts, passes) => {
    expect(unmetSiblings(lists(some), facts)).toEqual(passes ? [] : ['brand-or-model']);
  });
});

describe('rules that are no stricter than others', () => {
  const name = fc.constantFrom('A', 'a', 'B', 'C');
  const version = fc.constantFrom('1', '1.0', '2', '3', 'beta');
  const flag = fc.constant(true as const);
  const names = fc.uniqueArray(name, { maxLength: 3 });
  const versions = fc.record({ ios: version, android: version }, { requiredKeys: [] });
  const rules: fc.Arbitrary<SiblingRules> = fc.record(
    {
      deviceLock: flag,
      notRootedOrJailbroken: flag,
      biometrics: flag,
      minimumOsVersion: versions,
      minimumAppVersion: versions,
      brands: fc.record({ brandsAllowed: names, brandsDisallowed: names, modelsAllowed: names, modelsDisallowed: names }),
    },
    { requiredKeys: [] },
  );
  // Often the same rules but for one, or nothing could ever be looser.
  const pair = fc.oneof(
    fc.tuple(rules, rules),
    fc.tuple(rules, rules).map(([before, other]): [SiblingRules, SiblingRules] => {
      const part = (Object.keys(other) as (keyof SiblingRules)[])[0];
      return [before, part ? { ...before, [part]: other[part] } : {}];
    }),
    fc.tuple(rules, names, names, names, names).map(([one, a, b, c, d]): [SiblingRules, SiblingRules] => {
      const brands = { brandsAllowed: ['A'], brandsDisallowed: b, modelsAllowed: c, modelsDisallowed: d };
      return [
        { ...one, brands },
        { ...one, brands: { ...brands, brandsAllowed: ['A', ...a], modelsDisallowed: d.slice(1) } },
      ];
    }),
  );
  const facts: fc.Arbitrary<DeviceFacts> = fc.record(
    {
      platform: fc.constantFrom('ios' as const, 'android' as const),
      osVersion: version,
      appVersion: version,
      brand: fc.constantFrom('A', 'b', 'C', 'D'),
      model: fc.constantFrom('a', 'B', 'C', 'D'),
      isLocked: fc.boolean(),
      isRooted: fc.boolean(),
      hasBiometrics: fc.boolean(),
    },
    { requiredKeys: [] },
  );

  it('refuse no device that the others let pass', () =>
    fc.assert(
      fc.property(pair, facts, ([before, after], device) => {
        if (!isNoStricter(after, before)) return true;
        return unmetSiblings(after, device).every((cause) => unmetSiblings(before, device).includes(cause));
      }),
      { numRuns: 3_000 },
    ));

  it.each<[string, SiblingRules, SiblingRules, boolean]>([
    ['the same', { deviceLock: true }, { deviceLock: true }, true],
    ['a rule fewer', { deviceLock: true, biometrics: true, notRootedOrJailbroken: true }, {}, true],
    ['a lower version', { minimumOsVersion: { ios: '17.1' } }, { minimumOsVersion: { ios: '17' } }, true],
    ['a higher version', { minimumOsVersion: { ios: '17' } }, { minimumOsVersion: { ios: '17.1' } }, false],
    ['another platform', { minimumAppVersion: { ios: '17' } }, { minimumAppVersion: { ios: '17', android: '1' } }, false],
    ['lock', {}, { deviceLock: true }, false],
    ['root', {}, { notRootedOrJailbroken: true }, false],
    ['biometrics', {}, { biometrics: true }, false],
    ['an order of names', lists({ brandsDisallowed: ['A', 'B'] }), lists({ brandsDisallowed: ['b', 'A'] }), true],
    ['one disallowed fewer', lists({ modelsDisallowed: ['A', 'B'] }), lists({ modelsDisallowed: ['B'] }), true],
    ['one disallowed more', lists({ brandsDisallowed: ['A'] }), lists({ brandsDisallowed: ['A', 'B'] }), false],
    ['one allowed more', lists({ brandsAllowed: ['A'] }), lists({ brandsAllowed: ['A', 'B'] }), true],
    [
      'models allowed beside brands',
      lists({ brandsAllowed: ['A'] }),
      lists({ brandsAllowed: ['A'], modelsAllowed: ['X'] }),
      true,
    ],
    ['one allowed fewer', lists({ modelsAllowed: ['A', 'B'] }), lists({ modelsAllowed: ['A'] }), false],
    ['all allowed', lists({ modelsAllowed: ['A', 'B'] }), lists({}), true],
    ['the first one allowed', lists({}), lists({ modelsAllowed: ['A'] }), false],
    ['no lists', lists({ brandsAllowed: ['A'] }), {}, true],
  ])('%s', (_, before, after, expected) => {
    expect(isNoStricter(after, before)).toBe(expected);
  });
});
