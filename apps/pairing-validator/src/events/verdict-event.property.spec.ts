import { describe, expect, it } from '@jest/globals';
import { environmentId, instant, isoOf } from '@tallystick/kernel-core';
import type { Verdict } from '@tallystick/pairing-domain';
import fc from 'fast-check';
import { type JudgedPresentation, verdictEventOf } from './verdict-event.ts';

const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('"', '\\', '\n', 'iPhone 17', '\ud800'));
const optional = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });
const facts = fc.record(
  {
    platform: fc.constantFrom('ios', 'android', undefined),
    osVersion: text,
    appVersion: text,
    brand: optional(text),
    model: text,
    isLocked: fc.boolean(),
    isRooted: fc.boolean(),
    hasBiometrics: optional(fc.boolean()),
  },
  { requiredKeys: [] },
);
const causes = fc.subarray(['managed-device-token', 'os-version', 'device-lock']);
const judged = fc.record({
  environment: fc.constant(environmentId('acme')),
  at: fc.oneof(fc.integer({ min: 1_700_000_000_000, max: 1_700_000_003_000 }), fc.integer({ min: 0, max: 4e12 })).map(instant),
  kind: fc.constantFrom('pairing', 'authentication'),
  method: fc.constantFrom('mobile-app', 'sms', 'a word of the caller'),
  verdict: fc.record({
    verdict: fc.constantFrom('allow', 'deny'),
    reason: fc.constant('token-active'),
    causes,
    observed: causes,
    presented: fc.constantFrom('nothing', 'unknown', undefined, 'tok_1'),
    siblings: optional(fc.record({ revision: fc.nat(), met: fc.boolean() })),
    enrolmentLink: fc.constant(undefined),
  }) as unknown as fc.Arbitrary<Verdict>,
  device: optional(text),
  facts: optional(facts),
}) as unknown as fc.Arbitrary<JudgedPresentation>;

/** The event as an object; what is undefined is not in it. */
function plainly({ environment, at, kind, method, verdict, device, facts }: JudgedPresentation) {
  const { presented } = verdict;
  const isToken = presented !== undefined && presented !== 'nothing' && presented !== 'unknown';
  return {
    format: 1,
    environment,
    time: isoOf(at),
    kind,
    method: method === 'a word of the caller' ? 'other' : method,
    verdict: verdict.verdict,
    reason: verdict.reason,
    causes: verdict.causes,
    observed: verdict.observed,
    token: isToken ? presented : undefined,
    presented: isToken ? 'token' : presented,
    siblings: verdict.siblings,
    device: device === undefined && facts === undefined ? undefined : { id: device, ...facts },
  };
}

describe('a verdict event', () => {
  it('is the JSON of what was judged, whatever the device says of itself', () => {
    fc.assert(
      fc.property(judged, (judged) => {
        const event = verdictEventOf(judged);
        expect(JSON.parse(event)).toEqual(JSON.parse(JSON.stringify(plainly(judged))));
      }),
      { numRuns: 1_000 },
    );
  });
});
