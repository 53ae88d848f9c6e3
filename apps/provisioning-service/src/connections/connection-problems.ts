import { invalidRequest, ProblemException } from '@tallystick/platform-http';
import type { FastifyRequest } from 'fastify';
import type { Fault, Named } from './judge-document.ts';

export const readOnly = (): ProblemException =>
  new ProblemException(
    'connections-are-read-only',
    409,
    'Connections can not be changed here',
    'They are read from a file that is mounted when this service starts. Change that file, and start service and workers again.',
  );

export const preconditionMissing = (): ProblemException =>
  new ProblemException(
    'precondition-missing',
    428,
    'Say which version you have seen',
    'The whole document is replaced. Send the ETag of what you have seen in If-Match, or "If-None-Match: *" for a new connection.',
  );

export const versionMismatch = (version: number): ProblemException =>
  new ProblemException('version-mismatch', 412, 'Somebody changed it in the meantime', 'Read it again, and decide again.', {
    version,
  });

export const unreadableConnection = (version: number): ProblemException =>
  new ProblemException(
    'connection-unreadable',
    409,
    'The saved document of this connection can not be read',
    'It was written by another version of this service, or is damaged. The connection is at rest. Run the version that wrote it, or let an approver save the document again.',
    { version },
  );

export const invalidDocument = (faults: readonly Fault[]): ProblemException =>
  new ProblemException('invalid-document', 422, 'The document has faults', 'Correct the listed faults and send it again.', {
    faults: faults.slice(0, 100),
  });

export const needsApprover = (dangers: readonly Named<string>[]): ProblemException =>
  new ProblemException(
    'needs-approver',
    403,
    'An approver has to save this',
    'The document is more dangerous than the one before, in what is listed. Nothing was changed.',
    { dangers },
  );

export const notTestable = (): ProblemException =>
  new ProblemException(
    'inspection-unavailable',
    503,
    'Nobody could test the connection',
    'No worker took the test in time. Look whether one runs for the devices half.',
  );

export const noSample = (): ProblemException =>
  new ProblemException('no-sample', 409, 'There is no sample to try it on', 'Name users, or send attributes in the body.');

const tag = /^(?:W\/)?"(\d{1,15})"$/;

/** The version in If-Match, 0 for `If-None-Match: *`. @throws ProblemException 428 when neither is there, 400 when they can't be read */
export function expectedVersionOf({ headers }: Pick<FastifyRequest, 'headers'>): number {
  const { 'if-match': match, 'if-none-match': none } = headers;
  if (match === undefined && none === undefined) throw preconditionMissing();
  if (match !== undefined && none !== undefined)
    throw invalidRequest('header if-match', [{ message: 'expected If-Match or If-None-Match, not both' }]);
  if (none !== undefined) {
    if (none !== '*') throw invalidRequest('header if-none-match', [{ message: 'expected *' }]);
    return 0;
  }
  const version = tag.exec(match ?? '')?.[1];
  if (version === undefined)
    throw invalidRequest('header if-match', [{ message: 'expected the ETag that you were given, e.g. "3"' }]);
  return Number(version);
}

export const etagOf = ({ version }: { readonly version: number }): string => `"${version}"`;
