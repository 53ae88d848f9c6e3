export { parseSourceMessage } from './parse-source-message.ts';
export {
  type IgnoredReason,
  type RawSourceMessage,
  type SourceEvent,
  type SourceVersion,
  type UnusableReason,
} from './source-event.ts';
