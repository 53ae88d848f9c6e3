export { asToldByAQuestion } from './as-told-by-a-question.ts';
export { breakableLink } from './breakable-link.ts';
export { type Endpoints, endpoints } from './endpoints.ts';
export { eventually, type Eventually } from './eventually.ts';
export { freePort } from './free-port.ts';
export { openApiFaults } from './openapi-faults.ts';
export { OwnRedis } from './own-redis.ts';
export { uniqueName } from './unique-name.ts';
