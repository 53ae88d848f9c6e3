export { kafkaLogCreator, nestLogger, type NestLogger, temporalLogger, type TemporalLogger } from './foreign-loggers.ts';
export { createLogger, type Logger, type LoggerOptions, type LogLevel } from './logger.ts';
export { createMetrics, type Metrics } from './metrics.ts';
