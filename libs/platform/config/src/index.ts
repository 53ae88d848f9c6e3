export { type ConfigFault, describeFaults, type Environment, loadConfig, parseConfig } from './load-config.ts';
export { csv, durationMs, filePath, flag, hostPort, hostPortList, port, url, urlList, wholeNumber } from './variable-types.ts';
