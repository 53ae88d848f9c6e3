import type { IncomingMessage } from 'node:http';
import { type PathItem, ProblemException, problemResponse, sendProblem, signatureAccess } from '@tallystick/platform-http';
import type { Logger } from '@tallystick/platform-observability';
import { isSignature, longestWebhook } from '@tallystick/tokens-delivery-nanomdm';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ReceivedWebhook, Webhooks } from './webhooks.ts';

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
        408: problemResponse('It did not arrive soon enough.'),
        429: problemResponse('Too many arrive at this moment; Retry-After says when.'),
        503: problemResponse('What devices answer can not be noted now.'),
      },
    },
  },
};

/**
 * Bodies are held before it is known who sent them: at most 64 MiB by small ones, as nearly all are, and as much by large ones. So large
 * ones that come slowly do not keep the small ones out, and one address that sends many does not keep out the others.
 */
const rooms = [
  { upTo: 65_536, places: 1_024 },
  { upTo: longestWebhook, places: 16 },
];
const shareOfOneAddress = 1 / 4;
/** A place is held for no longer: NanoMDM sends a body in one go. */
const arrivesWithinMs = 10_000;

/** Places for bodies of some length. */
class Room {
  readonly upTo: number;
  readonly #places: number;
  #taken = 0;
  readonly #takenBy = new Map<string, number>();

  constructor({ upTo, places }: (typeof rooms)[number]) {
    this.upTo = upTo;
    this.#places = places;
  }

  /** Undefined: there is no place, or none for this address. */
  enter(address: string): (() => void) | undefined {
    const ofAddress = this.#takenBy.get(address) ?? 0;
    if (this.#taken >= this.#places || ofAddress >= this.#places * shareOfOneAddress) return undefined;
    this.#taken++;
    this.#takenBy.set(address, ofAddress + 1);
    return () => {
      this.#taken--;
      const left = (this.#takenBy.get(address) ?? 1) - 1;
      if (left === 0) this.#takenBy.delete(address);
      else this.#takenBy.set(address, left);
    };
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
    { headers: { 'www-authenticate': 'HMAC-SHA-256', ...closed.headers } },
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
const tooSlow = (): ProblemException =>
  new ProblemException('request-timeout', 408, 'The request took too long to arrive', 'Send its body in one go.', {}, closed);
const unreadable = (): ProblemException =>
  new ProblemException('unreadable-webhook', 400, 'The webhook can not be read', 'It is signed, and not what NanoMDM 0.9 sends.');
const tooMany = (): ProblemException =>
  new ProblemException(
    'too-many-webhooks',
    429,
    'Too many webhooks at once',
    'Try again later.',
    {},
    { headers: { 'retry-after': '1', ...closed.headers } },
  );
const notNow = (what: string): ProblemException =>
  new ProblemException('unavailable', 503, 'The service is not available now', what, {}, { headers: { 'retry-after': '60' } });

/**
 * The address that NanoMDM tells things to. Its body is taken as the bytes that were signed, in a context of its own: everywhere else
 * bodies stay JSON of the usual size. Call it on a server whose routes are guarded, before it listens. @throws TypeError on another one.
 */
export function addWebhookRoute(
  fastify: FastifyInstance,
  webhooks: Webhooks,
  logger: Logger,
  { withinMs = arrivesWithinMs }: { readonly withinMs?: number } = {},
): void {
  if (!fastify.hasRequestDecorator('principal')) throw new TypeError('the routes of this server are not guarded');
  const free = rooms.map((room) => new Room(room));
  void fastify.register((scope, _, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, _body, parsed) => parsed(null)); // it is read below, where there is a place for it
    scope.setErrorHandler((error, request, reply) => sendProblem(request, reply, error, logger));
    scope.post(path, { config: { access } }, async (request, reply) => {
      const { environment, target } = request.params as { environment: string; target: string };
      const signature = request.headers[header.toLowerCase()];
      if (!isSignature(signature)) {
        webhooks.unsigned(environment, target); // whoever signs nothing takes no place
        throw notAuthenticated();
      }
      const length = lengthOf(request);
      if (length !== undefined && length > longestWebhook) throw tooLarge();
      const room = free.find(({ upTo }) => (length ?? longestWebhook) <= upTo);
      const leave = room?.enter(request.raw.socket.remoteAddress ?? '');
      if (!leave) {
        webhooks.refused();
        throw tooMany();
      }
      try {
        await take(webhooks, { environment, target, signature, body: await bytesOf(request.raw, withinMs) });
      } finally {
        leave();
      }
      return reply.status(200).send(); // NanoMDM takes any other status for a failure
    });
    done();
  });
}

async function take(webhooks: Webhooks, received: ReceivedWebhook): Promise<void> {
  const outcome = await webhooks.take(received);
  switch (outcome) {
    case 'taken':
      return;
    case 'not-authenticated':
      throw notAuthenticated();
    case 'unreadable':
      throw unreadable();
    case 'journal-away':
      throw notNow('What devices answer can not be noted.');
  }
}

/** The length that is told before the body; undefined: none, or one that may not be it. */
function lengthOf({ headers }: FastifyRequest): number | undefined {
  if (headers['transfer-encoding'] !== undefined) return undefined;
  return Number(headers['content-length'] ?? 0);
}

async function bytesOf(message: IncomingMessage, withinMs: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  let timer: NodeJS.Timeout | undefined;
  const listeners = new AbortController();
  try {
    await new Promise<void>((arrived, failed) => {
      timer = setTimeout(() => failed(tooSlow()), withinMs);
      const on = (event: string, listener: (chunk: Buffer) => void): void => {
        message.on(event, listener);
        listeners.signal.addEventListener('abort', () => message.off(event, listener), { once: true });
      };
      on('data', (chunk) => {
        length += chunk.length;
        if (length > longestWebhook) failed(tooLarge());
        else chunks.push(chunk);
      });
      on('end', () => arrived());
      on('close', () => failed(notWhole())); // after its end it says nothing
      message.once('error', () => failed(notWhole())); // and goes on listening: an error that nobody hears ends the process
    });
    return Buffer.concat(chunks);
  } finally {
    clearTimeout(timer);
    listeners.abort();
    message.pause();
  }
}
