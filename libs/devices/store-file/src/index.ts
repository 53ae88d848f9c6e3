export { type Connection } from './connection.ts';
export { connectionSchema, connectionsSchema } from './connection-schema.ts';
export { type ConnectionWarning, warningsOf } from './connection-warnings.ts';
export { loadConnections } from './load-connections.ts';
export { parseConnections, readConnections } from './read-connections.ts';
