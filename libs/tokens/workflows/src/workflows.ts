// What the worker's bundle registers: one name per workflow type, frozen once deployed.
export { rotateToken } from './rotate-token.ts';
export { scheduledRotation } from './scheduled-rotation.ts';
