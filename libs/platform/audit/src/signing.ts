import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { z } from 'zod';
import { type ChainHead, chainHeadShape } from './chain.ts';
import { auditHalves, type AuditHalf, type ChainName, readChainName } from './chain-name.ts';

/** By their ids; a public key here vouches for heads, whoever sent them. */
export type TrustedKeys = ReadonlyMap<string, KeyObject>;

export interface AuditSigner {
  readonly keyId: string;
  /** Its own, and those before it. */
  readonly trusted: TrustedKeys;
  readonly sign: (text: string) => Buffer;
}

/** The first 16 hex digits of the SHA-256 of the public key (SPKI, DER): who has the key can tell its id. */
export const keyIdOf = (key: KeyObject): string =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16);

const pemBlock = /-----BEGIN ([A-Z ]+)-----[^-]*-----END \1-----/g;

/** @throws Error that never quotes the text */
function keysIn(pem: string): readonly { readonly publicKey: KeyObject; readonly privateKey?: KeyObject }[] {
  return [...pem.matchAll(pemBlock)].map(([block, label]) => {
    try {
      const privateKey = label === 'PRIVATE KEY' ? createPrivateKey(block) : undefined;
      const publicKey = createPublicKey(privateKey ?? block);
      if (publicKey.asymmetricKeyType !== 'ed25519') throw new TypeError('no Ed25519 key');
      return { publicKey, ...(privateKey && { privateKey }) };
    } catch {
      throw new Error('expected Ed25519 keys in PEM');
    }
  });
}

/** The public keys of a PEM text; of a private one its public half. @throws Error that never quotes the text */
export function readTrustedKeys(pem: string): TrustedKeys {
  const keys = keysIn(pem);
  if (keys.length === 0) throw new Error('expected Ed25519 keys in PEM');
  return new Map(keys.map(({ publicKey }) => [keyIdOf(publicKey), publicKey]));
}

/**
 * The signer of a PEM text: its first key is private (PKCS#8) and signs; what comes after it are the keys that signed before, public or private.
 * @throws Error that never quotes the text
 */
export function readAuditSigner(pem: string): AuditSigner {
  const [first] = keysIn(pem);
  const privateKey = first?.privateKey;
  if (!privateKey) throw new Error('expected an Ed25519 private key in PEM (PKCS#8), not encrypted, as the first key');
  return { keyId: keyIdOf(first.publicKey), trusted: readTrustedKeys(pem), sign: (text) => sign(null, signed(text), privateKey) };
}

const signed = (text: string): Buffer => Buffer.from(`tallystick-audit-heads/1\0${text}`);

export interface VouchedHead extends ChainHead {
  readonly chain: ChainName;
}

/** What is signed: where chains of one half stand. */
export interface HeadsStatement {
  readonly format: 1;
  readonly half: AuditHalf;
  /** ISO 8601, by the clock of who signed. */
  readonly at: string;
  /** Those that have moved since the statement before it; all, where it is complete. */
  readonly heads: readonly VouchedHead[];
  readonly complete: boolean;
  /** How many chains the half has: one that is taken away whole, with every statement that names it, is missed. */
  readonly chains: number;
  /**
   * Offsets of the audit topic, by partition, from which on a reader has to look who knows these heads, if all stand here. A partition that is
   * not named is read from its beginning.
   */
  readonly from: Readonly<Record<string, string>>;
}

/** What is published to the topic of heads. */
export function signStatement(statement: HeadsStatement, signer: AuditSigner): string {
  const text = JSON.stringify(statement);
  return JSON.stringify({ statement: text, key: signer.keyId, signature: signer.sign(text).toString('base64url') });
}

const envelope = z.object({ statement: z.string(), key: z.string(), signature: z.string() });
const chain = z.custom<ChainName>((text) => readChainName(text) !== undefined);
const statementShape = z.object({
  format: z.literal(1),
  half: z.enum(auditHalves),
  at: z.iso.datetime(),
  heads: z.array(chainHeadShape.extend({ chain })),
  complete: z.boolean(),
  chains: z.int().min(0),
  from: z.record(z.string(), z.string().regex(/^\d{1,19}$/)),
});

export type ReadStatement =
  | { readonly kind: 'statement'; readonly statement: HeadsStatement; readonly keyId: string }
  /** By a key that is not trusted: nobody vouches for it. */
  | { readonly kind: 'unknown-key'; readonly keyId: string }
  /** It says to be by a trusted key, and is not; or it is nothing that this version knows. */
  | { readonly kind: 'not-signed' };

/** Trusts nothing but the keys that it is given: who writes the topics could bring others along. */
export function readStatement(value: string, keys: TrustedKeys): ReadStatement {
  const outer = envelope.safeParse(parse(value));
  if (!outer.success) return { kind: 'not-signed' };
  const { statement: text, key: keyId, signature } = outer.data;
  const key = keys.get(keyId);
  if (!key) return { kind: 'unknown-key', keyId };
  if (!verify(null, signed(text), key, Buffer.from(signature, 'base64url'))) return { kind: 'not-signed' };
  const statement = statementShape.safeParse(parse(text));
  return statement.success ? { kind: 'statement', statement: statement.data, keyId } : { kind: 'not-signed' };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
