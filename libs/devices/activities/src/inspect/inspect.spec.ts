import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Inspection, InspectionId, UserRef } from '@tallystick/devices-domain';
import { ada, connectionDocument, InMemoryWorld, userNumber } from '@tallystick/devices-testing';
import type { InspectRequest } from '@tallystick/devices-workflow-api';
import { environmentId, instant } from '@tallystick/kernel-core';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { reconcileUser } from '../reconcile-user.ts';
import { ConnectionPlaces } from '../connection-places.ts';
import { createInspectActivities, inspect } from './create-inspect-activities.ts';
import type { GuardLooks, InspectNeeds } from './look-needs.ts';
import { connectionOf, lookNeeds, LooksInMemory, onlyReads } from './looks-in-memory.fixture.ts';

const user = userNumber(1);
const home = 'ada@home.example';
const reads = ['capabilities', 'observe', 'deviceLimit', 'check'] as const;

let world: InMemoryWorld;
let looks: LooksInMemory;
let reported: unknown[];
let guard: Awaited<ReturnType<GuardLooks['look']>>;
beforeEach(() => {
  world = new InMemoryWorld();
  looks = new LooksInMemory(world);
  reported = [];
  guard = { reservation: { kind: 'granted' } };
});

/** Stores and directory of these needs throw when anybody writes. */
const needs = (more: Partial<InspectNeeds> = {}): InspectNeeds => ({
  ...lookNeeds(world, looks),
  looks: onlyReads(looks, ['record', 'memory', 'ownerOf', 'pending', 'outcomes']),
  guards: { look: () => Promise.resolve(guard) },
  answers: {
    put: () => Promise.resolve(),
    take: () => Promise.resolve(undefined),
    putDocument: () => Promise.resolve(),
    documentOf: () => Promise.resolve(undefined),
  },
  candidateOf: () => Promise.resolve(undefined),
  report: (_, error) => void reported.push(error),
  connectionOf: async () => {
    const connection = await connectionOf(world, user);
    return { ...connection, directory: onlyReads(world.directory, reads) };
  },
  ...more,
});

const ask = (what: InspectRequest['what'], who: InspectNeeds = needs(), ref: UserRef = user): Promise<Inspection> =>
  inspect(who, { environment: ref.environment, connection: ref.connection, id: 'i1' as InspectionId, what }, world.context());
async function explain(who: InspectNeeds = needs()) {
  const answer = await ask({ kind: 'explain', user: user.user }, who);
  if (answer.kind !== 'explanation') throw new Error(JSON.stringify([answer, String(reported[0])]));
  return answer.explanation;
}

describe('an explanation', () => {
  it('tells the way from the record to the plan, with one provider call, and writes nothing', async () => {
    const version = await world.want(user, ada({ 'Email 1': home }));
    const records = onlyReads(world.records, ['read', 'pending']);
    expect(records.read(user)).toBeDefined();
    const before = await world.store.outcomes(user);
    expect(await explain()).toMatchObject({
      ...user,
      connectionVersion: 1,
      record: { position: version, deleted: false, pending: true },
      scope: 'in',
      targets: [{ target: 'userName', result: 'value' }],
      desired: { ok: true, value: { username: 'ada' } },
      owner: 'nobody',
      observed: { ok: true, value: { kind: 'absent' } },
      plan: { steps: [{ kind: 'create-user' }, { kind: 'pair' }] },
      guard: { kind: 'pass' },
      unfinished: false,
      outcomes: [],
    });
    expect(world.directory.calls.map(({ method }) => method)).toEqual(['observe']);
    expect(await world.store.outcomes(user)).toEqual(before);
    // No fence was taken: the next attempt is the first.
    expect(await world.store.begin(user)).toMatchObject({ fence: 1, previousMayRun: false, firstSight: true });
  });

  it('does not throw a running attempt out, and says that there is one', async () => {
    await world.want(user, ada());
    const attempt = await looks.needs().store.begin(user);
    expect(await explain()).toMatchObject({ unfinished: true });
    await world.store.saveWork(user, attempt.fence, { intent: { createdByUs: false }, done: [] });
  });

  it('shows the last runs, the newest first, and in sync when there is nothing to do', async () => {
    await world.want(user, ada({ 'Email 1': home }));
    await reconcileUser(looks.needs(), user, world.context());
    await reconcileUser(looks.needs(), user, world.context());
    const { outcomes, plan, owner } = await explain();
    expect(outcomes.map(({ kind }) => kind)).toEqual(['in-sync', 'changed']);
    expect([plan?.steps, owner]).toEqual([[], 'this-user']);
  });

  it.each<readonly [string, Awaited<ReturnType<GuardLooks['look']>>, object]>([
    ['pass', { reservation: { kind: 'granted' } }, { kind: 'pass' }],
    ['approved', { reservation: { kind: 'approved', hold: 'h1' as never } }, { kind: 'approved' }],
    ['rejected', { reservation: { kind: 'rejected', hold: 'h1' as never } }, { kind: 'rejected' }],
    [
      'hold',
      { reservation: { kind: 'exceeded', because: 'too-many-suspensions' }, waitsIn: 'h2' as never },
      { kind: 'hold', because: 'too-many-suspensions', hold: 'h2' },
    ],
  ])('says what the guards would: %s', async (_, said, expected) => {
    guard = said;
    await world.has({ 'Email 1': home });
    await world.want(user, ada({ 'Email 1': home }, { enabled: false }));
    expect((await explain()).guard).toEqual(expected);
  });

  it('says why there is no plan', async () => {
    expect(await explain()).toMatchObject({ notPlanned: 'no-record', targets: [] });
    await world.put(user, { kind: 'record', attributes: {} });
    expect(await explain()).toMatchObject({ notPlanned: 'record-unmappable', desired: { ok: false, error: 'no-username' } });
    expect(world.directory.calls).toEqual([]);
  });

  it('shows a user whom the directory does not', async () => {
    await world.want(user, ada());
    world.directory.configure({ beforeCall: () => ({ kind: 'refused', code: '1' }) });
    const explanation = await explain();
    expect(explanation.observed).toEqual({ ok: false, error: { kind: 'refused', code: '1' } });
    expect(explanation).not.toHaveProperty('plan');
  });
});

describe('a connection test (P30)', () => {
  it('answers with what was tried, charged to the budget like any call', async () => {
    const asked: object[] = [];
    const budget: InspectNeeds['budget'] = {
      acquire: (name, ask, now) => {
        asked.push({ name, lane: ask.lane, calls: ask.calls });
        return world.budget.acquire(name, ask, now);
      },
      done: (...args) => world.budget.done(...args),
      state: (...args) => world.budget.state(...args),
    };
    expect(await ask({ kind: 'check' }, needs({ budget }))).toMatchObject({
      kind: 'checks',
      checks: ['reach', 'credentials', 'read', 'device-limit'].map((part) => ({ part, result: 'passed' })),
    });
    expect(asked).toEqual([{ name: 'model/org', lane: 'live', calls: world.directory.capabilities.calls.check }]);
  });

  it('that finds refused credentials says so, and the directory is in quarantine for everybody', async () => {
    const directory = Object.assign(Object.create(world.directory) as typeof world.directory, {
      check: () => Promise.resolve([{ part: 'credentials', result: 'failed', fault: { kind: 'credentials-refused' } }] as const),
    });
    const refused = needs({ connectionOf: async () => ({ ...(await connectionOf(world, user)), directory }) });
    expect(await ask({ kind: 'check' }, refused)).toMatchObject({ kind: 'checks', checks: [{ result: 'failed' }] });
    expect(world.alarms).toEqual(['quarantined']);
    expect(await ask({ kind: 'check' }, refused)).toEqual({
      kind: 'fault',
      because: 'quarantined',
      detail: 'credentials-refused',
    });
  });
});

describe('an inspection that can not be made', () => {
  it.each(['no-connection', 'secret-missing'] as const)('says %s', async (because) => {
    expect(await ask({ kind: 'check' }, needs({ connectionOf: () => Promise.resolve(because) }))).toEqual({
      kind: 'fault',
      because,
    });
  });

  it('says that the budget is used up, rather than let somebody wait for minutes', async () => {
    const budget: InspectNeeds['budget'] = {
      acquire: (_, __, now) => Promise.resolve({ kind: 'later', at: (now + 60_000) as never }),
      done: (...args) => world.budget.done(...args),
      state: (...args) => world.budget.state(...args),
    };
    expect(await ask({ kind: 'check' }, needs({ budget }))).toEqual({ kind: 'fault', because: 'budget' });
  });

  it('says so at once when others of its environment are looked at already, which takes no place from anybody else', async () => {
    const answers: unknown[] = [];
    const places = new ConnectionPlaces({ each: 1, environment: 1, longestWaitMs: 0, pause: () => Promise.resolve() });
    const who = needs();
    const put = (_: unknown, answer: unknown) => Promise.resolve(void answers.push(answer));
    const made = createInspectActivities({ ...who, answers: { ...who.answers, put } }, places);
    const request = {
      environment: user.environment,
      connection: user.connection,
      id: 'i1' as InspectionId,
      what: { kind: 'check' },
    } as const;
    const run = () =>
      new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') }).run(
        (it: InspectRequest) => made.inspect(it),
        request,
      );
    await places.within(request, run);
    expect(answers).toEqual([{ kind: 'fault', because: 'budget' }]);
    await run();
    expect(answers[1]).toMatchObject({ kind: 'checks' });
  });

  it('shows nothing of an unexpected error: it goes to the report', async () => {
    const failing = needs({ connectionOf: () => Promise.reject(new Error('+12025550123')) });
    expect(await ask({ kind: 'check' }, failing)).toEqual({ kind: 'fault', because: 'failed' });
    expect(reported).toMatchObject([{ message: '+12025550123' }]);
  });
});

describe('a test of a document that is not saved (P30)', () => {
  const document = connectionDocument({ environment: user.environment, connection: user.connection });
  const candidate = (more: Partial<InspectNeeds> = {}): InspectNeeds =>
    needs({
      connectionOf: () => Promise.reject(new Error('the saved document was asked for')),
      answers: { ...needs().answers, documentOf: () => Promise.resolve(document) },
      candidateOf: async () => ({ ...(await connectionOf(world, user)), directory: onlyReads(world.directory, reads) }),
      ...more,
    });
  const check = { kind: 'check', candidate: true } as const;
  const budget = () => world.budget.state('model/org', instant(world.clock));

  it('is made with that document, and writes nothing', async () => {
    expect(await ask(check, candidate())).toMatchObject({
      kind: 'checks',
      checks: expect.arrayContaining([{ part: 'read', result: 'passed' }]),
    });
    expect((await budget()).inFlight).toBe(0);
  });

  it('with wrong credentials says so, and sends nobody else of the directory into quarantine', async () => {
    world.directory.configure({ beforeCall: () => ({ kind: 'credentials-refused' }) });
    const refused = { kind: 'checks', checks: expect.arrayContaining([expect.objectContaining({ result: 'failed' })]) };
    expect(await ask(check, candidate())).toEqual(refused);
    expect(world.alarms).toEqual([]);
    expect((await budget()).quarantine).toBeUndefined();
  });

  it('is none without its secret, its document, or for another environment', async () => {
    const secretless = candidate({ candidateOf: () => Promise.resolve(undefined) });
    expect(await ask(check, secretless)).toEqual({ kind: 'fault', because: 'secret-missing' });
    expect(await ask(check)).toEqual({ kind: 'fault', because: 'failed' });
    const foreign = { ...user, environment: environmentId('other') };
    expect(await ask(check, candidate(), foreign)).toEqual({ kind: 'fault', because: 'failed' });
  });
});
