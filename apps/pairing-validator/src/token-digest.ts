import { hash } from 'node:crypto';
import { hmacDigest } from '@tallystick/platform-secrets';

const blockBytes = 64;
const digestBytes = 32;
/** A UTF-16 unit has at most three bytes; longer texts take the ordinary way. */
const mostUnits = 512;

interface Prepared {
  /** The inner pad, with room for the text behind it. */
  readonly inner: Buffer;
  /** The outer pad, with room for the inner digest behind it. */
  readonly outer: Buffer;
}

const prepared = new WeakMap<Uint8Array, Prepared>();

/**
 * HMAC-SHA-256 in hex, exactly as `hmacDigest` makes it, at half its cost: the key's pads (RFC 2104) are made once, and each of the two
 * hashes is one call. Synchronous, so that one pair of buffers serves all calls.
 */
export function tokenDigest(key: Uint8Array, value: string): string {
  if (key.length > blockBytes || value.length > mostUnits) return hmacDigest(key, value);
  let pads = prepared.get(key);
  if (!pads) prepared.set(key, (pads = prepare(key)));
  const { inner, outer } = pads;
  const end = blockBytes + inner.write(value, blockBytes, 'utf8');
  outer.write(hash('sha256', inner.subarray(0, end), 'binary'), blockBytes, 'latin1');
  return hash('sha256', outer, 'hex');
}

function prepare(key: Uint8Array): Prepared {
  const inner = Buffer.alloc(blockBytes + 3 * mostUnits);
  const outer = Buffer.alloc(blockBytes + digestBytes);
  for (let at = 0; at < blockBytes; at++) {
    inner[at] = (key[at] ?? 0) ^ 0x36;
    outer[at] = (key[at] ?? 0) ^ 0x5c;
  }
  return { inner, outer };
}
