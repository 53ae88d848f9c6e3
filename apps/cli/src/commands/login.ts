import { type Command, Option } from 'commander';
import { addLeaf, type Run } from '../command.ts';
import type { Answer, Context } from '../context.ts';
import { usage } from '../failure.ts';
import { moment } from '../output/words.ts';
import { askForCode, awaitSignIn, findIssuer } from '../sign-in/device-grant.ts';
import { keepLogin, loginAt, loginFile, makeFolderOf, usualClientId } from '../sign-in/kept-login.ts';

export function addLogin(program: Command, run: Run): void {
  addLeaf(program, run, {
    name: 'login',
    summary: 'Signs you in at the issuer, in a browser on any device',
    more: `Shows an address and a code, and waits until you have signed in there (RFC 8628). The token goes into a file that only you can read, and is renewed from there; tallystick logout removes it. The issuer has to know the public client ${usualClientId}, or TALLYSTICK_CLIENT_ID.`,
    options: [new Option('--scope <scope>', 'what to ask for (default: openid; TALLYSTICK_SCOPE)')],
    handler: login,
  });
}

async function login({ terminal, settings, note, progress }: Context, _: unknown, flags: { scope?: string }): Promise<Answer> {
  const { issuer, accessTokenFile, clientSecretFile, allowPlainHttp } = settings;
  if (issuer === undefined)
    throw usage('the issuer is missing', 'Set TALLYSTICK_ISSUER, or write "issuer" into the configuration file.');
  if (accessTokenFile !== undefined || clientSecretFile !== undefined)
    throw usage(
      `a login would not be used: TALLYSTICK_${accessTokenFile === undefined ? 'CLIENT_SECRET' : 'ACCESS_TOKEN'}_FILE says who you are`,
      'Take it out of the environment and the configuration file first.',
    );
  const at = loginAt(settings, issuer);
  const file = loginFile(terminal, at);
  await makeFolderOf(file);
  const found = await findIssuer(issuer, at.clientId, allowPlainHttp);
  // Not every issuer knows `audience`; those that don't take it from the client or the scope.
  const scope = flags.scope ?? settings.scope ?? 'openid';
  const asked = await askForCode(found, { scope, audience: at.audience });
  note(`Open   ${asked.verification_uri_complete ?? asked.verification_uri}`);
  note(`Code   ${asked.user_code}`);
  progress.tell('waiting until you have signed in there');
  const grant = await awaitSignIn(found, asked, terminal);
  await keepLogin(file, at, grant);
  const expiresAt = new Date(grant.expiresAt).toISOString();
  const isRenewed = grant.refreshToken !== undefined;
  return {
    result: { issuer, clientId: at.clientId, expiresAt, isRenewed, file },
    text: `Signed in at ${issuer}, ${isRenewed ? 'until tallystick logout, or until the issuer ends it' : `until ${moment(expiresAt)}: the issuer gave no refresh token`}.`,
  };
}
