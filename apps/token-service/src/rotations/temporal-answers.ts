import { grpcCodeOf, grpcCodes } from '@tallystick/platform-temporal';
import { RotationsAway } from './rotations.port.ts';

/** What an error of Temporal means, for the two adapters here. */
export const asAway = (error: unknown, call: 'read' | 'change'): RotationsAway =>
  new RotationsAway(call === 'read' || grpcCodeOf(error) === grpcCodes.unavailable ? 'not-done' : 'unknown', error);
