import type { Pass } from '@tallystick/devices-domain';
import type { PassRequest } from '@tallystick/devices-workflow-api';
import { TryAgain } from '../directory-failure.ts';
import type { AttemptContext, ReconcileConnection } from '../reconcile-connection.ts';
import { type PassNeeds, PassOver } from './pass-needs.ts';

/** After so many attempts a worker that does not know a connection is not the one that is late. */
const patience = 8;

export async function readPass({ passes }: PassNeeds, request: PassRequest): Promise<Pass> {
  const pass = await passes.read(request, request.pass);
  if (!pass) throw new PassOver('no-pass', 'there is no such pass, or none any more: results are kept for 14 days');
  return pass;
}

/**
 * What the pass plans with, the same for every page: the saved document in the version that it began with, or the candidate.
 * @throws PassOver, TryAgain
 */
export async function connectionOfPass(
  needs: PassNeeds,
  request: PassRequest,
  { connectionVersion }: Pass,
  { attempt }: Pick<AttemptContext, 'attempt'>,
): Promise<ReconcileConnection> {
  const candidate = connectionVersion === 0;
  if (candidate && request.kind === 'pass')
    throw new PassOver('candidate-not-saved', 'a document that is not saved can be previewed only');
  const connection = candidate ? await candidateOf(needs, request) : await needs.connectionOf(request);
  if (!connection) {
    if (!candidate && attempt < patience)
      throw new TryAgain('no-connection', 'this worker does not know the connection (yet)', 10_000);
    throw new PassOver('no-connection', 'the connection is not there any more, or its document can not be used');
  }
  if (!candidate && connection.version < connectionVersion && attempt < patience)
    throw new TryAgain('no-connection', 'this worker has an older document of the connection', 10_000);
  if (!candidate && connection.version !== connectionVersion)
    throw new PassOver(
      'connection-changed',
      'the document of the connection was changed while the pass was under way: start another',
    );
  return connection;
}

async function candidateOf(
  { passes, candidateOf: make }: PassNeeds,
  request: PassRequest,
): Promise<ReconcileConnection | undefined> {
  const document = await passes.candidate(request, request.pass);
  return document && make(document);
}
