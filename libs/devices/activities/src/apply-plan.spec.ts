import { beforeEach, describe, expect, it } from '@jest/globals';
import type { DirectoryFault, MfaDirectory, ObservedUser, Outcome, Step, StepOutcome } from '@tallystick/devices-domain';
import { ada, type DirectoryCall, InMemoryWorld, userNumber } from '@tallystick/devices-testing';
import { TryAgain } from './directory-failure.ts';
import { reconcileUser } from './reconcile-user.ts';

const user = userNumber(1);
const [home, work] = ['ada@home.example', 'ada@work.example'];
const mobile = '+12025550123';

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
const brief = ({ kind, slot, result, code }: StepOutcome): string =>
  [kind, slot, result, code].filter((it) => it !== undefined).join(' ');
/** Answers calls that match with a fault, as often as told; they do not happen. */
const refuse = (matches: (call: DirectoryCall) => boolean, fault: DirectoryFault, times = Infinity): void => {
  let left = times;
  world.directory.configure({ beforeCall: (call) => (matches(call) && left-- > 0 ? fault : undefined) });
};

interface StepCase {
  readonly method: keyof MfaDirectory;
  /** What the outcome calls the step. */
  readonly step: Step['kind'];
  readonly arrange: () => Promise<unknown>;
  /** What becomes of the step behind it when this one is refused. */
  readonly behind?: string;
}

const suspended = async (): Promise<void> => {
  await world.has({ 'Email 1': home });
  const account = world.directory.peek('ada') as Extract<ObservedUser, { kind: 'present' }>;
  world.directory.put('ada', { ...account, status: 'suspended' });
};

const stepCases: readonly StepCase[] = [
  {
    method: 'createUser',
    step: 'create-user',
    arrange: () => world.want(user, ada({ 'Email 1': home })),
    behind: 'pair Email 1 skipped',
  },
  {
    method: 'activateUser',
    step: 'activate-user',
    arrange: async () => {
      await suspended();
      await world.want(user, ada({ 'Email 1': home, 'Email 2': work }));
    },
    behind: 'pair Email 2 skipped',
  },
  {
    method: 'editUser',
    step: 'edit-user',
    arrange: async () => {
      await world.has({ 'Email 1': home });
      await world.want(user, ada({ 'Email 1': home, 'Email 2': work }, { profile: { firstName: 'Ada' } }));
    },
    behind: 'pair Email 2 done',
  },
  {
    method: 'suspendUser',
    step: 'suspend-user',
    arrange: async () => {
      await world.has({ 'Email 1': home });
      await world.want(user, ada({ 'Email 1': home }, { enabled: false }));
    },
  },
  {
    method: 'deleteUser',
    step: 'delete-user',
    arrange: async () => {
      world.options = { ...world.options, removeAction: 'delete' };
      await world.has({ 'Email 1': home });
      await world.want(user, ada({ 'Email 1': home }, { enabled: false }));
    },
  },
  {
    method: 'unpair',
    step: 'unpair',
    arrange: async () => {
      world.options = { ...world.options, onCleared: 'remove' };
      await world.has({ 'Email 1': home, 'Email 2': work });
      await world.want(user, ada({ 'Email 1': home, 'SMS Number 1': mobile }));
    },
    behind: 'pair SMS Number 1 done',
  },
  {
    method: 'pair',
    step: 'pair',
    arrange: async () => {
      await world.has({ 'Email 1': home });
      await world.want(user, ada({ 'Email 1': home, 'Email 2': work, 'SMS Number 1': mobile }));
    },
    behind: 'pair SMS Number 1 done',
  },
  {
    method: 'nameDevice',
    step: 'pair',
    arrange: async () => {
      await world.has({ 'Email 1': home });
      await world.want(user, ada({ 'Email 1': home, 'Email 2': work, 'SMS Number 1': mobile }));
    },
    behind: 'pair SMS Number 1 done',
  },
  {
    method: 'setPrimary',
    step: 'set-primary',
    arrange: async () => {
      world.options = { ...world.options, primaryDevice: 'SMS Number 1' };
      await world.want(user, ada({ 'Email 1': home, 'SMS Number 1': mobile }));
    },
  },
];

describe.each(stepCases)('a $method call', ({ method, step, arrange, behind }) => {
  beforeEach(async () => void (await arrange()));
  const once = (fault: DirectoryFault): void => refuse((call) => call.method === method, fault, 1);

  it.each<[string, DirectoryFault, string, number | undefined]>([
    ['unavailable', { kind: 'unavailable' }, 'directory-unavailable', undefined],
    ['unavailable for a while', { kind: 'unavailable', retryAfterMs: 7_000 }, 'directory-unavailable', 7_000],
  ])('that is answered "%s" ends the attempt, and the next one reaches the end', async (_, fault, reason, retryAfterMs) => {
    once(fault);
    const error = await failure();
    expect([error.reason, error.retryAfterMs]).toEqual([reason, retryAfterMs]);
    expect(world.published).toEqual([]);
    expect(methods().at(-1)).toBe(method);
    world.clock += world.openPairMs; // an open pair that was not made is waited for
    const outcome = await run();
    expect(world.pauses).toEqual([world.callTimeoutMs + 250]); // its call might have been under way still
    expect(outcome.kind).toBe('changed');
    expect((await reconcileUser(world.needs(), user, world.context())).kind).toBe('in-sync');
  });

  it.each(['credentials-refused', 'method-disabled'] as const)(
    'that is answered "%s" ends the run as quarantined (R32, P55): the user is woken when it is over, and goes on from there',
    async (kind) => {
      once({ kind });
      expect(await run()).toMatchObject({ kind: 'quarantined', because: kind });
      expect(methods().at(-1)).toBe(method);
      expect([world.alarms, world.reminded]).toEqual([['quarantined'], [user]]);
      expect(await run()).toMatchObject({ kind: 'quarantined', because: kind });
      world.clock += 600_000;
      expect((await run()).kind).toBe('changed');
      expect(world.alarms).toEqual(['quarantined', 'healed']);
    },
  );

  it.each<DirectoryFault['kind'] & ('not-found' | 'already-exists' | 'status-conflict')>([
    'not-found',
    'already-exists',
    'status-conflict',
  ])('that is answered "%s" makes the attempt look again', async (kind) => {
    once({ kind });
    const outcome = await run();
    const isAsGoodAsDone = method === 'unpair' && kind === 'not-found';
    expect(world.directory.calls.filter((it) => it.method === 'observe')).toHaveLength(isAsGoodAsDone ? 1 : 2);
    expect(outcome.kind).toBe('changed');
    expect(outcome.steps.every(({ result }) => result === 'done')).toBe(true);
  });

  it.each<[string, DirectoryFault, string]>([
    ['device-limit', { kind: 'device-limit' }, 'device-limit 20562'],
    ['address-refused', { kind: 'address-refused' }, 'address-refused'],
    ['refused', { kind: 'refused', code: '20599' }, 'refused 20599'],
  ])('that is answered "%s" is reported and not repeated', async (kind, fault, result) => {
    once(fault);
    const outcome = await run();
    expect(outcome.kind).toBe('partial');
    expect(outcome.steps.filter((it) => it.result !== 'done' && it.result !== 'skipped').map(brief)[0]).toMatch(
      new RegExp(`^${step}( [ESV]\\w+( Number)? \\d)? ${result}$`),
    );
    const limitReached = kind === 'device-limit' && step === 'pair';
    if (behind) expect(outcome.steps.map(brief)).toContain(limitReached ? 'pair SMS Number 1 device-limit 20562' : behind);
    expect(world.published).toEqual([outcome]);
  });
});

it('looks three times at an account that changes under it, and leaves the rest to the next attempt', async () => {
  await world.want(user, ada({ 'Email 1': home }));
  refuse((call) => call.method === 'createUser', { kind: 'status-conflict' });
  expect((await failure()).reason).toBe('directory-changed');
  expect(world.directory.calls.filter((it) => it.method === 'observe')).toHaveLength(3);
});
