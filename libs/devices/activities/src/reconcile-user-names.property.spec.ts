// A person whose username changes there and back, who is disabled, deleted and comes back, while processes die (R2, R5, P20, P24).
import { describe, expect, it } from '@jest/globals';
import { neverLessOptions, parityOptions, type ReconcileOptions } from '@tallystick/devices-domain';
import { ada, type CallGate, InMemoryWorld, pingIdManners, pingOneManners, userNumber } from '@tallystick/devices-testing';
import fc from 'fast-check';
import { settled } from './hand-over.fixture.ts';
import { reconcileUser } from './reconcile-user.ts';

const runs = { numRuns: Number(process.env['PROPERTY_RUNS'] ?? 300) };
const user = userNumber(1);
const usernames = ['ada', 'ada.l', 'ada.m'] as const;

const anyRecord = fc.record({
  username: fc.constantFrom(...usernames),
  email: fc.constantFrom('ada@home.example', 'ada@work.example'),
  is: fc.constantFrom('enabled', 'enabled', 'enabled', 'disabled', 'deleted'),
});
const anyDeath = fc.record({ when: fc.constantFrom('before' as const, 'after' as const), calls: fc.nat({ max: 40 }) });
const anyHistory = fc.record({
  steps: fc.array(fc.record({ record: anyRecord, death: fc.option(anyDeath, { freq: 4 }) }), { minLength: 1, maxLength: 6 }),
  manners: fc.constantFrom(pingIdManners, pingOneManners),
  options: fc
    .record({
      base: fc.constantFrom(parityOptions, neverLessOptions),
      removeAction: fc.constantFrom('disable' as const, 'delete' as const),
      provisionDisabledUsers: fc.boolean(),
      manageDevices: fc.constantFrom('merge' as const, 'overwrite' as const),
      missingAccount: fc.constantFrom('recreate' as const, 'report' as const),
    })
    .map(({ base, ...more }): ReconcileOptions => ({ ...base, ...more, usernameChange: 'follow' })),
});

/** A process that dies at one of its calls, whatever that is, and of which nothing is heard after that. */
function diesAt({ when, calls }: { readonly when: 'before' | 'after'; readonly calls: number }): CallGate {
  let made = 0;
  const gate = (at: 'before' | 'after') => () => {
    if (made > calls || (made === calls && at === when)) {
      made = calls + 1;
      throw new Error('the process dies');
    }
    if (at === 'after') made += 1;
  };
  return { before: gate('before'), after: gate('after') };
}

describe('whatever the datastore says of a person, and wherever the processes die', () => {
  it('P24, R5: the person can sign in at one account when they are enabled, and at none else', async () => {
    await fc.assert(
      fc.asyncProperty(anyHistory, async ({ steps, manners, options }) => {
        const world = new InMemoryWorld({ manners, deviceLimit: 100 });
        world.options = options;
        world.guardSettings = { ...world.guardSettings, enabled: false };
        for (const { record, death } of steps) {
          const { username, email, is } = record;
          await world.want(user, ada({ 'Email 1': email }, { username, enabled: is !== 'disabled' }));
          if (is === 'deleted') await world.put(user, { kind: 'deleted' });
          if (death) await reconcileUser(world.needs(diesAt(death)), user, world.context()).catch(() => undefined);
          else await settled(world, user);
          world.clock += 60_000;
        }
        await settled(world, user);
        const { username, email, is } = steps.at(-1)!.record;
        const there = usernames.flatMap((name) => {
          const seen = world.directory.peek(name);
          return seen.kind === 'present' && seen.status === 'active' ? [{ name, devices: seen.devices }] : [];
        });
        expect(there.map(({ name }) => name)).toEqual(is === 'enabled' ? [username] : []);
        for (const { devices } of there)
          expect(devices.map(({ slot, address }) => [slot, address])).toEqual([['Email 1', { kind: 'email', address: email }]]);
      }),
      runs,
    );
  });
});
