export { createPingIdDirectory, type PingIdDirectoryOptions, pingIdHosts } from './pingid-directory.ts';
export { pingIdCapabilities } from './pingid-capabilities.ts';
export {
  parsePingIdProperties,
  type PingIdProperties,
  type PropertiesOptions,
  type PropertyFault,
  type PropertyFaultReason,
} from './pingid-properties.ts';
