import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { EnvironmentId } from '@tallystick/kernel-core';
import { rotationNotices, type RotationRequest, type TokenAdministration, type TokenId } from '@tallystick/tokens-domain';
import { targetSlotsConformance, type TargetsUnderTest } from './target-slots.conformance.ts';

export interface AdministrationUnderTest extends TargetsUnderTest {
  readonly administration: TokenAdministration;
  /** An environment without tokens, in which nothing is required yet: the guards have nothing against a revocation. */
  readonly environment: EnvironmentId;
  /** The state of a token, as an operator sees it. */
  stateOf(token: TokenId): Promise<'active' | 'retiring' | 'revoked'> | 'active' | 'retiring' | 'revoked';
  /** From now on the guards refuse to revoke this token: it would refuse too many devices. */
  guard(token: TokenId): Promise<void> | void;
  close(): Promise<void> | void;
}

/** What a rotation may rely on, whoever carries it out. `make` gives an administration that shares nothing with any other. */
export function tokenAdministrationConformance(make: () => Promise<AdministrationUnderTest> | AdministrationUnderTest): void {
  let test: AdministrationUnderTest;
  let port: TokenAdministration;
  beforeEach(async () => {
    test = await make();
    port = test.administration;
  });
  afterEach(() => test.close());

  const slot = { id: 'intune-ios', mdm: 'intune', platform: 'ios', kind: 'person' } as const;
  const request = (more: Partial<RotationRequest> = {}): RotationRequest => ({
    environment: test.environment,
    segment: {},
    label: 'winter',
    origin: 'generated',
    slots: [slot],
    adoptionShare: 0.95,
    minimumOverlapHours: 1,
    retireForHours: 1,
    watchEveryMinutes: 60,
    remindEveryHours: 24,
    requestedBy: 'operator',
    reason: 'yearly rotation',
    ...more,
  });
  const mint = (step: string, more: Partial<RotationRequest> = {}, rotation = 'rotation-1') =>
    port.mint({ request: request(more), rotation, step });
  const on = (step: string, ...tokens: readonly TokenId[]) => ({
    environment: test.environment,
    rotation: 'rotation-1',
    step,
    tokens,
  });
  const open = (step: string, token: TokenId) =>
    port.openSlot({ environment: test.environment, rotation: 'rotation-1', step, token, slot });
  const revoke = (step: string, ...tokens: readonly TokenId[]) => port.revoke({ ...on(step, ...tokens), reason: 'rotated' });
  const refusal = (reason: string) => expect.objectContaining({ name: 'TokenAdministrationRefusal', reason });
  const unknown = 'tok_0000000000000zzz' as TokenId;

  describe('mint', () => {
    it('makes an active token that replaces the live one of its segment', async () => {
      const first = await mint('mint-1');
      const second = await mint('mint-2');
      expect(first.replaces).toEqual([]);
      expect(second.replaces).toEqual([first.token]);
      expect(second.token).toMatch(/^tok_/);
      expect(await test.stateOf(first.token)).toBe('active');
      expect(await test.stateOf(second.token)).toBe('active');
    });
    it('gives the same token to the same step, and another one to another rotation', async () => {
      const first = await mint('mint-1');
      expect((await mint('mint-1')).token).toBe(first.token);
      expect((await mint('mint-1')).replaces).toEqual(first.replaces);
      expect((await mint('mint-1', {}, 'rotation-2')).token).not.toBe(first.token);
    });
    it('refuses a third live generation of a segment, but still answers a repeated step', async () => {
      await mint('mint-1');
      const second = await mint('mint-2');
      await expect(mint('mint-3')).rejects.toEqual(refusal('two-generations'));
      expect((await mint('mint-2')).token).toBe(second.token);
    });
    it('counts generations by segment', async () => {
      await mint('mint-1');
      await mint('mint-2');
      expect((await mint('mint-3', { segment: { platform: 'ios' } })).replaces).toEqual([]);
    });
  });

  describe('openSlot', () => {
    it('says that somebody is waited for, again to the same step', async () => {
      const { token } = await mint('mint-1');
      const answer = await open('open-1', token);
      expect(answer).toEqual({ kind: 'awaiting-person' });
      expect(await open('open-1', token)).toEqual(answer);
    });
    it('M29: opens a slot for the old value again while its value is kept', async () => {
      const { token: old } = await mint('mint-1');
      const { token } = await mint('mint-2');
      await open('open-1', token);
      expect(await open('open-2', old)).toEqual({ kind: 'awaiting-person' });
    });
    it('refuses a token that is not there', async () => {
      await expect(open('open-1', unknown)).rejects.toEqual(expect.objectContaining({ name: 'TokenAdministrationRefusal' }));
    });
  });

  describe('a slot of a target', () => {
    targetSlotsConformance({
      test: () => test,
      mint: async (step) => (await mint(step)).token,
      revoke: async (token) => {
        await port.retire(on('retire-1', token));
        expect(await revoke('revoke-1', token)).toMatchObject({ kind: 'revoked' });
      },
      release: (token) => port.releaseValues(on('release-1', token)),
    });
  });

  describe('retire and reinstate', () => {
    it('marks tokens, and unmarks them, any number of times', async () => {
      const { token: old } = await mint('mint-1');
      await mint('mint-2');
      await port.retire(on('retire-1', old));
      await port.retire(on('retire-1', old));
      expect(await test.stateOf(old)).toBe('retiring');
      await port.reinstate(on('reinstate-1', old));
      await port.reinstate(on('reinstate-1', old));
      expect(await test.stateOf(old)).toBe('active');
    });
    it('reinstates a token that is not marked: the mark may have been lost with a call', async () => {
      const { token: old } = await mint('mint-1');
      await port.reinstate(on('reinstate-1', old));
      expect(await test.stateOf(old)).toBe('active');
    });
    it('never bring a revoked token back', async () => {
      const { token: old } = await mint('mint-1');
      await mint('mint-2');
      await port.retire(on('retire-1', old));
      expect(await revoke('revoke-1', old)).toMatchObject({ kind: 'revoked' });
      await expect(port.reinstate(on('reinstate-1', old))).rejects.toEqual(
        expect.objectContaining({ name: 'TokenAdministrationRefusal' }),
      );
      expect(await test.stateOf(old)).toBe('revoked');
    });
  });

  describe('revoke', () => {
    const rotated = async () => {
      const { token: old } = await mint('mint-1');
      const { token } = await mint('mint-2');
      await port.retire(on('retire-1', old));
      return { old, token };
    };
    it('revokes a token that was retired, though its value is kept for the way back', async () => {
      const { old, token } = await rotated();
      const reading = await revoke('revoke-1', old);
      expect(reading).toEqual({
        kind: 'revoked',
        confirmedBy: expect.stringMatching(/^(acknowledgement|lease)$/) as unknown,
        validators: expect.any(Number) as unknown,
        waitedMs: expect.any(Number) as unknown,
      });
      expect(await test.stateOf(old)).toBe('revoked');
      expect(await test.stateOf(token)).toBe('active');
    });
    it('says again that it is revoked when the same step is repeated', async () => {
      const { old } = await rotated();
      await revoke('revoke-1', old);
      expect(await revoke('revoke-1', old)).toMatchObject({ kind: 'revoked' });
    });
    it('gives the no of the guards as a value with their sentence, and revokes nothing', async () => {
      const { old } = await rotated();
      await test.guard(old);
      const reading = await revoke('revoke-1', old);
      expect(reading).toEqual({
        kind: 'refused',
        reason: expect.stringMatching(/^[a-z]+(-[a-z]+)+$/) as unknown,
        detail: expect.stringMatching(/\w/) as unknown,
      });
      expect(await test.stateOf(old)).toBe('retiring');
    });
    it('does not revoke a value that is still being delivered, until its value was given back', async () => {
      await mint('mint-1');
      const { token } = await mint('mint-2');
      expect(await revoke('revoke-1', token)).toMatchObject({ kind: 'refused', reason: 'being-delivered' });
      await port.releaseValues(on('release-1', token));
      expect(await revoke('revoke-2', token)).toMatchObject({ kind: 'revoked' });
    });
    it('takes no old token away whose successor is revoked itself', async () => {
      const { old, token } = await rotated();
      await port.releaseValues(on('release-1', token));
      await revoke('revoke-1', token);
      const asked = { ...on('revoke-2', old), reason: 'rotated', successor: token };
      await expect(port.revoke(asked)).rejects.toEqual(refusal('successor-not-accepted'));
      expect(await test.stateOf(old)).toBe('retiring');
    });
    it('takes an old token away whose successor is accepted', async () => {
      const { old, token } = await rotated();
      const asked = { ...on('revoke-1', old), reason: 'rotated', successor: token };
      expect(await port.revoke(asked)).toMatchObject({ kind: 'revoked' });
    });
    it('makes room for another generation', async () => {
      const { old, token } = await rotated();
      await revoke('revoke-1', old);
      expect((await mint('mint-3')).replaces).toEqual([token]);
    });
  });

  it('releaseValues may be repeated, and comes after a revocation too', async () => {
    const { token: old } = await mint('mint-1');
    await mint('mint-2');
    await port.retire(on('retire-1', old));
    await revoke('revoke-1', old);
    await port.releaseValues(on('release-1', old));
    await port.releaseValues(on('release-1', old));
    expect(await test.stateOf(old)).toBe('revoked');
  });

  it('adoption answers for tokens that nobody has presented yet: known without devices, or unknown with a sentence', async () => {
    const { token: old } = await mint('mint-1');
    const { token, replaces } = await mint('mint-2');
    expect(replaces).toEqual([old]);
    const reading = await port.adoption({ environment: test.environment, token, replaces, threshold: 0.95 });
    expect(reading).toEqual(
      reading.kind === 'unknown'
        ? { kind: 'unknown', why: expect.stringMatching(/\w/) as unknown }
        : { kind: 'known', devices: 0, onNew: 0 },
    );
  });

  it.each(rotationNotices)('notify takes the notice %s, also again', async (what) => {
    const notice = { environment: test.environment, rotation: 'rotation-1', step: 'notify-1', what, detail: 'a detail' };
    await port.notify(notice);
    await port.notify(notice);
  });
}
