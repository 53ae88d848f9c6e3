import { readFile } from 'node:fs/promises';
import { z } from 'zod';

/** What the mobile app says about itself; all of it is the app's claim. */
export interface PresentedDevice {
  readonly platform: 'ios' | 'android';
  readonly model: string;
  readonly osVersion: string;
  readonly appVersion: string | null;
  readonly id?: string;
}

export interface Presentation {
  readonly environment: string;
  readonly kind: 'pairing' | 'authentication';
  /** An app without managed configuration presents the empty string. */
  readonly presentedToken: string;
  readonly device: PresentedDevice;
}

export type HaltReason =
  | 'no-validator-configured'
  | 'caller-token-unreadable'
  | 'validator-timeout'
  | 'validator-unreachable'
  | 'validator-status'
  | 'validator-answer-malformed';

/** `halted`: no verdict, and therefore no pairing and no authentication either. */
export type Verdict =
  | { readonly verdict: 'allow' }
  | { readonly verdict: 'deny'; readonly causes: readonly unknown[] }
  | { readonly verdict: 'halted'; readonly reason: HaltReason; readonly validatorStatus?: number };

export interface ValidatorConfig {
  readonly urls: readonly string[];
  readonly timeoutMs: number;
  /** The bearer token of this caller: a file, read for every call so that a renewed token is used, or the token itself. */
  readonly callerToken: { readonly file: string } | { readonly value: string } | undefined;
}

const answer = z.discriminatedUnion('verdict', [
  z.object({ verdict: z.literal('allow') }),
  z.object({ verdict: z.literal('deny'), causes: z.array(z.unknown()).catch([]) }),
]);

/** Asks pairing validators in turn. Every way of not getting a clear verdict is `halted`: it fails closed. */
export class PairingValidator {
  readonly #config: ValidatorConfig;
  #asked = 0;

  constructor(config: ValidatorConfig) {
    this.#config = config;
  }

  get count(): number {
    return this.#config.urls.length;
  }

  /** The validator whose turn it is. */
  nextIndex(): number {
    this.#asked += 1;
    return this.count === 0 ? 0 : (this.#asked - 1) % this.count;
  }

  async ask(index: number, presentation: Presentation): Promise<Verdict> {
    const { urls, timeoutMs } = this.#config;
    const base = urls[index];
    if (base === undefined) return halted('no-validator-configured');
    const authorization = await this.#authorization();
    if (authorization === 'unreadable') return halted('caller-token-unreadable');
    const { environment, ...body } = presentation;
    const signal = AbortSignal.timeout(timeoutMs);
    try {
      const response = await fetch(`${base.replace(/\/+$/, '')}/v1/environments/${encodeURIComponent(environment)}/verdicts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) },
        body: JSON.stringify({ ...body, method: 'mobile-app' }),
        redirect: 'manual',
        signal,
      });
      const text = await response.text();
      return response.status === 200 ? readAnswer(text) : { ...halted('validator-status'), validatorStatus: response.status };
    } catch {
      return halted(signal.aborted ? 'validator-timeout' : 'validator-unreachable');
    }
  }

  async #authorization(): Promise<string | undefined> {
    const { callerToken } = this.#config;
    if (!callerToken) return undefined;
    if ('value' in callerToken) return `Bearer ${callerToken.value}`;
    const token = await readFile(callerToken.file, 'utf8').catch(() => '');
    return /^[!-~]+$/.test(token.trim()) ? `Bearer ${token.trim()}` : 'unreadable';
  }
}

const halted = (reason: HaltReason) => ({ verdict: 'halted', reason }) as const;

function readAnswer(text: string): Verdict {
  try {
    const parsed = answer.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : halted('validator-answer-malformed');
  } catch {
    return halted('validator-answer-malformed');
  }
}
