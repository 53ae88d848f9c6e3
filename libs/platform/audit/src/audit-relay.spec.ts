import { beforeEach, describe, expect, it } from '@jest/globals';
import type { OutboxClaim } from './outbox.port.ts';
import { MemoryOutboxes, MemoryTopics } from './test-chains.fixture.ts';

/** Claims run out, by the clock of the topics. */
class TimedOutboxes extends MemoryOutboxes {
  readonly holders = new Set<string>();
  readonly #untilMs = new Map<string, number>();
  readonly #nowMs: () => number;
  constructor(nowMs: () => number) {
    super();
    this.#nowMs = nowMs;
  }
  override async claim(outbox: string, relay: string, ttlMs = 0): Promise<OutboxClaim> {
    const holder = this.of(outbox).claim.relay;
    if (holder !== relay && this.#nowMs() < (this.#untilMs.get(outbox) ?? 0)) return undefined as never;
    this.#untilMs.set(outbox, this.#nowMs() + ttlMs);
    this.holders.add(relay);
    return super.claim(outbox, relay);
  }
}

let topics: MemoryTopics;
let outboxes: TimedOutboxes;
beforeEach(() => {
  topics = new MemoryTopics();
  outboxes = new TimedOutboxes(() => topics.nowMs);
});

describe('a relay that has to read for long what is published', () => {
  it('keeps its claims meanwhile, so that another one does not take over, and read as long, in turn for ever', async () => {
    const timers = new Map<string, () => void>();
    const every = (_: number, work: () => void) => {
      timers.set('one', work);
      return () => void timers.delete('one');
    };
    const other = topics.relay(outboxes, 'two');
    const onRead = async () => {
      for (let quarter = 0; quarter < 8; quarter++) {
        topics.nowMs += 15_000;
        timers.get('one')?.();
        await Promise.resolve();
        await other.round();
      }
    };
    outboxes.write('07', 'acme', '{}');
    await topics.relay(outboxes, 'one', { onRead, every }).round();
    expect([outboxes.of('07').entries, [...outboxes.holders], timers.size]).toEqual([[], ['one'], 0]);
    expect(topics.verify().verdict).toBe('whole');
  });

  it('sends first what must not wait, all that there is of it, and does so when nothing can be read at all', async () => {
    const ahead = new Set<number>();
    const before = ({ entries }: { readonly entries: readonly { readonly seq: number }[] }) => {
      for (const { seq } of entries) ahead.add(seq);
      return Promise.resolve();
    };
    const onRead = () => Promise.reject(new Error('there is no topic of heads'));
    for (let entry = 0; entry < 250; entry++) outboxes.write('07', 'acme', '{}');
    const relay = topics.relay(outboxes, 'one', { onRead, before });
    expect([await relay.round(), ahead.size]).toEqual(['failed', 100]);
    expect([await relay.round(), ahead.size]).toEqual(['failed', 250]);
    expect([outboxes.of('07').entries.length, topics.audit]).toEqual([250, []]);
    expect(topics.log).toContain('warn the audit can not be published; trying again');
  });
});
