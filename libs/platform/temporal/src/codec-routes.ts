import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Payload } from '@temporalio/common';
import { type Principal, ProblemException, type RouteAccess, sendProblem } from '@tallystick/platform-http';
import type { Logger } from '@tallystick/platform-observability';
import type { KeyRing } from '@tallystick/platform-secrets';
import { z } from 'zod';
import { isSealed, PayloadNotOpened, sealPayloads } from './seal-payloads.ts';

export type CodecRoutesOptions = {
  readonly keys: KeyRing;
  readonly namespace: string;
  /** Where Temporal's web UI is served, e.g. `https://temporal.example`. Pages of any other origin can't read an answer. */
  readonly uiOrigins: readonly string[];
  /** Before payloads are shown to somebody; they are not when it throws, and the caller is told what. `payloads`: those that were sealed. */
  readonly onOpening?: (reading: { readonly by: string; readonly requestId: string; readonly payloads: number }) => Promise<void>;
  readonly logger: Logger;
};

const base = '/codec';
const [decodePath, encodePath] = [`${base}/decode`, `${base}/encode`];
/** A payload is at most 2 MiB, and base64 makes a third more of it. */
const bodyLimit = 4_194_304;
const maxPayloads = 1_000;

const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/, { error: 'expected base64' });
const request = z.object({
  payloads: z
    .array(z.object({ metadata: z.record(z.string().max(256), base64).default({}), data: base64.default('') }))
    .max(maxPayloads, { error: `at most ${maxPayloads} payloads at once` }),
});
type WirePayload = z.infer<typeof request>['payloads'][number];

/**
 * Lets Temporal's web UI and CLI show sealed payloads, after Temporal's protocol of codec servers: `POST /codec/decode`; the endpoint to
 * configure there ends with `/codec`. Asks for the role `operator` in all environments (`*`), because a payload does not say whose it is, and
 * logs who opened how many. What is in clear comes back as it is. Nothing is encoded for anybody: whoever could, could put words into a
 * workflow's mouth past the API. Call it on a server whose routes are guarded, before it listens. @throws TypeError on another one.
 */
export function addCodecRoutes(
  fastify: FastifyInstance,
  { keys, namespace, uiOrigins, onOpening, logger }: CodecRoutesOptions,
): void {
  if (!fastify.hasRequestDecorator('principal')) throw new TypeError('the routes of this server are not guarded');
  const origins = new Set(uiOrigins.map((origin) => new URL(origin).origin));
  const codec = sealPayloads(keys, namespace);
  const [operators, everybody]: readonly [RouteAccess, RouteAccess] = [
    { kind: 'roles', anyOf: ['operator'] },
    { kind: 'public' },
  ];

  // On refusals too, so that the UI can say why.
  fastify.addHook('onSend', (request, reply, payload, done) => {
    if (request.routeOptions.url?.startsWith(`${base}/`)) allowOrigin(origins, request, reply);
    done(null, payload);
  });
  for (const path of [decodePath, encodePath])
    fastify.options(path, { config: { access: everybody } }, (request, reply) => answerPreflight(origins, request, reply));

  fastify.post(decodePath, { config: { access: operators }, bodyLimit }, async (request, reply) => {
    try {
      const payloads = readRequest(request, namespace);
      const opened = await codec.decode(payloads);
      const { subject } = (request as unknown as { readonly principal: Principal }).principal;
      const sealed = payloads.filter(isSealed).length;
      await onOpening?.({ by: subject, requestId: request.id, payloads: sealed });
      logger.info(
        { requestId: request.id, subject, payloads: payloads.length, sealed },
        'payloads of Temporal were opened for a reader',
      );
      return await reply.send({ payloads: opened.map(wireOf) });
    } catch (error) {
      return sendProblem(request, reply, error instanceof PayloadNotOpened ? notOpened(error) : error, logger);
    }
  });
  fastify.post(encodePath, { config: { access: operators }, bodyLimit }, (request, reply) =>
    sendProblem(request, reply, noEncoding(), logger),
  );
}

const noEncoding = (): ProblemException =>
  new ProblemException(
    'encoding-refused',
    403,
    'Nothing is encoded here',
    'Workflows are started and told things through the API only.',
  );

const notOpened = (cause: PayloadNotOpened): ProblemException =>
  new ProblemException(
    'payload-not-opened',
    422,
    'A payload could not be opened',
    cause.message,
    { fault: cause.fault },
    { cause },
  );

function readRequest({ body, headers }: FastifyRequest, namespace: string): readonly Payload[] & Payload[] {
  const asked = headers['x-namespace'];
  if (asked !== undefined && asked !== namespace)
    throw new ProblemException(
      'other-namespace',
      422,
      'Another namespace',
      `This endpoint opens payloads of the namespace ${namespace}.`,
    );
  const parsed = request.safeParse(body);
  if (!parsed.success)
    throw new ProblemException(
      'invalid-request',
      422,
      'The request is not valid',
      parsed.error.issues.map((issue) => issue.message).join('; '),
    );
  return parsed.data.payloads.map(({ metadata, data }) => ({
    metadata: Object.fromEntries(Object.entries(metadata).map(([name, value]) => [name, Buffer.from(value, 'base64')])),
    data: Buffer.from(data, 'base64'),
  }));
}

const textOf = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString('base64');
const wireOf = ({ metadata, data }: Payload): WirePayload => ({
  metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([name, value]) => [name, textOf(value)])),
  data: textOf(data),
});

function allowOrigin(origins: ReadonlySet<string>, { headers: { origin } }: FastifyRequest, reply: FastifyReply): boolean {
  void reply.header('vary', 'Origin');
  if (origin === undefined || !origins.has(origin)) return false;
  void reply.header('access-control-allow-origin', origin);
  return true;
}

/** No cookies are asked for: who calls is said by the bearer token alone. */
function answerPreflight(origins: ReadonlySet<string>, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (!allowOrigin(origins, request, reply)) return reply.status(403).send();
  return reply
    .status(204)
    .headers({
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': 'authorization, content-type, x-namespace',
      'access-control-max-age': '600',
    })
    .send();
}
