import type { TokensClient } from './tokens-client.ts';
import { waitUntil } from './wait-until.ts';

/** What tests read of a rotation. */
export interface RotationSeen {
  readonly rotation: string;
  readonly stage: string;
  readonly doing?: string;
  readonly token?: string;
  readonly replaces: readonly string[];
  readonly adoption?: number;
  readonly retireEndsAt?: string;
  readonly sentence: string;
  readonly slots: readonly {
    readonly id: string;
    readonly state: string;
    readonly token?: string;
    /** Of a target: what waits or fails there, and how many devices have it. */
    readonly detail?: string;
    readonly coverage?: {
      readonly kind: string;
      readonly of?: number;
      readonly delivered?: number;
      readonly pending?: number;
      readonly asOf?: string;
    };
  }[];
  readonly revoked?: { readonly confirmedBy: string; readonly validators: number; readonly waitedMs: number };
}

/** Rotations of one environment as an operator sees them, by the token service's API. */
export class RotationsClient {
  readonly #tokens: TokensClient;
  readonly #tell: (segment: string) => Promise<string>;
  /** @param tell what else is known of a rotation that was waited for in vain. */
  constructor(tokens: TokensClient, tell: (segment: string) => Promise<string> = () => Promise.resolve('')) {
    this.#tokens = tokens;
    this.#tell = tell;
  }

  start(plan: object): Promise<RotationSeen> {
    return this.#ask<RotationSeen>('POST', '/rotations', plan);
  }

  /** Undefined while nobody can say: the worker or the token service is away. */
  async look(segment: string): Promise<RotationSeen | undefined> {
    const answer = await this.#tokens.raw('GET', `/rotations/${segment}`).catch(() => undefined);
    return answer?.status === 200 ? ((await answer.json()) as RotationSeen) : undefined;
  }

  async until(segment: string, what: string, is: (seen: RotationSeen) => boolean, { withinMs = 90_000, everyMs = 100 } = {}) {
    let last: RotationSeen | undefined;
    const ask = async () => {
      last = await this.look(segment);
      return last && is(last) ? last : undefined;
    };
    try {
      return await waitUntil(`the rotation of ${segment}: ${what}`, ask, { withinMs, everyMs });
    } catch (error) {
      const told = await this.#tell(segment).catch(String);
      throw new Error(`${String(error)}; last seen: ${JSON.stringify(last) ?? 'nothing'}; ${told}`, { cause: error });
    }
  }

  atStage(segment: string, stage: string): Promise<RotationSeen> {
    return this.until(segment, stage, (seen) => seen.stage === stage);
  }

  delivering(segment: string): Promise<RotationSeen> {
    return this.until(segment, 'every slot waits', ({ slots }) => slots.every(({ state }) => state === 'awaiting'));
  }

  command(segment: string, command: string, said: object): Promise<RotationSeen> {
    return this.#ask<RotationSeen>('POST', `/rotations/${segment}/${command}`, { reason: 'as it was agreed', ...said });
  }

  /** A person says of each waiting slot that the token is there. */
  async confirmAll(segment: string): Promise<void> {
    for (const { id, state, token } of (await this.look(segment))?.slots ?? [])
      if (state === 'awaiting') await this.command(segment, 'confirm-slot', { slot: id, token, result: 'done' });
  }

  /** The value that belongs on a slot, out of its configuration file. */
  async exported(segment: string, slot: string): Promise<string> {
    const answer = await this.#tokens.raw('POST', `/rotations/${segment}/slots/${slot}/export?format=ios-plist`);
    const file = await answer.text();
    const value = /<string>([^<]+)<\/string>/.exec(file)?.[1];
    if (answer.status !== 200 || value === undefined) throw new Error(`the export of ${slot} answered ${answer.status}`);
    return value;
  }

  async #ask<T>(method: string, path: string, body: object): Promise<T> {
    const answer = await this.#tokens.raw(method, path, body);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text.slice(0, 400)}`);
    return JSON.parse(text) as T;
  }
}
