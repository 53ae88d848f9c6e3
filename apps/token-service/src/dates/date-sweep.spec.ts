import { describe, expect, it } from '@jest/globals';
import { environmentId, instant } from '@tallystick/kernel-core';
import { createLogger, createMetrics } from '@tallystick/platform-observability';
import type { RingCommand } from '@tallystick/tokens-domain';
import { memoryService } from '../test-support/memory-service.ts';
import { stepOf } from './date-alarms.ts';
import { DateSweep } from './date-sweep.ts';

const environment = environmentId('acme');
const day = 86_400_000;

async function world() {
  const service = memoryService();
  const { changes, store, wall, watch } = service;
  const lines: string[] = [];
  const metrics = createMetrics({ service: 'test' });
  const logger = createLogger({ service: 'test', level: 'info', destination: { write: (line) => void lines.push(line) } });
  const sweep = new DateSweep({ ...service.needs, logger, metrics });
  const change = async (command: RingCommand) => {
    const outcome = await changes.change({ environment, actor: 'admin', reason: 'yearly', mayForce: true, command });
    if (!('propagation' in outcome)) throw new Error(JSON.stringify(outcome));
    return outcome;
  };
  await watch.look(store.shardOf(environment));
  /** What a sweep says, and shows. */
  const look = async () => {
    lines.length = 0;
    await sweep.sweep();
    const shown = [...(await metrics.registry.metrics()).matchAll(/^tallystick_token_expires_seconds{.*} (-?\d+)$/gm)];
    const said = lines.map((line) => JSON.parse(line) as { step: string; figures?: unknown; msg: string });
    return { said, steps: said.map(({ step }) => step), shown: shown.map(([, seconds]) => Number(seconds)) };
  };
  return { ...service, metrics, change, look, wall };
}

it.each([
  [31 * day, undefined],
  [30 * day, '30 days'],
  [14 * day, '14 days'],
  [14 * day + 1, '30 days'],
  [day + 1, '3 days'],
  [1, '1 days'],
  [0, 'passed'],
  [-31 * day, undefined],
])('a date in %i ms is at the step %s', (distance, step) => {
  expect(stepOf(instant(day * 1_000 + distance), instant(day * 1_000))).toBe(step);
});

describe('a token that expires', () => {
  it('is said once at each step, and shown from 30 days before it until it is revoked', async () => {
    const { change, look, wall } = await world();
    const made = await change({ kind: 'add-token', label: 'a', segment: {}, expiresAt: instant(wall.nowMs + 40 * day) });
    expect(await look()).toMatchObject({ said: [], shown: [] });
    wall.nowMs += 11 * day;
    expect(await look()).toMatchObject({ steps: ['30 days'], shown: [29 * 86_400] });
    wall.nowMs += day;
    expect((await look()).steps).toEqual([]);
    wall.nowMs += 28 * day;
    expect(await look()).toMatchObject({ steps: ['passed'], shown: [0] });
    await change({ kind: 'revoke-tokens', tokens: [made.created[0]!.token], reason: 'x', force: { reason: 'y' } });
    expect(await look()).toMatchObject({ said: [], shown: [] });
  });
});

it('the metrics, which everybody may read, show the next one that expires, and name no token', async () => {
  const { change, look, wall, metrics } = await world();
  const expiring = (days: number) =>
    change({ kind: 'add-token', label: 'a', segment: {}, expiresAt: instant(wall.nowMs + days * day) });
  const made = [await expiring(2), await expiring(5)].map(({ created }) => created[0]!.token);
  expect((await look()).shown).toEqual([2 * 86_400]);
  wall.nowMs += 3 * day;
  expect((await look()).shown).toEqual([2 * 86_400]);
  const text = await metrics.registry.metrics();
  for (const token of made) expect(text).not.toContain(token);
});

describe('a requirement that comes into force', () => {
  it('is said with the figures while it would refuse devices, or while nobody knows', async () => {
    const { change, look, wall, sightings } = await world();
    await change({ kind: 'add-token', label: 'a', segment: {} });
    const effectiveAt = instant(wall.nowMs + 10 * day);
    await change({ kind: 'set-requirement', mode: 'enforce', effectiveAt });
    expect((await look()).said).toMatchObject([{ step: '14 days', figures: { why: 'no-sightings' } }]);
    for (const at of [wall.nowMs, wall.nowMs + 4 * day]) {
      wall.nowMs = at;
      await sightings.record(environment, [{ device: 'd', presented: 'nothing', platform: 'ios', at: instant(at) }]);
    }
    expect((await look()).said).toMatchObject([{ step: '7 days', figures: { devices: 1, refused: 1 } }]);
    expect((await look()).said).toEqual([]);
  });
});
