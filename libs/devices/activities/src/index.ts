export { createDeviceActivities } from './create-device-activities.ts';
export { TryAgain, type TryAgainReason } from './directory-failure.ts';
export { type AttemptContext, type DeviceActivityNeeds, type ReconcileConnection } from './reconcile-connection.ts';
export { reconcileUser } from './reconcile-user.ts';
