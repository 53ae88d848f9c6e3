import { randomBytes } from 'node:crypto';
import { type EnvironmentId, ok } from '@tallystick/kernel-core';
import type { Logger, Metrics } from '@tallystick/platform-observability';
import { readWebhook, type SignedEvent } from '@tallystick/tokens-delivery-nanomdm';
import type { ConfiguredTarget, Targets, TargetWebhook } from './targets.ts';

export interface WebhooksNeeds {
  readonly targets: Pick<Targets, 'find' | 'toldBy'>;
  readonly logger: Logger;
  readonly metrics: Metrics;
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
 * `not-authenticated`: there is no such target, it has no webhook, or it is not signed with its key; nobody outside may tell which.
 * `key-missing`, `journal-away`: ours to put right; what was told is lost, and made good by asking the devices.
 */
export type WebhookOutcome = 'taken' | 'not-authenticated' | 'unreadable' | 'key-missing' | 'journal-away';

type Told = ConfiguredTarget & { readonly webhook: TargetWebhook };
const isTold = (configured: ConfiguredTarget | undefined): configured is Told => configured?.webhook !== undefined;
const nameOf = ({ document: { environment, id } }: ConfiguredTarget) => ({ environment, target: id });

/** Takes what MDM servers tell of their devices, and notes it for the targets that it concerns. Logs names of targets only. */
export class Webhooks {
  readonly #needs: WebhooksNeeds;
  readonly #count;
  /** Signs nothing: what is sent to no target takes as long to refuse as what is sent to one. */
  readonly #nobodysKey = randomBytes(32).toString('base64');

  constructor(needs: WebhooksNeeds) {
    this.#needs = needs;
    this.#count = needs.metrics.counter(
      'tallystick_mdm_webhooks_total',
      'What MDM servers told, by what became of it; without an environment where nobody known had signed it',
      ['environment', 'result'],
    );
  }

  async take({ environment, target, body, signature }: ReceivedWebhook): Promise<WebhookOutcome> {
    const { targets, logger } = this.#needs;
    const addressed = targets.find(environment as EnvironmentId, target);
    const key = isTold(addressed) ? this.#keyOf(addressed) : ok(this.#nobodysKey);
    if (!key.ok) {
      this.refused();
      return 'key-missing';
    }
    const event = readWebhook(body, signature, key.value);
    const isSigned = event.kind !== 'refused' || event.because === 'unreadable';
    if (!isTold(addressed) || !isSigned) {
      this.refused();
      const known = addressed && nameOf(addressed); // a name that somebody made up is not repeated
      logger.info(
        { ...known, refusal: event.kind === 'refused' ? event.because : undefined },
        'a webhook of an MDM was not authenticated',
      );
      return 'not-authenticated';
    }
    if (event.kind === 'refused') {
      this.#count.inc({ environment: addressed.document.environment, result: 'refused' });
      logger.warn(nameOf(addressed), 'a webhook of an MDM was signed, and is not what NanoMDM sends');
      return 'unreadable';
    }
    // A server has one address to tell things to, and may serve several targets: each with a key of its own, or the same.
    const concerned = targets
      .toldBy(addressed.webhook.server)
      .filter(isTold)
      .filter((other) => other === addressed || this.#isSignedFor(other, body, signature));
    const isNoted = await Promise.all(concerned.map((one) => this.#note(one, event)));
    return isNoted.every(Boolean) ? 'taken' : 'journal-away';
  }

  /** Counts one that nobody known has signed. */
  refused(): void {
    this.#count.inc({ environment: '', result: 'refused' });
  }

  #keyOf(told: Told): ReturnType<TargetWebhook['key']> {
    const key = told.webhook.key();
    if (!key.ok)
      this.#needs.logger.error(
        { ...nameOf(told), fault: key.error },
        "the webhook key of a delivery target can not be read: put it where the target's document says",
      );
    return key;
  }

  #isSignedFor(told: Told, body: Uint8Array, signature: string | undefined): boolean {
    const key = this.#keyOf(told);
    return key.ok && readWebhook(body, signature, key.value).kind !== 'refused';
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
