import { randomBytes } from 'node:crypto';
import { setImmediate as othersTurn } from 'node:timers/promises';
import type { EnvironmentId } from '@tallystick/kernel-core';
import type { Logger, Metrics } from '@tallystick/platform-observability';
import {
  isSignature,
  isSignedWith,
  readWebhook,
  type SignedEvent,
  type WebhookRefusal,
} from '@tallystick/tokens-delivery-nanomdm';
import type { ConfiguredTarget, Targets, TargetWebhook } from './targets.ts';
import { declareWebhookMetrics } from '../token-metrics.ts';

export interface WebhooksNeeds {
  readonly targets: Pick<Targets, 'find' | 'toldBy'>;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Milliseconds of any clock; by default that of the process. */
  readonly nowMs?: () => number;
}

/** What came to a webhook's address. Nothing of it is known to be true. */
export interface ReceivedWebhook {
  readonly environment: string;
  readonly target: string;
  /** As it came: the signature is over its bytes. */
  readonly body: Uint8Array;
  readonly signature: string | undefined;
}

/**
 * `not-authenticated`: there is no such target, it has no webhook or its key can not be read, or it is not signed with its key; nobody outside
 * may tell which. `journal-away`: ours to put right; what was told is lost, and made good by asking the devices.
 */
export type WebhookOutcome = 'taken' | 'not-authenticated' | 'unreadable' | 'journal-away';

/** Strangers decide how often a key is asked for, and reading one holds up everything else. */
const keyKeptMs = 5_000;
const sameFaultMs = 60_000;

type Told = ConfiguredTarget & { readonly webhook: TargetWebhook };
const isTold = (configured: ConfiguredTarget | undefined): configured is Told => configured?.webhook !== undefined;
const nameOf = ({ document: { environment, id } }: ConfiguredTarget) => ({ environment, target: id });

/** Takes what MDM servers tell of their devices, and notes it for the targets that it concerns. Logs names of targets only. */
export class Webhooks {
  readonly #needs: WebhooksNeeds;
  readonly #count;
  readonly #nowMs: () => number;
  /** Signs nothing: what is sent to no target is hashed too, so that it is not told by how soon it is refused. */
  readonly #nobodysKey = randomBytes(32).toString('base64');
  /** As they were read last, also those that could not be; `toldAt`: when the log last said so. */
  readonly #keys = new Map<Told, { readonly readAt: number; readonly key: string | undefined; readonly toldAt: number }>();

  constructor(needs: WebhooksNeeds) {
    this.#needs = needs;
    this.#nowMs = needs.nowMs ?? (() => performance.now());
    this.#count = declareWebhookMetrics(needs.metrics);
  }

  async take({ environment, target, body, signature }: ReceivedWebhook): Promise<WebhookOutcome> {
    const { targets, logger } = this.#needs;
    if (!isSignature(signature)) return this.unsigned(environment, target);
    const addressed = targets.find(environment as EnvironmentId, target);
    const key = isTold(addressed) ? this.#keyOf(addressed) : undefined;
    const event = readWebhook(body, signature, key ?? this.#nobodysKey);
    if (!isTold(addressed) || key === undefined)
      return this.#notAuthenticated(addressed, isTold(addressed) ? 'key-missing' : 'forged');
    if (event.kind === 'refused') {
      if (event.because !== 'unreadable') return this.#notAuthenticated(addressed, event.because);
      this.#count.inc({ environment: addressed.document.environment, result: 'refused' });
      logger.warn(nameOf(addressed), 'a webhook of an MDM was signed, and is not what NanoMDM sends');
      return 'unreadable';
    }
    if (event.kind === 'other') {
      this.#count.inc({ environment: addressed.document.environment, result: 'other' });
      return 'taken';
    }
    // A server has one address to tell things to, and may serve several targets: each with a key of its own, or the same.
    const signed = new Map([[key, true]]);
    const concerned: Told[] = [];
    for (const other of targets.toldBy(addressed.webhook.server).filter(isTold)) {
      const itsKey = other === addressed ? key : this.#keyOf(other);
      if (itsKey === undefined) continue;
      if (!signed.has(itsKey)) {
        await othersTurn(); // a large body takes milliseconds for each key
        signed.set(itsKey, isSignedWith(body, signature, itsKey));
      }
      if (signed.get(itsKey)) concerned.push(other);
    }
    const isNoted = await Promise.all(concerned.map((one) => this.#note(one, event)));
    return isNoted.every(Boolean) ? 'taken' : 'journal-away';
  }

  /** Refuses one whose signature is missing or can be none, before anything of it is read. */
  unsigned(environment: string, target: string): 'not-authenticated' {
    return this.#notAuthenticated(this.#needs.targets.find(environment as EnvironmentId, target), 'unsigned');
  }

  /** Counts one that nobody known has signed. */
  refused(): void {
    this.#count.inc({ environment: '', result: 'refused' });
  }

  #notAuthenticated(
    addressed: ConfiguredTarget | undefined,
    refusal: Exclude<WebhookRefusal, 'unreadable'> | 'key-missing',
  ): 'not-authenticated' {
    this.refused();
    const known = addressed && nameOf(addressed); // a name that somebody made up is not repeated
    this.#needs.logger.info({ ...known, refusal }, 'a webhook of an MDM was not authenticated');
    return 'not-authenticated';
  }

  /** Undefined while it can't be read. */
  #keyOf(told: Told): string | undefined {
    const now = this.#nowMs();
    const known = this.#keys.get(told);
    if (known && Math.abs(now - known.readAt) < keyKeptMs) return known.key;
    const key = told.webhook.key();
    let toldAt = known?.toldAt ?? -Infinity;
    if (!key.ok && Math.abs(now - toldAt) >= sameFaultMs) {
      toldAt = now;
      this.#needs.logger.error(
        { ...nameOf(told), fault: key.error },
        "the webhook key of a delivery target can not be read, and what is sent to it is refused: put it where the target's document says",
      );
    }
    this.#keys.set(told, { readAt: now, key: key.ok ? key.value : undefined, toldAt });
    return key.ok ? key.value : undefined;
  }

  /** False: it could not be noted. */
  async #note(told: Told, event: SignedEvent): Promise<boolean> {
    const { environment } = told.document;
    try {
      const noted = await told.webhook.note(event);
      const result = event.kind === 'answer' ? noted : event.kind;
      this.#count.inc({ environment, result });
      return true;
    } catch (error) {
      this.#count.inc({ environment, result: 'refused' });
      this.#needs.logger.error({ ...nameOf(told), err: error }, 'what a device answered can not be noted');
      return false;
    }
  }
}
