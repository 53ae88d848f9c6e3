import type { System } from './system.ts';

/** The provisioning service as an operator's tool sees it. */
export interface SeenPass {
  readonly id: string;
  readonly kind: string;
  readonly stage: string;
  readonly hold?: string;
  readonly because?: string;
  readonly progress: {
    readonly users: number;
    readonly looked: number;
    readonly inSync: number;
    readonly differ: number;
    readonly notPlanned: number;
    readonly unobservable: number;
    readonly applied: number;
  };
}

export interface SeenHold {
  readonly id: string;
  readonly state: string;
  readonly because: string;
  readonly text: string;
  readonly users: number;
  readonly hash: string;
  readonly counts: Readonly<Record<'deletions' | 'suspensions' | 'removals' | 'replacements' | 'accountChanges', number>>;
}

export interface SeenHeldUser {
  readonly user: string;
  readonly state: string;
  readonly steps: readonly { readonly kind: string; readonly reason: string }[];
}

export interface SeenUserState {
  readonly user: string;
  readonly workflowId: string;
  /** Of the last finished reconciliation. */
  readonly outcome: {
    readonly kind: string;
    readonly because?: string;
    readonly at: string;
    readonly steps: readonly object[];
    readonly findings: readonly object[];
  } | null;
}

export class ProvisioningClient {
  readonly #base: string;
  readonly #bearer: string;
  /** Signs in as `account`, whose roles count in the system's environment unless another is named. */
  static async as(
    { url, access, options }: Pick<System, 'url' | 'access' | 'options'>,
    connection: string,
    { account, roles, environment = options.environment }: { account: string; roles: string[]; environment?: string },
  ): Promise<ProvisioningClient> {
    const bearer = await access.tokenFor(account, environment, roles);
    return new ProvisioningClient(url('provisioning-service'), environment, connection, bearer);
  }

  constructor(provisioningUrl: string, environment: string, connection: string, bearer: string) {
    this.#base = `${provisioningUrl}/v1/environments/${environment}/connections/${connection}`;
    this.#bearer = bearer;
  }

  /** Changes that were made by this client, by the ids of their requests. */
  readonly changes: string[] = [];

  /** Sends a request; a change gets a key, and a reason where it names none. */
  async raw(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    const isChange = method !== 'GET' && !/\/(?:lookup|validate|test|try-mapping)$/.test(path);
    const sent = isChange ? { reason: 'an end-to-end test', ...(body as object | undefined) } : body;
    const answer = await fetch(`${this.#base}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#bearer}`,
        ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
        ...(isChange ? { 'idempotency-key': crypto.randomUUID() } : {}),
        ...headers,
      },
      ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
    });
    const id = answer.headers.get('x-request-id');
    if (isChange && answer.ok && id !== null) this.changes.push(id);
    return answer;
  }

  /** @throws Error on any refusal, with its problem. */
  async send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.raw(method, path, body);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`the provisioning service answered ${answer.status} to ${method} ${path}: ${text}`);
    return JSON.parse(text) as T;
  }

  userOf(sourceKey: string): Promise<SeenUserState> {
    return this.send('POST', '/users/lookup', { sourceKey });
  }

  /** The user is as the datastore wants. `in-sync` too: a wake-up that was not confirmed in time comes again, and the run for it finds nothing to do. */
  async isSettled(sourceKey: string): Promise<boolean> {
    const { outcome } = await this.userOf(sourceKey);
    return outcome?.kind === 'changed' || outcome?.kind === 'in-sync';
  }

  startPass(kind: 'preview' | 'pass' | 'sample', document?: object): Promise<SeenPass> {
    return this.send('POST', '/passes', { kind, ...(document && { document }) });
  }

  pass(id: string): Promise<SeenPass> {
    return this.send('GET', `/passes/${id}`);
  }

  async holds(): Promise<readonly SeenHold[]> {
    return (await this.send<{ readonly holds: readonly SeenHold[] }>('GET', '/holds')).holds;
  }

  async heldUsers(hold: string): Promise<readonly SeenHeldUser[]> {
    return (await this.send<{ readonly users: readonly SeenHeldUser[] }>('GET', `/holds/${hold}/users?limit=200`)).users;
  }

  answer(hold: Pick<SeenHold, 'id' | 'hash'>, how: 'approve' | 'reject', reason: string): Promise<Response> {
    return this.raw('POST', `/holds/${hold.id}/${how}`, { hash: hold.hash, reason });
  }
}
