import { describe, expect, it } from '@jest/globals';
import { environmentsOfOneShard, exampleRing, exampleToken } from '@tallystick/tokens-testing';
import { readOrMark, readRing, writeRing } from './ring-document.ts';

const environment = environmentsOfOneShard(1).environments[0]!;
const written = writeRing(exampleRing(environment, 1, [exampleToken(1)]));

describe('a ring document, settings and all', () => {
  it('of a newer version is refused by what to do, though every field of it is known; others are told only that it can not be read', () => {
    const newer = written.replace('{"format":2,', '{"format":3,');
    expect(() => readRing(newer, environment)).toThrow(
      'written by a newer version (format 3; this one knows 2): run that version again, or restore a backup from before it',
    );
    expect(readOrMark(newer, environment)).toEqual({ environment, isUnreadable: true });
    expect(readRing(written, environment).version).toBe(1);
  });
});
