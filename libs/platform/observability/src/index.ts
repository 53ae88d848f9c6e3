export { kafkaLogCreator, nestLogger, type NestLogger, temporalLogger, type TemporalLogger } from './foreign-loggers.ts';
export { createLogger, type Logger, type LoggerOptions, type LogLevel } from './logger.ts';
export { createMetrics, type Metrics } from './metrics.ts';
export { type SpanAttribute, type SpanAttributes } from './tracing/span-attributes.ts';
export {
  currentTraceParent,
  fansOutHere,
  inSpan,
  isTracing,
  isWorthASpan,
  type ManualSpan,
  type OpenSpan,
  openSpan,
  type SpanOptions,
  type TraceParent,
} from './tracing/spans.ts';
export { startTracing, type TracingOptions, tracingVariables, type TracingVariables } from './tracing/start-tracing.ts';
