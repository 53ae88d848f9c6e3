import { describe, expect, it } from '@jest/globals';
import type { Inspection } from '@tallystick/devices-domain';
import { connectionDocument, InMemoryConnectionStore } from '@tallystick/devices-testing';
import { createInspect } from './inspections.ts';
import { createConnectionInspector } from './test-connection.ts';

const document = connectionDocument();
const inspector = (answer: Inspection | 'unanswered') => {
  const asked: object[] = [];
  const inspect = (_ref: object, what: object, candidate?: object) =>
    Promise.resolve((asked.push({ what, ...(candidate && { candidate }) }), answer));
  return { asked, ...createConnectionInspector(inspect, new InMemoryConnectionStore([document])) };
};

describe('a connection test (P30)', () => {
  it('is what the worker tried, part by part, and why a part failed', async () => {
    const tried = inspector({
      kind: 'checks',
      checks: [
        { part: 'reach', result: 'passed' },
        { part: 'credentials', result: 'failed', fault: { kind: 'credentials-refused' } },
        { part: 'read', result: 'not-tried' },
      ],
    });
    expect(await tried.inspect(document, 'ada')).toEqual({
      kind: 'inspected',
      checks: [
        { part: 'secret', result: 'passed' },
        { part: 'reach', result: 'passed' },
        { part: 'credentials', result: 'failed', because: 'credentials-refused' },
        { part: 'read', result: 'not-tried' },
      ],
    });
  });

  it('says which part kept the worker from trying', async () => {
    const missing = inspector({ kind: 'fault', because: 'secret-missing' });
    expect(await missing.inspect(document, 'ada')).toMatchObject({
      checks: [{ part: 'secret', result: 'failed', expected: 'file "acme/pingid.properties" in the folder of the secrets' }],
    });
    expect(await inspector('unanswered').inspect(document, 'ada')).toEqual({ kind: 'unanswered' });
  });

  it('of a document that is not saved is of exactly that one, never of the saved one in its place', async () => {
    const answered = { kind: 'checks', checks: [{ part: 'reach', result: 'passed' }] } as const;
    const [saved, other] = [inspector(answered), inspector(answered)];
    const candidate = { ...document, defaultCountry: 'FR' };
    await saved.inspect(document, 'ada');
    expect(await other.inspect(candidate, 'ada')).toMatchObject({
      checks: [{ part: 'secret', result: 'passed' }, { part: 'reach' }],
    });
    expect(saved.asked).toEqual([{ what: { kind: 'check' } }]);
    expect(other.asked).toEqual([{ what: { kind: 'check', candidate: true }, candidate }]);
  });
});

describe('a look by a worker', () => {
  const looking = (answerAfterMs: number) => {
    let clock = 0;
    const taken: string[] = [];
    const inspect = createInspect({
      start: () => Promise.resolve(),
      answers: {
        putDocument: () => Promise.resolve(),
        take: (id) => {
          taken.push(id);
          return Promise.resolve(clock >= answerAfterMs ? ({ kind: 'checks', checks: [] } as const) : undefined);
        },
      },
      newId: () => 'i1' as never,
      pause: (ms) => Promise.resolve((clock += ms)),
      elapsedMs: () => clock,
      waitMs: 15_000,
    });
    return { taken, look: () => inspect(document, { kind: 'check' }), clock: () => clock };
  };

  it('is waited for under its own id, for 15 seconds', async () => {
    const soon = looking(1_000);
    expect(await soon.look()).toEqual({ kind: 'checks', checks: [] });
    expect(new Set(soon.taken)).toEqual(new Set(['i1']));
    const never = looking(60_000);
    expect(await never.look()).toBe('unanswered');
    expect(never.clock()).toBeLessThan(16_000);
  });
});
