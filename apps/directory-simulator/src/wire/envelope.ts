import { createHmac, timingSafeEqual } from 'node:crypto';
import { type RequestBody } from '../core/command.ts';
import { type Decided, done, refuse } from '../core/refusals.ts';
import { isRecord, parseJson, writeJson } from './json.ts';

/** What an API client is known by: the content of the properties file. */
export interface Credentials {
  /** 32, 48 or 64 bytes. */
  readonly key: Buffer;
  readonly token: string;
  readonly orgAlias: string;
}

const digests = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' } as const;
export type Algorithm = keyof typeof digests;

/** The algorithm of a response: the documents name HS256, public clients go by the length of the key. */
export const algorithmFor = (key: Buffer): Algorithm => (key.length >= 64 ? 'HS512' : key.length >= 48 ? 'HS384' : 'HS256');

const signature = (algorithm: Algorithm, signed: string, key: Buffer) =>
  createHmac(digests[algorithm], key).update(signed, 'ascii').digest();

const encode = (value: unknown) => Buffer.from(writeJson(value), 'utf8').toString('base64url');

/** A compact JWS over `payload` with the header that the provider writes. */
export function signResponse(payload: unknown, credentials: Credentials): string {
  const alg = algorithmFor(credentials.key);
  const signed = `${encode({ alg, org_alias: credentials.orgAlias, token: credentials.token })}.${encode(payload)}`;
  return `${signed}.${signature(alg, signed, credentials.key).toString('base64url')}`;
}

function readPart(part: string): Record<string, unknown> | undefined {
  try {
    const value = parseJson(Buffer.from(part, 'base64url').toString('utf8'));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Opens a request: a compact JWS, HS256, or the algorithm that fits the length of the key. The header may say `org_alias` or
 * `orgAlias`; token and organization may stand in the header, in `reqHeader` (`secretKey`, `orgAlias`) or both, must stand in
 * one of them, and must be right wherever they stand. Timestamp, version, locale and `typ` are not looked at.
 */
export function openRequest(text: string, credentials: Credentials): Decided<RequestBody> {
  const [header64 = '', payload64 = '', signature64 = '', ...rest] = text.trim().split('.');
  const malformed = refuse('invalid-input', 'the request body must be a compact JWS');
  if (rest.length > 0 || ![header64, payload64, signature64].every((part) => /^[\w-]+$/.test(part))) return malformed;
  const header = readPart(header64);
  if (!header) return malformed;
  const algorithm = (['HS256', algorithmFor(credentials.key)] as const).find((known) => known === header['alg']);
  if (!algorithm) return refuse('signature-invalid');
  const given = Buffer.from(signature64, 'base64url');
  const expected = signature(algorithm, `${header64}.${payload64}`, credentials.key);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return refuse('signature-invalid');

  const payload = readPart(payload64);
  if (!payload) return malformed;
  const reqHeader = isRecord(payload['reqHeader']) ? payload['reqHeader'] : {};
  const tokens = [header['token'], reqHeader['secretKey']];
  const aliases = [header['org_alias'], header['orgAlias'], reqHeader['orgAlias'], reqHeader['org_alias']];
  if (!allAre(tokens, credentials.token) || !allAre(aliases, credentials.orgAlias)) return refuse('credentials-unknown');
  const body = payload['reqBody'] ?? {};
  return isRecord(body) ? done(body) : refuse('invalid-input', 'reqBody must be an object');
}

function allAre(values: readonly unknown[], expected: string): boolean {
  const present = values.filter((value) => value !== undefined && value !== null);
  return present.length > 0 && present.every((value) => value === expected);
}
