import { InMemoryAuditTrail } from '@tallystick/devices-testing';
import { Audit, type AuditNeeds } from '../audit.ts';

interface Known {
  readonly request: string;
  run?: string;
  answer?: string;
}

class MemoryLedger implements NonNullable<AuditNeeds['ledger']> {
  readonly #known = new Map<string, Known>();

  begin(name: object, request: string, run: string): ReturnType<AuditNeeds['ledger']['begin']> {
    const known = this.#known.get(JSON.stringify(name));
    if (known && known.request !== request) return Promise.resolve({ kind: 'reused' });
    if (known?.answer !== undefined) return Promise.resolve({ kind: 'answered', answer: known.answer });
    if (known?.run !== undefined) return Promise.resolve({ kind: 'under-way' });
    this.#known.set(JSON.stringify(name), { request, run });
    return Promise.resolve({ kind: 'begun', again: known !== undefined, run });
  }
  answered(name: object, _run: string, answer: string): Promise<void> {
    this.#known.get(JSON.stringify(name))!.answer = answer;
    return Promise.resolve();
  }
  leftOpen(name: object): Promise<void> {
    delete this.#known.get(JSON.stringify(name))!.run;
    return Promise.resolve();
  }
  forgotten(name: object): Promise<void> {
    this.#known.delete(JSON.stringify(name));
    return Promise.resolve();
  }
}

export function memoryAudit() {
  const trail = new InMemoryAuditTrail();
  const errors: object[] = [];
  let runs = 0;
  const audit = new Audit({
    trail,
    ledger: new MemoryLedger(),
    logger: { error: (what: object) => errors.push(what) } as never,
    newRun: () => `run-${(runs += 1)}`,
  });
  return { audit, trail, errors };
}

interface Sent {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: object;
}

/** Routes that are called by POST, and only look. */
const looks = /\/(?:lookup|validate|test|try-mapping)$/;
let keys = 0;

/** With a key and a reason, where neither was given and a change needs them; a bare document is put in its place. */
export function sendableChange(
  method: string,
  url: string,
  { body, headers }: { body: object | undefined; headers: Sent['headers'] },
): Sent {
  if (method === 'GET' || looks.test(url)) return { url, headers, ...(body && { body }) };
  const all = { 'idempotency-key': `key-${(keys += 1)}`, ...headers };
  if (method === 'DELETE') return { url: `${url}?reason=cleaned+up`, headers: all };
  const isDocument = method === 'PUT' && /\/connections\/[^/]+$/.test(url);
  return { url, headers: all, body: { reason: 'as agreed', ...(isDocument && body ? { document: body } : body) } };
}
