import type { Connection } from './connection.ts';
import { type ConnectionWarning, warningsOf } from './connection-warnings.ts';
import { readConnections } from './read-connections.ts';

/**
 * Reads the connections at start, for a process that can't go on without them. Warnings go to `onWarning`, each with its connection.
 * @throws Error with all faults, one to a line
 */
export function loadConnections(
  path: string,
  onWarning: (warning: ConnectionWarning, connection: Connection) => void,
): readonly Connection[] {
  const read = readConnections(path);
  if (!read.ok) throw new Error([`the connections file has faults:`, ...read.error.map((fault) => `  ${fault}`)].join('\n'));
  for (const connection of read.value) for (const warning of warningsOf(connection)) onWarning(warning, connection);
  return read.value;
}
