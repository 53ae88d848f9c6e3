export { reconcileUser } from './reconcile-user.ts';
