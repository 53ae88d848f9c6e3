import type { RotationSeen } from '../system/rotations-client.ts';
import type { TokensClient } from '../system/tokens-client.ts';
import { waitUntil } from '../system/wait-until.ts';
import type { Report } from './report.ts';

export type Slot = RotationSeen['slots'][number];

export const path = '/rotations/all';

/** In hours, the least that there is. */
export const moment = 0.001;

/** How far the MDM says that a value has come, by the answers of the phones themselves. */
export const deliveredText = ({ coverage }: Slot): string | undefined =>
  coverage?.kind === 'known' ? `delivered ${coverage.delivered ?? '?'} of ${coverage.of ?? '?'}` : undefined;

const words: Readonly<Record<string, string>> = {
  untouched: 'not yet',
  opening: 'is planned: what would change there?',
  applying: 'is delivered',
  awaiting: 'awaiting a person',
};

/** Follows the rotation, and tells what becomes of its slots as it changes. */
export class SlotTeller {
  readonly #report: Report;
  readonly #tokens: TokensClient;
  readonly #told = new Map<string, string>();
  constructor(report: Report, tokens: TokensClient) {
    this.#report = report;
    this.#tokens = tokens;
  }

  async until(what: string, holds: (rotation: RotationSeen) => boolean): Promise<RotationSeen> {
    const ask = async (): Promise<RotationSeen | false> => {
      const seen = (await this.#tokens.read(path)) as RotationSeen;
      for (const slot of seen.slots) this.#tell(slot);
      return holds(seen) && seen;
    };
    return waitUntil(`the rotation: ${what}`, ask, { everyMs: 30 });
  }

  #tell(slot: Slot): void {
    const delivered = deliveredText(slot);
    const text = [words[slot.state] ?? slot.state, ...(delivered === undefined ? [] : [delivered])].join(', ');
    if (text === this.#told.get(slot.id)) return;
    if (this.#told.has(slot.id) || slot.state !== 'untouched') this.#report.say(`  ${slot.id.padEnd(14)} ${text}`);
    this.#told.set(slot.id, text);
  }
}
