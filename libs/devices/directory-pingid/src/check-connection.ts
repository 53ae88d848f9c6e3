import type { DirectoryFault, MfaDirectory } from '@tallystick/devices-domain';
import { ok, type Result } from '@tallystick/kernel-core';

/**
 * Is the directory there, and does it accept the credentials? Asks for a dummy user as the reference does (P30): whether it exists does
 * not matter, only faults of the service fail the check. Changes nothing.
 */
export async function checkConnection(directory: Pick<MfaDirectory, 'observe'>): Promise<Result<void, DirectoryFault>> {
  const observed = await directory.observe('id');
  return observed.ok ? ok(undefined) : observed;
}
