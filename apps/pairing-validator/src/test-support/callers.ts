import { generateKeyPairSync, sign } from 'node:crypto';

/** An issuer of caller tokens for tests, with its public keys as a JWKS. */
export function testIssuer() {
  const issuer = 'https://issuer.example';
  const audience = 'tallystick';
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const bearer = (roles: Readonly<Record<string, readonly string[]>>): string => {
    const now = Math.floor(Date.now() / 1000);
    const claims = { sub: 'caller', roles, iss: issuer, aud: audience, iat: now, exp: now + 300 };
    const text = `${part({ alg: 'RS256', kid: 'a' })}.${part(claims)}`;
    return `Bearer ${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`;
  };
  return { issuer, audience, jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'a', alg: 'RS256' }] }, bearer };
}
