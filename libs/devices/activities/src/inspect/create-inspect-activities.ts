import type { DirectoryCheck, DirectoryFault, Inspection } from '@tallystick/devices-domain';
import type { InspectActivities, InspectRequest } from '@tallystick/devices-workflow-api';
import { CancelledFailure, Context } from '@temporalio/activity';
import { err, ok } from '@tallystick/kernel-core';
import { contextOfActivity } from '../activity-context.ts';
import { everyPlace, type Places } from '../connection-places.ts';
import { DirectoryCalls } from '../directory-calls.ts';
import { Quarantined, TryAgain } from '../directory-failure.ts';
import type { AttemptContext } from '../reconcile-connection.ts';
import { explainUser } from './explain-user.ts';
import type { ExplainedConnection, InspectNeeds } from './look-needs.ts';

/**
 * The activity of the workflow `inspect`. `places`: of inspections, and none of those of users: a connection whose directory hangs is the one
 * that somebody looks at.
 */
export function createInspectActivities(needs: InspectNeeds, places: Places = everyPlace): InspectActivities {
  return {
    inspect: async (request) => {
      const look = () => inspect(needs, request, contextOfActivity(Context.current(), 'live'));
      const answer = await places.within(request, look).catch(noPlace);
      await needs.answers.put(request.id, answer);
    },
  };
}

function noPlace(error: unknown): Inspection {
  if (error instanceof TryAgain && error.reason === 'connection-busy') return { kind: 'fault', because: 'budget' };
  throw error;
}

/** Always an answer: somebody waits for it. Only a cancelled attempt and an answer that can't be handed over fail. */
export async function inspect(needs: InspectNeeds, request: InspectRequest, context: AttemptContext): Promise<Inspection> {
  try {
    if (request.what.kind === 'check' && request.what.candidate) return await checkCandidate(needs, request, context);
    const connection = await needs.connectionOf(request);
    if (typeof connection === 'string') return { kind: 'fault', because: connection };
    const { environment, connection: id, what } = request;
    if (what.kind === 'check') return { kind: 'checks', checks: await check(needs, connection, context) };
    const user = { environment, connection: id, user: what.user };
    return { kind: 'explanation', explanation: await explainUser(needs, connection, user, context) };
  } catch (error) {
    if (error instanceof CancelledFailure) throw error;
    if (error instanceof Quarantined) return { kind: 'fault', because: 'quarantined', detail: error.why };
    if (error instanceof TryAgain && error.reason === 'directory-busy') return { kind: 'fault', because: 'budget' };
    needs.report(request, error);
    return { kind: 'fault', because: 'failed' };
  }
}

/** P30, through the budget like any other call: what it finds also counts as news of the directory. */
async function check(
  needs: InspectNeeds,
  connection: ExplainedConnection,
  context: AttemptContext,
): Promise<readonly DirectoryCheck[]> {
  let checks: readonly DirectoryCheck[] | undefined;
  try {
    await new DirectoryCalls(needs, connection, context).make('check', async (directory) => {
      checks = await directory.check();
      const fault = faultOf(checks);
      return fault ? err(fault) : ok(undefined);
    });
  } catch (error) {
    // It is in quarantine from now on, and the answer says why.
    if (!(error instanceof Quarantined) || !checks) throw error;
  }
  return checks ?? [];
}

/** As {@link check}, of a document that is not saved: a fault in it is its author's, and no news of a directory that others use. */
async function checkCandidate(needs: InspectNeeds, request: InspectRequest, context: AttemptContext): Promise<Inspection> {
  const document = await needs.answers.documentOf(request.id);
  if (document?.environment !== request.environment || document.connection !== request.connection)
    return { kind: 'fault', because: 'failed' };
  const connection = await needs.candidateOf(document);
  if (!connection) return { kind: 'fault', because: 'secret-missing' };
  const checks = await new DirectoryCalls(needs, connection, context).tryOut('check', (directory) => directory.check());
  return { kind: 'checks', checks };
}

/** The one that says most about the directory as a whole. */
function faultOf(checks: readonly DirectoryCheck[]): DirectoryFault | undefined {
  const faults = checks.flatMap(({ fault }) => (fault ? [fault] : []));
  return faults.find(({ kind }) => kind === 'credentials-refused' || kind === 'method-disabled') ?? faults[0];
}
