export { ConnectionPlaces, type ConnectionPlacesSettings } from './connection-places.ts';
export { createDeviceActivities } from './create-device-activities.ts';
export { TryAgain, type TryAgainReason } from './directory-failure.ts';
export { type AttemptContext, type DeviceActivityNeeds, type ReconcileConnection } from './reconcile-connection.ts';
export { reconcileUser } from './reconcile-user.ts';
export { createInspectActivities } from './inspect/create-inspect-activities.ts';
export type { ExplainedConnection, GuardLooks, InspectNeeds, LookNeeds, UserLooks } from './inspect/look-needs.ts';
export { createPassActivities } from './pass/create-pass-activities.ts';
export type { PassNeeds } from './pass/pass-needs.ts';
