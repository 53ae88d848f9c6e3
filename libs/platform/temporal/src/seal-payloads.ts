import type { Payload, PayloadCodec } from '@temporalio/common';
import { type KeyRing, openSealedBytes, ringFor, sealBytes } from '@tallystick/platform-secrets';

/** What a sealed payload says of itself; frozen, because histories keep it. */
const sealedEncoding = 'binary/encrypted';
const keyIdName = 'encryption-key-id';
const purpose = 'temporal-payload';

/** `no-keys`: this process has no keys file. `unknown-key`: its ring lacks the key. `tampered`: changed, or of another namespace. */
export type PayloadFault = 'no-keys' | 'unknown-key' | 'tampered';

/** A payload can't be opened. It is tried again wherever Temporal tries again, so that a corrected keys file heals it. */
export class PayloadNotOpened extends Error {
  override readonly name = 'PayloadNotOpened';
  readonly fault: PayloadFault;
  constructor(fault: PayloadFault, keyId: string) {
    super(sentences[fault](keyId));
    this.fault = fault;
  }
}

const sentences: Readonly<Record<PayloadFault, (keyId: string) => string>> = {
  'no-keys': (keyId) =>
    `a payload is sealed with the key ${keyId}, and this process has no payload keys file: give it the file of the others`,
  'unknown-key': (keyId) =>
    `a payload is sealed with the key ${keyId}, which is not in the payload keys file: a key stays in the file for as long as a history that was sealed with it`,
  tampered: (keyId) =>
    `a payload that names the key ${keyId} does not open: it was changed, or it was sealed for another namespace`,
};

/** Whether a payload was made by {@link sealPayloads}. */
export const isSealed = ({ metadata }: Payload): boolean => textOf(metadata?.['encoding']) === sealedEncoding;

/**
 * Seals whole payloads, their metadata included, with AES-256-GCM under a key of their own purpose; the id of the key stands in the
 * metadata, and the seal opens in `namespace` only. What was written in clear stays readable. Without keys nothing is sealed, and a sealed
 * payload is refused by name. Not sealed by Temporal's design: ids, search attributes, messages of failures. @throws PayloadNotOpened
 */
export function sealPayloads(keys: KeyRing | undefined, namespace: string): PayloadCodec {
  const ring = keys && ringFor(keys, purpose);
  const where = `${purpose}/${namespace}`;
  const sealOne = (ring: KeyRing, payload: Payload): Payload => {
    const { keyId, bytes } = sealBytes(ring, bytesOf(payload), where);
    return { metadata: { encoding: Buffer.from(sealedEncoding), [keyIdName]: Buffer.from(keyId) }, data: bytes };
  };
  const openOne = (payload: Payload): Payload => {
    if (!isSealed(payload)) return payload;
    const keyId = textOf(payload.metadata?.[keyIdName]) ?? '';
    const named = /^[A-Za-z0-9_-]{1,64}$/.test(keyId) ? `"${keyId}"` : 'of an unreadable name';
    if (!ring) throw new PayloadNotOpened('no-keys', named);
    const opened = openSealedBytes(ring, { keyId, bytes: payload.data ?? new Uint8Array() }, where);
    if (!opened.ok) throw new PayloadNotOpened(opened.error, named);
    return payloadOf(opened.value);
  };
  return {
    encode: (payloads) => Promise.resolve(ring ? payloads.map((payload) => sealOne(ring, payload)) : payloads),
    decode: (payloads) => Promise.resolve(payloads).then((all) => all.map(openOne)),
  };
}

const textOf = (bytes: Uint8Array | null | undefined): string | undefined =>
  bytes == null ? undefined : Buffer.from(bytes).toString();

/** Length of the metadata (4 bytes), the metadata as JSON of base64, the data. Frozen, because histories keep it. */
function bytesOf({ metadata, data }: Payload): Buffer {
  const named = Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')] as const);
  const head = Buffer.from(JSON.stringify(Object.fromEntries(named)));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.length);
  return Buffer.concat([length, head, data ?? new Uint8Array()]);
}

/** Of bytes that {@link bytesOf} made: the seal vouches for it. */
function payloadOf(bytes: Buffer): Payload {
  const end = 4 + bytes.readUInt32BE(0);
  const named = JSON.parse(bytes.subarray(4, end).toString()) as Readonly<Record<string, string>>;
  const metadata = Object.fromEntries(Object.entries(named).map(([name, value]) => [name, Buffer.from(value, 'base64')]));
  return { metadata, data: bytes.subarray(end) };
}
