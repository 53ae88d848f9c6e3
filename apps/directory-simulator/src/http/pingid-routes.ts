import { setTimeout as delay } from 'node:timers/promises';
import { type FastifyInstance, type FastifyReply } from 'fastify';
import { field, type RequestBody } from '../core/command.ts';
import { refusals } from '../core/refusals.ts';
import { type ApiReply, callSubject, refusalReply, type Simulator } from '../state/simulator.ts';
import { type Fault } from '../state/faults.ts';
import { type Credentials, openRequest, signResponse } from '../wire/envelope.ts';
import { writeJson } from '../wire/json.ts';

/** Both kinds of body go out under one content type: a caller cannot tell them apart by the headers. */
const contentType = 'application/json;charset=utf-8';

/** The classic PingID API: `POST /pingid/rest/4/{op}/do` with a compact JWS of any content type. */
export function pingidRoutes(
  app: FastifyInstance,
  options: { simulator: Simulator; credentials: Credentials; hang: (reply: FastifyReply) => void },
): void {
  const { simulator, credentials, hang } = options;

  const send = (reply: FastifyReply, answer: ApiReply, clientData: unknown, signed: boolean) => {
    const { errorId, errorMsg, extras } = answer;
    const body = {
      responseBody: { ...extras, errorId, errorMsg, uniqueMsgId: simulator.messageId(), clientData: clientData ?? null },
    };
    return reply
      .code(answer.httpStatus)
      .header('content-type', contentType)
      .send(signed ? signResponse(body, credentials) : writeJson(body));
  };

  const answer = async (op: string, body: RequestBody, reply: FastifyReply) => {
    if (simulator.settings.latencyMs > 0) await delay(simulator.settings.latencyMs);
    const subject = callSubject(op, body);
    const clientData = field(body, 'clientdata');
    const fault = simulator.faults.take(op, subject.username);
    const executed = fault && !fault.kind.endsWith('-after') ? undefined : simulator.execute(op, body);
    const visible = fault ? faultReply(fault, op) : executed;
    simulator.record(subject, visible?.httpStatus ?? null, visible?.errorId ?? null, fault?.kind);
    if (fault?.retryAfter !== undefined) reply.header('retry-after', fault.retryAfter);
    if (visible) return send(reply, visible, clientData, visible.httpStatus < 300 || simulator.signsNextError());
    reply.hijack();
    if (fault?.kind.startsWith('reset')) reply.raw.socket?.resetAndDestroy();
    else hang(reply);
    return reply;
  };

  app.post<{ Params: { op: string }; Body: string | undefined }>('/pingid/rest/4/:op/do', (request, reply) => {
    const { op } = request.params;
    const opened = openRequest(request.body ?? '', credentials);
    if (opened.ok) return answer(op, opened.value, reply);
    // A caller that has not proved to know the key gets nothing signed with it.
    const refusal = refusalReply(opened.refusal, op);
    simulator.record({ op, username: null }, refusal.httpStatus, refusal.errorId);
    return send(reply, refusal, null, false);
  });
}

/** What the caller sees of a fault; `undefined` for those that give no answer. */
function faultReply(fault: Fault, op: string): ApiReply | undefined {
  if (!fault.kind.startsWith('error')) return undefined;
  const { errorId, text } = refusals['transaction-failed'];
  return {
    ...refusalReply({ kind: 'transaction-failed' }, op),
    httpStatus: fault.status,
    errorId: fault.errorId ?? errorId,
    errorMsg: text,
  };
}
