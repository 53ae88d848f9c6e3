import { createHash } from 'node:crypto';
import { type Chainable, type ChainedRecord, type ChainHead, chainNext } from './chain.ts';
import { type AuditHalf, type ChainName, chainName, isChainPlace } from './chain-name.ts';
import type { OutboxState, WaitingEntry } from './outbox.port.ts';
import { readHead, type StoredChain, type StoredHead, writeHead } from './stored-head.ts';

/** Bytes of a text that any Kafka takes (1 MiB by default), with what is around it. */
const mostBytes = 900_000;
const toldBytes = 64 * 1024;

/** What is to be chained, by place, in order. */
export type Chainables = ReadonlyMap<string, readonly Chainable[]>;

/** The chain of an outbox itself: what can be said of no environment. */
export const ownPlace = (outbox: string): string => `:${outbox.replace(/^:/, '')}`;

/** What is chained of waiting entries. Nothing is left out: what is no entry, or is gone, is told as that. */
export function chainablesOf(outbox: string, state: OutboxState, entries: readonly WaitingEntry[]): Chainables {
  const chainables = new Map<string, Chainable[]>();
  const add = (place: string, one: Omit<Chainable, 'outbox'>) => {
    const known = chainables.get(place) ?? [];
    chainables.set(place, known);
    known.push({ ...one, outbox });
  };
  let upTo = state.upTo ?? (entries[0]?.seq ?? 1) - 1;
  for (const { seq, place, epoch, text } of entries) {
    if (seq > upTo + 1)
      add(ownPlace(outbox), { kind: 'missing', epoch, seq, text: JSON.stringify({ from: upTo + 1, to: seq - 1 }) });
    upTo = Math.max(upTo, seq);
    if (place !== undefined && isChainPlace(place)) add(place, sized({ kind: 'entry', epoch, seq, text }));
    else add(ownPlace(outbox), sized({ kind: 'unreadable', epoch, seq, text }));
  }
  return chainables;
}

function sized(one: Omit<Chainable, 'outbox'>): Omit<Chainable, 'outbox'> {
  const bytes = Buffer.from(one.text);
  // As it is written: what is no canonical JSON stands in a string there, and may be six times as long.
  if (bytes.length <= mostBytes / 6 || Buffer.byteLength(JSON.stringify(one.text)) <= mostBytes) return one;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const text = JSON.stringify({ sha256, bytes: bytes.length, begins: bytes.subarray(0, toldBytes).toString('base64') });
  return { ...one, kind: 'too-large', text };
}

/** What the store has of a chain. */
export function storedChain(state: OutboxState, place: string): StoredChain {
  const text = state.heads.get(place);
  return text === undefined ? undefined : (readHead(text) ?? 'unreadable');
}

/** The records of one chain, in order, and its head after them. A start that was decided on comes first. */
export function chainRecords(
  half: AuditHalf,
  place: string,
  stored: StoredHead,
  chainables: readonly Chainable[],
  server: string,
): { readonly chain: ChainName; readonly records: readonly ChainedRecord[]; readonly head: ChainHead; readonly text: string } {
  const chain = chainName(half, place);
  const records: ChainedRecord[] = [];
  let head: ChainHead = stored;
  const append = (next: Chainable) => {
    const record = chainNext(chain, head, next);
    records.push(record);
    head = record;
  };
  if (stored.next) {
    const first = chainables[0];
    head = { ...head, generation: stored.next.generation };
    append({ kind: 'start', outbox: first?.outbox ?? '', epoch: '', seq: 0, text: JSON.stringify(stored.next.start) });
  }
  for (const chainable of chainables) append(chainable);
  const { generation, sequence, hash } = head;
  return { chain, records, head, text: writeHead({ generation, sequence, hash, server }) };
}
