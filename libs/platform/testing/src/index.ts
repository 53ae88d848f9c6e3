export { type Endpoints, endpoints } from './endpoints.ts';
export { eventually, type Eventually } from './eventually.ts';
export { uniqueName } from './unique-name.ts';
