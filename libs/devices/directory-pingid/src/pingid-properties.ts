import { createSecretKey, type KeyObject } from 'node:crypto';
import { err, ok, type Result } from '@tallystick/kernel-core';
import { parse } from 'dot-properties';

/** What the properties file of an API client says (b.1). Holds secrets: `token` never goes to a log, and `key` does not print itself. */
export interface PingIdProperties {
  /** `idp_url` without a slash at its end. */
  readonly baseUrl: string;
  readonly orgAlias: string;
  readonly token: string;
  /** The 32 decoded bytes of `use_base64_key`. */
  readonly key: KeyObject;
  /** `use_signature`: answers must be signed by the directory. Requests are signed in any case. */
  readonly useSignature: boolean;
}

/**
 * - `missing`, `not-base64`, `not-32-bytes`, `not-true-or-false`, `has-control-characters`
 * - `not-a-url`: also one with credentials, a query or a fragment
 * - `not-https`: plain HTTP is for this machine only, unless it was allowed
 */
export type PropertyFaultReason =
  'missing' | 'not-base64' | 'not-32-bytes' | 'not-true-or-false' | 'has-control-characters' | 'not-a-url' | 'not-https';

/** Names the property and what is wrong with it, never its value. */
export interface PropertyFault {
  readonly property: 'use_base64_key' | 'use_signature' | 'token' | 'org_alias' | 'idp_url';
  readonly reason: PropertyFaultReason;
}

export interface PropertiesOptions {
  /** Lets `idp_url` be plain HTTP on another machine, for a simulator in a closed network. Requests hold personal data: never in production. */
  readonly allowHttp?: boolean;
}

type Read<T> = Result<T, PropertyFaultReason>;

/**
 * Reads the properties file of a PingID API client, escapes and all: the key is often written with `\=` at its end.
 * Reports every fault at once; other properties in the file are left alone.
 */
export function parsePingIdProperties(
  text: string,
  options: PropertiesOptions = {},
): Result<PingIdProperties, readonly PropertyFault[]> {
  const properties = new Map(Object.entries(parse(text)));
  const faults: PropertyFault[] = [];
  const read = <T>(property: PropertyFault['property'], as: (value: string) => Read<T>): T | undefined => {
    const raw = properties.get(property);
    const value = typeof raw === 'string' ? raw.trim() : '';
    const result = value === '' ? err('missing' as const) : as(value);
    if (result.ok) return result.value;
    faults.push({ property, reason: result.error });
    return undefined;
  };
  const key = read('use_base64_key', readKey);
  const useSignature = read('use_signature', readFlag);
  const token = read('token', readWord);
  const orgAlias = read('org_alias', readWord);
  const baseUrl = read('idp_url', (value) => readUrl(value, options.allowHttp === true));
  if (!key || useSignature === undefined || !token || !orgAlias || !baseUrl) return err(faults);
  return ok({ baseUrl, orgAlias, token, key, useSignature });
}

/** Buffer.from(…, 'base64') skips what it does not know, which would turn a damaged key into another one: check the text first. */
function readKey(value: string): Read<KeyObject> {
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(value)) return err('not-base64');
  const bytes = Buffer.from(value, 'base64');
  return bytes.length === 32 ? ok(createSecretKey(bytes)) : err('not-32-bytes');
}

function readFlag(value: string): Read<boolean> {
  const word = value.toLowerCase();
  return word === 'true' || word === 'false' ? ok(word === 'true') : err('not-true-or-false');
}

const readWord = (value: string): Read<string> => (/\p{Cc}/u.test(value) ? err('has-control-characters') : ok(value));

const thisMachine = new Set(['localhost', '127.0.0.1', '[::1]']);

function readUrl(value: string, allowHttp: boolean): Read<string> {
  if (!URL.canParse(value)) return err('not-a-url');
  const { protocol, hostname, username, password, search, hash, origin, pathname } = new URL(value);
  if (protocol !== 'https:' && protocol !== 'http:') return err('not-a-url');
  if (username || password || search || hash) return err('not-a-url');
  if (protocol === 'http:' && !allowHttp && !thisMachine.has(hostname)) return err('not-https');
  return ok(origin + pathname.replace(/\/+$/, ''));
}
