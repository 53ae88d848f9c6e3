import { type FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type PairingValidator, type PresentedDevice } from '../provider/pairing-validator.ts';
import { type FlowRequest, type ProviderFlow } from '../provider/provider-flow.ts';
import { deviceId } from './admin-schemas.ts';
import { Problem, readBody, sendJson } from './json-bodies.ts';

const word = z.string().min(1).max(250);
const appVersion = z.string().max(100).nullable();
const flowFields = {
  environment: word,
  username: word,
  presentedToken: z.string().max(4096).nullable().default(''),
  validator: z.int().min(0).optional(),
};
const pairingBody = z.object({
  ...flowFields,
  device: z.object({
    type: z.enum(['iPhone', 'Android']),
    model: word,
    osVersion: word,
    appVersion: appVersion.default(null),
    id: word.optional(),
  }),
});
const authenticationBody = z.object({
  ...flowFields,
  deviceId,
  device: z.object({ model: word, osVersion: word, appVersion, id: word }).partial().default({}),
});

/** `POST /pairing` and `POST /authentication`: what the mobile app does at the provider. The presented token is passed on, never kept. */
export function providerRoutes(
  app: FastifyInstance,
  { flow, validator }: { flow: ProviderFlow; validator: PairingValidator },
): void {
  const flowRequest = (body: z.infer<typeof pairingBody> | z.infer<typeof authenticationBody>): FlowRequest => {
    if (body.validator !== undefined && body.validator >= validator.count)
      throw new Problem(400, 'validator: there is no validator with this index');
    const { environment, username, presentedToken } = body;
    return {
      environment,
      username,
      presentedToken: presentedToken ?? '',
      ...(body.validator !== undefined && { validator: body.validator }),
    };
  };

  app.post('/pairing', async (request, reply) => {
    const startedAt = performance.now();
    const body = readBody(pairingBody, request);
    const { type, id, ...claims } = body.device;
    const device: PresentedDevice = {
      platform: type === 'iPhone' ? 'ios' : 'android',
      ...claims,
      ...(id !== undefined && { id }),
    };
    const answer = await flow.pair(flowRequest(body), type, device);
    return sendJson(reply, answer.httpStatus, { ...answer.body, totalMs: since(startedAt) });
  });

  app.post('/authentication', async (request, reply) => {
    const startedAt = performance.now();
    const body = readBody(authenticationBody, request);
    const claims = Object.fromEntries(
      Object.entries(body.device).filter(([, value]) => value !== undefined),
    ) as Partial<PresentedDevice>;
    const answer = await flow.authenticate(flowRequest(body), body.deviceId, claims);
    return sendJson(reply, answer.httpStatus, { ...answer.body, totalMs: since(startedAt) });
  });
}

const since = (startedAt: number) => Math.round((performance.now() - startedAt) * 1000) / 1000;
