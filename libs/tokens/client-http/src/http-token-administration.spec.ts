import { describe, expect, it } from '@jest/globals';
import { environmentId } from '@tallystick/kernel-core';
import type { TokenId } from '@tallystick/tokens-domain';
import { type FetchLike, HttpTokenAdministration } from './index.ts';

// That it does what a rotation relies on is shown against the real service, in the token service's own tests.

const step = {
  environment: environmentId('acme'),
  rotation: 'rotation/acme/*/berlin',
  step: 'revoke-1',
  tokens: ['tok_a' as TokenId],
  reason: 'rotated',
};
const answering = (status: number, body: unknown, seen: Parameters<FetchLike>[] = []) =>
  new HttpTokenAdministration({
    url: 'https://tokens.example/',
    bearer: () => Promise.resolve('secret-bearer'),
    fetch: (...call) => {
      seen.push(call);
      return Promise.resolve({ status, text: () => Promise.resolve(typeof body === 'string' ? body : JSON.stringify(body)) });
    },
  });
const problem = (kind: string, more: object = {}) => ({
  type: `urn:tallystick:problem:${kind}`,
  title: 'No',
  detail: 'because',
  ...more,
});
const thrown = (name: string) => expect.objectContaining({ name }) as unknown;

describe('an answer of the token service', () => {
  it.each<[number, unknown, string]>([
    [404, problem('unknown-token'), 'TokenAdministrationRefusal'],
    [403, problem('forbidden'), 'TokenAdministrationRefusal'],
    [422, problem('idempotency-key-reused'), 'TokenAdministrationRefusal'],
    [401, problem('unauthenticated'), 'TokenServiceUnavailable'],
    [409, problem('conflict'), 'TokenServiceUnavailable'],
    [429, problem('too-many-requests'), 'TokenServiceUnavailable'],
    [503, problem('outcome-unknown'), 'TokenServiceUnavailable'],
    [502, '<html>bad gateway</html>', 'TokenServiceUnavailable'],
    [404, { error: 'a proxy' }, 'TokenServiceUnavailable'],
    [200, { unexpected: true }, 'TokenServiceUnavailable'],
  ])('%i %j is a %s', async (status, body, name) => {
    await expect(answering(status, body).revoke(step)).rejects.toEqual(thrown(name));
  });

  it('with a no of the guards is a value with their figures', async () => {
    const figures = { kind: 'known', devices: 100, byToken: 20, bySiblings: 0 };
    expect(await answering(409, problem('too-many-devices', { forceable: true, figures })).revoke(step)).toEqual({
      kind: 'refused',
      reason: 'too-many-devices',
      detail: 'because (of 100 devices seen it would refuse 20 for their token and 0 for other requirements)',
    });
  });

  it('that never comes is an error without the bearer token in it', async () => {
    const administration = new HttpTokenAdministration({
      url: 'http://x',
      bearer: () => Promise.resolve('secret-bearer'),
      fetch: () => Promise.reject(new Error('connection refused')),
    });
    await expect(administration.revoke(step)).rejects.toThrow('can not be reached');
  });
});

describe('a look at a target', () => {
  const slot = { id: 'it', mdm: 'it', platform: 'ios', kind: 'target', target: 'intune' } as const;
  const look = (status: number, body: unknown, seen?: Parameters<FetchLike>[]) =>
    answering(status, body, seen).inspectTarget({ environment: step.environment, slot });
  const warning = { severity: 'warning', what: 'near-miss-key', detail: 'x'.repeat(600) };
  const error = { severity: 'error', what: 'permission-missing', detail: 'it may not write policies' };

  it('asks the check that people ask, and keeps of it in short what was found: not which tokens stand there', async () => {
    const seen: Parameters<FetchLike>[] = [];
    const findings = [...Array.from({ length: 25 }, () => warning), error];
    const answer = await look(200, { holds: ['tok_a', 'unknown-value'], findings }, seen);
    expect(seen.map(([url, { method, body }]) => [method, url, body])).toEqual([
      ['POST', 'https://tokens.example/v1/environments/acme/delivery-targets/intune/check', '{"platform":"ios"}'],
    ]);
    expect([answer.length, answer[0]]).toEqual([20, error]);
    expect(answer[1]).toEqual({ ...warning, detail: `${'x'.repeat(499)}…` });
  });

  it('that is refused, or answered with what nobody knows, is none', async () => {
    await expect(look(404, problem('not-found'))).rejects.toEqual(thrown('TokenAdministrationRefusal'));
    await expect(look(200, { findings: [{ severity: 'fatal' }] })).rejects.toEqual(thrown('TokenServiceUnavailable'));
  });
});

describe('a request', () => {
  it('has the same key for the same step, one that every service takes, and another for another step', async () => {
    const seen: Parameters<FetchLike>[] = [];
    const answer = { confirmedBy: 'lease', validators: 1, waitedMs: 5, tokens: [] };
    const administration = answering(200, answer, seen);
    await administration.revoke(step);
    await administration.revoke(step);
    await administration.revoke({ ...step, step: 'revoke-2' });
    const keys = seen.map(([, { headers }]) => headers['idempotency-key'] ?? '');
    expect(keys[0]).toMatch(/^[A-Za-z0-9._:-]{1,128}$/);
    expect([keys[1] === keys[0], keys[2] === keys[0]]).toEqual([true, false]);
    expect(seen[0]?.[0]).toBe('https://tokens.example/v1/environments/acme/tokens/revoke');
  });

  it('M38: names the stage and the step of the rotation as its reason, the same for the same step, however long the names are', async () => {
    const seen: Parameters<FetchLike>[] = [];
    const administration = answering(200, {}, seen);
    const long = { ...step, step: 'retire-1', rotation: 'r'.repeat(300) };
    for (const input of [{ ...step, step: 'retire-1' }, long, long]) await administration.retire(input);
    await administration.notify({ ...step, step: 'notify-2', what: 'gate-waits-for-approval', detail: 'x' });
    const reasons = seen.map(([, { body }]) => (JSON.parse(body ?? '{}') as { reason: string }).reason);
    expect([reasons[0], reasons[3]]).toEqual([
      'rotation, the old tokens are retired: retire-1 of rotation/acme/*/berlin',
      'rotation, gate waits for approval: notify-2 of rotation/acme/*/berlin',
    ]);
    expect([reasons[1]!.length, reasons[2]]).toEqual([200, reasons[1]]);
  });
});
