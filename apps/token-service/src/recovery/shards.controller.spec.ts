import { describe, expect, it } from '@jest/globals';
import type { Principal } from '@tallystick/platform-http';
import type { RingShard } from '@tallystick/tokens-domain';
import type { FastifyRequest } from 'fastify';
import { type ShutReason, shutReasons } from './ring-recovery.ts';
import { ShardRecovery, ShardsController } from './shards.controller.ts';

const request = { headers: { 'idempotency-key': 'key-1' } } as unknown as FastifyRequest;
const principal = { subject: 'approver-1' } as Principal;
const controllerOf = (reopen: () => Promise<'reopened' | 'not-shut' | 'key-reused'>) => {
  const asked: unknown[] = [];
  const shut = new Map<RingShard, ShutReason>([['07' as RingShard, 'revocations-incomplete']]);
  const recovery = { shut, reopen: (...args: unknown[]) => (asked.push(args), reopen()) };
  return { asked, controller: new ShardsController(new ShardRecovery(recovery)) };
};

describe('the shards', () => {
  it('that are shut are listed with what a person has to know', () => {
    const { controller } = controllerOf(() => Promise.resolve('reopened'));
    const text = shutReasons['revocations-incomplete'];
    expect(controller.list()).toEqual({ items: [{ shard: '07', why: 'revocations-incomplete', text }] });
  });

  it('are reopened by the caller with a reason; one that is none is not found', async () => {
    const { controller, asked } = controllerOf(() => Promise.resolve('reopened'));
    expect(await controller.reopen('07', { reason: 'r' }, principal, request)).toEqual({ shard: '07', outcome: 'reopened' });
    expect(asked).toEqual([['07', { actor: 'approver-1', reason: 'r', idempotencyKey: 'key-1' }]]);
    await expect(controller.reopen('64', { reason: 'r' }, principal, request)).rejects.toMatchObject({ status: 404 });
  });

  it('are answered 503 when a store is away, without telling the cause', async () => {
    const { controller } = controllerOf(() => Promise.reject(new Error('redis at 10.0.0.1')));
    const failure = await controller.reopen('07', { reason: 'r' }, principal, request).catch((error: unknown) => error);
    expect([failure, JSON.stringify(failure)]).toEqual([
      expect.objectContaining({ status: 503 }),
      expect.not.stringContaining('10.0.0.1'),
    ]);
  });
});
