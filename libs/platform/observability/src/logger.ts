import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';
import { censorLine, plainError } from './redaction.ts';
import { currentTraceIds } from './tracing/spans.ts';

export type Logger = PinoLogger;
export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
export type LoggerOptions = { readonly service: string; readonly level?: LogLevel; readonly destination?: DestinationStream };

/**
 * A logger that writes one JSON object per line to stdout (or to `destination`). What must not be logged is replaced in one place,
 * `redaction.ts`. An error goes under `err`, and keeps its type, message, code, stack and causes. What is logged inside a span has its ids.
 */
export function createLogger({ service, level = 'info', destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: plainError, error: plainError, cause: plainError, reason: plainError },
    hooks: { streamWrite: censorLine },
    mixin: () => currentTraceIds() ?? {},
  };
  return destination ? pino(options, destination) : pino(options);
}
