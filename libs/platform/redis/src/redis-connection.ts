import { lookAfter, lookEveryMs } from './look-after.ts';
import {
  boundCommands,
  type HostPort,
  isSamePlace,
  makeClient,
  openClient,
  type Redis,
  type ServerPlace,
} from './redis-client.ts';
import type { RedisFacts, RedisOptions, RedisState } from './redis-options.ts';
import { facade, type Listener } from './redis-facade.ts';
import type { SentinelWatch } from './sentinel-watch.ts';
import { watchOf } from './sentinel-watches.ts';
import { RedisRefused, refuseOtherThanPrimary } from './what-server.ts';

const sentinelPatienceMs = 2_000;

/** Connections are numbered through the whole process. */
let connections = 0;

/** One connection that is made again, elsewhere if need be, behind one client that stays. */
export class RedisConnection implements RedisFacts {
  readonly client: Redis;
  readonly #options: RedisOptions;
  readonly #commandTimeoutMs: number;
  readonly #watch: SentinelWatch | undefined;
  readonly #subscriptions = new Map<string, Set<Listener>>();
  #leaveWatch: () => void = () => undefined;
  /** The last one, also when it is destroyed: its commands then fail at once. */
  #current: Redis;
  #number: number | undefined;
  #lose: (cause: unknown) => void = () => undefined;
  /** Where the connection is that is held, and that which is being made; with sentinels only. */
  #place: HostPort | undefined;
  #opening: { readonly place: HostPort; readonly leave: (cause: Error) => void } | undefined;
  #isWrongServer = false;
  #isClosed = false;
  #state: RedisState | undefined;
  #wake: () => void = () => undefined;

  constructor(options: RedisOptions) {
    this.#options = options;
    this.#commandTimeoutMs = options.commandTimeoutMs ?? 5_000;
    this.#watch = 'sentinels' in options ? watchOf(options, options.logger) : undefined;
    this.#current = makeClient({ place: { host: '127.0.0.1', port: 0 }, name: options.name, commandTimeoutMs: 0 });
    this.client = facade(() => this.#current, {
      close: () => this.#close(),
      destroy: () => this.#destroy(),
      subscribe: (channel, listener) => this.#subscribe(channel, listener),
      unsubscribe: (channel, listener) => this.#unsubscribe(channel, listener),
      isOpen: () => !this.#isClosed,
    });
  }

  get connection(): number | undefined {
    return this.#current.isReady ? this.#number : undefined;
  }

  get hasSentinels(): boolean {
    return this.#watch !== undefined;
  }

  get mostReplicas(): number {
    return this.#watch?.mostReplicas ?? 0;
  }

  async open(host: string, port: number): Promise<Redis> {
    const client = this.#make({ host, port });
    client.on('error', () => undefined);
    boundCommands(client, this.#commandTimeoutMs);
    await openClient(client, this.#commandTimeoutMs);
    return client;
  }

  /** @throws Error when there is none in time. */
  async start(withinMs: number): Promise<void> {
    const { name } = this.#options;
    const listener = { onChosen: (place: HostPort) => this.#goTo(place), isHeld: () => this.connection !== undefined };
    this.#leaveWatch = this.#watch?.listen(listener) ?? this.#leaveWatch;
    const deadline = performance.now() + withinMs;
    let cause: unknown;
    try {
      for (let attempt = 0; ; attempt++) {
        try {
          return this.#hold(await this.#open(Math.max(1, deadline - performance.now())));
        } catch (error) {
          cause = error;
        }
        if (cause instanceof RedisRefused) throw new Error(`no Redis connection for "${name}": ${cause.message}`, { cause });
        if (this.#isClosed) throw new Error(`the Redis connection "${name}" was closed before it was made`, { cause });
        this.#options.logger.debug({ connection: name, err: cause }, 'Redis can not be reached yet');
        const pauseMs = pauseAfter(attempt);
        if (performance.now() + pauseMs > deadline)
          throw new Error(`no Redis connection for "${name}" within ${withinMs} ms`, { cause });
        await this.#pause(pauseMs);
      }
    } catch (error) {
      this.#isClosed = true;
      this.#leaveWatch();
      throw error;
    }
  }

  renew(): void {
    this.#lose(new Error('another connection has met another server'));
  }

  /** What is held or being made elsewhere is left. */
  #goTo(chosen: HostPort): void {
    const moved = new Error('the sentinels name another primary');
    if (this.#opening && !isSamePlace(this.#opening.place, chosen)) this.#opening.leave(moved);
    if (this.#place && !isSamePlace(this.#place, chosen)) this.#lose(moved);
  }

  /** A connection to whoever is the primary now, with all subscriptions. */
  async #open(withinMs: number): Promise<Redis> {
    const options = this.#options;
    if ('url' in options) return this.#openAt({ url: options.url }, withinMs);
    const watch = this.#watch!;
    const { host, port } = await watch.primary(Math.min(withinMs, sentinelPatienceMs));
    const place = { host, port };
    const moved = new Promise<never>((_, reject) => (this.#opening = { place, leave: reject }));
    const opening = this.#openAt(place, withinMs);
    try {
      const client = await Promise.race([opening, moved]);
      this.#place = place;
      return client;
    } catch (error) {
      opening.then(
        (late) => late.destroy(),
        () => undefined,
      );
      throw error;
    } finally {
      this.#opening = undefined;
    }
  }

  async #openAt(place: ServerPlace, withinMs: number): Promise<Redis> {
    const client = this.#make(place);
    client.on('error', () => undefined);
    boundCommands(client, this.#commandTimeoutMs, {
      onReply: (command, wanted, reply) => {
        if (command === 'WAIT' && Number(reply) < wanted) this.#watch?.suspect(); // it may be cut off from its replicas
      },
      onError: (error) => {
        if (client === this.#current && saysNotPrimary(error)) this.#meetWrongServer(error);
      },
    });
    try {
      await openClient(client, Math.min(withinMs, this.#commandTimeoutMs + (this.#watch ? 2 : 5) * lookEveryMs));
      await refuseOtherThanPrimary(client, this.#watch !== undefined);
      for (const [channel, listeners] of this.#subscriptions)
        for (const listener of listeners) await client.subscribe(channel, listener);
      if (this.#isClosed) throw new Error('closed meanwhile');
      const chosen = this.#watch?.chosen;
      if (chosen && 'host' in place && !isSamePlace(chosen, place)) throw new Error('the sentinels name another primary by now');
      return client;
    } catch (error) {
      client.destroy();
      this.#watch?.suspect();
      throw error;
    }
  }

  #make(place: ServerPlace): Redis {
    const { name, tls, username, password } = this.#options;
    return makeClient({
      place,
      name,
      commandTimeoutMs: this.#commandTimeoutMs,
      ...(tls ? { tls } : {}),
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
    });
  }

  /** From now on this is the connection, until it is lost; then another one is looked for. */
  #hold(client: Redis): void {
    this.#current = client; // the next answer of the sentinels finds out what changed in this very moment
    this.#number = ++connections;
    this.#isWrongServer = false;
    const stopLooking = lookAfter(client, {
      isSubscribed: () => this.#subscriptions.size > 0,
      isWrongServer: () => this.#isWrongServer,
      lose: (cause) => this.#lose(cause),
    });
    let isHeld = true;
    this.#lose = (cause) => {
      if (!isHeld) return;
      isHeld = false;
      stopLooking();
      if (this.#isClosed) return;
      this.#change('lost', cause);
      client.destroy();
      this.#watch?.suspect();
      void this.#again();
    };
    client.on('error', this.#lose);
    client.on('end', () => this.#lose(new Error('the connection has ended')));
    this.#change('ready');
    if (!client.isReady) this.#lose(new Error('the connection has ended'));
  }

  async #again(): Promise<void> {
    for (let attempt = 0; !this.#isClosed; attempt++) {
      await this.#pause(pauseAfter(attempt));
      if (this.#isClosed) return;
      try {
        return this.#hold(await this.#open(Number.MAX_SAFE_INTEGER));
      } catch (error) {
        const level = error instanceof RedisRefused ? 'error' : 'debug';
        this.#options.logger[level]({ connection: this.#options.name, err: error }, 'Redis can not be reached yet');
      }
    }
  }

  /** With sentinels at once, for they know better. Else with the next look: a name may lead elsewhere by then, or it is no use to hurry. */
  #meetWrongServer(error: unknown): void {
    this.#isWrongServer = true;
    if (this.#watch) this.#lose(error);
  }

  async #subscribe(channel: string, listener: Listener): Promise<void> {
    await this.#current.subscribe(channel, listener);
    const listeners = this.#subscriptions.get(channel) ?? new Set();
    this.#subscriptions.set(channel, listeners.add(listener));
  }

  async #unsubscribe(channel: string, listener: Listener): Promise<void> {
    const listeners = this.#subscriptions.get(channel);
    listeners?.delete(listener);
    if (listeners?.size === 0) this.#subscriptions.delete(channel);
    if (this.#current.isReady) await this.#current.unsubscribe(channel, listener);
  }

  async #close(): Promise<void> {
    if (this.#isClosed) return;
    this.#end();
    if (this.#current.isReady) await this.#current.close();
    else this.#current.destroy();
  }

  #destroy(): void {
    this.#end();
    this.#current.destroy();
  }

  #end(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#leaveWatch();
    this.#lose(undefined);
    this.#wake();
    this.#change('closed');
  }

  #change(next: RedisState, cause?: unknown): void {
    const { name, logger, onStateChange } = this.#options;
    if (this.#state === next) return;
    this.#state = next;
    if (next === 'lost') logger.warn({ connection: name, err: cause }, 'the Redis connection is lost; trying again');
    else logger.info({ connection: name }, `the Redis connection is ${next}`);
    onStateChange?.(next);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => (clearTimeout(timer), resolve());
    });
  }
}

const pauseAfter = (attempt: number): number => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000) * (0.5 + Math.random() / 2);

const saysNotPrimary = (error: unknown): boolean =>
  error instanceof Error && /^(?:READONLY|NOTPRIMARY|MASTERDOWN)\b/.test(error.message);
