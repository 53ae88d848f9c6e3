import type { DeviceSlot } from './device-slot.ts';
import type { DeviceId } from './observed-user.ts';
import type { Finding, Plan, Step, StepReason } from './plan.ts';

/** A step without what it says of a person: no address, no profile. */
export interface RedactedStep {
  readonly kind: Step['kind'];
  readonly reason: StepReason;
  readonly slot?: DeviceSlot;
  readonly deviceId?: DeviceId;
}

export interface RedactedPlan {
  readonly steps: readonly RedactedStep[];
  readonly findings: readonly Finding[];
  readonly replanAt?: number;
}

/** A copy for histories, outcomes and logs. Findings stay as they are: by their type they carry no address, nickname or username. */
export function redactPlan({ steps, findings, replanAt }: Plan): RedactedPlan {
  return { steps: steps.map(redactStep), findings, ...(replanAt !== undefined && { replanAt }) };
}

export function redactStep(step: Step): RedactedStep {
  const { kind, reason } = step;
  return {
    kind,
    reason,
    ...('slot' in step && step.slot && { slot: step.slot }),
    ...('deviceId' in step && step.deviceId !== undefined && { deviceId: step.deviceId }),
  };
}
