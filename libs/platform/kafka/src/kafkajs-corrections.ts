// Two faults of KafkaJS 2.2.4 (its last release, byte-identical to the later beta) are corrected in memory, by name, and only for
// source files whose text is exactly the text that was reviewed. Any other text ends the start: review the corrections then.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** The files whose behaviour the corrections change or rest on, with the SHA-256 of their reviewed text. */
export const reviewedFiles: Readonly<Record<string, string>> = {
  'kafkajs/src/network/requestQueue/index.js': 'b55986089c14f8f7bfc377922e2e65b3e4c1e7c7af2752d3b10a75dfe9e9260c',
  'kafkajs/src/protocol/recordBatch/v0/decoder.js': '38cae7fc865f9bc51941353e1f6e9419227a8799ba4efb437199393a4eb94819',
  'kafkajs/src/protocol/requests/fetch/v4/decodeMessages.js': 'd9fede59bebf84ee15169d0ecc54df594a11722b6ba8d5db535ed1d8548d4fcc',
  'kafkajs/src/consumer/batch.js': '04ee8657247441599f200af5871ce6b3c4463abe941b97405502f8f5f683face',
  'kafkajs/src/consumer/filterAbortedMessages.js': '54ce50f2a41ee1686da8b73bf8b502c7dd07c9d7cb0a494cdb36a7fc536ced8e',
};
const reviewedVersion = '2.2.4';

const textOf = (file: string): string => readFileSync(file, 'utf8');

/** What differs from the reviewed KafkaJS, in words; empty when nothing does. */
export function kafkajsDifferences(version: string, read: (file: string) => string): readonly string[] {
  const changed = Object.entries(reviewedFiles)
    .filter(([file, digest]) => createHash('sha256').update(read(file)).digest('hex') !== digest)
    .map(([file]) => `${file} is not the reviewed text`);
  return [...(version === reviewedVersion ? [] : [`the version is ${version}, not ${reviewedVersion}`]), ...changed];
}

type RequestQueue = {
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  readonly throttledUntil: number;
  readonly pending: readonly unknown[];
  checkPendingRequests(): void;
};
type RecordBatch = { firstOffset: string; lastOffsetDelta: number; maxTimestamp: string; records: { offset: string }[] } & Record<
  string,
  unknown
>;
type DecodeRecordBatch = (decoder: unknown) => Promise<RecordBatch>;

/**
 * The queue of a connection re-arms a timer of about 1 ms for ever, also while nothing waits. Armed here only while something waits:
 * a request that can't be sent at once is put into `pending` and schedules the check itself.
 */
function stopIdleLoop(requestQueue: { prototype: RequestQueue & { scheduleCheckPendingRequests(): void } }): void {
  requestQueue.prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.throttleCheckTimeoutId || this.pending.length === 0) return;
    const wait = this.throttledUntil - Date.now();
    this.throttleCheckTimeoutId = setTimeout(
      () => {
        this.throttleCheckTimeoutId = null;
        this.checkPendingRequests();
      },
      wait > 0 ? wait : 10,
    );
  };
}

/**
 * Compaction leaves an empty batch where it removed the last records of an idempotent producer. KafkaJS drops such a batch while
 * decoding, so a fetch that holds nothing else never advances and the consumer asks for the same offset for ever. One synthetic
 * control record at the batch's last offset lets it advance; control records never reach a handler.
 */
export const withLastOffset =
  (decode: DecodeRecordBatch): DecodeRecordBatch =>
  async (decoder) => {
    const batch = await decode(decoder);
    const lastOffset = (BigInt(batch.firstOffset) + BigInt(batch.lastOffsetDelta)).toString();
    if (batch.records.at(-1)?.offset !== lastOffset) {
      const { records, ...batchContext } = batch;
      const synthetic = {
        magicByte: 2,
        attributes: 0,
        timestamp: batch.maxTimestamp,
        offset: lastOffset,
        key: null,
        value: null,
        headers: {},
      };
      records.push({ ...synthetic, isControlRecord: true, batchContext } as { offset: string });
    }
    return batch;
  };

const applied = Symbol.for('tallystick.kafkajs-corrections');

/**
 * Applies both corrections, once per loaded copy of KafkaJS, before the first fetch.
 * @throws Error listing every difference when KafkaJS is not the reviewed one.
 */
export function correctKafkaJS(): void {
  const load = createRequire(import.meta.url); // the internals are CommonJS, also where this file is bundled into an ES module
  const queue = load('kafkajs/src/network/requestQueue') as Parameters<typeof stopIdleLoop>[0] & { [applied]?: boolean };
  if (queue[applied]) return;
  const { version } = load('kafkajs/package.json') as { version: string };
  const differences = kafkajsDifferences(version, (file) => textOf(load.resolve(file)));
  if (differences.length > 0)
    throw new Error(`KafkaJS is not the one that the corrections were reviewed for: ${differences.join('; ')}`);
  if (load.cache[load.resolve('kafkajs/src/protocol/requests/fetch/v4/decodeMessages')])
    throw new Error('KafkaJS has already fetched, so it can no longer be corrected: every client must come from createKafka');
  const decoder = 'kafkajs/src/protocol/recordBatch/v0/decoder';
  const decode = load(decoder) as DecodeRecordBatch;
  const module = load.cache[load.resolve(decoder)];
  if (!module) throw new Error('the decoder of KafkaJS is not in the module cache');
  module.exports = withLastOffset(decode);
  if (load(decoder) === decode) throw new Error('the decoder of KafkaJS could not be replaced');
  stopIdleLoop(queue);
  queue[applied] = true;
}
