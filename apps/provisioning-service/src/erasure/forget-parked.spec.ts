import { describe, expect, it } from '@jest/globals';
import type { UserHash, UserRef } from '@tallystick/devices-domain';
import { parseSourceMessage } from '@tallystick/devices-source-kafka';
import type { ParkedBytes, ParkedRecord } from '@tallystick/devices-store-redis';
import { connectionId, environmentId } from '@tallystick/kernel-core';
import { createForgetParked } from './forget-parked.ts';

const ref = { environment: environmentId('acme'), connection: connectionId('hr') };
const user: UserRef = { ...ref, user: 'a'.repeat(32) as UserHash };
const bytes = (key: string | null, value: string, headers: Record<string, string> = {}): ParkedBytes => ({
  key: key === null ? null : Buffer.from(key),
  value: Buffer.from(value),
  headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, [Buffer.from(text)]])),
});

function parked(
  open: Readonly<Record<string, ParkedBytes | 'unreadable' | undefined>>,
  settled: Record<string, ParkedBytes> = {},
) {
  const forgotten: string[] = [];
  const forget = createForgetParked({
    index: {
      list: (_ref, state, cursor, limit) => {
        const ids = Object.keys(state === 'open' ? open : settled);
        const records = ids
          .slice(cursor, cursor + limit)
          .map((id) => ({ id, topic: 'users', partition: 0, offset: '1', timestamp: 1 }));
        return Promise.resolve({
          records: records as unknown as ParkedRecord[],
          ...(records.length < limit ? {} : { next: cursor + limit }),
        });
      },
      bytes: (_ref, id) => {
        const found = open[id] ?? settled[id];
        return found === 'unreadable' ? Promise.reject(new Error('no key opens it')) : Promise.resolve(found);
      },
      forget: (_ref, id) => Promise.resolve(forgotten.push(id) > 0),
    },
    sourceOf: () => ({
      ...ref,
      parse: (record) => parseSourceMessage(record, { kind: 'cloudevents' }),
      userOf: () => user,
    }),
  });
  return { forget, forgotten };
}

describe('the parked records of one person', () => {
  it('are those whose key, subject or content says so, open and settled; of others none, however alike', async () => {
    const { forget, forgotten } = parked(
      {
        key: bytes('4711', '{ no JSON'),
        jsonKey: bytes('{"id":4711}', '[]'),
        subject: bytes(null, '{"specversion":"0.3","subject":"4711"}'),
        header: bytes(null, 'x', { ce_subject: '4711' }),
        longer: bytes('47110', '{"id":"4711"}'),
        other: bytes('12', '{"manager":"4711"}'),
      },
      { settled: bytes('4711', '{}') },
    );
    expect(await forget(user, '4711')).toEqual({ forgotten: 5, unread: 0 });
    expect(forgotten).toEqual(['key', 'jsonKey', 'subject', 'header', 'settled']);
  });

  it('that can not be opened, or lie in the topic only, are left and counted', async () => {
    const { forget, forgotten } = parked({ sealed: 'unreadable', large: undefined, theirs: bytes('4711', '') });
    expect(await forget(user, '4711')).toEqual({ forgotten: 1, unread: 2 });
    expect(forgotten).toEqual(['theirs']);
  });

  it('are found on every page', async () => {
    const many = Object.fromEntries(Array.from({ length: 450 }, (_, n) => [`r${n}`, bytes(n % 2 === 0 ? '4711' : '12', '')]));
    expect(await parked(many).forget(user, '4711')).toEqual({ forgotten: 225, unread: 0 });
  });
});
