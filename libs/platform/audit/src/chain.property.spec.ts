import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readRecord } from './chain.ts';
import { MemoryOutboxes, MemoryTopics, newKey, type Sent } from './test-chains.fixture.ts';

const places = ['acme', 'beta', 'gamma'];
const pem = newKey();

/** What was published of so many entries, with a head after each few. */
async function published(texts: readonly string[]): Promise<MemoryTopics> {
  const topics = new MemoryTopics(pem);
  const outboxes = new MemoryOutboxes();
  const relay = topics.relay(outboxes);
  for (const [at, text] of texts.entries()) {
    outboxes.write('07', places[at % places.length]!, text);
    if (at % 4 === 3) await relay.round();
  }
  await relay.round();
  return topics;
}
const altered = (topics: MemoryTopics, audit: readonly Sent[]): MemoryTopics =>
  Object.assign(new MemoryTopics(pem), { audit: [...audit], heads: topics.heads });
const kinds = (topics: MemoryTopics) => topics.verify().chains.flatMap(({ faults }) => faults.map(({ kind }) => kind));

let log: MemoryTopics;
beforeAll(async () => {
  log = await published(Array.from({ length: 20 }, (_, at) => JSON.stringify({ actor: 'a', n: at, text: 'ä"\\' })));
});
const index = () => fc.nat({ max: log.audit.length - 1 });
const runs = { numRuns: 60 };

describe('a published log', () => {
  it('is whole, whatever the texts are: half a surrogate pair, members twice, `__proto__`, numbers that JSON would write otherwise', async () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.constantFrom(
        '\ud800',
        '{"seq":9,"seq":8}',
        '{"__proto__":1}',
        '{"2":1,"1":2}',
        '1e21',
        '-0',
        '{"a":1.0}',
        '',
        '[]',
        'null',
        '{"a":"\\ud800"}',
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(texts, { minLength: 1, maxLength: 12 }), async (some) => {
        const topics = await published(some);
        expect(topics.verify()).toMatchObject({ verdict: 'whole', foreign: 0, missingChains: 0 });
        expect(topics.audit.every(({ value }) => readRecord(value).kind === 'record')).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  it('is not whole any more when one character of any record is another, in what people read of it too', () => {
    fc.assert(
      fc.property(index(), fc.nat(), fc.constantFrom('x', '0', ' ', '"'), (at, character, other) => {
        const { key, value } = log.audit[at]!;
        const position = character % value.length;
        fc.pre(value[position] !== other);
        const changed = value.slice(0, position) + other + value.slice(position + 1);
        const audit = log.audit.with(at, { key, value: changed });
        expect(altered(log, audit).verify().verdict).toBe('faulty');
      }),
      runs,
    );
  });

  it('is not whole without any one record, or without any part of its end', () => {
    fc.assert(
      fc.property(index(), fc.nat({ max: 3 }), (from, more) => {
        const audit = log.audit.toSpliced(from, 1 + more);
        expect(kinds(altered(log, audit)).some((kind) => kind === 'missing' || kind === 'cut-off')).toBe(true);
        const cut = log.audit.slice(0, from);
        expect(altered(log, cut).verify().verdict).toBe('faulty');
      }),
      runs,
    );
  });

  it('is whole in any order and with any repetition', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...log.audit.keys()], { minLength: log.audit.length }),
        fc.array(index()),
        (order, again) => {
          const report = altered(
            log,
            [...order, ...again].map((at) => log.audit[at]!),
          ).verify();
          expect(report.verdict).toBe('whole');
          expect(report.chains.reduce((sum, { repetitions }) => sum + repetitions, 0)).toBe(again.length);
        },
      ),
      runs,
    );
  });

  it('is not whole when a record is moved to another environment', () => {
    fc.assert(
      fc.property(index(), (at) => {
        const { key, value } = log.audit[at]!;
        const other = places.find((place) => place !== key)!;
        const moved = { key: other, value: value.replaceAll(`"tokens/${key}"`, `"tokens/${other}"`) };
        expect(altered(log, log.audit.with(at, moved)).verify().verdict).toBe('faulty');
        expect(altered(log, log.audit.with(at, { key: other, value })).verify().verdict).toBe('faulty');
      }),
      runs,
    );
  });

  it('is whole whatever batches it left in, with two relays at once that are killed between publishing and removing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ writes: fc.nat({ max: 5 }), relay: fc.constantFrom('one', 'two'), dies: fc.boolean() }), {
          minLength: 1,
          maxLength: 15,
        }),
        async (steps) => {
          const [topics, outboxes] = [new MemoryTopics(pem), new MemoryOutboxes()];
          const remove = outboxes.remove.bind(outboxes);
          const relays = { one: topics.relay(outboxes, 'one'), two: topics.relay(outboxes, 'two') };
          let written = 0;
          for (const { writes, relay, dies } of steps) {
            for (let n = 0; n < writes; n++) outboxes.write('07', places[written++ % 3]!, `{"n":${written}}`);
            outboxes.remove = dies ? () => Promise.reject(new Error('killed here')) : remove;
            const other = relay === 'one' ? 'two' : 'one';
            await Promise.all([relays[relay].round(), dies ? undefined : relays[other].round()]);
          }
          outboxes.remove = remove;
          outboxes.write('07', 'acme', '{}');
          while (outboxes.of('07').entries.length > 0) await relays.one.round();
          await relays.one.stop();
          const report = topics.verify();
          expect(report.chains.flatMap(({ faults }) => faults)).toEqual([]);
          expect(report.chains.reduce((sum, { records }) => sum + records, 0)).toBe(written + 1 + report.chains.length);
          expect(report.chains.flatMap(({ generations }) => generations)).toEqual([]);
        },
      ),
      { numRuns: 25 },
    );
  });
});
