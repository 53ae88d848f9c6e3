import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Account, primaryDevice } from '../core/account.ts';
import { type MfaPresentation } from '../core/pingone-bodies.ts';
import { activationLifeMs, pendingLimit } from '../core/pingone-decide.ts';
import { deviceGuid } from '../core/pingone-ids.ts';
import { settingsAtStart } from '../state/settings.ts';
import { Simulator } from '../state/simulator.ts';
import { MfaOperations, type MfaRequest } from './pingone-operations.ts';

const names = ['ann', 'Ann', 'bob'] as const;
const values = ['a@b.cd', 'c@d.ef', 'e@f.gh'] as const;

/** A call of either dialect; `pick` chooses among the devices of the user as they are then. */
type Move =
  | {
      readonly in: 'pingid';
      readonly op: string;
      readonly username: string;
      readonly pick: number;
      readonly value: string;
      readonly flag: boolean;
    }
  | {
      readonly in: 'pingone';
      readonly op: MfaRequest['op'];
      readonly username: string;
      readonly pick: number;
      readonly value: string;
      readonly flag: boolean;
    };

const rest = {
  username: fc.constantFrom(...names),
  pick: fc.nat(4),
  value: fc.constantFrom(...values),
  flag: fc.boolean(),
};
const pingid: fc.Arbitrary<Move> = fc.record({
  in: fc.constant('pingid' as const),
  op: fc.constantFrom(
    'adduser',
    'suspenduser',
    'activateuser',
    'deleteuser',
    'offlinepairing',
    'offlinepairing',
    'unpairdevice',
    'updatedeviceattr',
  ),
  ...rest,
});
const pingone: fc.Arbitrary<Move> = fc.record({
  in: fc.constant('pingone' as const),
  op: fc.constantFrom<MfaRequest['op'][]>(
    'create-user',
    'update-user',
    'delete-user',
    'set-enabled',
    'create-device',
    'create-device',
    'create-device',
    'delete-device',
    'activate-device',
    'block-device',
    'set-nickname',
    'reorder-devices',
    'remove-device-order',
  ),
  ...rest,
});

const limits = { deviceLimit: 3, maxAllowedDevices: 2 };

function start() {
  let now = 1_700_000_000_000;
  const { deviceLimit, maxAllowedDevices } = limits;
  const settings = { ...settingsAtStart, deviceLimit, pingone: { ...settingsAtStart.pingone, maxAllowedDevices } };
  const simulator = new Simulator(settings, 'law', () => now);
  const present = (): MfaPresentation => ({
    base: '',
    environmentId: 'e',
    populationId: 'p',
    phoneForm: 'e164',
    now,
    enrolledUntil: Number.POSITIVE_INFINITY,
  });
  return { simulator, operations: new MfaOperations(simulator, present), advance: (ms: number) => (now += ms) };
}

type World = ReturnType<typeof start>;

function devicesOf(account: Account | undefined) {
  return [...(account?.devices ?? []), ...(account?.pending ?? [])];
}

/** Plays one call; whether it was done. */
function play({ simulator, operations }: World, { username, pick, value, flag, ...move }: Move): boolean {
  const account = simulator.directory.find(username);
  const device = devicesOf(account)[pick];
  if (move.in === 'pingid') {
    const body = {
      username,
      activateUser: flag,
      type: 'EMAIL',
      pairingData: value,
      deviceId: device?.id ?? 1n,
      attributeName: flag ? 'SET_PRIMARY' : 'NICKNAME',
      attributeValue: flag ? 'true' : 'N',
    };
    return simulator.execute(move.op, body).httpStatus === 200;
  }
  const bodies: Partial<Record<MfaRequest['op'], object>> = {
    'create-user': { username },
    'update-user': { username: flag ? 'Bob' : 'carl' },
    'set-enabled': { enabled: flag },
    'create-device': { type: 'EMAIL', email: value, status: flag ? 'ACTIVE' : 'ACTIVATION_REQUIRED' },
    'activate-device': { otp: '123456' },
    'set-nickname': { nickname: 'N' },
    'reorder-devices': { order: [...(account?.devices ?? [])].reverse().map(({ id }) => ({ id: deviceGuid(id) })) },
  };
  const request: MfaRequest = {
    op: move.op,
    user: account?.guid ?? '',
    device: device ? deviceGuid(device.id) : '',
    query: {},
    text: JSON.stringify(bodies[move.op] ?? {}),
  };
  return operations.execute(request).ok;
}

const everybody = ({ simulator }: World) => simulator.directory.page(0, 100).accounts;

interface ListedDevices {
  readonly order: readonly { readonly id: string }[];
  readonly _embedded: { readonly devices: readonly { readonly id: string; readonly status: string }[] };
}

/** What both dialects say about one account, which must be one thing. */
function agree({ simulator, operations }: World, account: Account): void {
  const shown = simulator.show(account);
  const ask = (op: MfaRequest['op'], query = {}) => {
    const done = operations.execute({ op, user: account.guid, device: '', query, text: '' });
    if (!done.ok) throw new Error(`${op} was refused`);
    return done.value.body as unknown;
  };
  const listed = ask('list-devices', { expand: 'order' }) as ListedDevices;
  const active = listed._embedded.devices.filter(({ status }) => status === 'ACTIVE').map(({ id }) => id);
  expect(active).toEqual((shown.devicesDetails ?? []).map(({ deviceId }) => deviceGuid(deviceId)));
  const primary = primaryDevice(account);
  expect(listed.order[0]?.id).toBe(primary && deviceGuid(primary.id));
  expect(shown.deviceDetails?.deviceId).toBe(primary?.id);
  expect(ask('read-user')).toMatchObject({ username: account.username, enabled: shown.status !== 'SUSPENDED' });
  expect(simulator.directory.findByGuid(account.guid)).toBe(account);
  expect(simulator.directory.findFolded(account.username)?.username.toLowerCase()).toBe(account.username.toLowerCase());
}

describe('both dialects over one set of accounts', () => {
  it('agree after every call, refuse without an effect, and keep their limits', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(pingid, pingone), { maxLength: 60 }), (moves) => {
        const world = start();
        for (const move of moves) {
          const before = everybody(world);
          const done = play(world, move);
          const after = everybody(world);
          if (!done) expect(after).toEqual(before);
          for (const account of after) {
            agree(world, account);
            const grown = account.devices.length > (before.find(({ guid }) => guid === account.guid)?.devices.length ?? 0);
            if (grown)
              expect(account.devices.length).toBeLessThanOrEqual(
                move.in === 'pingid' ? limits.deviceLimit : limits.maxAllowedDevices,
              );
            expect((account.pending ?? []).length).toBeLessThanOrEqual(pendingLimit);
          }
          if (done && move.in === 'pingone' && move.op === 'create-user')
            expect(before.filter(({ username }) => username.toLowerCase() === move.username.toLowerCase())).toEqual([]);
          const ids = after.flatMap((account) => devicesOf(account).map(({ id }) => id));
          expect(new Set(ids).size).toBe(ids.length);
          expect(new Set(after.map(({ guid }) => guid)).size).toBe(after.length);
        }
      }),
    );
  });

  it('leave nothing behind of users that are gone', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(pingid, pingone), { maxLength: 40 }), (moves) => {
        const world = start();
        const { directory } = world.simulator;
        const ids = new Set<bigint>();
        for (const move of moves) {
          play(world, move);
          for (const account of everybody(world)) for (const { id } of devicesOf(account)) ids.add(id);
        }
        for (const value of values) directory.isTaken(`Email:${value}`); // from here on the values are counted
        for (const { username } of everybody(world)) directory.put(username, undefined);
        expect(directory.size).toBe(0);
        for (const id of ids) expect(directory.hasDevice(id)).toBe(false);
        for (const value of values) expect(directory.isTaken(`Email:${value}`)).toBe(false);
        for (const name of [...names, 'carl']) expect(directory.isNameTaken(name)).toBe(false);
      }),
    );
  });

  it('forget devices that nobody activated for a day, and those only', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(pingid, pingone), { maxLength: 40 }), (moves) => {
        const world = start();
        for (const move of moves) play(world, move);
        world.advance(activationLifeMs);
        for (const account of everybody(world)) {
          const done = world.operations.execute({ op: 'list-devices', user: account.guid, device: '', query: {}, text: '' });
          if (!done.ok) throw new Error('the list was refused');
          const { _embedded } = done.value.body as unknown as ListedDevices;
          expect(_embedded.devices.map(({ id }) => id)).toEqual(account.devices.map(({ id }) => deviceGuid(id)));
        }
      }),
    );
  });
});
