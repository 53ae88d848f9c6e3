import type { DataConverter } from '@temporalio/common';
import type { Logger } from '@tallystick/platform-observability';
import { readKeyRing } from '@tallystick/platform-secrets';
import { sealPayloads } from './seal-payloads.ts';

export type PayloadKeys = {
  /**
   * The key ring that seals payloads: the same for every client and worker of a namespace. A new key goes into all copies of the file before
   * it becomes the current one of any. Left out: payloads are written in clear, and sealed ones are refused.
   */
  readonly payloadKeysFile?: string | undefined;
};

/** Reads the file once, and says at start what holds. @throws Error naming the file and its fault, never a key. */
export function dataConverterOf(
  { payloadKeysFile, namespace }: PayloadKeys & { readonly namespace: string },
  logger: Logger,
): DataConverter {
  const keys = payloadKeysFile === undefined ? undefined : readKeyRing(payloadKeysFile);
  if (keys) logger.info({ namespace, keyId: keys.current }, 'payloads in Temporal are sealed');
  else logger.warn({ namespace }, 'payloads in Temporal are not sealed: no payload keys file is configured');
  return { payloadCodecs: [sealPayloads(keys, namespace)] };
}
