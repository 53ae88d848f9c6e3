export {
  type DeviceActivities,
  devicesTaskQueue,
  reconcileUserType,
  reconcileUserWorkflowId,
  recordChangedSignal,
} from './reconcile-user-api.ts';
