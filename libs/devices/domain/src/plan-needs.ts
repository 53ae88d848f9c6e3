import type { DeviceId, ObservedDevice } from './observed-user.ts';
import type { Finding, Step } from './plan.ts';

/** Whether some step takes the last device with which the user can sign in. Names that device in `findings`. */
export function workingFactorLost(devices: readonly ObservedDevice[], steps: readonly Step[], findings: Finding[]): boolean {
  if (steps.length === 0) return false;
  let working = 0;
  for (const { unusable } of devices) working += unusable ? 0 : 1;
  for (const step of steps) {
    if (step.kind === 'pair') working += 1;
    else if (step.kind === 'unpair' && works(devices, step.deviceId)) {
      working -= 1;
      if (working > 0) continue;
      findings.push({ kind: 'last-working-factor', deviceId: step.deviceId });
      return true;
    }
  }
  return false;
}

function works(devices: readonly ObservedDevice[], id: DeviceId): boolean {
  for (const device of devices) if (device.id === id) return !device.unusable;
  return false;
}
