import { createSecretKey } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { DeviceId, DirectoryFault } from '@tallystick/devices-domain';
import { instant, type Result } from '@tallystick/kernel-core';
import { noAnswers, type OutboundAnswer } from '@tallystick/platform-outbound';
import fc from 'fast-check';
import { createPingIdDirectory } from './pingid-directory.ts';

const properties = {
  baseUrl: 'http://127.0.0.1:1/pingid',
  orgAlias: 'secret-alias-x',
  token: 'secret-token-x',
  key: createSecretKey(Buffer.alloc(32, 5)),
  useSignature: false,
};
const kinds: readonly DirectoryFault['kind'][] = [
  'unavailable',
  'credentials-refused',
  'device-limit',
  'address-refused',
  'not-found',
  'already-exists',
  'status-conflict',
  'method-disabled',
  'refused',
];

/** Faults carry a word of ours or the directory's number, and a wait: nothing else, so nothing about a person. */
const isClean = (fault: DirectoryFault): boolean =>
  kinds.includes(fault.kind) &&
  Object.keys(fault).every((it) => ['kind', 'code', 'retryAfterMs', 'rateLimited', 'mayBeDone'].includes(it)) &&
  (fault.kind !== 'refused' || /^(\d{1,9}|http-\d{3}|unknown|unreadable-user|invalid-device-id)$/.test(fault.code)) &&
  (fault.kind !== 'unavailable' || fault.retryAfterMs === undefined || Number.isSafeInteger(fault.retryAfterMs));

const personal = fc.constantFrom('ada.lovelace', 'ada@home.example', '+447700900123', 'secret-token-x', '"', '\u0000', '\ud800');
const status = fc.constantFrom(200, 201, 204, 302, 400, 401, 403, 404, 409, 418, 429, 500, 502, 503);
const value = fc.oneof(personal, fc.jsonValue(), fc.integer(), fc.constantFrom(200, 10551, 10564, 20562, 99001));
const body = fc.oneof(
  fc
    .record({ errorId: value, errorMsg: personal, userDetails: value, deviceId: value }, { requiredKeys: [] })
    .map((it) => JSON.stringify(it)),
  fc.record({ responseBody: fc.record({ errorId: value, errorMsg: personal }) }).map((it) => JSON.stringify(it)),
  fc.string(),
  fc.tuple(fc.base64String(), fc.base64String(), fc.base64String()).map((it) => it.join('.')),
);
const wait = fc.option(fc.nat(), { nil: undefined });
const answered = fc.oneof(
  fc
    .record({ kind: fc.constant('answer' as const), status, text: body, retryAfterMs: wait })
    .map(({ retryAfterMs, ...answer }): OutboundAnswer => ({ ...answer, ...(retryAfterMs !== undefined && { retryAfterMs }) })),
  fc.constantFrom(...noAnswers).map((because): OutboundAnswer => ({ kind: 'none', because })),
);

describe('faults of the directory', () => {
  it('are values without any text of people, requests or answers, whatever happens', async () => {
    await fc.assert(
      fc.asyncProperty(answered, personal, async (reply, username) => {
        const directory = createPingIdDirectory({
          properties,
          callTimeoutMs: 1_000,
          now: () => instant(0),
          outbound: {
            send: () => Promise.resolve(reply),
            close: () => Promise.resolve(),
          },
        });
        const device = '285234913243546570' as DeviceId;
        const results: Result<unknown, DirectoryFault>[] = [
          await directory.observe(username),
          await directory.createUser(username, { email: username }, true),
          await directory.editUser(username, { email: username }),
          await directory.deleteUser(username),
          await directory.pair(username, { kind: 'email', address: username }, 'Email 1'),
          await directory.nameDevice(username, device, 'Email 1'),
          await directory.unpair(username, device),
        ];
        for (const result of results) if (!result.ok) expect([result.error, isClean(result.error)]).toEqual([result.error, true]);
      }),
      { numRuns: 300 },
    );
  });
});
