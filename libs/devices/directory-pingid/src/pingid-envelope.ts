import { type Instant, isoOf } from '@tallystick/kernel-core';
import { compactVerify, CompactSign } from 'jose';
import { LosslessNumber, parse, stringify } from 'lossless-json';
import type { PingIdProperties } from './pingid-properties.ts';

/** A request body; an id of 64 bits goes in as {@link bareNumber}. Fields that are undefined are left out. */
export type RequestBody = Readonly<Record<string, string | boolean | LosslessNumber | undefined>>;

/** Decimal digits that are written as a JSON number, none lost (P57). */
export const bareNumber = (digits: string): LosslessNumber => new LosslessNumber(digits);

/** The signed request (b.2): a compact JWS that is sent as it is, without an Authorization header. */
export async function signRequest(properties: PingIdProperties, body: RequestBody, at: Instant): Promise<string> {
  const { orgAlias, token } = properties;
  const reqHeader = { locale: 'en', orgAlias, secretKey: token, timestamp: timestampOf(at), version: '4.9' };
  return signToken(properties, stringify({ reqHeader, reqBody: body }) ?? '');
}

/** One compact JWS over `payload` with the header that the directory expects. */
export const signToken = ({ orgAlias, token, key }: PingIdProperties, payload: string): Promise<string> =>
  new CompactSign(Buffer.from(payload, 'utf8')).setProtectedHeader({ alg: 'HS256', org_alias: orgAlias, token }).sign(key);

/** UTC as `2015-09-03 11:57:25.229`. */
const timestampOf = (at: Instant): string => isoOf(at).replace('T', ' ').replace('Z', '');

/**
 * What a body turned out to be, whatever its headers say (b.3):
 * - `answer`: the result without its envelope; every number in it is the text of its digits, so that none is rounded
 * - `forged`: a JWS that our key does not verify
 * - `unreadable`: neither a JWS nor JSON, as a proxy between us and the directory would send
 */
export type Opened =
  | { readonly kind: 'answer'; readonly signed: boolean; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly kind: 'forged' }
  | { readonly kind: 'unreadable' };

/** Opens a response body: a JWS or bare JSON, its result wrapped in `responseBody` or not. Never throws. */
export async function openAnswer(text: string, properties: PingIdProperties): Promise<Opened> {
  const body = text.trim();
  if (body.startsWith('{')) return fieldsOf(body, false);
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(body)) return { kind: 'unreadable' };
  try {
    const { payload } = await compactVerify(body, properties.key, { algorithms: ['HS256'] });
    return fieldsOf(new TextDecoder('utf-8', { fatal: true }).decode(payload), true);
  } catch {
    return { kind: 'forged' };
  }
}

function fieldsOf(json: string, signed: boolean): Opened {
  const parsed = parseLossless(json);
  if (!isRecord(parsed)) return { kind: 'unreadable' };
  const wrapped = parsed['responseBody'];
  return { kind: 'answer', signed, fields: isRecord(wrapped) ? wrapped : parsed };
}

function parseLossless(json: string): unknown {
  try {
    return parse(json, undefined, { parseNumber: (digits) => digits });
  } catch {
    return undefined; // also a nesting so deep that it exhausts the stack
  }
}

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
