export {
  type DeviceActivities,
  devicesTaskQueue,
  reconcileUserType,
  reconcileUserWorkflowId,
  recordChangedSignal,
} from './reconcile-user-api.ts';
export {
  connectionAttribute,
  deviceSearchAttributes,
  environmentAttribute,
  holdAttribute,
  outcomeAttribute,
  reasonAttribute,
  userAttributes,
} from './search-attributes.ts';
export {
  bulkTaskQueue,
  fullPassType,
  fullPassWorkflowId,
  holdAnsweredSignal,
  type PassActivities,
  type PassPage,
  type PassRequest,
  type PassVerdict,
  pausePassUpdate,
  resumePassUpdate,
  sampleShard,
  type ScheduledPassOutcome,
  type ScheduledPassRequest,
  scheduledPassType,
} from './full-pass-api.ts';
export { type InspectActivities, type InspectRequest, inspectType, inspectWorkflowId } from './inspect-api.ts';
export { wakeDeadlineMs, wakeUp } from './wake-up.ts';
