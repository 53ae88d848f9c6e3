export { connectionSchema } from './connection-schema.ts';
export { type ConnectionWarning, connectionWarnings, warningsOf } from './connection-warnings.ts';
export { FileConnectionStore, openConnectionsFile, readConnections } from './file-connection-store.ts';
export { mappingSchema } from './mapping-schema.ts';
export { parseConnection, parseConnections } from './parse-connection.ts';
export { keptVersions, RedisConnectionStore } from './redis-connection-store.ts';
export { referenceSettings, type ReferenceSetting } from './reference-names.ts';
export { type RisingDanger, risingDangers, risingDangersOf } from './rising-danger.ts';
