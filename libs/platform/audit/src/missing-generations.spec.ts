import { beforeEach, describe, expect, it } from '@jest/globals';
import { type ChainedRecord, type ChainHead, chainNext, type ChainStart, noRecord, readRecord, writeRecord } from './chain.ts';
import { decideGeneration } from './decide-generation.ts';
import { rangesBetween } from './missing-generations.ts';
import { signStatement } from './signing.ts';
import { MemoryOutboxes, MemoryTopics } from './test-chains.fixture.ts';

let topics: MemoryTopics;
beforeEach(() => {
  topics = new MemoryTopics();
});
const chain = 'tokens/acme';

/** A chain as somebody planted it: a start of each of these generations and one entry after it; a head vouches for the last. */
function planted(...generations: readonly (readonly [number, Partial<ChainStart>?])[]): void {
  let head: ChainHead = noRecord;
  const append = (generation: number, kind: 'start' | 'entry', text: string) => {
    const record = chainNext(chain, { ...head, generation }, { kind, outbox: '07', epoch: '', seq: 0, text });
    topics.audit.push({ key: 'acme', value: writeRecord(record) });
    head = record;
  };
  for (const [generation, more] of generations) {
    const { generation: from, sequence, hash } = head;
    const start = { start: 'reopened', at: '2027-01-15T08:00:00Z', from: { generation: from, sequence, hash }, ...more };
    append(generation, 'start', JSON.stringify(start));
    append(generation, 'entry', '{}');
  }
  const { generation, sequence, hash } = head;
  const heads = [{ chain, generation, sequence, hash }] as const;
  const statement = {
    format: 1,
    half: 'tokens',
    at: '2027-01-15T08:00:00.000Z',
    heads,
    complete: false,
    chains: 1,
    from: {},
  } as const;
  topics.heads.push({ key: 'tokens', value: signStatement(statement, topics.signer) });
}
const report = () => topics.verify().chains[0]!;
const recordOf = ({ value }: { readonly value: string }) => (readRecord(value) as { readonly record: ChainedRecord }).record;
const without = (generation: number) => {
  topics.audit = topics.audit.filter((sent) => recordOf(sent).generation !== generation);
};

describe('a chain whose generations jump', () => {
  it('lacks the one between, and is told so: it is not called somebody else’s', () => {
    planted([1], [2], [5], [7]);
    expect(report()).toMatchObject({ verdict: 'faulty', upTo: { generation: 7 } });
    expect(report().faults).toEqual([
      { kind: 'missing-generation', generation: 6, sequence: 7, count: 1 },
      { kind: 'missing-generation', generation: 3, sequence: 5, count: 2 },
    ]);
  });

  it('lacks the one that it goes on from, and what came before that is not called somebody else’s either', () => {
    planted([1], [2], [3]);
    without(2);
    expect(report().faults).toEqual([{ kind: 'missing-generation', generation: 2, sequence: 5, count: 1 }]);
    expect(report().verdict).toBe('faulty');
  });

  it('is whole where its start says that a number was passed over, and only that number', () => {
    planted([1], [3, { skipped: [[2, 2]] }]);
    expect([report().verdict, report().faults]).toEqual(['whole', []]);
    topics = new MemoryTopics();
    planted(
      [1],
      [
        5,
        {
          skipped: [
            [2, 2],
            [4, 4],
          ],
        },
      ],
    );
    expect(report().faults).toEqual([{ kind: 'missing-generation', generation: 3, sequence: 3, count: 1 }]);
  });

  it('costs no time where somebody plants one that is a billion ahead', () => {
    planted([1], [1_000_000_000]);
    expect(report().faults).toEqual([{ kind: 'missing-generation', generation: 2, sequence: 3, count: 999_999_998 }]);
  });
});

describe('a generation that is gone though heads speak of it', () => {
  const generations = async () => {
    const outboxes = new MemoryOutboxes();
    const relay = topics.relay(outboxes);
    const write = async () => (outboxes.write('07', 'acme', '{}'), relay.round());
    await write();
    for (let generation = 2; generation <= 3; generation += 1) {
      const before = outboxes.snapshot();
      await write();
      outboxes.failOver(before);
      await write();
    }
    expect([report().verdict, report().upTo.generation]).toEqual(['whole', 3]);
  };

  it('is one fault, however many heads there are; the newest one is cut off', async () => {
    await generations();
    const all = topics.audit;
    without(2);
    expect(report().faults).toMatchObject([{ kind: 'missing-generation', generation: 2, count: 1 }]);
    topics.audit = all;
    without(3);
    expect(new Set(report().faults.map(({ kind }) => kind))).toEqual(new Set(['cut-off']));
  });
});

describe('a number that was decided on and never published', () => {
  it('is passed over with the next decision, which says so: it is not missed with those that Kafka has lost', async () => {
    const outboxes = new MemoryOutboxes();
    const relay = topics.relay(outboxes);
    const write = async () => (outboxes.write('07', 'acme', '{}'), relay.round());
    await write();
    const before = outboxes.snapshot();
    await write();
    outboxes.failOver(before);
    topics.onSend = (topic) => {
      if (topic === 'audit') throw new Error('away');
    };
    await write(); // generation 2 is stored, and nothing of it is sent
    outboxes.failOver();
    topics.onSend = () => undefined;
    [topics.audit, topics.heads] = [[], []];
    await write();
    expect(report().faults).toMatchObject([{ kind: 'missing-generation', generation: 1, count: 1 }]);
    const start = topics.audit.map(recordOf).findLast(({ kind }) => kind === 'start')!;
    expect(start.generation).toBe(3);
    expect(JSON.parse(start.text)).toMatchObject({ skipped: [[2, 2]] });
  });

  it('is not passed over where something of it was published, by whomever', () => {
    const head = { generation: 1, sequence: 1, hash: 'h', server: 'one', next: { generation: 2, start: {} as ChainStart } };
    const vouched = { generation: 1, sequence: 2, hash: 'v' };
    const seen = (generation: number) => ({ kind: 'entry', generation, sequence: 9, hash: 'x', previous: 'y' }) as const;
    const decided = (...records: readonly ReturnType<typeof seen>[]) => decideGeneration(head, { vouched, records }, []);
    expect(decided()).toMatchObject({ generation: 3, start: { skipped: [[2, 2]] } });
    expect(decided(seen(2))).toMatchObject({ generation: 3, start: { from: vouched } });
    expect(decided(seen(2))).not.toHaveProperty('start.skipped');
    expect(decided(seen(4))).toMatchObject({ generation: 5, start: { skipped: [[2, 3]] } });
  });
});

describe('the numbers between two generations', () => {
  it('are told as ranges', () => {
    expect(rangesBetween(1, 2, [])).toEqual([]);
    expect(rangesBetween(1, 9, [4, 4, 7, 0, 12])).toEqual([
      [2, 3],
      [5, 6],
      [8, 8],
    ]);
  });
});
