import { filePath, readSettings } from '@tallystick/platform-config';
import { type KeyRing, readKeyRing } from '@tallystick/platform-secrets';
import { type AuditDigest, auditDigest } from './audit-digests.ts';
import { type AuditSigner, readAuditSigner, readStatement, signStatement } from './signing.ts';

/** What every process reads that writes or publishes audit entries: entries of its configuration schema. */
export const auditVariables = {
  AUDIT_SIGNING_KEY_FILE: filePath
    .optional()
    .describe(
      'PEM: the Ed25519 key (PKCS#8) that signs the heads of the audit chains, then the keys that signed before it, public or private. Needed where the audit is published. Read once at the start',
    ),
  AUDIT_DIGEST_KEY_FILE: filePath
    .optional()
    .describe(
      'Key ring for the digests of documents in the audit: what was there before and after a change. Needed where the audit is published. Read once at the start',
    ),
};

export type AuditVariables = {
  readonly AUDIT_SIGNING_KEY_FILE?: string | undefined;
  readonly AUDIT_DIGEST_KEY_FILE?: string | undefined;
};

export interface AuditKeys {
  /** Undefined where the audit is not published. */
  readonly signer: AuditSigner | undefined;
  /** Undefined where no key is set: entries then have no digests. */
  readonly digest: AuditDigest | undefined;
}

/**
 * What {@link auditVariables} say, their files read, the signing key tried. `neededBecause`: the variable by which the audit is published; both
 * keys have to be there then.
 * @throws SettingsError that names the variables at fault, and never a content.
 */
export function auditKeysOf(
  variables: AuditVariables,
  { neededBecause }: { readonly neededBecause?: string | undefined } = {},
): AuditKeys {
  const { AUDIT_SIGNING_KEY_FILE: signingFile, AUDIT_DIGEST_KEY_FILE: digestFile } = variables;
  return readSettings((settings) => {
    const attempt = <T>(variable: string, read: () => T): T | undefined => {
      try {
        return read();
      } catch (error) {
        settings.fault(variable, error instanceof Error ? error.message : 'unknown fault');
        return undefined;
      }
    };
    for (const [variable, path] of Object.entries({ AUDIT_SIGNING_KEY_FILE: signingFile, AUDIT_DIGEST_KEY_FILE: digestFile }))
      if (path === undefined && neededBecause !== undefined)
        settings.fault(variable, `is missing, because ${neededBecause} is set`);
    const pem = settings.text({ variable: 'AUDIT_SIGNING_KEY_FILE', path: signingFile });
    const signer = pem === undefined ? undefined : attempt('AUDIT_SIGNING_KEY_FILE', () => tried(readAuditSigner(pem)));
    const ring: KeyRing | undefined =
      digestFile === undefined ? undefined : attempt('AUDIT_DIGEST_KEY_FILE', () => readKeyRing(digestFile));
    return { signer, digest: ring && auditDigest(ring) };
  });
}

/** Signs once, and reads it back. */
function tried(signer: AuditSigner): AuditSigner {
  const nothing = { heads: [], complete: false, chains: 0, from: {} };
  const text = signStatement({ format: 1, half: 'tokens', at: '2000-01-01T00:00:00Z', ...nothing }, signer);
  if (readStatement(text, signer.trusted).kind !== 'statement') throw new Error('the key does not verify what it signs');
  return signer;
}
