import { describe, expect, it } from '@jest/globals';
import { connectionDocument } from '@tallystick/devices-testing';
import { connectionId, environmentId, instant } from '@tallystick/kernel-core';
import { judgeDocument } from './judge-document.ts';

const document = connectionDocument();
const { environment, connection } = document;

/** Judges it on a clock of which each reading is so much later. */
const judged = (body: object, stepMs = 0) => {
  let clock = 0;
  return judgeDocument(body, { environment, connection, before: undefined, all: [], elapsedMs: () => (clock += stepMs) });
};

describe('the topic of a document that comes over HTTP', () => {
  const of = (topic: string) => ({ ...document, source: { topic, format: { kind: 'json' as const } } });
  const judgedWith = (topic: string, more: Partial<Parameters<typeof judgeDocument>[1]> = {}) =>
    judgeDocument(of(topic), { environment, connection, before: undefined, all: [], elapsedMs: () => 0, ...more });
  const refused = {
    kind: 'faulty',
    faults: [{ path: 'source.topic', expected: 'must begin with "acme.": other topics may be of other environments' }],
  };

  it("is one of its environment: it does not read another one's people", () => {
    expect(judgedWith('acme.people')).toMatchObject({ kind: 'usable' });
    for (const topic of ['globex.people', 'acme-eu.people', 'people', 'acme', 'acmepeople', 'ACME.people'])
      expect([topic, judgedWith(topic)]).toEqual([topic, refused]);
  });

  it('may be any where that was configured, and stays the one that is read already', () => {
    expect(judgedWith('people', { anyTopic: true })).toMatchObject({ kind: 'usable' });
    const before = { version: 1, document: of('people'), savedBy: 'ada', savedAt: instant(0) };
    expect(judgedWith('people', { before })).toMatchObject({ kind: 'usable' });
    expect(judgedWith('other', { before })).toEqual(refused);
  });
});

describe('the topic of a connection that can not be read now', () => {
  it('stays taken: it is read again when its document is', () => {
    const judgedBeside = (other: string) => {
      const unreadable = [{ environment, connection: connectionId(other), because: 'document', topic: 'acme.people' }];
      return judgeDocument(document, { environment, connection, before: undefined, all: [], unreadable, elapsedMs: () => 0 });
    };
    expect(judgedBeside('other')).toEqual({
      kind: 'faulty',
      faults: [{ path: 'source.topic', expected: 'must not be the topic of another connection' }],
    });
    expect(judgedBeside(connection)).toMatchObject({ kind: 'usable' });
  });
});

describe('a document with another source than before', () => {
  it('warns that its epoch has to be raised: it is not read until then', () => {
    const before = { version: 1, document, savedBy: 'ada', savedAt: instant(0) };
    const warnedOf = (source: object) => {
      const result = judgeDocument({ ...document, source }, { environment, connection, before, all: [], elapsedMs: () => 0 });
      return result.kind === 'usable' && result.warnings.some(({ kind }) => kind === 'new-source-needs-an-epoch');
    };
    const { topic, format } = document.source;
    expect(warnedOf({ topic, format })).toBe(false);
    expect(warnedOf({ topic: 'acme.others', format })).toBe(true);
    expect(warnedOf({ topic, format: { kind: 'json' } })).toBe(true);
    expect(warnedOf({ topic, format: { kind: 'debezium', envelope: 'unwrapped-rewrite' } })).toBe(false);
  });
});

describe('a further connection', () => {
  const saved = (of: string, n: number) => ({
    version: 1,
    document: connectionDocument({
      environment: environmentId(of),
      connection: connectionId(`c${n}`),
      source: { topic: `${of}.${n}`, format: { kind: 'json' } },
    }),
    savedBy: 'ada',
    savedAt: instant(0),
  });
  const all = (of: string, count: number) => Array.from({ length: count }, (_, n) => saved(of, n));
  const judgedAmong = (documents: ReturnType<typeof all>, as: string) => {
    const around = { environment, connection: as, before: undefined, all: documents, elapsedMs: () => 0 };
    return judgeDocument({ ...document, connection: as }, around);
  };

  it('is refused where its environment has a hundred; those of others and a new version do not count', () => {
    expect(judgedAmong(all('acme', 100), 'more')).toEqual({
      kind: 'faulty',
      faults: [{ path: 'connection', expected: 'must not be more than 100 of one environment' }],
    });
    expect(judgedAmong(all('acme', 100), 'c7')).toMatchObject({ kind: 'usable' });
    expect(judgedAmong([...all('acme', 99), ...all('globex', 100)], 'more')).toMatchObject({ kind: 'usable' });
  });
});

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
