import { beforeEach, describe, expect, it } from '@jest/globals';
import type { DirectoryFault, Outcome, StepOutcome } from '@tallystick/devices-domain';
import { ada, addressIn, type DirectoryCall, InMemoryWorld, userNumber } from '@tallystick/devices-testing';
import { TryAgain } from './directory-failure.ts';
import { reconcileUser } from './reconcile-user.ts';

const user = userNumber(1);
const [home, work, other] = ['ada@home.example', 'ada@work.example', 'lovelace@example.org'];
const [mobile, desk] = ['+12025550123', '+442079460123'];

let world: InMemoryWorld;
beforeEach(() => {
  world = new InMemoryWorld();
});

const run = (attempt = 1): Promise<Outcome> => reconcileUser(world.needs(), user, world.context(attempt));
/** The error of an attempt that has to end with one. */
async function failure(): Promise<TryAgain> {
  const error = await run().then(
    (outcome) => new Error(`the attempt ended as ${outcome.kind}`),
    (thrown: unknown) => thrown,
  );
  if (error instanceof TryAgain) return error;
  throw error;
}
const methods = (): string[] => world.directory.writes.map((it) => it.method);
const nicknames = (): string[] => {
  const account = world.directory.peek('ada');
  return account.kind === 'present' ? account.devices.map((it) => it.nickname) : [];
};
const brief = ({ kind, slot, result, code }: StepOutcome): string =>
  [kind, slot, result, code].filter((it) => it !== undefined).join(' ');
/** Answers calls that match with a fault, as often as told; they do not happen. */
const refuse = (matches: (call: DirectoryCall) => boolean, fault: DirectoryFault, times = Infinity): void => {
  let left = times;
  world.directory.configure({ beforeCall: (call) => (matches(call) && left-- > 0 ? fault : undefined) });
};

describe('a replacement that the directory refuses (T5)', () => {
  const isNew = (call: DirectoryCall): boolean =>
    call.method === 'pair' && call.address?.kind === 'email' && call.address.address === work;
  beforeEach(async () => {
    await world.has({ 'Email 1': home, 'SMS Number 1': mobile });
    await world.want(user, ada({ 'Email 1': work, 'SMS Number 1': mobile }));
    refuse(isNew, { kind: 'address-refused' });
  });
  const restored = ['unpair Email 1 done', 'pair Email 1 address-refused', 'restore-pair Email 1 done'];
  const email1 = () => {
    const account = world.directory.peek('ada');
    return account.kind === 'present' ? account.devices.filter((it) => it.nickname === 'Email 1') : [];
  };

  it('gives the old value back, and says both', async () => {
    const outcome = await run();
    expect(outcome.kind).toBe('partial');
    expect(outcome.steps.map(brief)).toEqual(restored);
    expect(email1().map((it) => it.address)).toEqual([addressIn('Email 1', home)]);
    expect(outcome.steps.at(-1)?.deviceId).toBe(email1()[0]?.id);
  });

  it('gives it back also when the attempt breaks between the refusal and the restoring', async () => {
    let refusals = 0;
    world.directory.configure({
      beforeCall: (call) => {
        if (isNew(call)) return { kind: 'address-refused' };
        if (call.method === 'pair' && refusals++ === 0) throw new Error('the process dies');
        return undefined;
      },
    });
    await expect(run()).rejects.toThrow('the process dies');
    expect(email1()).toEqual([]);
    world.clock += world.openPairMs;
    const outcome = await run();
    expect(email1().map((it) => it.address)).toEqual([addressIn('Email 1', home)]);
    expect(outcome.steps.map(brief)).toContain('restore-pair Email 1 done');
  });

  it('says so when the old value is refused too', async () => {
    refuse((call) => call.method === 'pair', { kind: 'refused', code: '20599' });
    const outcome = await run();
    expect(outcome.steps.map(brief)).toEqual([
      'unpair Email 1 done',
      'pair Email 1 refused 20599',
      'restore-pair Email 1 refused 20599',
    ]);
    expect(nicknames()).toEqual(['SMS Number 1']);
  });
});

describe('a device that can not be named', () => {
  beforeEach(async () => {
    await world.has({ 'Email 1': home });
    await world.want(user, ada({ 'Email 1': home, 'Email 2': work }));
  });

  it('is taken back, so that the next pass does not add another one', async () => {
    refuse((call) => call.method === 'nameDevice', { kind: 'refused', code: '20599' });
    const outcome = await run();
    expect(outcome.steps.map(brief)).toEqual(['pair Email 2 refused 20599']);
    expect(methods()).toEqual(['pair', 'nameDevice', 'unpair']);
    expect(nicknames()).toEqual(['Email 1']);
  });

  it.each<DirectoryFault>([{ kind: 'unavailable' }, { kind: 'refused', code: '1' }, { kind: 'status-conflict' }])(
    'and can not be taken back either ($kind) is kept in mind by the next attempt, which names it',
    async (fault) => {
      refuse((call) => call.method === 'nameDevice' || call.method === 'unpair', { kind: 'refused', code: '20599' }, 1);
      const beforeCall = (call: DirectoryCall): DirectoryFault | undefined =>
        call.method === 'nameDevice' ? { kind: 'refused', code: '20599' } : call.method === 'unpair' ? fault : undefined;
      world.directory.configure({ beforeCall });
      await failure();
      world.directory.configure({ beforeCall: () => undefined });
      await run();
      expect(nicknames()).toEqual(['Email 1', 'Email 2']);
      expect(methods().filter((it) => it === 'pair')).toHaveLength(1);
    },
  );

  it('but is gone when it is to be taken back is no fault', async () => {
    refuse((call) => call.method === 'nameDevice', { kind: 'refused', code: '20599' });
    world.directory.configure({
      beforeCall: (call) =>
        call.method === 'nameDevice'
          ? { kind: 'refused', code: '20599' }
          : call.method === 'unpair'
            ? { kind: 'not-found' }
            : undefined,
    });
    expect((await run()).steps.map(brief)).toEqual(['pair Email 2 refused 20599']);
  });
});

describe('the device limit (P53)', () => {
  it('stops the pairs behind it without asking again, and nothing else', async () => {
    world.options = { ...world.options, primaryDevice: 'SMS Number 1' };
    world.directory.configure({ deviceLimit: 2 });
    await world.want(
      user,
      ada({ 'Email 1': home, 'Email 2': work, 'SMS Number 1': mobile, 'SMS Number 2': desk, 'Voice Number 1': desk }),
    );
    const outcome = await run();
    expect(outcome.steps.map(brief)).toEqual([
      'create-user done',
      'pair Email 1 done',
      'pair Email 2 done',
      'pair SMS Number 1 device-limit 20562',
      'pair SMS Number 2 device-limit 20562',
      'pair Voice Number 1 device-limit 20562',
      'set-primary SMS Number 1 skipped',
    ]);
    expect(methods().filter((it) => it === 'pair')).toHaveLength(3);
    expect(nicknames()).toEqual(['Email 1', 'Email 2']);
  });
});

describe('an account that somebody creates at the same moment (P20, PR4)', () => {
  it('is only linked: its primary device is not chosen', async () => {
    world.options = { ...world.options, primaryDevice: 'SMS Number 1' };
    await world.want(user, ada({ 'Email 1': home, 'SMS Number 1': mobile }));
    world.directory.configure({
      beforeCall: (call) => {
        if (call.method === 'createUser') {
          world.directory.put('ada', { kind: 'present', status: 'pending-activation', profile: {}, devices: [] });
          world.directory.addForeignDevice('ada', { type: 'iPhone', nickname: "Ada's iPhone" });
        }
        return undefined;
      },
    });
    const outcome = await run();
    expect(outcome.steps.map(brief)).toEqual(['pair Email 1 done', 'pair SMS Number 1 done']);
    const account = world.directory.peek('ada');
    expect(account.kind === 'present' && account.devices.find((it) => it.primary)?.nickname).toBe("Ada's iPhone");
  });

  it('is ours when it was our own call whose answer got lost: its primary device is chosen', async () => {
    world.options = { ...world.options, primaryDevice: 'SMS Number 1' };
    await world.want(user, ada({ 'Email 1': home, 'SMS Number 1': mobile }));
    let lost = false;
    world.directory.configure({
      afterCall: (call) => {
        if (call.method !== 'createUser' || lost) return undefined;
        lost = true;
        return { kind: 'unavailable' };
      },
    });
    await failure();
    const outcome = await run();
    expect(outcome.steps.map(brief)).toContain('set-primary SMS Number 1 done');
    expect(methods().filter((it) => it === 'createUser')).toHaveLength(1);
  });
});

it('does everything else when one pair is refused', async () => {
  await world.want(user, ada({ 'Email 1': home, 'Email 2': other, 'SMS Number 1': mobile }));
  refuse((call) => call.method === 'pair' && call.address?.kind === 'email' && call.address.address === other, {
    kind: 'address-refused',
  });
  const outcome = await run();
  expect(outcome.steps.map(brief)).toEqual([
    'create-user done',
    'pair Email 1 done',
    'pair Email 2 address-refused',
    'pair SMS Number 1 done',
  ]);
  expect(nicknames()).toEqual(['Email 1', 'SMS Number 1']);
});
