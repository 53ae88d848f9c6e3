import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { correctKafkaJS, kafkajsDifferences, reviewedFiles, withLastOffset } from './kafkajs-corrections.ts';

const load = createRequire(import.meta.url);
const installed = (file: string): string => readFileSync(load.resolve(file), 'utf8');

describe('the corrections of KafkaJS', () => {
  it('fit the installed KafkaJS', () => {
    const { version } = load('kafkajs/package.json') as { version: string };
    expect(kafkajsDifferences(version, installed)).toEqual([]);
  });

  it('refuse another version, by name', () => {
    expect(kafkajsDifferences('2.3.0', installed)).toEqual(['the version is 2.3.0, not 2.2.4']);
  });

  it.each(Object.keys(reviewedFiles))('refuse another text of %s', (changed) => {
    expect(kafkajsDifferences('2.2.4', (file) => installed(file) + (file === changed ? '\n// a fix from upstream' : ''))).toEqual(
      [`${changed} is not the reviewed text`],
    );
  });

  it('are both in effect in the loaded copy, and applying them again changes nothing', () => {
    correctKafkaJS();
    const queue = load('kafkajs/src/network/requestQueue') as { prototype: { scheduleCheckPendingRequests: () => void } };
    const decoder = load('kafkajs/src/protocol/recordBatch/v0/decoder') as unknown;
    const correctedLoop = queue.prototype.scheduleCheckPendingRequests;
    expect(correctedLoop.toString()).toContain('this.pending.length === 0');
    expect(String(decoder)).not.toContain('fetchDecoder');
    correctKafkaJS();
    expect(queue.prototype.scheduleCheckPendingRequests).toBe(correctedLoop);
    expect(load('kafkajs/src/protocol/recordBatch/v0/decoder')).toBe(decoder);
  });

  it('also take hold in a plain ES module without Jest, where the first fetch uses them', () => {
    // The same steps as in the source file, with Node's own loader: its module cache is what the corrections rely on.
    const program = `
      import { createRequire } from 'node:module';
      import { Kafka } from 'kafkajs';
      const load = createRequire(${JSON.stringify(import.meta.url)});
      const decoder = load.resolve('kafkajs/src/protocol/recordBatch/v0/decoder');
      const fetched = load.cache[load.resolve('kafkajs/src/protocol/requests/fetch/v4/decodeMessages')] !== undefined;
      load(decoder);
      load.cache[decoder].exports = async () => { throw new Error('corrected decoder'); };
      const decodeMessages = load('kafkajs/src/protocol/requests/fetch/v4/decodeMessages');
      const Decoder = load('kafkajs/src/protocol/decoder');
      const batch = Buffer.alloc(4 + 70);
      batch.writeInt32BE(70, 0);
      batch.writeInt8(2, 4 + 16);
      const outcome = await decodeMessages(new Decoder(batch)).catch((error) => error.message);
      console.log(JSON.stringify({ fetched, outcome, kafka: typeof Kafka }));
    `;
    const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' });
    expect(JSON.parse(output)).toEqual({ fetched: false, outcome: 'corrected decoder', kafka: 'function' });
  });
});

describe('a decoded batch', () => {
  const batch = (offsets: readonly string[]) => ({
    firstOffset: '10',
    lastOffsetDelta: 4,
    maxTimestamp: '7',
    records: offsets.map((offset) => ({ offset })),
  });
  const decode = (offsets: readonly string[]) => withLastOffset(() => Promise.resolve(batch(offsets)))(undefined);

  it('that compaction emptied, or cut at its end, gets one control record at its last offset', async () => {
    for (const offsets of [[], ['10', '12']]) {
      const { records } = await decode(offsets);
      expect(records).toHaveLength(offsets.length + 1);
      expect(records.at(-1)).toMatchObject({ offset: '14', isControlRecord: true, key: null, value: null });
    }
  });

  it('that still has its last record stays as it is', async () => {
    expect((await decode(['10', '14'])).records).toEqual([{ offset: '10' }, { offset: '14' }]);
  });
});
