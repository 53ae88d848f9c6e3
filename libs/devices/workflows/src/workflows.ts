// What the worker's bundle registers: one name per workflow type, frozen once deployed.
export { reconcileUser } from './reconcile-user.ts';
