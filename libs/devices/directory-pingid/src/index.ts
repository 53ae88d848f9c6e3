export { checkConnection } from './check-connection.ts';
export { type Fetch } from './pingid-call.ts';
export { createPingIdDirectory, type PingIdDirectoryOptions } from './pingid-directory.ts';
export {
  parsePingIdProperties,
  type PingIdProperties,
  type PropertiesOptions,
  type PropertyFault,
  type PropertyFaultReason,
} from './pingid-properties.ts';
