// People sign in at the local provider with the device authorization grant (RFC 8628). They are the accounts of the accounts file, each with its secret.
// @ts-expect-error it comes without types
import { createMemoryAdapter } from 'oidc-provider/lib/adapters/memory_adapter.js';
import { askForCode, askNoMore, askWhetherMeant, askWho } from './pages.mjs';

/** @typedef {{ oidc: any, body: unknown }} Context */
/** @typedef {import('node:http').IncomingMessage} Request */

/** What a sign-in needs while it is under way, and the refresh tokens: in memory, so a restart signs everybody out. */
export const signIns = createMemoryAdapter();

export const deviceFlow = {
  enabled: true,
  /** @param {Context} ctx @param {string} form @param {unknown} _ @param {Error} [error] */
  userCodeInputSource(ctx, form, _, error) {
    ctx.body = askForCode(form, error !== undefined);
  },
  /** @param {Context} ctx @param {string} form @param {{ clientId: string }} client @param {unknown} _ @param {string} code */
  userCodeConfirmSource(ctx, form, client, _, code) {
    ctx.body = askWhetherMeant(form, code, client.clientId);
  },
  /** @param {Context} ctx */
  successSource(ctx) {
    ctx.body = askNoMore;
  },
};

/** What the client may have is said by the account's roles, so nobody is asked for consent. @param {string} resource */
export const grantOf =
  (resource) =>
  async (/** @type {Context} */ { oidc }) => {
    const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope('openid offline_access');
    grant.addResourceScope(resource, '');
    await grant.save();
    return grant;
  };

const longestForm = 4_096;

/** @param {Request} request */
async function formOf(request) {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk;
    if (text.length > longestForm) throw new Error('the form is too long');
  }
  return new URLSearchParams(text);
}

/**
 * The page on which a person says who they are.
 * @param {any} provider @param {import('./accounts.mjs').AccountsFile} accounts
 * @returns {(request: Request, reply: import('node:http').ServerResponse) => Promise<void>} also ends a request that belongs to no sign-in
 */
export const signInPage = (provider, accounts) => async (request, reply) => {
  const show = (/** @type {number} */ status, /** @type {string} */ text) =>
    void reply.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(text);
  try {
    await provider.interactionDetails(request, reply);
    if (request.method !== 'POST') return show(200, askWho(false));
    const form = await formOf(request);
    const accountId = form.get('account') ?? '';
    if (accounts.find(accountId)?.client_secret !== form.get('secret')) return show(403, askWho(true));
    await provider.interactionFinished(request, reply, { login: { accountId } });
  } catch {
    show(400, 'This sign-in is over. Begin it again.');
  }
};
