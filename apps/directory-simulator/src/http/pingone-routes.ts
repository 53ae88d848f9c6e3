import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type MfaPresentation } from '../core/pingone-bodies.ts';
import { type MfaRefusal, mfaErrorBody, mfaRefusals } from '../core/pingone-refusals.ts';
import { type Fault } from '../state/faults.ts';
import { type MfaOperation } from '../state/operations.ts';
import { type CallSubject, type Simulator } from '../state/simulator.ts';
import { type MfaCredentials } from '../wire/pingone-file.ts';
import { MfaOperations } from './pingone-operations.ts';
import { judgeTokenRequest } from './pingone-token.ts';
import { type CallServer, type WireAnswer } from './serve-call.ts';

type Params = { env?: string; user?: string; device?: string };
type MfaHttpRequest = FastifyRequest<{ Params: Params; Querystring: Record<string, unknown>; Body: string | undefined }>;

const headers = { 'content-type': 'application/json;charset=utf-8' };
const json = (status: number, body: object | undefined, code?: string): WireAnswer => ({
  status,
  headers: body === undefined ? {} : headers,
  body: body === undefined ? '' : JSON.stringify(body),
  errorId: null,
  ...(code !== undefined && { code }),
});

/** The content types that name an operation of `POST …/devices` and `POST …/devices/{id}` (c.2). */
const listTypes: Readonly<Record<string, MfaOperation>> = {
  'application/vnd.pingidentity.devices.reorder+json': 'reorder-devices',
  'application/vnd.pingidentity.devices.order.remove+json': 'remove-device-order',
};
const deviceTypes: Readonly<Record<string, MfaOperation>> = {
  'application/vnd.pingidentity.device.activate+json': 'activate-device',
  'application/vnd.pingidentity.device.block+json': 'block-device',
  'application/vnd.pingidentity.device.unblock+json': 'unblock-device',
  'application/vnd.pingidentity.device.unlock+json': 'unlock-device',
};

const contentTypeOf = (request: FastifyRequest) =>
  (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';

export interface PingOneOptions {
  readonly simulator: Simulator;
  readonly credentials: MfaCredentials;
  readonly calls: CallServer;
  /** Where clients reach the simulator, without a slash at its end; what links begin with. */
  readonly publicUrl: () => string;
}

/** The PingOne MFA API: the token endpoint, and users, devices and settings of one environment (c.1, c.2). */
export function pingoneRoutes(app: FastifyInstance, { simulator, credentials, calls, publicUrl }: PingOneOptions): void {
  const { environmentId, populationId } = credentials;
  const present = (): MfaPresentation => {
    const { visibilityLagMs, pingone } = simulator.settings;
    const now = simulator.now();
    return {
      base: `${publicUrl()}/v1/environments/${environmentId}`,
      environmentId,
      populationId,
      phoneForm: pingone.phoneForm,
      now,
      enrolledUntil: visibilityLagMs === 0 ? Number.POSITIVE_INFINITY : now - visibilityLagMs,
    };
  };
  const operations = new MfaOperations(simulator, present);

  const refusal = (reason: MfaRefusal): WireAnswer => {
    const { status, code, detail } = mfaRefusals[reason.kind];
    const innerKey = reason.inner ? simulator.nextInnerErrorKey() : 'innerError';
    const answer = json(status, mfaErrorBody(reason, simulator.uuid(), innerKey), detail ?? code);
    if (status !== 401) return answer;
    return { ...answer, headers: { ...answer.headers, 'www-authenticate': 'Bearer error="invalid_token"' } };
  };
  const limited = () => refusal({ kind: 'rate-limited' });

  /** What the caller sees of an `error-…` fault. */
  const failed = ({ status }: Fault): WireAnswer => {
    const code = failureCode(status);
    return json(status, { id: simulator.uuid(), code, message: 'The request could not be completed.' }, code);
  };

  const refusedCaller = (request: MfaHttpRequest): WireAnswer | undefined => {
    const [, token = ''] = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
    if (!simulator.tokens.isGood(token, simulator.now())) return refusal({ kind: 'token-refused' });
    return request.params.env === environmentId ? undefined : refusal({ kind: 'access-failed' });
  };

  const serve = (op: Exclude<MfaOperation, 'token'>) => (request: MfaHttpRequest, reply: FastifyReply) => {
    const { user = '', device = '' } = request.params;
    const account = simulator.directory.findByGuid(user);
    const subject: CallSubject = { op, username: account?.username ?? null, ...(device !== '' && { deviceId: device }) };
    return calls.serve(
      {
        dialect: 'pingone',
        subject,
        refused: () => refusedCaller(request),
        limited,
        execute: () => {
          const done = operations.execute({ op, user, device, query: request.query, text: request.body ?? '' });
          return done.ok ? json(done.value.status, done.value.body) : refusal(done.refusal);
        },
        failed,
      },
      reply,
    );
  };

  /** `POST` whose operation stands in its content type. */
  const byContentType =
    (types: Readonly<Record<string, MfaOperation>>, otherwise: MfaOperation | undefined) =>
    (request: MfaHttpRequest, reply: FastifyReply) => {
      const op = types[contentTypeOf(request)] ?? otherwise;
      if (op === undefined || op === 'token') {
        const answer = refusedCaller(request) ?? refusal({ kind: 'not-found' });
        return reply.code(answer.status).headers(answer.headers).send(answer.body);
      }
      return serve(op)(request, reply);
    };

  app.post<{ Params: Params; Body: string | undefined }>('/:env/as/token', (request, reply) => {
    const token = () => {
      const { pingone } = simulator.settings;
      const refused = judgeTokenRequest(
        {
          environment: request.params.env ?? '',
          authorization: request.headers.authorization,
          contentType: contentTypeOf(request),
          text: request.body ?? '',
        },
        credentials,
        pingone,
      );
      if (refused) return json(refused.status, { error: refused.error, error_description: refused.description }, refused.error);
      const issued = simulator.tokens.issue(simulator.now(), pingone.tokenLifeMs);
      const answer = json(200, {
        access_token: issued,
        token_type: 'Bearer',
        expires_in: Math.floor(pingone.tokenLifeMs / 1000),
      });
      return { ...answer, headers: { ...answer.headers, 'cache-control': 'no-store' } };
    };
    const subject = { op: 'token', username: null };
    return calls.serve({ dialect: 'pingone', subject, refused: () => undefined, limited, execute: token, failed }, reply);
  });

  const root = '/v1/environments/:env';
  const user = `${root}/users/:user`;
  const device = `${user}/devices/:device`;
  type Route = { Params: Params; Querystring: Record<string, unknown>; Body: string | undefined };
  app.get<Route>(`${root}/users`, serve('find-users'));
  app.post<Route>(`${root}/users`, serve('create-user'));
  app.get<Route>(user, serve('read-user'));
  app.patch<Route>(user, serve('update-user'));
  app.delete<Route>(user, serve('delete-user'));
  app.get<Route>(`${user}/enabled`, serve('read-enabled'));
  app.put<Route>(`${user}/enabled`, serve('set-enabled'));
  app.get<Route>(`${user}/mfaEnabled`, serve('read-mfa-enabled'));
  app.put<Route>(`${user}/mfaEnabled`, serve('set-mfa-enabled'));
  app.get<Route>(`${user}/devices`, serve('list-devices'));
  app.post<Route>(`${user}/devices`, byContentType(listTypes, 'create-device'));
  app.delete<Route>(`${user}/devices`, serve('remove-device-order'));
  app.get<Route>(device, serve('read-device'));
  app.post<Route>(device, byContentType(deviceTypes, undefined));
  app.delete<Route>(device, serve('delete-device'));
  app.put<Route>(`${device}/nickname`, serve('set-nickname'));
  app.get<Route>(`${root}/mfaSettings`, serve('read-mfa-settings'));
  app.put<Route>(`${root}/mfaSettings`, serve('set-mfa-settings'));
  app.delete<Route>(`${root}/mfaSettings`, serve('reset-mfa-settings'));
}

function failureCode(status: number): string {
  switch (status) {
    case 401:
      return 'INVALID_TOKEN';
    case 403:
      return 'ACCESS_FAILED';
    case 404:
      return 'NOT_FOUND';
    case 429:
      return 'REQUEST_LIMITED';
    default:
      return status >= 500 ? 'UNEXPECTED_ERROR' : 'REQUEST_FAILED';
  }
}
