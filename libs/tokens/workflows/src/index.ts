export { rotateToken } from './rotate-token.ts';
export { scheduledRotation } from './scheduled-rotation.ts';
