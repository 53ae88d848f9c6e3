import { describe, expect, it } from '@jest/globals';
import { noChanges, type PassId, type PassKind, type PassStage, type PlanHash, type UserHash } from '@tallystick/devices-domain';
import { connectionDocument, InMemoryGuardStore, InMemoryPassStore } from '@tallystick/devices-testing';
import { instant } from '@tallystick/kernel-core';
import { createRetirement } from './retire-connection.ts';

const { environment, connection } = connectionDocument();
const ref = { environment, connection };
const at = instant(1_000);

describe('a connection that was removed', () => {
  it('leaves no schedule, no open pass and no open hold; what was over stays as it was', async () => {
    const [passes, guards] = [new InMemoryPassStore(), new InMemoryGuardStore()];
    const open = (id: string, kind: PassKind, stage: PassStage) =>
      passes.open({ ...ref, id: id as PassId, kind, stage, connectionVersion: 1, startedBy: 'ada', startedAt: at });
    await open('running', 'pass', 'held');
    await open('lost', 'preview', 'planning');
    await open('done', 'sample', 'done');
    const held = { planHash: 'p' as PlanHash, counts: { ...noChanges, deletions: 1 }, plan: { steps: [], findings: [] } };
    const user = { ...ref, user: '1'.padStart(32, '0') as UserHash };
    const because = 'too-many-deletions';
    const holds = [
      await guards.hold(user, held, { because, pass: 'running', holdHours: 72 }, at),
      await guards.hold(user, held, { because, holdHours: 72 }, at),
    ];
    const log: string[] = [];
    const retire = createRetirement({
      engine: {
        cancel: ({ pass }) => (log.push(`cancel ${pass}`), Promise.resolve(pass === 'running' ? 'asked' : 'not-running')),
      },
      schedules: { remove: (_, kind) => (log.push(`no ${kind}`), Promise.resolve(kind === 'pass')) },
      ...{ passes, guards, now: () => at },
    });
    await retire(ref);
    await retire(ref);
    expect(log.slice(0, 3)).toEqual(['no preview', 'no pass', 'no sample']);
    expect(new Set(log.slice(3, 5))).toEqual(new Set(['cancel lost', 'cancel running']));
    expect(log.filter((line) => line === 'cancel lost')).toHaveLength(1);
    const stages = await Promise.all(
      ['running', 'lost', 'done'].map(async (id) => (await passes.read(ref, id as PassId))?.stage),
    );
    expect(stages).toEqual(['held', 'cancelled', 'done']); // the first is closed by its own workflow
    expect(await Promise.all(holds.map(async (id) => (await guards.read(ref, id))?.state))).toEqual(['cancelled', 'cancelled']);
  });
});
