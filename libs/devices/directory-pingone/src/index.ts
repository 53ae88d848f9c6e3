export { createPingOneDirectory, type PingOneDirectoryOptions } from './pingone-directory.ts';
export { pingOneCapabilities } from './pingone-capabilities.ts';
export { pingOneHosts, type PingOneSettings, pingOneUrls, type PingOneUrls } from './pingone-settings.ts';
