import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pingOneCapabilities } from './pingone-capabilities.ts';
import { observedDevicesOf, readDevices } from './read-devices.ts';
import { profileOf, readFound, statusOf } from './read-user.ts';

const value = fc.oneof(
  fc.jsonValue(),
  fc.uuid(),
  fc.constantFrom('ACTIVE', 'EMAIL', 'SMS', 'VOICE', 'LOCKED', 'SMS 1', 'SMS Number 1'),
);
const anyDevice = fc.record(
  {
    id: value,
    type: value,
    status: value,
    nickname: value,
    email: value,
    phone: value,
    extension: value,
    lock: value,
    block: value,
    createdAt: value,
  },
  { requiredKeys: [] },
);
const anyUser = fc.record(
  { id: value, username: value, email: value, name: value, enabled: value, mfaEnabled: value },
  { requiredKeys: [] },
);
const listing = (name: string, item: fc.Arbitrary<object>): fc.Arbitrary<Record<string, unknown>> =>
  fc.record(
    {
      _embedded: fc.oneof(fc.record({ [name]: fc.oneof(fc.array(item), value) }), value),
      order: value,
      count: value,
      _links: value,
    },
    { requiredKeys: [] },
  );

describe('readers of whatever a directory answers (API10)', () => {
  it('give all devices or none, each with an id that can go into a path and the slot of exactly its nickname', () => {
    fc.assert(
      fc.property(listing('devices', anyDevice), fc.boolean(), (body, mfaEnabled) => {
        const read = readDevices(body);
        if (!read) return;
        const observed = observedDevicesOf(read, mfaEnabled);
        const listed = (body['_embedded'] as { devices?: unknown[] } | undefined)?.devices ?? [];
        expect(observed).toHaveLength(listed.length);
        for (const it of observed) {
          expect(it.id).toMatch(/^[0-9a-f-]{36}$/i);
          expect(it.slot === undefined ? undefined : pingOneCapabilities.nicknames[it.slot]).toBe(it.slot && it.nickname);
          if (!mfaEnabled) expect(it.unusable).toBe(true);
          if (it.address && it.address.kind !== 'email') expect(it.address.number).toMatch(/^\+\d+$/);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('find the user that was asked for, or say that there is none only where the list is there and empty', () => {
    fc.assert(
      fc.property(listing('users', anyUser), fc.string(), (body, username) => {
        const found = readFound(body, username);
        if (found.kind === 'found') {
          expect(found.user.id).toMatch(/^[0-9a-f-]{36}$/i);
          expect(['active', 'suspended', 'other']).toContain(statusOf(found.user));
          expect(Object.values(profileOf(found.user)).every((it) => typeof it === 'string' && it !== '')).toBe(true);
        }
        // `===`, not toBe: JSON's -0 is as empty as 0
        if (found.kind === 'absent')
          expect(((body['_embedded'] as { users?: unknown[] } | undefined)?.users?.length ?? body['count']) === 0).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it.each(['+1.5125201234', '+15125201234', '+1.512.520.1234', '+1 (512) 520-1234', '15125201234', '1-512-520-1234'])(
    'read %s as the same number (c.3, P58)',
    (phone) => {
      const id = 'c0000000-0000-4000-8000-000000000003';
      const read = readDevices({ _embedded: { devices: [{ id, type: 'SMS', phone }] } });
      expect(read && observedDevicesOf(read, true)[0]?.address).toEqual({ kind: 'sms', number: '+15125201234' });
    },
  );
});
