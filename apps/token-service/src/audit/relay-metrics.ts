export { declareRelayMetrics, type RelayMetrics } from '@tallystick/platform-audit';
