import { readFile } from 'node:fs/promises';
import { createLocalJWKSet, createRemoteJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';

/** An `https:` URL, the path of a file, or the keys themselves. */
export type KeySource = string | JSONWebKeySet;

const rereadAfterMs = 30_000;
const loopback = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * Where public keys come from. Remote keys are fetched when first needed, kept, and fetched again for an unknown key id at most
 * every 30 s; a file is read again after 30 s, so that keys come and go without a restart.
 * @throws Error on a plain `http:` URL that is not this machine, unless allowed.
 */
export function keySource(
  source: KeySource,
  { allowPlainHttp, now }: { readonly allowPlainHttp: boolean; readonly now: () => number },
): JWTVerifyGetKey {
  if (typeof source !== 'string') return createLocalJWKSet(source);
  if (!/^https?:/i.test(source)) return fileKeys(source, now);
  const url = new URL(source);
  if (url.protocol === 'http:' && !allowPlainHttp && !loopback.test(url.hostname))
    throw new Error('the JWKS URL must start with https://: whoever can change that answer could sign in as anybody');
  return createRemoteJWKSet(url, { timeoutDuration: 5_000, cooldownDuration: rereadAfterMs, cacheMaxAge: 600_000 });
}

function fileKeys(path: string, now: () => number): JWTVerifyGetKey {
  let keys: JWTVerifyGetKey | undefined;
  let readAt = 0;
  const read = async (): Promise<JWTVerifyGetKey> => {
    readAt = now();
    keys = createLocalJWKSet(JSON.parse(await readFile(path, 'utf8')) as JSONWebKeySet);
    return keys;
  };
  return async (header, token) => {
    // By age as well: a key that was taken out of the file must stop opening doors, though no unknown key id asks for another look.
    const current = keys && now() - readAt < rereadAfterMs ? keys : await read();
    return current(header, token);
  };
}
