import type { UserRef } from '@tallystick/devices-domain';
import { defineSearchAttributeKey } from '@temporalio/common';

// Keywords that Temporal keeps in clear, whatever seals its payloads: ids and words of closed lists, never anything of a person. The server has
// to know them before the first workflow starts (`temporal operator search-attribute create`): one that sets an unknown one stands still.
export const environmentAttribute = defineSearchAttributeKey('Environment', 'KEYWORD');
export const connectionAttribute = defineSearchAttributeKey('Connection', 'KEYWORD');
/** What the last pass came to: `kind` of the outcome. */
export const outcomeAttribute = defineSearchAttributeKey('Outcome', 'KEYWORD');
/** `because` of that outcome; absent when it has none. */
export const reasonAttribute = defineSearchAttributeKey('Reason', 'KEYWORD');
/** The id of the hold that the user waits in; absent when they wait in none. */
export const holdAttribute = defineSearchAttributeKey('Hold', 'KEYWORD');

/** What a server must know before a worker of this half may work. */
export const deviceSearchAttributes = [
  environmentAttribute,
  connectionAttribute,
  outcomeAttribute,
  reasonAttribute,
  holdAttribute,
] as const;

/** What a workflow about one user is found by from its start. */
export const userAttributes = ({ environment, connection }: Pick<UserRef, 'environment' | 'connection'>) => [
  { key: environmentAttribute, value: environment as string },
  { key: connectionAttribute, value: connection as string },
];
