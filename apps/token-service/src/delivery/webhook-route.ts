import type { IncomingMessage } from 'node:http';
import { type PathItem, ProblemException, problemResponse, sendProblem, signatureAccess } from '@tallystick/platform-http';
import type { Logger } from '@tallystick/platform-observability';
import { longestWebhook } from '@tallystick/tokens-delivery-nanomdm';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Webhooks } from './webhooks.ts';

const path = '/v1/environments/:environment/delivery-targets/:target/webhook';
const header = 'X-Hmac-Signature';
const access = signatureAccess(
  "HMAC-SHA-256 of the body with the target's webhookKey, in base64, in the header X-Hmac-Signature",
);

/** The route in the OpenAPI document. */
export const webhookPaths: Readonly<Record<string, PathItem>> = {
  [path.replaceAll(/:(\w+)/g, '{$1}')]: {
    post: {
      tags: ['delivery'],
      summary:
        'What NanoMDM tells of devices: its -webhook-url. Asks for no bearer token, but for its signature (-webhook-hmac-key)',
      parameters: [
        {
          name: header,
          in: 'header',
          required: true,
          description: "Base64 of HMAC-SHA-256 over the bytes of the body, with the target's webhookKey",
          schema: { type: 'string', pattern: '^[A-Za-z0-9+/]{43}=$' },
        },
      ],
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { type: 'object', description: 'An event as NanoMDM 0.9 sends it' } } },
      },
      responses: {
        200: { description: 'Taken; also what no delivery has to do with' },
        400: problemResponse('It did not arrive whole, or is signed and not what NanoMDM sends.'),
        401: problemResponse('There is no such target, or it is not signed with its key: the same answer for both.'),
        429: problemResponse('Too many arrive at this moment; Retry-After says when.'),
        503: problemResponse("The target's webhook key can not be read, or what devices answer can not be noted now."),
      },
    },
  },
};

/**
 * Bodies are held before it is known who sent them: at most 64 MiB by small ones, as nearly all are, and as much by large ones. So large
 * ones that come slowly do not keep the small ones out.
 */
const rooms = [
  { upTo: 65_536, places: 1_024 },
  { upTo: longestWebhook, places: 16 },
];

/** Places for bodies by their length. */
class Rooms {
  readonly #free = rooms.map(({ upTo, places }) => ({ upTo, places }));

  /** Undefined: there is no place. `length` is undefined when it is not told before. */
  enter(length: number | undefined): (() => void) | undefined {
    const room = this.#free.find(({ upTo }) => (length ?? longestWebhook) <= upTo);
    if (!room || room.places === 0) return undefined;
    room.places--;
    return () => void room.places++;
  }
}

/** The rest of the body may still come. */
const closed = { headers: { connection: 'close' } };

const notAuthenticated = (): ProblemException =>
  new ProblemException(
    'unauthenticated',
    401,
    'Authentication required',
    `Nothing is known that this could be for. Compare the address with the target, and the key that ${header} is made with with its webhookKey.`,
    {},
    { headers: { 'www-authenticate': 'HMAC-SHA-256' } },
  );
const tooLarge = (): ProblemException =>
  new ProblemException(
    'body-too-large',
    413,
    'The request body is too large',
    `At most ${longestWebhook} bytes are taken.`,
    {},
    closed,
  );
const notWhole = (): ProblemException =>
  new ProblemException('malformed-request', 400, 'The request is malformed', 'Its body did not arrive whole.', {}, closed);
const unreadable = (): ProblemException =>
  new ProblemException('unreadable-webhook', 400, 'The webhook can not be read', 'It is signed, and not what NanoMDM 0.9 sends.');
const tooMany = (): ProblemException =>
  new ProblemException(
    'too-many-webhooks',
    429,
    'Too many webhooks at once',
    'Try again later.',
    {},
    { headers: { 'retry-after': '1' } },
  );
const notNow = (what: string): ProblemException =>
  new ProblemException('unavailable', 503, 'The service is not available now', what, {}, { headers: { 'retry-after': '60' } });

/**
 * The address that NanoMDM tells things to. Its body is taken as the bytes that were signed, in a context of its own: everywhere else
 * bodies stay JSON of the usual size. Call it on a server whose routes are guarded, before it listens. @throws TypeError on another one.
 */
export function addWebhookRoute(fastify: FastifyInstance, webhooks: Webhooks, logger: Logger): void {
  if (!fastify.hasRequestDecorator('principal')) throw new TypeError('the routes of this server are not guarded');
  const free = new Rooms();
  void fastify.register((scope, _, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _body, parsed) => parsed(null)); // it is read below, where there is a place for it
    scope.setErrorHandler((error, request, reply) => sendProblem(request, reply, error, logger));
    scope.post(path, { config: { access } }, async (request, reply) => {
      const length = lengthOf(request);
      if (length !== undefined && length > longestWebhook) throw tooLarge();
      const leave = free.enter(length);
      if (!leave) {
        webhooks.refused();
        throw tooMany();
      }
      try {
        await take(webhooks, request);
      } finally {
        leave();
      }
      return reply.status(200).send(); // NanoMDM takes any other status for a failure
    });
    done();
  });
}

async function take(webhooks: Webhooks, request: FastifyRequest): Promise<void> {
  const signature = request.headers[header.toLowerCase()];
  const body = await bytesOf(request.raw);
  const { environment, target } = request.params as { environment: string; target: string };
  const outcome = await webhooks.take({
    environment,
    target,
    body,
    signature: typeof signature === 'string' ? signature : undefined,
  });
  switch (outcome) {
    case 'taken':
      return;
    case 'not-authenticated':
      throw notAuthenticated();
    case 'unreadable':
      throw unreadable();
    case 'key-missing':
      throw notNow("The target's webhook key can not be read.");
    case 'journal-away':
      throw notNow('What devices answer can not be noted.');
  }
}

/** The length that is told before the body; undefined: none, or one that may not be it. */
function lengthOf({ headers }: FastifyRequest): number | undefined {
  if (headers['transfer-encoding'] !== undefined) return undefined;
  return Number(headers['content-length'] ?? 0);
}

/** Its end comes in any case: the server ends what comes too slowly. */
async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of message.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > longestWebhook) break;
      chunks.push(chunk);
    }
  } catch {
    throw notWhole();
  }
  if (length > longestWebhook) throw tooLarge();
  return Buffer.concat(chunks);
}
