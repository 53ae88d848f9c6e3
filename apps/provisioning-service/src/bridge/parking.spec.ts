import { beforeEach, describe, expect, it } from '@jest/globals';
import type { RedisParkedStore } from '@tallystick/devices-store-redis';
import { connectionId, environmentId } from '@tallystick/kernel-core';
import type { KafkaProducer, KafkaRecord } from '@tallystick/platform-kafka';
import type { Source } from './bridge.ts';
import { createParking } from './parking.ts';

const source = { environment: environmentId('acme'), connection: connectionId('hr') } as Source;
const at = new Date('2026-11-22T02:42:53.000Z');
const record: KafkaRecord = {
  topic: 'users',
  partition: 7,
  offset: '9007199254740993',
  timestamp: 1,
  key: Buffer.from([0x00, 0xff, 0xfe]),
  value: Buffer.from([0xc3, 0x28, 0x00]),
  headers: { 'trace-id': Buffer.from('t1'), twice: ['a', 'b'] },
};
const added = {
  'tallystick.reason': 'bad-utf8',
  'tallystick.environment': 'acme',
  'tallystick.connection': 'hr',
  'tallystick.topic': 'users',
  'tallystick.partition': '7',
  'tallystick.offset': '9007199254740993',
  'tallystick.epoch': '2',
  'tallystick.parked-at': '2026-11-22T02:42:53.000Z',
};

type Added = Parameters<RedisParkedStore['add']>;
const indexed: Added[] = [];
beforeEach(() => void indexed.splice(0));
type Sent = Parameters<KafkaProducer['send']>;
function parking(send: (...sent: Sent) => Promise<never[]>) {
  const index = { add: (...one: Added) => Promise.resolve(void indexed.push(one)) };
  return createParking({ producer: { send }, topic: 'parked', index, now: () => at });
}

describe('a parked record', () => {
  it('has its own bytes and headers, and says where it came from, why and when it was parked', async () => {
    const sent: Sent[] = [];
    await parking((...one) => {
      sent.push(one);
      return Promise.resolve([]);
    })(record, source, 'bad-utf8', 2);
    expect(sent).toEqual([['parked', [{ key: record.key, value: record.value, headers: { ...record.headers, ...added } }]]]);
  });

  it('is in the index after it is in the topic, with its place, its bytes, and one name however often it is parked', async () => {
    const park = parking(() => {
      expect(indexed).toHaveLength(0);
      return Promise.resolve([]);
    });
    await park(record, source, 'bad-utf8', 2);
    const [[ref, id, place, bytes] = []] = indexed;
    expect([ref?.connection, id]).toEqual(['hr', '2-7-9007199254740993-7dfb4cf6']);
    expect(place).toEqual({
      epoch: 2,
      topic: 'users',
      partition: 7,
      offset: '9007199254740993',
      timestamp: 1,
      reason: 'bad-utf8',
      parkedAt: at.getTime(),
    });
    const headers = { 'trace-id': [Buffer.from('t1')], twice: [Buffer.from('a'), Buffer.from('b')] };
    expect(bytes).toEqual({ key: record.key, value: record.value, headers });
  });

  it('may have no key and no value', async () => {
    const sent: Sent[] = [];
    await parking((...one) => {
      sent.push(one);
      return Promise.resolve([]);
    })({ ...record, key: null, value: null, headers: {} }, source, 'bad-utf8', 2);
    expect(sent).toEqual([['parked', [{ key: null, value: null, headers: added }]]]);
  });

  it('can not pretend to have been parked for another reason: headers of that name are replaced', async () => {
    const sent: Sent[] = [];
    const forged = { ...record, headers: { 'tallystick.reason': 'no-key', 'tallystick.offset': '1' } };
    await parking((...one) => {
      sent.push(one);
      return Promise.resolve([]);
    })(forged, source, 'bad-utf8', 2);
    expect(sent[0]?.[1][0]?.headers).toEqual(added);
  });

  it('R21: that the topic does not take is a failure of the caller', async () => {
    await expect(parking(() => Promise.reject(new Error('not enough replicas')))(record, source, 'bad-utf8', 2)).rejects.toThrow(
      'not enough replicas',
    );
    expect(indexed).toEqual([]);
  });
});
