import { describe, expect, it } from '@jest/globals';
import { noRecord } from './chain.ts';
import { decideGeneration } from './decide-generation.ts';
import type { StoredHead } from './stored-head.ts';

const hashOf = (sequence: number) => `hash-${sequence}`;
const head: StoredHead = { generation: 1, sequence: 1, hash: hashOf(1), server: 'one' };
const records = (count: number, kind = 'entry' as const) =>
  Array.from({ length: count }, (_, at) => ({
    ...{ kind, generation: 1, sequence: at + 1, hash: hashOf(at + 1) },
    previous: at === 0 ? noRecord.hash : hashOf(at),
  }));

describe('what is decided of a chain', () => {
  it('is decided of a busy one too: 300,000 records since the last complete statement', () => {
    const published = { vouched: undefined, records: records(300_000) };
    expect(decideGeneration({ ...head, sequence: 300_000, hash: hashOf(300_000) }, published, [])).toBe('go-on');
    expect(decideGeneration(head, published, [])).toMatchObject({ generation: 2, start: { start: 'reopened' } });
  });

  it('is decided as soon where a relay was killed and its batch was published twice, or a stranger repeats one record', () => {
    const twice = records(200).flatMap((record) => [record, record]);
    const published = { vouched: undefined, records: twice };
    expect(decideGeneration(head, published, records(200))).toBe('go-on');
    const repeated = Array.from({ length: 100_000 }, () => records(1)[0]!);
    expect(decideGeneration(head, { vouched: undefined, records: repeated }, [])).toBe('go-on');
  });
});
