import { writeFileSync } from 'node:fs';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** An issuer for one machine: a key pair made at start, its public half in a file that the services read. Never open, not even here. */
export interface LocalAccess {
  readonly env: Readonly<Record<'AUTH_JWKS' | 'AUTH_ISSUER' | 'AUTH_AUDIENCE', string>>;
  /** A bearer token of one subject with roles in one environment (or `*`), valid for eight hours. */
  readonly tokenFor: (subject: string, environment: string, roles: readonly string[]) => Promise<string>;
}

export async function createLocalAccess(jwksFile: string): Promise<LocalAccess> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  writeFileSync(
    jwksFile,
    JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'local', alg: 'ES256', use: 'sig' }] }),
  );
  const issuer = 'https://local.tallystick.invalid';
  const audience = 'tallystick';
  return {
    env: { AUTH_JWKS: jwksFile, AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience },
    tokenFor: (subject, environment, roles) =>
      new SignJWT({ roles: { [environment]: roles } })
        .setProtectedHeader({ alg: 'ES256', kid: 'local' })
        .setSubject(subject)
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt()
        .setExpirationTime('8h')
        .sign(privateKey),
  };
}
