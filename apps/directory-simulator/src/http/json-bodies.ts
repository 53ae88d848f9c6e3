import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type z } from 'zod';
import { parseJson, writeJsonForScripts } from '../wire/json.ts';

/** A request that cannot be served; answered as problem details (RFC 9457). */
export class Problem extends Error {
  readonly status: number;
  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

/** Takes the body as text whatever its content type says; each route reads it by itself. */
export function takeBodiesAsText(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, proceed) => proceed(null, body));
}

/** The JSON body, read without loss and checked. An empty body is `{}`. Faults are named by path, never by value. */
export function readBody<T>(schema: z.ZodType<T>, request: FastifyRequest): T {
  const text = typeof request.body === 'string' && request.body.trim() !== '' ? request.body : '{}';
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    throw new Problem(400, 'The body is not JSON.');
  }
  return check(schema, value);
}

export function check<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new Problem(400, parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`).join('; '));
}

/** Device ids go out as strings: these answers are read by scripts. */
export const sendJson = (reply: FastifyReply, status: number, value: unknown) =>
  reply.code(status).header('content-type', 'application/json;charset=utf-8').send(writeJsonForScripts(value));

export const sendProblem = (reply: FastifyReply, status: number, detail: string) =>
  reply
    .code(status)
    .header('content-type', 'application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', status, title: detail }));
