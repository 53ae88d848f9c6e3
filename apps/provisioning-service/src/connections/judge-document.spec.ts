import { describe, expect, it } from '@jest/globals';
import { connectionDocument } from '@tallystick/devices-testing';
import { judgeDocument } from './judge-document.ts';

const document = connectionDocument();
const { environment, connection } = document;

/** Judges it on a clock of which each reading is so much later. */
const judged = (body: object, stepMs = 0) => {
  let clock = 0;
  return judgeDocument(body, { environment, connection, before: undefined, all: [], elapsedMs: () => (clock += stepMs) });
};

describe('a document whose mapping is slow for a large record', () => {
  it('is refused before a worker meets it', () => {
    expect(judged(document, 251)).toEqual({
      kind: 'faulty',
      faults: [{ path: 'mapping', expected: 'must take less time for a large record' }],
    });
  });

  it('is usable while it takes no longer than it may', () => {
    expect(judged(document, 250)).toMatchObject({ kind: 'usable' });
  });
});
