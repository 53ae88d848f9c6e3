import { randomBytes } from 'node:crypto';
import { type FastifyInstance } from 'fastify';
import { field, type RequestBody } from '../core/command.ts';
import { refusals } from '../core/refusals.ts';
import { type ApiReply, callSubject, refusalReply, type Simulator } from '../state/simulator.ts';
import { type Fault } from '../state/faults.ts';
import { type Credentials, openRequest, signResponse } from '../wire/envelope.ts';
import { writeJson } from '../wire/json.ts';
import { type CallServer, type WireAnswer } from './serve-call.ts';

/** Both kinds of body go out under one content type: a caller cannot tell them apart by the headers. */
const headers = { 'content-type': 'application/json;charset=utf-8' };

/** The classic PingID API: `POST /pingid/rest/4/{op}/do` with a compact JWS of any content type. */
export function pingidRoutes(
  app: FastifyInstance,
  options: { simulator: Simulator; credentials: Credentials; calls: CallServer },
): void {
  const { simulator, credentials, calls } = options;
  const otherKey: Credentials = { ...credentials, key: randomBytes(credentials.key.length) };

  const wire = (answer: ApiReply, clientData: unknown, signedWith: Credentials | undefined): WireAnswer => {
    const { errorId, errorMsg, extras } = answer;
    const body = {
      responseBody: { ...extras, errorId, errorMsg, uniqueMsgId: simulator.messageId(), clientData: clientData ?? null },
    };
    return {
      status: answer.httpStatus,
      headers,
      errorId,
      body: signedWith ? signResponse(body, signedWith) : writeJson(body),
    };
  };

  /** Whether the caller may call: the body is signed with the shared key, and the tenant has not taken the key back. */
  const open = (text: string) => {
    const opened = openRequest(text, credentials);
    if (!opened.ok || simulator.settings.pingidCredentials === 'accepted') return opened;
    const kind = simulator.settings.pingidCredentials === 'token-refused' ? 'credentials-unknown' : 'signature-invalid';
    return { ok: false, refusal: { kind } } as const;
  };

  app.post<{ Params: { op: string }; Body: string | undefined }>('/pingid/rest/4/:op/do', (request, reply) => {
    const { op } = request.params;
    const opened = open(request.body ?? '');
    const body: RequestBody = opened.ok ? opened.value : {};
    const clientData = field(body, 'clientdata');
    const keyFor = (answer: ApiReply, fault?: Fault) => {
      if (answer.httpStatus >= 300 && !simulator.signsNextError()) return undefined;
      return fault?.kind === 'wrong-key' || simulator.settings.pingidAnswerKey === 'wrong' ? otherKey : credentials;
    };
    const answered = (answer: ApiReply, fault?: Fault) => wire(answer, clientData, keyFor(answer, fault));
    return calls.serve(
      {
        dialect: 'pingid',
        subject: opened.ok ? callSubject(op, body) : { op, username: null },
        // A caller that has not proved to know the key gets nothing signed with it.
        refused: () => (opened.ok ? undefined : wire(refusalReply(opened.refusal, op), null, undefined)),
        limited: () => wire(refusalReply({ kind: 'rate-limited' }, op), clientData, undefined),
        execute: (fault) => answered(simulator.execute(op, body), fault),
        failed: (fault) => answered(failure(fault, op)),
      },
      reply,
    );
  });
}

/** What the caller sees of an `error-…` fault. */
function failure(fault: Fault, op: string): ApiReply {
  const { errorId, text } = refusals['transaction-failed'];
  return {
    ...refusalReply({ kind: 'transaction-failed' }, op),
    httpStatus: fault.status,
    errorId: fault.errorId ?? errorId,
    errorMsg: text,
  };
}
