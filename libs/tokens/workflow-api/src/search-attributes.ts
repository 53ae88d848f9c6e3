import { type RotationRequest, segmentName } from '@tallystick/tokens-domain';
import { defineSearchAttributeKey } from '@temporalio/common';

// Keywords; the server has to know them before the first rotation starts (`temporal operator search-attribute create`): a workflow that
// sets an unknown one stands still.
export const environmentAttribute = defineSearchAttributeKey('Environment', 'KEYWORD');
export const segmentAttribute = defineSearchAttributeKey('Segment', 'KEYWORD');
/** A rotation's stage, or `paused`. */
export const stageAttribute = defineSearchAttributeKey('Stage', 'KEYWORD');

/** What a rotation, and a schedule of rotations, is found by. */
export const rotationAttributes = ({ environment, segment }: Pick<RotationRequest, 'environment' | 'segment'>) => [
  { key: environmentAttribute, value: environment as string },
  { key: segmentAttribute, value: segmentName(segment) },
];
