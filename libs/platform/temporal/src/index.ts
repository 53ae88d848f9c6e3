export { connectTemporal, type TemporalAddress, type TemporalClient, type TemporalClientOptions } from './connect-temporal.ts';
export { type RunningWorker, runWorker, type TemporalWorkerOptions } from './run-worker.ts';
