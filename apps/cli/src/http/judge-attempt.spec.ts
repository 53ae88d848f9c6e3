import { describe, expect, it } from '@jest/globals';
import { judgeAttempt } from './judge-attempt.ts';

describe('an attempt', () => {
  it.each([
    ['ECONNREFUSED', { again: true, mayBeDone: false }],
    ['ENOTFOUND', { again: true, mayBeDone: false }],
    ['ECONNRESET', { again: true, mayBeDone: true }],
    ['UND_ERR_SOCKET', { again: true, mayBeDone: true }],
    [undefined, { again: true, mayBeDone: true }],
    ['CERT_HAS_EXPIRED', { again: false, mayBeDone: false }],
  ])('without an answer (%s) is %j', (code, judged) => {
    expect(judgeAttempt({ kind: 'none', ...(code === undefined ? {} : { code }) })).toEqual(judged);
  });

  it.each([
    [200, undefined, undefined, { again: false, mayBeDone: false }],
    [409, 'too-many-devices', undefined, { again: false, mayBeDone: false }],
    [429, 'too-many-changes', 7, { again: true, mayBeDone: false, afterMs: 7_000 }],
    [429, undefined, undefined, { again: false, mayBeDone: false }],
    [500, 'internal', undefined, { again: false, mayBeDone: true }],
    [502, undefined, undefined, { again: true, mayBeDone: true }],
    [504, undefined, undefined, { again: true, mayBeDone: true }],
    [503, undefined, undefined, { again: true, mayBeDone: true }],
    [503, 'outcome-unknown', 1, { again: true, mayBeDone: true, afterMs: 1_000 }],
    [503, 'store-unavailable', 1, { again: true, mayBeDone: false, afterMs: 1_000 }],
    [503, 'ring-store-damaged', undefined, { again: false, mayBeDone: false }],
  ])('answered by %i %s (Retry-After %s) is %j', (status, problem, retryAfterSeconds, judged) => {
    const answer = {
      ...{ kind: 'answer' as const, status },
      ...(problem === undefined ? {} : { problem }),
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    };
    expect(judgeAttempt(answer)).toEqual(judged);
  });
});
