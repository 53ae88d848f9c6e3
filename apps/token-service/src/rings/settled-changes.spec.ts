import { beforeEach, describe, expect, it } from '@jest/globals';
import { environmentId } from '@tallystick/kernel-core';
import { isLive, type RingCommand, ringShardOf, type TokenId } from '@tallystick/tokens-domain';
import { RingRecovery } from '../recovery/ring-recovery.ts';
import { memoryService } from '../test-support/memory-service.ts';
import { AuditNotes } from './audit-notes.ts';
import { ChangeRings } from './change-rings.ts';

const environment = environmentId('acme');
const shard = ringShardOf(environment);

let service: ReturnType<typeof memoryService>;
let recovery: RingRecovery;
let changes: ChangeRings;
let notes: AuditNotes;
const change = (command: RingCommand) =>
  changes.change({ environment, actor: 'admin', reason: 'yearly', mayForce: true, command });
const add = async (): Promise<TokenId> => {
  const outcome = await change({ kind: 'add-token', label: 'a', segment: {} });
  if (!('propagation' in outcome)) throw new Error(JSON.stringify(outcome));
  return outcome.created[0]!.token;
};
const revoke = (token: TokenId) => change({ kind: 'revoke-tokens', tokens: [token], reason: 'x', force: { reason: 'y' } });
let keys = 0;
const note = () =>
  notes.write({ environment, actor: 'admin', reason: 'yearly', action: 'n', facts: {}, idempotencyKey: `key-${++keys}` });
const seq = async () => (await service.memory.look(shard)).seq;

beforeEach(async () => {
  service = memoryService();
  const { memory, needs } = service;
  const nothing = () => undefined;
  recovery = new RingRecovery({
    ...needs,
    store: memory,
    topic: undefined,
    revokeAgain: () => Promise.resolve(0),
    noteReopening: () => Promise.resolve('noted'),
    onReopened: nothing,
    metrics: { shut: nothing, unwitnessed: nothing, revokedAgain: nothing },
  });
  changes = new ChangeRings({ ...needs, recovery });
  notes = new AuditNotes({ ...needs, recovery });
  await service.watch.look(shard);
});

/** The last revocation is lost, and nobody has looked at the shard since. */
async function losesRevocation() {
  const token = await add();
  await add();
  const backup = service.memory.snapshot();
  await revoke(token);
  service.memory.restore(backup);
  service.memory.restart();
  return { token, stood: await seq() };
}

describe('a change that meets another server than the one that was compared with the witness', () => {
  it('is not made before the comparison: the loss is found out, and only revocations are taken', async () => {
    const { token, stood } = await losesRevocation();
    expect(await change({ kind: 'add-token', label: 'b', segment: {} })).toEqual({ kind: 'shard-shut' });
    expect([await seq(), recovery.shut.has(shard)]).toEqual([stood, true]);
    expect(await revoke(token)).toMatchObject({ kind: 'changed' });
    expect(recovery.shut.has(shard)).toBe(true);
  });

  it('is not made as a note either', async () => {
    await losesRevocation();
    expect(await note()).toMatchObject({ kind: 'noted' }); // after the comparison, which has shut the shard
    expect(recovery.shut.has(shard)).toBe(true);
  });

  it('is not made when the look before it failed and nothing was compared', async () => {
    const { stood } = await losesRevocation();
    service.memory.reachable = false;
    await service.watch.look(shard);
    service.memory.reachable = true;
    expect(await change({ kind: 'add-token', label: 'b', segment: {} })).toEqual({ kind: 'shard-shut' });
    expect([await seq(), recovery.shut.has(shard)]).toEqual([stood, true]);
  });

  it('is made at once where nothing was lost', async () => {
    const token = await add();
    service.memory.restart();
    expect(await note()).toMatchObject({ kind: 'noted' });
    service.memory.restart();
    expect(await revoke(token)).toMatchObject({ kind: 'changed', propagation: { bounded: true } });
  });

  it('is made, and called unbounded, while the witness is away', async () => {
    const token = await add();
    service.witness.reachable = false;
    service.memory.restart();
    expect(await revoke(token)).toMatchObject({ kind: 'changed', propagation: { bounded: false } });
    expect((await service.memory.read(environment))?.tokens.filter(isLive)).toEqual([]);
  });
});
