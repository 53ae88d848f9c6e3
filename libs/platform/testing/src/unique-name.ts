import { randomBytes } from 'node:crypto';

/** A name that no other test uses, valid as environment id, topic, group and key part: `prefix-3f9c2a71b0de`. */
export const uniqueName = (prefix: string): string => `${prefix}-${randomBytes(6).toString('hex')}`;
