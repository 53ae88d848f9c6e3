import type { Logger } from './logger.ts';

// Adapters by shape, so that this library needs neither Nest, KafkaJS nor Temporal.

type NestMethod = (message: unknown, ...rest: unknown[]) => void;
/** The shape of Nest's `LoggerService`. */
export type NestLogger = Readonly<Record<'log' | 'error' | 'warn' | 'debug' | 'verbose' | 'fatal', NestMethod>>;

/** Nest passes the context as last argument, and for errors a stack before it. */
export function nestLogger(logger: Logger): NestLogger {
  const at =
    (level: 'info' | 'error' | 'warn' | 'debug' | 'trace' | 'fatal'): NestMethod =>
    (message, ...rest) => {
      const texts = rest.filter((part) => typeof part === 'string');
      const context = texts.at(-1);
      const stack = texts.length > 1 ? texts[0] : undefined;
      const fields = { ...(context === undefined ? {} : { context }), ...(stack === undefined ? {} : { stack }) };
      if (message instanceof Error) logger[level]({ ...fields, err: message }, message.message);
      else if (typeof message === 'string') logger[level](fields, message);
      else logger[level]({ ...fields, details: message }, 'a message of the framework');
    };
  return { log: at('info'), error: at('error'), warn: at('warn'), debug: at('debug'), verbose: at('trace'), fatal: at('fatal') };
}

type KafkaLogEntry = {
  readonly namespace: string;
  readonly level: number;
  readonly log: { readonly message: string; readonly [field: string]: unknown };
};

const kafkaFields = [
  'broker',
  'clientId',
  'groupId',
  'memberId',
  'topic',
  'partition',
  'offset',
  'retryCount',
  'retryTime',
  'error',
  'stack',
] as const;

/** For KafkaJS's `logCreator`. Its levels: 1 error, 2 warn, 4 info, 5 debug. Only known fields pass. */
export const kafkaLogCreator =
  (logger: Logger) =>
  () =>
  ({ namespace, level, log }: KafkaLogEntry): void => {
    const fields = Object.fromEntries(kafkaFields.filter((name) => log[name] !== undefined).map((name) => [name, log[name]]));
    const method = level <= 1 ? 'error' : level === 2 ? 'warn' : level === 4 ? 'info' : 'debug';
    logger[method]({ component: 'kafkajs', namespace, ...fields }, log.message);
  };

type TemporalMethod = (message: string, meta?: Record<string | symbol, unknown>) => void;
/** The shape of Temporal's `Logger`. */
export type TemporalLogger = Readonly<Record<'trace' | 'debug' | 'info' | 'warn' | 'error', TemporalMethod>> & {
  readonly log: (
    level: 'TRACE' | 'DEBUG' | 'INFO' | 'WARN' | 'ERROR',
    message: string,
    meta?: Record<string | symbol, unknown>,
  ) => void;
};

/** For Temporal's runtime, workers and clients. */
export function temporalLogger(logger: Logger): TemporalLogger {
  const at =
    (level: 'trace' | 'debug' | 'info' | 'warn' | 'error'): TemporalMethod =>
    (message, meta = {}) => {
      const { error, ...fields } = meta as Record<string, unknown>;
      logger[level]({ component: 'temporal', ...fields, ...(error === undefined ? {} : { err: error }) }, message);
    };
  const methods = { trace: at('trace'), debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  return { ...methods, log: (level, message, meta) => methods[level.toLowerCase() as keyof typeof methods](message, meta) };
}
