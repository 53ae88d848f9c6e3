import type { Command } from 'commander';
import { addLeaf, type Run } from '../command.ts';
import type { Answer, Context } from '../context.ts';
import { exits, Failure, usage } from '../failure.ts';
import { moment } from '../output/words.ts';
import { findIssuer, type Grant, revoke } from '../sign-in/device-grant.ts';
import { forgetLogin, type LoginAt, loginAt, loginFile, makeFolderOf, oneAtATime, readLogin } from '../sign-in/kept-login.ts';

export function addLogout(program: Command, run: Run): void {
  addLeaf(program, run, {
    name: 'logout',
    summary: 'Removes what tallystick login has kept, and asks the issuer to forget it',
    more: 'The file is removed in any case. Exit code 7 when the issuer was not told.',
    handler: logout,
  });
}

async function logout({ terminal, settings }: Context): Promise<Answer> {
  const { issuer, allowPlainHttp } = settings;
  if (issuer === undefined)
    throw usage('the issuer is missing', 'Set TALLYSTICK_ISSUER, or write "issuer" into the configuration file.');
  const at = loginAt(settings, issuer);
  const file = loginFile(terminal, at);
  const taken = async (): Promise<{ readonly grant: Grant | undefined; readonly wasThere: boolean }> => {
    try {
      const grant = await readLogin(file);
      return { grant, wasThere: grant !== undefined };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return { grant: undefined, wasThere: true }; // whatever is in it has to go
    } finally {
      await forgetLogin(file);
    }
  };
  await makeFolderOf(file);
  const { grant, wasThere } = await oneAtATime(file, terminal, taken); // else a renewal that is under way would write it again
  if (!wasThere) return { result: { issuer, wasSignedIn: false, issuerTold: 'not-needed' }, text: 'You were not signed in.' };
  const issuerTold = grant === undefined ? 'no' : await tell(at, grant, allowPlainHttp);
  const until =
    grant === undefined ? '' : ` The access token itself holds until ${moment(new Date(grant.expiresAt).toISOString())}.`;
  return {
    result: { issuer, wasSignedIn: true, issuerTold },
    text: `Signed out: ${file} is removed. ${words[issuerTold]}${until}`,
    exit: issuerTold === 'no' ? exits.notWell : exits.done,
  };
}

const words = {
  yes: 'The issuer has forgotten it.',
  'not-offered': 'This issuer takes nothing back (it has no revocation_endpoint).',
  no: 'The issuer could not be told: end the session there.',
} as const;

async function tell(at: LoginAt, grant: Grant, allowPlainHttp = false): Promise<keyof typeof words> {
  try {
    const found = await findIssuer(at.issuer, at.clientId, allowPlainHttp);
    return (await revoke(found, grant.refreshToken ?? grant.accessToken)) ? 'yes' : 'not-offered';
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return 'no';
  }
}
