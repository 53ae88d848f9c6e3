/** Access by an issuer on this machine: an account for each token. Never open, not even here. */
export interface LocalAccess {
  readonly env: Readonly<Record<'AUTH_ISSUER' | 'AUTH_AUDIENCE', string>> & { readonly AUTH_ROLES_CLAIM?: string };
  /** A bearer token of one subject with roles in one environment (or `*`), valid for eight hours. */
  readonly tokenFor: (subject: string, environment: string, roles: readonly string[]) => Promise<string>;
  /** An account for a process that fetches its tokens itself. */
  readonly accountFor: (subject: string, environment: string, roles: readonly string[]) => Promise<LocalAccount>;
}

export interface LocalAccount {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** By the OpenID provider of the local stack. @throws Error when it does not answer. */
export async function createLocalAccess(issuer: string): Promise<LocalAccess> {
  const { registration_endpoint: register, token_endpoint: token } = await ask(`${issuer}/.well-known/openid-configuration`);
  if (!register || !token) throw new Error(`${issuer} registers no accounts: it is not the provider of the local stack`);
  const accountFor: LocalAccess['accountFor'] = async (subject, environment, roles) => {
    const account = JSON.stringify({ subject, roles: { [environment]: roles } });
    const client = await ask(register, { headers: { 'content-type': 'application/json' }, method: 'POST', body: account });
    return { clientId: client['client_id'] ?? '', clientSecret: client['client_secret'] ?? '' };
  };
  return {
    accountFor,
    env: { AUTH_ISSUER: issuer, AUTH_AUDIENCE: 'tallystick' },
    tokenFor: async (subject, environment, roles) => tokenOf(token, await accountFor(subject, environment, roles)),
  };
}

/** By the client-credentials grant. */
export async function tokenOf(endpoint: string, { clientId, clientSecret }: LocalAccount): Promise<string> {
  const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
  const { access_token: bearer } = await ask(endpoint, {
    headers: { authorization: `Basic ${basic}` },
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  if (!bearer) throw new Error('the issuer gave no token');
  return bearer;
}

export async function ask(url: string, request: RequestInit = {}): Promise<Readonly<Record<string, string>>> {
  const answer = await fetch(url, { ...request, signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new Error(`${new URL(url).pathname} of the issuer answers ${answer.status}`);
  return (await answer.json()) as Readonly<Record<string, string>>;
}
