import { beforeEach, describe, expect, it } from '@jest/globals';
import { environmentId } from '@tallystick/kernel-core';
import { defaultRingSettings, type RingCommand, type TokenId } from '@tallystick/tokens-domain';
import { memoryHttp } from '../test-support/memory-http.ts';
import { memoryService } from '../test-support/memory-service.ts';

const environment = environmentId('acme');
let service: ReturnType<typeof memoryService>;
const change = (command: RingCommand, { actor = 'ann', mayForce = true } = {}) =>
  service.changes.change({ environment, actor, reason: 'yearly', mayForce, command });
const addToken: RingCommand = { kind: 'add-token', label: 'a', segment: {} };
const add = async (): Promise<TokenId> => {
  const outcome = await change(addToken);
  if (!('propagation' in outcome)) throw new Error(JSON.stringify(outcome));
  return outcome.created[0]!.token;
};
const revoke = (token: TokenId, force?: { readonly reason: string }): RingCommand => ({
  kind: 'revoke-tokens',
  tokens: [token],
  reason: 'leaked',
  ...(force ? { force } : {}),
});
const force = { reason: 'can not wait' };
const apart = { kind: 'clocks-apart' };
beforeEach(() => {
  service = memoryService();
});

describe("while the service's clock and the store's are more than a minute apart", () => {
  it.each([70_000, -70_000])('changes are refused, and made again when they agree (%s ms)', async (aheadMs) => {
    await add();
    service.wall.serverAheadMs = aheadMs;
    expect(await change(addToken)).toMatchObject(apart);
    expect(await change({ kind: 'clear', reason: 'x' })).toMatchObject(apart);
    service.wall.serverAheadMs = 50_000;
    expect(await change(addToken)).toMatchObject({ kind: 'changed' });
  });

  it('a forced revocation by who may force is made, an unforced one is not, and the word alone opens nothing', async () => {
    const token = await add();
    service.wall.serverAheadMs = 13 * 3_600_000;
    expect(await change(revoke(token))).toMatchObject(apart);
    expect(await change(revoke(token, force), { mayForce: false })).toMatchObject(apart);
    expect(await change(revoke(token, force))).toMatchObject({ kind: 'changed' });
  });

  it('a reported leak is revoked', async () => {
    const token = await add();
    service.wall.serverAheadMs = -13 * 3_600_000;
    expect(await change({ kind: 'report-leak', token, source: 'scanner' }, { mayForce: false })).toMatchObject({
      kind: 'changed',
    });
    expect((await service.memory.read(environment))?.tokens[0]?.state.kind).toBe('revoked');
  });

  it('two people can still revoke by force: one proposes, the other approves', async () => {
    const token = await add();
    await change({ kind: 'set-requirement', mode: 'enforce', effectiveAt: service.wall.nowMs as never, force });
    await change({ kind: 'change-settings', settings: { ...defaultRingSettings, twoPeople: true } });
    service.wall.serverAheadMs = 70_000;
    const proposed = await change(revoke(token, force), { mayForce: false });
    if (proposed.kind !== 'proposed') throw new Error(JSON.stringify(proposed));
    expect(await change({ kind: 'approve', proposal: proposed.proposal.id }, { actor: 'ben' })).toMatchObject({
      kind: 'changed',
    });
  });

  it('the answer says what is wrong, and what goes all the same', async () => {
    const http = await memoryHttp();
    http.wall.serverAheadMs = 70_000;
    const answer = await http.call('POST', '/v1/environments/acme/tokens', { body: { label: 'a' } });
    expect(answer.body).toMatchObject({
      status: 503,
      type: 'urn:tallystick:problem:clocks-apart',
      detail: expect.stringContaining('forced revocations are taken'),
    });
    await http.app.close();
  });
});

describe('while the store has no memory left', () => {
  const turnOn: RingCommand = { kind: 'set-requirement', mode: 'enforce', effectiveAt: 1_900_000_000_000 as never };

  it('nothing is made; a revocation is, without the replacement that it would have got', async () => {
    await change(turnOn); // makes the first token
    await change({ kind: 'change-settings', settings: { ...defaultRingSettings, compatibility: 'reference' } });
    const [token] = (await service.memory.read(environment))?.tokens ?? [];
    service.memory.isFull = true;
    expect(await change(addToken)).toEqual({ kind: 'store-full' });
    expect(await change(revoke(token!.id))).toMatchObject({
      kind: 'changed',
      created: [],
      warnings: expect.arrayContaining(['no-replacement']),
    });
  });
});
