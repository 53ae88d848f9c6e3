import type { Logger } from '@tallystick/platform-observability';
import { within } from '../within.ts';

export const verdictTopic = 'tallystick.verdicts';

export interface VerdictEventSink {
  /** Rejects when the messages were not confirmed. */
  readonly send: (topic: string, messages: readonly { readonly key: string; readonly value: Buffer }[]) => Promise<unknown>;
}

export interface VerdictEventFigures {
  readonly sent: number;
  /** Turned away because the buffer was full, or lost with a send that failed. */
  readonly dropped: number;
  readonly waiting: number;
}

export interface VerdictEventsOptions {
  readonly sink: VerdictEventSink;
  readonly logger: Logger;
  /** Default 40 000. Of this and of the characters at most a quarter are of one environment. */
  readonly mostWaiting?: number;
  /** Characters of all that wait; default 32 MiB. */
  readonly mostCharacters?: number;
}

/** What a message costs is the larger part of what its events cost, so they wait until many can go together. */
const flushEveryMs = 1_000;
/** Fewer than one environment may have waiting. */
const flushAt = 8_000;
const mostInMessage = 100;
/** Where a message is closed; its last event may stand out. */
const fullMessageBytes = 256 * 1024;
/**
 * Far below the 1 MiB that Kafka takes: a batch is put together and written in one go, and verdicts that come meanwhile wait for it. Small
 * ones keep the slowest verdicts fast. A message that is larger goes alone.
 */
const mostBytesAtOnce = 96 * 1024;
const smallestBuffer = 1_024;

interface Message {
  readonly value: Buffer;
  readonly events: number;
  /** Of the events. */
  readonly characters: number;
}

/** What waits of one environment: messages that are full, and behind them the one that is being written. */
interface Share {
  readonly full: Message[];
  /** `[` and events with a comma between them. */
  bytes: Buffer;
  used: number;
  inOpen: number;
  charactersInOpen: number;
  /** With those in full messages. */
  events: number;
  characters: number;
}

interface Batch {
  readonly messages: readonly { readonly key: string; readonly value: Buffer }[];
  readonly events: number;
}

/**
 * Sends verdict events in batches: a message has the events of one environment, which is its key, as a JSON array in their order. An
 * event for each message would cost the validator more than the verdict does. Never waited for: while Kafka is away they wait as long as
 * there is room, then they are dropped and counted. A batch that was not confirmed is not sent again, for it may be in the topic.
 */
export class VerdictEvents {
  readonly #sink: VerdictEventSink;
  readonly #logger: Logger;
  readonly #mostWaiting: number;
  readonly #mostCharacters: number;
  readonly #timer: NodeJS.Timeout;
  /** What waits of each environment, so that one which floods takes no other's room. */
  readonly #shares = new Map<string, Share>();
  #waiting = 0;
  #characters = 0;
  #sending: Promise<void> | undefined;
  #isAway = false;
  #sent = 0;
  #dropped = 0;

  constructor({ sink, logger, mostWaiting = 40_000, mostCharacters = 32 * 1024 * 1024 }: VerdictEventsOptions) {
    this.#sink = sink;
    this.#logger = logger;
    this.#mostWaiting = mostWaiting;
    this.#mostCharacters = mostCharacters;
    this.#timer = setInterval(() => void this.flush(), flushEveryMs);
    this.#timer.unref();
  }

  /** Synchronous; never throws. */
  add(environment: string, event: string): void {
    let share = this.#shares.get(environment);
    const isFull = this.#waiting >= this.#mostWaiting || this.#characters + event.length > this.#mostCharacters;
    const [events, characters] = [share?.events ?? 0, (share?.characters ?? 0) + event.length];
    if (isFull || events >= this.#mostWaiting / 4 || characters > this.#mostCharacters / 4) {
      this.#dropped++;
      return;
    }
    if (!share) this.#shares.set(environment, (share = emptyShare()));
    append(share, event);
    this.#waiting++;
    this.#characters += event.length;
    if (this.#waiting >= flushAt && !this.#isAway && !this.#sending) void this.flush();
  }

  get figures(): VerdictEventFigures {
    return { sent: this.#sent, dropped: this.#dropped, waiting: this.#waiting };
  }

  /** Sends what waits. One batch at a time; never rejects. */
  flush(): Promise<void> {
    return (this.#sending ??= this.#sendAll().finally(() => (this.#sending = undefined)));
  }

  /** Sends what waits, at most this long. */
  async stop(withinMs = 2_000): Promise<void> {
    clearInterval(this.#timer);
    await within(
      withinMs,
      this.flush().then(() => this.flush()), // the first may have been under way already
    );
    if (this.#waiting > 0) this.#logger.warn({ events: this.#waiting }, 'verdict events were not sent before the end');
  }

  async #sendAll(): Promise<void> {
    // What comes meanwhile waits for its turn: sent as it comes, it would go in many small messages, without an end under load.
    for (let left = this.#waiting; left > 0;) {
      const batch = this.#take();
      left -= batch.events;
      try {
        await this.#sink.send(verdictTopic, batch.messages);
        this.#sent += batch.events;
        if (this.#isAway) this.#logger.info('verdict events are sent again');
        this.#isAway = false;
      } catch (error) {
        this.#dropped += batch.events;
        if (!this.#isAway) this.#logger.warn({ err: error }, 'verdict events can not be sent; verdicts go on without them');
        this.#isAway = true;
        return; // again with the next turn of the clock
      }
    }
  }

  /** Environment by environment, up to so many bytes; at least one message. */
  #take(): Batch {
    const messages: { readonly key: string; readonly value: Buffer }[] = [];
    let [taken, bytes] = [0, 0];
    for (const [environment, share] of this.#shares) {
      closeMessage(share);
      for (let next = share.full[0]; next; next = share.full[0]) {
        if (taken > 0 && bytes + next.value.length > mostBytesAtOnce) return { messages, events: taken };
        share.full.shift();
        messages.push({ key: environment, value: next.value });
        taken += next.events;
        bytes += next.value.length;
        share.events -= next.events;
        share.characters -= next.characters;
        this.#waiting -= next.events;
        this.#characters -= next.characters;
      }
      this.#shares.delete(environment); // it stands behind the others when it comes again
    }
    return { messages, events: taken };
  }
}

const emptyShare = (): Share => ({
  full: [],
  bytes: noBytes,
  used: 0,
  inOpen: 0,
  charactersInOpen: 0,
  events: 0,
  characters: 0,
});
const noBytes = Buffer.alloc(0);
const [bracket, comma, endBracket] = [0x5b, 0x2c, 0x5d];

/** At once as bytes: a string that waits for a second is moved about by the garbage collector, which costs more than to write it. */
function append(share: Share, event: string): void {
  const needed = share.used + 3 * event.length + 2;
  if (needed > share.bytes.length) {
    const larger = Buffer.allocUnsafeSlow(Math.max(smallestBuffer, needed, 2 * share.bytes.length));
    share.bytes.copy(larger, 0, 0, share.used);
    share.bytes = larger;
  }
  share.bytes[share.used++] = share.inOpen === 0 ? bracket : comma;
  share.used += share.bytes.write(event, share.used, 'utf8');
  share.inOpen++;
  share.charactersInOpen += event.length;
  share.events++;
  share.characters += event.length;
  if (share.inOpen >= mostInMessage || share.used >= fullMessageBytes) closeMessage(share);
}

function closeMessage(share: Share): void {
  if (share.inOpen === 0) return;
  share.bytes[share.used++] = endBracket;
  share.full.push({ value: share.bytes.subarray(0, share.used), events: share.inOpen, characters: share.charactersInOpen });
  share.bytes = noBytes;
  share.used = share.inOpen = share.charactersInOpen = 0;
}
