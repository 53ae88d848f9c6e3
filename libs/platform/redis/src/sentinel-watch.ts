import type { Logger } from '@tallystick/platform-observability';
import { choosePrimary, type ChosenPrimary, type SentinelAnswer } from './choose-primary.ts';
import {
  boundCommands,
  isSamePlace,
  makeClient,
  openClient,
  type HostPort,
  type Redis,
  type RedisLogin,
  type RedisTls,
} from './redis-client.ts';

/** Sentinels, and the name of the primary that they watch. */
export interface SentinelPlace {
  /** `host:port` of every one of them: a majority of this list decides, so none may be left out and none be named twice. */
  readonly sentinels: readonly string[];
  readonly primary: string;
  /** Of the sentinels, never that of the data. */
  readonly sentinelLogin?: RedisLogin;
  readonly tls?: RedisTls;
}

const askEveryMs = 1_000;
/** A sentinel that is slower counts as silent. */
const answerWithinMs = 700;
/** Not more often than this, however many connections are in trouble. */
const leastPauseMs = 100;
/** Processes must not all come to the new primary in the same moment. */
const mostJitterMs = 500;
/** So long must every sentinel name what looks older than what was seen, before it counts as made anew. */
const madeAnewAfterMs = 30_000;
const sayRefusedEveryMs = 60_000;

/** What the watch tells a connection, and asks it. */
export interface WatchListener {
  /** Told with each answer that is agreed on, also when nothing moved: so a connection that was made meanwhile learns it too. */
  readonly onChosen: (place: HostPort) => void;
  /** Whether it has a server now. */
  readonly isHeld: () => boolean;
}

/**
 * Knows the primary, for all connections of a process that name the same sentinels: all of them are asked each second, and at once when a
 * connection is in trouble. While no majority answers, nothing changes.
 */
export class SentinelWatch {
  readonly #place: SentinelPlace;
  readonly #voices: readonly SentinelVoice[];
  readonly #logger: Logger;
  readonly #madeAnewAfterMs: number;
  readonly #listeners = new Set<WatchListener>();
  #chosen: ChosenPrimary | undefined;
  #isFresh = false;
  #mostReplicas = 0;
  #quietUntil = 0;
  #asking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #waiting: (() => void)[] = [];
  #isDivided = false;
  /** A place that they name at an epoch that is not newer than one that was seen, and since when all of them do so. */
  #refused: { readonly place: HostPort; readonly allSinceMs: number | undefined; readonly saidMs: number } | undefined;

  constructor(place: SentinelPlace, logger: Logger, afterMs = madeAnewAfterMs) {
    this.#madeAnewAfterMs = afterMs;
    this.#place = place;
    this.#logger = logger;
    this.#voices = place.sentinels.map((at) => new SentinelVoice(at, place));
  }

  /** The most replicas that a majority's sentinels ever knew of: one of them may be promoted one day. */
  get mostReplicas(): number {
    return this.#mostReplicas;
  }

  /** What was agreed on last. */
  get chosen(): HostPort | undefined {
    return this.#chosen;
  }

  /** The first listener starts the watch, the last one that leaves ends it. */
  listen(listener: WatchListener): () => void {
    this.#listeners.add(listener);
    if (this.#timer === undefined) {
      this.#timer = setInterval(() => void this.#ask(), askEveryMs);
      this.#timer.unref();
      void this.#ask();
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
      this.#isFresh = false;
      this.#refused = undefined;
      for (const voice of this.#voices) voice.end();
    };
  }

  /** The primary, as a majority says it now; waits for one, for so long. */
  async primary(withinMs: number): Promise<HostPort> {
    const deadline = performance.now() + withinMs;
    for (;;) {
      const now = performance.now();
      if (this.#isFresh && this.#chosen && now >= this.#quietUntil) return this.#chosen;
      if (now >= deadline)
        throw new Error(
          this.#refused
            ? `the sentinels name a primary of "${this.#place.primary}" at an older config epoch than was seen`
            : `no majority of the ${this.#place.sentinels.length} sentinels names a primary of "${this.#place.primary}"`,
        );
      void this.#ask();
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(Math.max(this.#quietUntil - now, 50), deadline - now));
        this.#waiting.push(() => (clearTimeout(timer), resolve()));
      });
    }
  }

  /** A connection has met something that a fail-over would explain. */
  suspect(): void {
    void this.#ask();
  }

  #ask(): Promise<void> {
    return (this.#asking ??= this.#askAll().finally(() => {
      setTimeout(() => (this.#asking = undefined), leastPauseMs).unref();
      for (const tell of this.#waiting.splice(0)) tell();
    }));
  }

  async #askAll(): Promise<void> {
    if (this.#listeners.size === 0) return;
    const answers = (await Promise.all(this.#voices.map((voice) => voice.ask()))).filter((answer) => answer !== undefined);
    if (this.#listeners.size === 0) return;
    const chosen = choosePrimary(answers, this.#voices.length);
    this.#tell(answers.length, chosen !== undefined);
    this.#isFresh = false;
    if (!chosen) {
      if (this.#refused) this.#refused = { ...this.#refused, allSinceMs: undefined };
      return;
    }
    const before = this.#chosen;
    const isSame = before !== undefined && isSamePlace(before, chosen);
    // what has been seen once is not gone back on: a majority that was restored from long ago is no majority
    if (before && !isSame && chosen.configEpoch <= before.configEpoch && !this.#isMadeAnew(before, chosen, answers)) return;
    this.#refused = undefined;
    this.#isFresh = true;
    this.#mostReplicas = Math.max(this.#mostReplicas, chosen.replicas);
    this.#chosen = isSame ? { ...chosen, configEpoch: Math.max(before.configEpoch, chosen.configEpoch) } : chosen;
    if (before && !isSame) {
      this.#logger.warn({ primary: this.#place.primary, configEpoch: chosen.configEpoch }, 'the sentinels name another primary');
      this.#quietUntil = performance.now() + Math.random() * mostJitterMs;
    }
    for (const listener of [...this.#listeners]) listener.onChosen(this.#chosen);
  }

  /**
   * Sentinels that were set up anew count their epochs from 0. They are believed when every one of them, none silent, has said the same for
   * long enough, and no connection of this process has a server any more that one would have to leave for it. Until then it is an error to see.
   */
  #isMadeAnew(before: ChosenPrimary, chosen: ChosenPrimary, answers: readonly SentinelAnswer[]): boolean {
    const nowMs = performance.now();
    const known = this.#refused && isSamePlace(this.#refused.place, chosen) ? this.#refused : undefined;
    const isUnanimous =
      new Set(answers.map(({ sentinelId }) => sentinelId)).size === this.#voices.length &&
      answers.every((answer) => isSamePlace(answer, chosen));
    const isHeld = [...this.#listeners].some((listener) => listener.isHeld());
    const allSinceMs = isUnanimous && !isHeld ? (known?.allSinceMs ?? nowMs) : undefined;
    if (allSinceMs !== undefined && nowMs - allSinceMs >= this.#madeAnewAfterMs) return true;
    const isToSay = !known || nowMs - known.saidMs >= sayRefusedEveryMs;
    this.#refused = { place: { host: chosen.host, port: chosen.port }, allSinceMs, saidMs: isToSay ? nowMs : known.saidMs };
    if (isToSay)
      this.#logger.error(
        { primary: this.#place.primary, configEpoch: chosen.configEpoch, seenEpoch: before.configEpoch },
        'the sentinels name another primary at a config epoch that is not newer than one that was seen: it is not followed. If they were set up anew, restart what was connected by them',
      );
    return false;
  }

  #tell(answered: number, isAgreed: boolean): void {
    if (this.#isDivided !== isAgreed) return;
    this.#isDivided = !isAgreed;
    const facts = { primary: this.#place.primary, answered, sentinels: this.#voices.length };
    if (isAgreed) this.#logger.info(facts, 'the sentinels agree again');
    else this.#logger.warn(facts, 'no majority of the sentinels names one primary; the connections stay where they are');
  }
}

/** One sentinel, asked over one connection that is made again when it breaks. */
class SentinelVoice {
  readonly #at: HostPort;
  readonly #place: SentinelPlace;
  #client: Redis | undefined;
  #opening: Promise<Redis> | undefined;

  constructor(at: string, place: SentinelPlace) {
    this.#at = hostAndPort(at);
    this.#place = place;
  }

  /** Undefined: it said nothing that can be used. */
  async ask(): Promise<SentinelAnswer | undefined> {
    try {
      const client = await this.#connected();
      // the address last: should the sentinel switch in between, the new one comes with the old epoch, which nobody follows
      const [id, facts, address] = await Promise.all([
        client.sendCommand(['SENTINEL', 'MYID']),
        client.sendCommand(['SENTINEL', 'MASTER', this.#place.primary]),
        client.sendCommand(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', this.#place.primary]),
      ]);
      return readAnswer(id, facts, address);
    } catch {
      this.end();
      return undefined;
    }
  }

  end(): void {
    const [client, opening] = [this.#client, this.#opening];
    this.#client = this.#opening = undefined;
    client?.destroy();
    opening?.then(
      (late) => late.destroy(),
      () => undefined,
    );
  }

  async #connected(): Promise<Redis> {
    if (this.#client?.isReady) return this.#client;
    this.#opening ??= this.#open();
    this.#client = await this.#opening;
    this.#opening = undefined;
    return this.#client;
  }

  async #open(): Promise<Redis> {
    const { tls, sentinelLogin } = this.#place;
    const { ca, cert, key } = tls ?? {};
    const client = makeClient({
      place: this.#at,
      name: 'tallystick-sentinels',
      commandTimeoutMs: answerWithinMs,
      // the name of the data nodes' certificate is not that of the sentinels'
      ...(tls ? { tls: { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) } } : {}),
      ...sentinelLogin,
    });
    client.on('error', () => undefined); // a broken connection is seen by the next question
    boundCommands(client, answerWithinMs);
    await openClient(client, answerWithinMs);
    return client;
  }
}

/** @param at `host:port`, or `[address]:port`. */
export function hostAndPort(at: string): HostPort {
  const colon = at.lastIndexOf(':');
  return { host: at.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(at.slice(colon + 1)) };
}

/**
 * @param address of `GET-MASTER-ADDR-BY-NAME`: the facts of `MASTER` have the new epoch as soon as a replica is promoted, but the address of the
 *   old primary until the last replica follows the new one.
 */
function readAnswer(id: unknown, facts: unknown, address: unknown): SentinelAnswer | undefined {
  if (typeof id !== 'string' || !Array.isArray(facts) || !Array.isArray(address)) return undefined;
  const fields = new Map<unknown, unknown>();
  for (let at = 0; at + 1 < facts.length; at += 2) fields.set(facts[at], facts[at + 1]);
  const [host, port] = address as readonly unknown[];
  const [configEpoch, replicas] = ['config-epoch', 'num-slaves'].map((name) => fields.get(name));
  const answer = {
    sentinelId: id,
    host: String(host),
    port: Number(port),
    configEpoch: Number(configEpoch),
    replicas: Number(replicas),
  };
  const isWhole =
    typeof host === 'string' && host !== '' && [answer.port, answer.configEpoch, answer.replicas].every(Number.isSafeInteger);
  return isWhole ? answer : undefined;
}
