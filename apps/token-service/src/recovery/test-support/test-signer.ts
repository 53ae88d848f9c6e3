import { generateKeyPairSync } from 'node:crypto';
import { readAuditSigner } from '@tallystick/platform-audit';

/** Signs heads in tests. */
export const testSigner = readAuditSigner(
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
);
