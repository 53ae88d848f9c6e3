export { type ConfigFault, describeFaults, type Environment, loadConfig, parseConfig } from './load-config.ts';
export { Ending, EndingHasBegun } from './ending.ts';
export { endingVariables, type ProcessLog, type ProcessOptions, runProcess } from './run-process.ts';
export { type FileVariable, readSettings, SettingsError, type SettingsReader, type TlsFiles } from './read-settings.ts';
export { type Prefixed, prefixed } from './variable-group.ts';
export { csv, durationMs, filePath, flag, hostPort, hostPortList, port, url, urlList, wholeNumber } from './variable-types.ts';
