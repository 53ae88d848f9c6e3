import { describe, expect, it } from '@jest/globals';
import { environmentId } from '@tallystick/kernel-core';
import { memoryService } from '../test-support/memory-service.ts';
import { AuditNotes } from './audit-notes.ts';
import { createChangeLimits } from './change-limits.ts';
import { ChangeRings } from './change-rings.ts';

const [acme, other] = [environmentId('acme'), environmentId('other')];

describe('what one environment may change', () => {
  it('is limited for one person before it is for all, and apart from other environments and from notes', async () => {
    const { take } = createChangeLimits(4);
    const of = async (count: number, ...asked: Parameters<typeof take>) => {
      const waits = [];
      for (let at = 0; at < count; at++) waits.push(await take(...asked));
      return waits.map((wait) => wait === undefined);
    };
    expect(await of(5, 'change', acme, 'mallory')).toEqual([true, true, true, false, false]);
    expect(await of(2, 'change', acme, 'alice')).toEqual([true, false]);
    expect([await of(1, 'change', other, 'mallory'), await of(1, 'note', acme, 'mallory')]).toEqual([[true], [true]]);
    expect(await take('change', acme, 'mallory')).toBeGreaterThan(0);
  });

  it('is never a limit for what takes a live token away, and a repeated request is answered again', async () => {
    const { needs } = memoryService();
    const limits = createChangeLimits(4);
    const changes = new ChangeRings({ ...needs, limits });
    const by = { environment: acme, actor: 'admin', reason: 'yearly', mayForce: true };
    const add = (key: string) =>
      changes.change({ ...by, command: { kind: 'add-token', label: 'a', segment: {} }, idempotencyKey: key });
    const made = [await add('1'), await add('2'), await add('3')].map((outcome) =>
      'propagation' in outcome ? outcome.created[0]!.token : undefined!,
    );
    expect(await add('4')).toMatchObject({ kind: 'too-many-changes', retryAfterSeconds: expect.any(Number) });
    expect(await add('3')).toMatchObject({ kind: 'replayed' });
    const force = { reason: 'leaked' };
    expect(
      await changes.change({ ...by, command: { kind: 'replace-value', token: made[0]!, reason: 'x', force } }),
    ).toMatchObject({
      kind: 'changed',
    });
    for (const token of made.slice(1))
      expect(
        await changes.change({ ...by, command: { kind: 'revoke-tokens', tokens: [token], reason: 'x', force } }),
      ).toMatchObject({
        kind: 'changed',
      });
    expect(await changes.change({ ...by, command: { kind: 'clear', reason: 'x', force } })).toMatchObject({ kind: 'changed' });
  });

  it('includes a thousand notes, which leave the store as it was', async () => {
    const { needs, changes, memory } = memoryService();
    await changes.change({
      environment: acme,
      actor: 'a',
      reason: 'yearly',
      mayForce: true,
      command: { kind: 'add-token', label: 'a', segment: {} },
    });
    const notes = new AuditNotes({ ...needs, limits: createChangeLimits(4) });
    const kinds = new Map<string, number>();
    for (let at = 0; at < 1_000; at++) {
      const deed = { reason: 'yearly', idempotencyKey: `key-${at}` };
      const { kind } = await notes.write({ environment: acme, actor: 'a', action: 'n', facts: {}, ...deed });
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    expect(Object.fromEntries(kinds)).toEqual({ noted: 3, 'too-many-changes': 997 });
    expect((await memory.look(memory.shardOf(acme))).seq).toBe(4);
  });
});
