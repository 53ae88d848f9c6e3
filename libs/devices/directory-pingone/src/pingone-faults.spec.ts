import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Attempted, faultOf, readError } from './pingone-faults.ts';

const error = (code: string, ...details: object[]): object => ({ id: 'x', code, message: 'for ada@home.example', details });
const detail = (code: string, target?: string, more: object = {}): object => ({ code, target, message: '+12025550123', ...more });

describe('faults (c.1)', () => {
  it.each<[Attempted, number, object | string, object]>([
    ['device', 400, error('REQUEST_FAILED', detail('LIMIT_EXCEEDED')), { kind: 'device-limit' }],
    ['device', 400, error('INVALID_DATA', detail('INVALID_VALUE', 'phone')), { kind: 'address-refused' }],
    ['device', 400, error('INVALID_DATA', detail('INVALID_VALUE', '/email')), { kind: 'address-refused' }],
    ['device', 400, error('INVALID_DATA', detail('INVALID_VALUE', 'extension')), { kind: 'address-refused' }],
    ['device', 400, error('INVALID_DATA', detail('INVALID_VALUE', 'nickname')), { kind: 'refused', code: 'INVALID_VALUE' }],
    [
      'device',
      400,
      error('INVALID_DATA', detail('UNIQUENESS_VIOLATION', 'email')),
      { kind: 'refused', code: 'UNIQUENESS_VIOLATION' },
    ],
    ['device', 400, error('REQUEST_FAILED', detail('METHOD_DISABLED', 'type')), { kind: 'method-disabled' }],
    ['user', 400, error('INVALID_DATA', detail('UNIQUENESS_VIOLATION', 'username')), { kind: 'already-exists' }],
    [
      'user',
      400,
      error('INVALID_DATA', detail('UNIQUENESS_VIOLATION', 'email')),
      { kind: 'refused', code: 'UNIQUENESS_VIOLATION' },
    ],
    ['user', 400, error('INVALID_DATA', detail('INVALID_VALUE', 'email')), { kind: 'refused', code: 'INVALID_VALUE' }],
    ['order', 400, error('INVALID_DATA', detail('INVALID_VALUE', 'order')), { kind: 'status-conflict' }],
    ['other', 404, error('NOT_FOUND'), { kind: 'not-found' }],
    ['other', 404, 'a page of a proxy', { kind: 'unavailable' }],
    ['look-up', 403, error('ACCESS_FAILED'), { kind: 'credentials-refused' }],
    ['other', 403, error('ACCESS_FAILED'), { kind: 'refused', code: 'ACCESS_FAILED' }],
    ['other', 401, error('INVALID_TOKEN'), { kind: 'credentials-refused' }],
    ['other', 429, error('REQUEST_LIMITED'), { kind: 'unavailable', rateLimited: true }],
    ['other', 400, error('REQUEST_LIMITED'), { kind: 'unavailable', rateLimited: true }],
    ['other', 400, error('UNEXPECTED_ERROR'), { kind: 'unavailable' }],
    ['other', 500, error('UNEXPECTED_ERROR'), { kind: 'unavailable' }],
    ['other', 302, '', { kind: 'unavailable' }],
    ['other', 400, 'nonsense', { kind: 'refused', code: 'http-400' }],
    ['other', 400, error('not a code: ada@home.example'), { kind: 'refused', code: 'http-400' }],
  ])('%s, %i, %j', (attempted, status, body, fault) => {
    expect(faultOf({ attempted, status, error: readError(body), methodDisabledCodes: ['METHOD_DISABLED'] })).toEqual(fault);
  });

  it.each(['innerError', 'innererror'])('%s changes nothing', (spelling) => {
    const body = error('REQUEST_FAILED', detail('LIMIT_EXCEEDED', undefined, { [spelling]: { maximumAllowed: 5 } }));
    expect(faultOf({ attempted: 'device', status: 400, error: readError(body) })).toEqual({ kind: 'device-limit' });
  });

  it('any wait that was told is told on, and is meant for everybody (R28)', () => {
    const told = faultOf({ attempted: 'other', status: 503, error: undefined, retryAfterMs: 2_000 });
    expect(told).toEqual({ kind: 'unavailable', retryAfterMs: 2_000, rateLimited: true });
  });

  it('hold a word of ours or a code of theirs and never a text, whatever was answered', () => {
    const text = fc.constantFrom('ada@home.example', '+12025550123', 'LIMIT_EXCEEDED', 'username', 'INVALID_DATA', '', '\u0000');
    const part = fc.record({ code: fc.oneof(text, fc.jsonValue()), target: text, message: text }, { requiredKeys: [] });
    const body = fc.oneof(
      fc.jsonValue(),
      fc.record({ code: text, details: fc.oneof(fc.array(part), fc.jsonValue()) }, { requiredKeys: [] }),
    );
    const attempted = fc.constantFrom<Attempted[]>('look-up', 'user', 'device', 'order', 'other');
    fc.assert(
      fc.property(attempted, fc.integer({ min: 100, max: 599 }), body, (what, status, it) => {
        const fault = faultOf({ attempted: what, status, error: readError(it) });
        if (fault.kind === 'refused') expect(fault.code).toMatch(/^(http-\d{3}|[A-Z][A-Z0-9_]{0,63})$/);
        expect(Object.keys(fault).filter((key) => !['kind', 'code', 'rateLimited'].includes(key))).toEqual([]);
      }),
    );
  });
});
