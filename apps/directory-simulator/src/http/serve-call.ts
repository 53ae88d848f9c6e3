import { setTimeout as delay } from 'node:timers/promises';
import { type FastifyReply } from 'fastify';
import { type Fault, isAnswered, isDone } from '../state/faults.ts';
import { allOperations, type Dialect } from '../state/operations.ts';
import { retryAfterText } from '../state/rate-limit.ts';
import { type CallSubject, type Simulator } from '../state/simulator.ts';

/** An answer as it goes out, and what the call log keeps of it. */
export interface WireAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly errorId: number | null;
  readonly code?: string;
}

/** One call of either dialect, as the steps that all calls have in common need it. */
export interface ServedCall {
  readonly dialect: Dialect;
  readonly subject: CallSubject;
  /** Why the caller may not call at all; asked before anything else. */
  readonly refused: () => WireAnswer | undefined;
  /** The answer of a rate limit. */
  readonly limited: () => WireAnswer;
  /** Does the operation. */
  readonly execute: (fault: Fault | undefined) => WireAnswer;
  /** The answer of an `error-…` fault. */
  readonly failed: (fault: Fault) => WireAnswer;
}

/** What all calls go through: credentials, rate limit, latency, faults, the operation, counters and log, and the way out. */
export class CallServer {
  readonly #simulator: Simulator;
  readonly #hanging = new Set<FastifyReply>();
  readonly #closing = new AbortController();

  constructor(simulator: Simulator) {
    this.#simulator = simulator;
  }

  /** Ends the calls that a fault left hanging, and all waits. */
  close(): void {
    this.#closing.abort();
    for (const reply of this.#hanging) reply.raw.destroy();
  }

  async serve(call: ServedCall, reply: FastifyReply): Promise<FastifyReply> {
    const { counters, settings } = this.#simulator;
    const { op, username } = call.subject;
    const counted = allOperations.some((known) => known === op) ? op : 'unknown';
    counters.begin(counted, this.#simulator.now());
    reply.raw.once('close', () => counters.end());
    const finish = (answer: WireAnswer | undefined, fault?: Fault) => {
      counters.answered(counted, answer?.status ?? null);
      this.#simulator.record(
        call.subject,
        { status: answer?.status ?? null, errorId: answer?.errorId ?? null, code: answer?.code },
        fault?.kind,
      );
      return answer ? this.#send(answer, fault, reply) : this.#leave(fault, reply);
    };

    const refused = call.refused();
    if (refused) return finish(refused);
    const missingMs = op === 'token' ? undefined : this.#simulator.takeCall(call.dialect);
    if (missingMs !== undefined && settings.rateLimit) {
      const text = retryAfterText(settings.rateLimit, missingMs, this.#simulator.now());
      const limited = call.limited();
      return finish(text === undefined ? limited : { ...limited, headers: { ...limited.headers, 'retry-after': text } });
    }
    await this.#pause(settings.latencyByOperation[op] ?? settings.latencyMs);
    const fault = this.#simulator.faults.take(op, username);
    if (fault?.kind === 'delay') await this.#pause(fault.delayMs);
    const executed = isDone(fault) ? call.execute(fault) : undefined;
    if (!fault || isAnswered(fault)) return finish(executed, fault);
    return finish(fault.kind.startsWith('error') ? call.failed(fault) : undefined, fault);
  }

  async #send(answer: WireAnswer, fault: Fault | undefined, reply: FastifyReply): Promise<FastifyReply> {
    const { status, headers, body } = answer;
    if (fault?.retryAfter !== undefined) reply.header('retry-after', fault.retryAfter);
    const text = fault?.kind === 'oversized-body' ? body + ' '.repeat(fault.bytes) : body;
    if (fault?.kind !== 'slow-body' && fault?.kind !== 'cut-body') return reply.code(status).headers(headers).send(text);
    reply.hijack();
    const { raw } = reply;
    raw.on('error', () => undefined); // the caller may be gone by now
    const bytes = Buffer.from(text, 'utf8');
    raw.writeHead(status, { ...headers, 'content-length': bytes.length });
    const half = Math.floor(bytes.length / 2);
    raw.write(bytes.subarray(0, half));
    if (fault.kind === 'cut-body') {
      // Only when the first half is on its way is it certain that the caller sees it.
      raw.write('', () => raw.destroy());
      return reply;
    }
    this.#hang(reply);
    const steps = 10;
    for (let step = 1; step <= steps && !raw.destroyed; step += 1) {
      await this.#pause(fault.delayMs / steps);
      const from = half + Math.floor(((bytes.length - half) * (step - 1)) / steps);
      const to = half + Math.floor(((bytes.length - half) * step) / steps);
      if (!raw.destroyed) raw.write(bytes.subarray(from, to));
    }
    raw.end();
    return reply;
  }

  #leave(fault: Fault | undefined, reply: FastifyReply): FastifyReply {
    reply.hijack();
    if (fault?.kind.startsWith('reset')) reply.raw.socket?.resetAndDestroy();
    else this.#hang(reply);
    return reply;
  }

  #hang(reply: FastifyReply): void {
    this.#hanging.add(reply);
    reply.raw.once('close', () => this.#hanging.delete(reply));
  }

  async #pause(ms: number): Promise<void> {
    if (ms > 0) await delay(ms, undefined, { signal: this.#closing.signal }).catch(() => undefined);
  }
}
