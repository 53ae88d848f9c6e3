import { describe, expect, it } from '@jest/globals';
import { instant } from '@tallystick/kernel-core';
import type { DeviceNote } from '@tallystick/tokens-domain';
import { askAgainAfterMs, standOf } from './device-stand.ts';

const start = 1_700_000_000_000;
const note = (more: Partial<DeviceNote>): DeviceNote => ({
  ...{ enrolmentId: 'D1', command: 'c', delivery: 'new', kind: 'set', attempt: 1, round: 0 },
  ...{ status: 'queued', intendedAt: instant(start) },
  ...more,
});
const stand = (notes: readonly DeviceNote[], days = 0) =>
  standOf(notes, ({ delivery }) => delivery === 'new', 'wanted', instant(start + days * askAgainAfterMs));
const read = (more: Partial<DeviceNote>) => note({ kind: 'read', status: 'acknowledged', ...more });
const at = (ms: number) => instant(start + ms);

describe('where a device stands', () => {
  it.each<[string, readonly DeviceNote[], object]>([
    ['nothing sent', [], { attempt: 0, isStored: false, count: 'pending' }],
    ['about to be sent', [note({ status: 'sending' })], { attempt: 1, isStored: false, count: 'pending', begunAt: start }],
    ['queued', [note({})], { attempt: 1, isStored: true, count: 'pending' }],
    ['acknowledged', [note({ status: 'acknowledged' })], { isStored: true, count: 'pending', ask: { round: 0 } }],
    [
      'about to be asked',
      [note({ status: 'acknowledged' }), read({ status: 'sending' })],
      { count: 'pending', ask: { round: 0 } },
    ],
    ['shown', [note({ status: 'acknowledged' }), read({ holds: 'wanted' })], { isStored: true, count: 'delivered' }],
    ['shown, and the acknowledgement lost', [note({}), read({ holds: 'wanted', round: 1 })], { count: 'delivered' }],
    ['another value shown', [note({ status: 'acknowledged' }), read({ holds: 'other' })], { isStored: true, count: 'failed' }],
    ['no value shown', [note({ status: 'acknowledged' }), read({ holds: null })], { count: 'failed' }],
    [
      'shown, and another value later',
      [note({}), read({ holds: 'wanted' }), read({ holds: 'other', round: 2 })],
      { count: 'failed' },
    ],
    [
      'put off, while it shows another value',
      [note({ status: 'not-now' }), read({ holds: 'other', round: 1 })],
      { isStored: true, count: 'pending' },
    ],
    ['failed', [note({ status: 'error' })], { attempt: 1, isStored: true, count: 'failed' }],
    ['failed once, and sent again', [note({ status: 'error' }), note({ attempt: 2 })], { attempt: 2, count: 'pending' }],
    [
      'shown after the attempt before',
      [note({ status: 'error' }), read({ holds: 'wanted' }), note({ attempt: 2 })],
      { attempt: 2, count: 'pending' },
    ],
    [
      'enrolled anew',
      [note({ status: 'lost' }), read({ status: 'lost', holds: 'wanted' })],
      { attempt: 1, isStored: true, count: 'pending', again: { attempt: 2 } },
    ],
    [
      'enrolled anew, and about to be sent again',
      [note({ status: 'lost' }), note({ attempt: 2, status: 'sending' })],
      { attempt: 2, isStored: true, count: 'pending', again: { attempt: 2 } },
    ],
    [
      'enrolled anew, and sent again',
      [note({ status: 'lost' }), read({ status: 'lost', holds: 'wanted' }), note({ attempt: 2 })],
      { attempt: 2, isStored: true, count: 'pending' },
    ],
    [
      'enrolled anew, with a newer delivery',
      [note({ status: 'lost' }), note({ delivery: 'newer', status: 'lost' })],
      { attempt: 1, isStored: false, count: 'failed' },
    ],
    [
      'about to be sent again, with a newer delivery',
      [note({ status: 'lost' }), note({ attempt: 2, status: 'sending' }), note({ delivery: 'newer' })],
      { attempt: 2, isStored: false },
    ],
    [
      'only another delivery',
      [note({ delivery: 'old', status: 'acknowledged' }), read({ delivery: 'old', holds: 'wanted' })],
      { attempt: 0, isStored: false, count: 'pending', othersAt: start },
    ],
    [
      'shown, and an older delivery carried out later',
      [
        note({ delivery: 'old', status: 'acknowledged', answeredAt: at(9) }),
        note({ status: 'acknowledged', answeredAt: at(5) }),
        read({ holds: 'wanted', answeredAt: at(6) }),
      ],
      { attempt: 1, isStored: true, count: 'pending', again: { attempt: 2 } },
    ],
    [
      'shown, and a newer delivery carried out later',
      [
        note({ status: 'acknowledged', answeredAt: at(5) }),
        read({ holds: 'wanted', answeredAt: at(6) }),
        note({ delivery: 'newer', status: 'acknowledged', answeredAt: at(9) }),
      ],
      { isStored: false, count: 'failed' },
    ],
    [
      'shown, and another delivery carried out before',
      [
        note({ delivery: 'old', status: 'acknowledged', answeredAt: at(1) }),
        note({ status: 'acknowledged', answeredAt: at(5) }),
        read({ holds: 'wanted', answeredAt: at(6) }),
      ],
      { isStored: true, count: 'delivered' },
    ],
  ])('%s', (_, notes, expected) => {
    expect(stand(notes)).toMatchObject(expected);
    for (const step of ['ask', 'again']) if (!(step in expected)) expect(stand(notes)).not.toHaveProperty(step);
  });

  it('is found by asking once for each note whether it is ours', () => {
    const notes = [note({ delivery: 'old' }), note({ status: 'acknowledged' }), read({ status: 'queued' }), read({ round: 1 })];
    const asked: DeviceNote[] = [];
    standOf(notes, (one) => asked.push(one) > 0 && one.delivery === 'new', 'wanted', at(0));
    expect(asked).toEqual(notes);
  });

  it('a silent one is asked once a day, and not for ever', () => {
    const notes: DeviceNote[] = [note({})];
    let questions = 0;
    for (let hour = 0; hour < 24 * 100; hour++) {
      const { ask } = stand(notes, hour / 24);
      if (!ask) continue;
      questions++;
      notes.push(read({ status: 'queued', round: ask.round, intendedAt: at((hour / 24) * askAgainAfterMs) }));
    }
    expect(questions).toBe(30);
  });
});
