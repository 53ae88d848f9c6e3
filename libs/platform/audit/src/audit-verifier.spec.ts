import { beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger } from '@tallystick/platform-observability';
import { chainNext, type ChainedRecord, type ChainHead, readRecord, writeRecord } from './chain.ts';
import { readTrustedKeys, readAuditSigner, signStatement } from './signing.ts';
import { MemoryOutboxes, MemoryTopics, newKey } from './test-chains.fixture.ts';
import { verifyAuditLines } from './verify-audit.ts';

let topics: MemoryTopics;
let outboxes: MemoryOutboxes;
let relay: ReturnType<MemoryTopics['relay']>;
beforeEach(() => {
  topics = new MemoryTopics();
  outboxes = new MemoryOutboxes();
  relay = topics.relay(outboxes);
});
const write = async (...places: readonly string[]) => {
  for (const place of places) outboxes.write('07', place, `{"of":"${place}"}`);
  await relay.round();
};
const of = (place: string, report = topics.verify()) => report.chains.find(({ chain }) => chain === `tokens/${place}`)!;
const records = (): readonly ChainedRecord[] =>
  topics.audit.flatMap(({ value }) => {
    const read = readRecord(value);
    return read.kind === 'record' ? [read.record] : [];
  });
const newest = (place: string): ChainedRecord => records().findLast(({ chain }) => chain === `tokens/${place}`)!;
const strangers = (after: ChainHead, place = 'acme') => {
  const record = chainNext(`tokens/${place}`, after, {
    kind: 'entry',
    outbox: '07',
    epoch: 'e',
    seq: 9,
    text: '{"actor":"eve"}',
  });
  topics.audit.push({ key: place, value: writeRecord(record) });
  return record;
};

describe('a store that goes back', () => {
  it('is seen at once: the chain goes on in a new generation, which names what was told and then lost; nothing is forked', async () => {
    await write('acme', 'beta');
    const before = outboxes.snapshot();
    await write('acme', 'acme');
    outboxes.failOver(before);
    await write('acme');
    expect(topics.verify().verdict).toBe('whole');
    expect(of('acme').generations).toMatchObject([{ generation: 2, why: 'reopened', sequence: 5, toldThenLost: 0 }]);
    expect(newest('acme')).toMatchObject({ generation: 2, sequence: 6 });
    expect(of('beta').generations).toEqual([]);
    expect(topics.log.filter((line) => line.startsWith('error'))).toHaveLength(1);
  });

  it('names what nobody had vouched for yet as told and then lost', async () => {
    await write('acme');
    const before = outboxes.snapshot();
    topics.onSend = (topic) => {
      if (topic === 'heads') throw new Error('no heads now');
    };
    await write('acme', 'acme');
    outboxes.failOver(before);
    topics.onSend = () => undefined;
    relay = topics.relay(outboxes, 'two');
    await write('acme');
    expect([topics.verify().verdict, of('acme').generations]).toMatchObject(['whole', [{ sequence: 3, toldThenLost: 2 }]]);
  });

  it('that lost nothing, or lost only what is still waiting, goes on in its generation', async () => {
    await write('acme');
    outboxes.failOver();
    await write('acme');
    outboxes.remove = () => Promise.reject(new Error('killed here'));
    await write('acme', 'acme');
    outboxes.remove = MemoryOutboxes.prototype.remove.bind(outboxes);
    outboxes.failOver();
    await write('acme');
    expect([topics.verify().verdict, of('acme').generations, of('acme').repetitions]).toEqual(['whole', [], 2]);
  });

  it('is seen in every chain, also in those of which nothing waits', async () => {
    await write('acme', 'beta');
    const before = outboxes.snapshot();
    await write('beta');
    outboxes.failOver(before);
    await write('acme');
    await write();
    expect([of('beta').generations, topics.verify().verdict]).toMatchObject([[{ why: 'reopened' }], 'whole']);
  });

  it('has two relays go the same way', async () => {
    await write('acme');
    const before = outboxes.snapshot();
    await write('acme');
    outboxes.failOver(before);
    outboxes.write('07', 'acme', '{}');
    const other = topics.relay(outboxes, 'two');
    await Promise.all([relay.round(), other.round(), relay.round(), other.round()]);
    await relay.round();
    expect([topics.verify().verdict, of('acme').generations]).toMatchObject(['whole', [{ generation: 2 }]]);
  });
});

describe('a head in the store', () => {
  it('that is gone is no beginning: the chain goes on from what is vouched for, and says so', async () => {
    await write('acme', 'acme');
    outboxes.of('07').heads.delete('acme');
    await write('acme');
    expect([topics.verify().verdict, of('acme').generations]).toMatchObject([
      'whole',
      [{ generation: 2, why: 'head-lost', sequence: 4 }],
    ]);
  });

  it('that somebody has altered, also between two reads, stops nothing for long', async () => {
    await write('acme');
    outboxes.of('07').heads.set('acme', 'garbage');
    await write('acme');
    expect(of('acme').generations).toMatchObject([{ why: 'head-altered' }]);
    topics.onSend = (topic) => void (topic === 'audit' && outboxes.of('07').heads.set('acme', '{}'));
    await write('acme');
    topics.onSend = () => undefined;
    for (let round = 0; round < 3; round++) await relay.round();
    expect([outboxes.of('07').entries, topics.verify().verdict]).toEqual([[], expect.stringMatching(/^whole/)]);
  });
});

describe('what stood in the outbox', () => {
  it('and is gone before it was chained is named, and the rest goes on', async () => {
    await write('acme');
    for (const _ of [1, 2, 3]) outboxes.write('07', 'acme', '{}');
    outboxes.of('07').entries.splice(0, 2);
    await relay.round();
    expect(topics.verify()).toMatchObject({ verdict: 'faulty' });
    expect([of(':07').faults, of('acme').faults]).toEqual([[expect.objectContaining({ kind: 'unpublished', count: 2 })], []]);
  });

  it('and is no entry, or of no environment, or too large, leaves all the same', async () => {
    outboxes.write('07', 'No environment', 'x');
    outboxes.write('07', 'acme', 'y'.repeat(2_000_000));
    outboxes.of('07').entries.push({ seq: 3, place: undefined, epoch: '', text: '{"what":"this"}' });
    outboxes.of('07').entries.push({ seq: 4, place: 'acme', epoch: '', text: '\u0001'.repeat(850_000) }); // six times as long in a string
    await relay.round();
    expect([outboxes.of('07').entries, topics.verify().verdict]).toEqual([[], 'whole']);
    expect(
      records()
        .map(({ kind }) => kind)
        .filter((kind) => kind !== 'start')
        .sort(),
    ).toEqual(['too-large', 'too-large', 'unreadable', 'unreadable']);
    expect(Math.max(...topics.audit.map(({ value }) => value.length))).toBeLessThan(200_000);
  });

  it('of one outbox that can not be published does not hold up the others', async () => {
    outboxes.write('01', 'acme', '{"poison":1}');
    outboxes.write('02', 'beta', '{}');
    topics.onSend = (topic) => {
      if (topic === 'audit' && outboxes.of('02').entries.length > 0 && sends++ === 0)
        throw new Error('too large for this broker');
    };
    let sends = 0;
    expect(await relay.round()).toBe('failed');
    expect([outboxes.of('01').entries.length + outboxes.of('02').entries.length, topics.audit.length > 0]).toEqual([1, true]);
    expect(topics.heads).toHaveLength(1); // and whoever went out is vouched for
  });
});

describe('strangers', () => {
  it('who continue a chain, or put a record beside one, or garbage, are named; the chain itself stays whole', async () => {
    await write('acme');
    strangers(records()[0]!); // beside the newest
    topics.audit.push({ key: 'acme', value: writeRecord(newest('acme')).slice(1) }, { key: 'acme', value: null as never });
    await write('acme');
    strangers(newest('acme')); // after it
    await write('acme');
    const report = topics.verify();
    expect([report.verdict, of('acme').verdict]).toEqual(['faulty', 'faulty']); // entries that are in no chain, after it began
    expect(new Set(of('acme').faults.map(({ kind }) => kind))).toEqual(new Set(['foreign', 'unchained']));
    topics.audit = topics.audit.filter(({ value }) => typeof value === 'string' && readRecord(value).kind !== 'unchained');
    expect(of('acme').verdict).toBe('whole-beside-others');
  });

  it('whose record came first are not taken for the chain: what a head vouches for is', async () => {
    await write('acme', 'acme');
    const last = topics.audit.pop()!;
    strangers(newest('acme'));
    topics.audit.push(last);
    expect([of('acme').verdict, of('acme').faults]).toMatchObject(['whole-beside-others', [{ kind: 'foreign', sequence: 3 }]]);
  });

  it('are never gone on from, though a store was lost', async () => {
    await write('acme');
    strangers(newest('acme'));
    outboxes.failOver(
      new Map([['07', { seq: 0, entries: [], heads: new Map(), upTo: undefined, claim: { relay: '', fence: 0 } }]]),
    );
    relay = topics.relay(outboxes, 'two');
    await write('acme');
    const [, , stranger, start] = records();
    expect(start).toMatchObject({ kind: 'start', generation: 2, sequence: stranger!.sequence });
    expect(of('acme').verdict).toBe('whole');
  });

  it('who sign everything anew with another key, and bring that along, are not believed', async () => {
    await write('acme');
    const other = new MemoryTopics();
    await other.relay(Object.assign(new MemoryOutboxes(), {})).round();
    const report = topics.verify({ keys: other.signer.trusted });
    expect([report.verdict, report.unknownKeys]).toEqual(['not-vouched', [topics.signer.keyId]]);
  });
});

describe('heads', () => {
  it('contradict each other when who has the key tells two histories', async () => {
    await write('acme');
    const { chain, generation, sequence } = newest('acme');
    const head = { chain, generation, sequence, hash: 'ab'.repeat(32) };
    const statement = {
      format: 1,
      half: 'tokens',
      at: '2027-01-15T08:00:00.000Z',
      heads: [head],
      complete: false,
      chains: 1,
      from: {},
    } as const;
    topics.heads.push({ key: 'tokens', value: signStatement(statement, topics.signer) });
    expect(of('acme').faults).toMatchObject([{ kind: 'forked' }]);
  });

  it('of a key that was followed by another are still believed, and the new one vouches for the rest', async () => {
    const [first, second] = [newKey(), newKey()];
    topics.signer = readAuditSigner(first);
    relay = topics.relay(outboxes, 'one');
    await write('acme');
    topics.signer = readAuditSigner(second + first);
    relay = topics.relay(outboxes, 'two');
    await write('acme');
    expect([topics.verify().verdict, of('acme').vouched?.keyId]).toEqual(['whole', topics.signer.keyId]);
    expect(topics.verify({ keys: readTrustedKeys(second) }).verdict).toBe('whole-beside-others');
  });

  it('name every chain: one that is taken away whole, with all that names it, is missed', async () => {
    await write('acme');
    await write('beta');
    topics.audit = topics.audit.filter(({ key }) => key !== 'acme');
    expect(topics.verify().verdict).toBe('faulty');
    topics.heads = topics.heads.filter(({ value }) => !value.includes('acme'));
    expect(topics.verify()).toMatchObject({ verdict: 'faulty', missingChains: 1 });
  });

  it('that were cut together with the records are too old, or are told of by a log line', async () => {
    await write('acme');
    const [audit, heads] = [[...topics.audit], [...topics.heads]];
    await write('acme');
    const { chain, generation, sequence, hash } = newest('acme');
    const lines: string[] = [];
    createLogger({ service: 'x', level: 'info', destination: { write: (line) => void lines.push(line) } }).info(
      { chain, generation, sequence, hash, signedBy: topics.signer.keyId },
      'an audit chain stands here',
    );
    [topics.audit, topics.heads] = [audit, heads];
    expect(topics.verify().verdict).toBe('whole');
    const knownHeads = lines.map((line) => JSON.parse(line) as { chain: typeof chain } & ChainHead);
    expect(of('acme', topics.verify({ knownHeads })).faults).toMatchObject([{ kind: 'cut-off', sequence }]);
    expect(topics.verify({ maxAgeMs: 60_000, nowMs: () => topics.nowMs + 3_600_000 })).toMatchObject({
      verdict: 'faulty',
      staleHalves: ['tokens'],
    });
  });

  it('of one half do not vouch for the other, which was cut, or taken away whole', async () => {
    await write('acme');
    const at = new Date(topics.nowMs + 3_600_000).toISOString();
    const about = { format: 1, half: 'devices', heads: [], complete: true, chains: 0, from: {} } as const;
    topics.heads.push({ key: 'devices', value: signStatement({ ...about, at }, topics.signer) });
    const now = { maxAgeMs: 600_000, nowMs: () => topics.nowMs + 3_600_000 };
    expect(topics.verify(now)).toMatchObject({ verdict: 'faulty', staleHalves: ['tokens'] });
    topics.audit = [];
    topics.heads = topics.heads.filter(({ key }) => key === 'devices');
    expect(topics.verify({ ...now, halves: ['tokens', 'devices'] })).toMatchObject({
      ...{ verdict: 'faulty', missingHalves: ['tokens'], staleHalves: [] },
      newestStatements: { devices: at },
    });
    topics.heads = [];
    expect(topics.verify(now).verdict).toBe('faulty');
  });

  it('name what they count: a process that was killed before it could vouch for a new chain has nobody miss one', async () => {
    topics.onSend = (topic) => {
      if (topic === 'heads') throw new Error('killed here');
    };
    await write('fresh');
    topics.onSend = () => undefined;
    relay = topics.relay(outboxes, 'two');
    await write('acme');
    expect([topics.verify(), of('acme').verdict]).toMatchObject([{ verdict: 'not-vouched', missingChains: 0 }, 'whole']);
  });

  it('that can not be signed or published hold up no entry', async () => {
    topics.onSend = (topic) => {
      if (topic === 'heads') throw new Error('no heads now');
    };
    await write('acme');
    expect([outboxes.of('07').entries, topics.verify().verdict]).toEqual([[], 'not-vouched']);
    topics.onSend = () => undefined;
    topics.nowMs += 10_000;
    await relay.round();
    expect(topics.verify().verdict).toBe('whole');
  });
});

describe('entries from before there were chains', () => {
  it('are counted as not protected; after the chain began one is a fault, as is a record without its chain', async () => {
    topics.audit.push({ key: 'acme', value: '{"actor":"old"}' }, { key: 'acme', value: '{"actor":"older"}' });
    await write('acme');
    expect([topics.verify().verdict, of('acme').before]).toEqual(['whole', 2]);
    topics.audit.push({ key: 'acme', value: '{"actor":"sly"}' });
    expect(of('acme').faults).toMatchObject([{ kind: 'unchained', count: 1 }]);
  });
});

describe('exported topics', () => {
  it('are verified from JSON Lines, and one changed byte is found', async () => {
    await write('acme');
    await write('acme');
    const lines = (of: readonly unknown[]) => of.map((one) => JSON.stringify(one));
    const [audit, heads, keys] = [lines(topics.audit), lines(topics.heads), topics.signer.trusted];
    expect((await verifyAuditLines({ audit, heads, keys })).verdict).toBe('whole');
    const changed = audit.with(1, audit[1]!.replace('\\"of\\":\\"acme\\"', '\\"of\\":\\"acne\\"'));
    const report = await verifyAuditLines({ audit: changed, heads, keys });
    expect(report.chains[0]?.faults).toEqual([{ kind: 'changed', generation: 1, sequence: 2, count: 1 }]);
  });
});
