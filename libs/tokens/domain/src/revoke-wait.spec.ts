import { describe, expect, it } from '@jest/globals';
import { nextTrust, type RegistryTrust, revokeWait, slowBoundMs, watchRenewals } from './revoke-wait.ts';
import type { Member, MemberId, RegistryIdentity, RegistryLook } from './ring-ports.ts';

const identity: RegistryIdentity = { epoch: 'e', registry: 'r', serverId: 's' };
const member = (id: string, more: Partial<Member> = {}): Member => ({
  id: id as MemberId,
  epoch: 'e',
  applied: 7,
  leaseMs: 5_000,
  peppers: undefined,
  renewals: 1,
  ...more,
});
const look = (more: Partial<RegistryLook> = {}): RegistryLook => ({
  identity,
  headEpoch: 'h',
  seq: 7,
  members: [member('a'), member('b')],
  renewals: 2,
  replicas: 0,
  ...more,
});
const committed = { seq: 7, identity, atMs: 100_000 };
const trust: RegistryTrust = { identity, sinceMs: 100_000 - slowBoundMs, renewals: 2 };
const soon = 100_010;

const acknowledged = { kind: 'done', confirmedBy: 'acknowledgement' };
const waiting = { kind: 'continue', waitAtMostMs: slowBoundMs - 10 };

describe('waiting for a change to hold everywhere', () => {
  it('ends when every member of a trusted registry has it', () => {
    expect(revokeWait({ committed, nowMs: soon, look: look(), trust })).toEqual(acknowledged);
    expect(revokeWait({ committed, nowMs: soon, look: look({ seq: 9, members: [member('a', { applied: 9 })] }), trust })).toEqual(
      acknowledged,
    );
  });

  it.each<[string, Partial<Parameters<typeof revokeWait>[0]>]>([
    ['nobody has looked since', { look: undefined }],
    ['one member lags', { look: look({ members: [member('a'), member('b', { applied: 6 })] }) }],
    ['one member is joining', { look: look({ members: [member('a'), member('b', { epoch: '', applied: -1 })] }) }],
    [
      'one member counts in another epoch',
      { look: look({ members: [member('a'), member('b', { epoch: 'old', applied: 99 })] }) },
    ],
    ['there is no member', { look: look({ members: [] }) }],
    ['the look is older than the change', { look: look({ seq: 6 }) }],
    ['the registry is not trusted', { trust: undefined }],
    ['the registry is trusted not long enough', { trust: { ...trust, sinceMs: soon - slowBoundMs + 1 } }],
    ['another registry is trusted', { trust: { ...trust, identity: { ...identity, registry: 'x' } } }],
    ['the look shows another registry', { look: look({ identity: { ...identity, registry: 'x' } }) }],
    ['the look shows another server', { look: look({ identity: { ...identity, serverId: 'x' } }) }],
    ['the look shows another epoch', { look: look({ identity: { ...identity, epoch: 'x' } }) }],
    [
      'the commit was on another server, although look and trust agree',
      { committed: { ...committed, identity: { ...identity, serverId: 'x' } } },
    ],
  ])('goes on while %s', (_, more) => {
    expect(revokeWait({ committed, nowMs: soon, look: look(), trust, ...more })).toEqual(waiting);
  });

  it('ends at the slow bound whatever is known, and not a millisecond before', () => {
    const ignorant = { committed, look: undefined, trust: undefined };
    expect(revokeWait({ ...ignorant, nowMs: 100_000 + slowBoundMs - 1 })).toEqual({ kind: 'continue', waitAtMostMs: 1 });
    expect(revokeWait({ ...ignorant, nowMs: 100_000 + slowBoundMs })).toEqual({ kind: 'done', confirmedBy: 'lease' });
  });
});

describe('trust in a registry', () => {
  it('begins with the first look and lasts while the same registry is seen', () => {
    const first = nextTrust(undefined, { kind: 'seen', identity, renewals: 5, atMs: 10 });
    expect(nextTrust(first, { kind: 'seen', identity: { ...identity }, renewals: 8, atMs: 20 })).toEqual({
      identity,
      sinceMs: 10,
      renewals: 8,
    });
  });

  it.each<[string, Partial<RegistryIdentity>]>([
    ['server (fail-over, restart)', { serverId: 'x' }],
    ['epoch (flush)', { epoch: 'x' }],
    ['member table (lost)', { registry: 'x' }],
  ])('begins again with another %s', (_, more) => {
    const other = { ...identity, ...more };
    expect(nextTrust(trust, { kind: 'seen', identity: other, renewals: 9, atMs: 50 })).toEqual({
      identity: other,
      sinceMs: 50,
      renewals: 9,
    });
  });

  it('begins again when the member table went back (restored in place)', () => {
    expect(nextTrust(trust, { kind: 'seen', identity, renewals: 1, atMs: 50 })).toMatchObject({ sinceMs: 50 });
  });

  it('is kept by the answer to a change, which does not count renewals', () => {
    expect(nextTrust(trust, { kind: 'seen', identity, atMs: 50 })).toEqual(trust);
  });

  it('ends with a look that failed', () => {
    expect(nextTrust(trust, { kind: 'failed' })).toBeUndefined();
  });
});

describe('watching who renews', () => {
  const at = (ms: number) => ({ sentMs: ms, receivedMs: ms + 10 });

  it('names a member as silent once it has not renewed for the slow bound, counted between the two looks', () => {
    const first = watchRenewals(new Map(), [member('a')], at(0));
    expect(first.silent).toEqual([]);
    expect(watchRenewals(first.last, [member('a')], at(slowBoundMs + 9)).silent).toEqual([]); // received at 10, sent at …+9
    expect(watchRenewals(first.last, [member('a')], at(slowBoundMs + 10)).silent).toEqual([member('a')]);
  });

  it('starts again with every renewal, and forgets who left', () => {
    const first = watchRenewals(new Map(), [member('a')], at(0));
    const renewed = watchRenewals(first.last, [member('a', { renewals: 2 })], at(slowBoundMs));
    expect(watchRenewals(renewed.last, [member('a', { renewals: 2 })], at(slowBoundMs + 100)).silent).toEqual([]);
    const gone = watchRenewals(first.last, [], at(100));
    expect(watchRenewals(gone.last, [member('a')], at(slowBoundMs + 100)).silent).toEqual([]);
  });
});
