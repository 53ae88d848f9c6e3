export {
  type ConfigurationFile,
  configurationFile,
  type ConfigurationFileOptions,
  type ConfigurationFormat,
  configurationFormats,
  platformsOf,
} from './configuration-file.ts';
export { createFileTarget, type FileSettings, fileSettings } from './file-target.ts';
export { warningsOf } from './warnings-of.ts';
