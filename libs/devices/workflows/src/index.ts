export { reconcileUser } from './reconcile-user.ts';
export { fullPass } from './full-pass.ts';
export { scheduledPass } from './full-pass-scheduled.ts';
export { inspect } from './inspect.ts';
