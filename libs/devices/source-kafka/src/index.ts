export { parseSourceMessage } from './parse-source-message.ts';
export { readSourceKey } from './read-source-key.ts';
export {
  type IgnoredReason,
  type RawSourceMessage,
  type SourceEvent,
  type SourceVersion,
  type UnusableReason,
} from './source-event.ts';
