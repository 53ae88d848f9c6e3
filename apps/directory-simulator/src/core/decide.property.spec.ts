import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type PrimaryAfterUnpair, primaryDevice } from './account.ts';
import { type Command, readCommand, operations } from './command.ts';
import { decide } from './decide.ts';
import { userDetails } from './user-details.ts';
import { Directory } from '../state/directory.ts';
import { SeededDraws } from '../state/seeded-draws.ts';

const usernames = ['ann', 'bob'] as const;

/** A command whose device is one that the user has, one that another has, or none. */
type Move =
  | { readonly command: Exclude<Command, { deviceId: unknown }> }
  | { readonly on: 'device'; readonly username: string; readonly pick: number; readonly build: (id: bigint) => Command };

const username = fc.constantFrom(...usernames);
const profile = fc.record({
  role: fc.constant('REGULAR' as const),
  email: fc.constant(null),
  fname: fc.option(fc.string(), { nil: null }),
  lname: fc.constant(null),
});
const move: fc.Arbitrary<Move> = fc.oneof(
  fc
    .record({ op: fc.constantFrom('adduser' as const, 'edituser' as const), username, activate: fc.boolean(), profile })
    .map((command) => ({ command })),
  fc
    .record({ op: fc.constantFrom('getuserdetails' as const, 'suspenduser' as const, 'activateuser' as const), username })
    .map((command) => ({ command })),
  fc.record({ op: fc.constant('deleteuser' as const), username }).map((command) => ({ command })),
  {
    weight: 5,
    arbitrary: fc
      .record({
        op: fc.constant('offlinepairing' as const),
        username,
        type: fc.constantFrom('EMAIL' as const, 'SMS' as const),
        data: fc.constantFrom('a@b.cd', 'c@d.ef', '+12025550123', 'x'),
        unique: fc.boolean(),
      })
      .map((command) => ({ command })),
  },
  {
    weight: 5,
    arbitrary: fc
      .tuple(
        username,
        fc.nat(5),
        fc.constantFrom('unpair', 'unpair-all', 'nickname', 'primary', 'order'),
        fc.integer({ min: 1, max: 4 }),
      )
      .map(([name, pick, what, position]) => ({
        on: 'device' as const,
        username: name,
        pick,
        build: (deviceId: bigint): Command =>
          what === 'unpair'
            ? { op: 'unpairdevice', username: name, deviceId }
            : what === 'unpair-all'
              ? { op: 'unpairdevice', username: name, deviceId: 'all' }
              : {
                  op: 'updatedeviceattr',
                  username: name,
                  deviceId,
                  change:
                    what === 'nickname'
                      ? { attribute: 'NICKNAME', nickname: 'N' }
                      : what === 'primary'
                        ? { attribute: 'SET_PRIMARY' }
                        : { attribute: 'ORDER', position },
                },
      })),
  },
);

function play(
  moves: readonly Move[],
  deviceLimit: number,
  primaryAfterUnpair: PrimaryAfterUnpair,
  check: (directory: Directory, everSeen: ReadonlyMap<bigint, number>) => void,
) {
  const directory = new Directory();
  const draws = new SeededDraws('law');
  const everSeen = new Map<bigint, number>();
  for (const [now, next] of moves.entries()) {
    const owned = usernames.flatMap((name) => directory.find(name)?.devices ?? []);
    const command = 'command' in next ? next.command : next.build(owned[next.pick]?.id ?? 1n);
    const before = directory.find(command.username);
    const outcome = decide(before, command, {
      now,
      draws: draws.next((id) => directory.hasDevice(id)),
      deviceLimit,
      primaryAfterUnpair,
      duplicateDevices: 'allowed',
      disabledMethods: [],
      isTaken: (key) => directory.isTaken(key),
    });
    if (!outcome.answer.ok) expect(outcome.account).toBe(before);
    directory.put(command.username, outcome.account);
    for (const device of outcome.account?.devices ?? []) if (!everSeen.has(device.id)) everSeen.set(device.id, now);
    check(directory, everSeen);
  }
}

const accounts = (directory: Directory) => usernames.flatMap((name) => directory.find(name) ?? []);

describe('the directory, whatever is done to it', () => {
  it.each(['none', 'next'] as const)(
    'has at most one primary device a user, the first in order, and the limit holds (after unpair: %s)',
    (primaryAfterUnpair) => {
      fc.assert(
        fc.property(fc.array(move, { maxLength: 40, size: 'max' }), fc.integer({ min: 1, max: 4 }), (moves, limit) => {
          play(moves, limit, primaryAfterUnpair, (directory) => {
            for (const account of accounts(directory)) {
              const shown = userDetails(account, { enrolledUntil: Number.POSITIVE_INFINITY, emptyDeviceList: 'array' });
              const primaries = (shown.devicesDetails ?? []).filter((device) => device.deviceRole === 'PRIMARY');
              expect(account.devices.length).toBeLessThanOrEqual(limit);
              expect(primaries.length).toBe(primaryDevice(account) ? 1 : 0);
              expect(shown.deviceDetails).toEqual(primaries[0] ?? null);
              expect(shown.devicesDetails?.map((device) => device.order)).toEqual(
                account.devices.map((_device, index) => index + 1),
              );
              if (account.devices.length === 0) expect(account.primary).toBe('none');
              // One primary device exactly if there are devices, unless the role was lost and nobody chose again.
              if (primaryAfterUnpair === 'next') expect(primaries.length).toBe(account.devices.length === 0 ? 0 : 1);
            }
          });
        }),
      );
    },
  );

  it('never gives a device id twice, not even after an unpair, and knows every device by its id', () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 40, size: 'max' }), (moves) => {
        play(moves, 4, 'none', (directory, everSeen) => {
          const living = accounts(directory).flatMap((account) => account.devices);
          expect(new Set(living.map((device) => device.id)).size).toBe(living.length);
          for (const device of living) {
            expect(directory.hasDevice(device.id)).toBe(true);
            expect(device.enrolledAt).toBe(everSeen.get(device.id));
          }
          for (const id of everSeen.keys()) expect(directory.hasDevice(id)).toBe(living.some((device) => device.id === id));
        });
      }),
    );
  });

  it('shows an ACTIVE user with at least one device, and PENDING_CHANGE_DEVICE only without', () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 40, size: 'max' }), (moves) => {
        play(moves, 4, 'none', (directory) => {
          for (const { status, devices } of accounts(directory)) {
            if (status === 'ACTIVE') expect(devices.length).toBeGreaterThan(0);
            if (status !== 'ACTIVE' && status !== 'SUSPENDED') expect(devices).toEqual([]);
          }
        });
      }),
    );
  });
});

describe('reading a body', () => {
  it('never throws, whatever JSON stands in it', () => {
    const key = fc.constantFrom(
      'userName',
      'username',
      'deviceId',
      'type',
      'pairingData',
      'attributeName',
      'attributeValue',
      'role',
      'activateUser',
      'validateUniqueDevice',
    );
    const value = fc.oneof(fc.jsonValue(), fc.bigInt(), fc.constantFrom('SMS', 'NICKNAME', 'ORDER', 'true'));
    fc.assert(
      fc.property(fc.constantFrom(...operations), fc.dictionary(key, value), (op, body) => {
        const read = readCommand(op, body);
        expect(read.ok ? read.value.op : read.refusal.kind).toEqual(expect.any(String));
      }),
    );
  });

  it('reads the same command whatever the case of the keys', () => {
    const cased = (word: string, upper: boolean) => (upper ? word.toUpperCase() : word.toLowerCase());
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
        fc.bigInt({ min: 1n, max: (1n << 63n) - 1n }),
        ([a, b, c, d], id) => {
          const body = {
            [cased('userName', a!)]: 'u',
            [cased('deviceId', b!)]: id,
            [cased('attributeName', c!)]: 'NICKNAME',
            [cased('attributeValue', d!)]: 'N',
          };
          expect(readCommand('updatedeviceattr', body)).toEqual({
            ok: true,
            value: { op: 'updatedeviceattr', username: 'u', deviceId: id, change: { attribute: 'NICKNAME', nickname: 'N' } },
          });
        },
      ),
    );
  });
});
