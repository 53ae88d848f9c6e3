import { describe, expect, it } from '@jest/globals';
import { environmentId } from '@tallystick/kernel-core';
import type { RingShard, TokenId } from '@tallystick/tokens-domain';
import { progressKey, readRevocationsKey, revocationKey, revocationRecords } from './audit-topics.ts';

const shard = '07' as RingShard;
const environment = environmentId('acme');
const named = (audit: unknown) => ({
  headEpoch: 'head',
  entry: { seq: 5, environment, audit: typeof audit === 'string' ? audit : JSON.stringify(audit) },
});

describe('a key of the revocations', () => {
  it.each([
    [revocationKey(environment, 'tok_a' as TokenId), { kind: 'revocation', environment, token: 'tok_a' }],
    [progressKey(shard), { kind: 'progress', shard }],
    [':progress/64', undefined],
    ['acme', undefined],
    ['acme/', undefined],
    ['No environment/tok_a', undefined],
    ['', undefined],
  ])('%s names what it was made of, or nothing', (key, name) => expect(readRevocationsKey(key)).toEqual(name));
});

describe('an audit entry', () => {
  it.each<[string, unknown, readonly string[], boolean]>([
    ['a list', { revoked: ['tok_a', 'tok_b'] }, ['tok_a', 'tok_b'], true],
    ['one', { revoked: 'tok_a' }, ['tok_a'], true],
    ['none', { action: 'add-token' }, [], true],
    ['an empty list', { revoked: [] }, [], true],
    ['something else', { revoked: [{ id: 'tok_a' }] }, [], false],
    ['no JSON', 'nothing', [], false],
    ['no object', [], [], false],
  ])('revokes %s', (_, audit, tokens, isReadable) => {
    const found = revocationRecords(named(audit));
    expect([found.records.map(({ key }) => key), found.isReadable]).toEqual([tokens.map((token) => `acme/${token}`), isReadable]);
  });
});
