export { type ConnectToMdm, SimulatedDevice } from './simulated-device.ts';
export { freePort, mostDevices, type RunningNanomdm, startNanomdm, type StartNanomdmOptions } from './start-nanomdm.ts';
