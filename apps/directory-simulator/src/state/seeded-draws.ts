import { createHash } from 'node:crypto';
import { type Draws } from '../core/decide.ts';
import { guidOf } from '../core/pingone-ids.ts';

const base32 = (bytes: Buffer) => [...bytes].map((byte) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[byte & 31]).join('');

/**
 * Draws from a seed: the same seed and the same order of operations give the same ids. Made for repeatable tests; nothing
 * that protects anything is drawn here.
 */
export class SeededDraws {
  readonly #seed: string;
  #count = 0;

  constructor(seed: string) {
    this.#seed = seed;
  }

  #bytes(label: string, count = this.#count): Buffer {
    return createHash('sha256').update(`${this.#seed}\n${count}\n${label}`).digest();
  }

  /** `webs_` and 43 url-safe characters, another one for every answer. */
  messageId(): string {
    this.#count += 1;
    return `webs_${this.#bytes('message').toString('base64url')}`;
  }

  /** A UUID, another one every time. */
  uuid(): string {
    this.#count += 1;
    return guidOf(this.#bytes('uuid'));
  }

  /**
   * Device ids are odd and above 2^58: none of them survives a pass through a double, so that a client that reads them
   * with an ordinary JSON parser fails at once and not for every tenth user. Nothing is worked out before it is read.
   */
  next(isUsed: (deviceId: bigint) => boolean): Draws {
    this.#count += 1;
    const count = this.#count;
    const draw = (label: string) => this.#bytes(label, count);
    return {
      get deviceId() {
        let deviceId = (draw('values').readBigUInt64BE(0) >> 2n) | (1n << 58n) | 1n;
        while (isUsed(deviceId)) deviceId += 2n;
        return deviceId;
      },
      get userId() {
        return draw('values').readUInt32BE(8) >>> 1;
      },
      get activationCode() {
        return (draw('values').readBigUInt64BE(12) % 1_000_000_000_000n).toString().padStart(12, '0');
      },
      get sessionId() {
        return `oacts_${draw('session').toString('base64url')}`;
      },
      get picUrl() {
        return `${base32(Buffer.concat([draw('values'), draw('picture')]).subarray(0, 52))}=`;
      },
      get guid() {
        return guidOf(draw('guid'));
      },
    };
  }
}
