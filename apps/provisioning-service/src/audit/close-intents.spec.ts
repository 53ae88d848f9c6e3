import { describe, expect, it } from '@jest/globals';
import { closeIntents } from './close-intents.ts';

describe('a look for what was begun and never ended', () => {
  it('tells what it has ended, and what it could not look through; the next look goes on', async () => {
    const told: string[] = [];
    const logger = { warn: (_: object, text: string) => void told.push(text) } as never;
    const looks = [
      () => Promise.resolve({ closed: 2, faults: [new Error('full')] }),
      () => Promise.reject(new Error('away')),
      () => Promise.resolve({ closed: 0, faults: [] }),
    ];
    for (const look of looks) await closeIntents({ intents: { look }, logger });
    expect(told.map((text) => text.split(':')[0])).toEqual([
      'changes were begun of which nobody knows what became',
      'what was begun and never ended could not be looked for; the next look does it',
      'what was begun and never ended could not be looked for; the next look does it',
    ]);
  });
});
