import { readFile } from 'node:fs/promises';
import { createRemoteJWKSet, type JSONWebKeySet } from 'jose';
import { discover, issuerTimeoutMs, trustedUrl } from './discovery.ts';

/** An `https:` URL, the path of a file, or the keys themselves. */
export type KeySource = string | JSONWebKeySet;

/** One look at the keys as they are now. Rejects when they can't be had. */
export type LoadKeys = () => Promise<JSONWebKeySet>;

/**
 * Where the public keys of an issuer come from: the given source, or else the `jwks_uri` of the issuer's discovery document, which
 * is read anew at each look.
 * @throws Error on a plain `http:` address that is not this machine, unless allowed.
 */
export function keyLoader(
  source: KeySource | undefined,
  { issuer, allowPlainHttp }: { readonly issuer: string; readonly allowPlainHttp: boolean },
): LoadKeys {
  if (source === undefined) {
    trustedUrl(issuer, 'an issuer that is asked for its keys', allowPlainHttp);
    return async () => {
      const { jwks_uri: uri } = await discover(issuer, allowPlainHttp);
      return fetchKeys(trustedUrl(uri ?? '', 'the jwks_uri of the issuer', allowPlainHttp));
    };
  }
  if (typeof source !== 'string') return () => Promise.resolve(source);
  if (!/^https?:/i.test(source)) return async () => JSON.parse(await readFile(source, 'utf8')) as JSONWebKeySet;
  const url = trustedUrl(source, 'the JWKS URL', allowPlainHttp);
  return () => fetchKeys(url);
}

async function fetchKeys(url: URL): Promise<JSONWebKeySet> {
  const remote = createRemoteJWKSet(url, { timeoutDuration: issuerTimeoutMs });
  await remote.reload();
  return remote.jwks() ?? { keys: [] };
}
