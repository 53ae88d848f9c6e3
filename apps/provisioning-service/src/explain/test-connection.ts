import {
  type ConnectionDocument,
  type ConnectionStore,
  type DirectoryCheck,
  type InspectionFault,
  secretRefOf,
} from '@tallystick/devices-domain';
import { expectedSecret } from '@tallystick/kernel-core';
import type { ConnectionCheck, ConnectionInspector } from '../connections/connections.port.ts';
import { ask } from '../passes/engine-away.ts';
import type { Inspect } from './inspections.ts';

/** Tests the document that was asked for: the saved one is read by the worker itself, another one is handed to it. Neither is written anywhere. */
export const createConnectionInspector = (inspect: Inspect, store: Pick<ConnectionStore, 'read'>): ConnectionInspector => ({
  inspect: async (document) => {
    const saved = await store.read(document);
    const isSaved = JSON.stringify(saved?.document) === JSON.stringify(document);
    const what = { kind: 'check', ...(!isSaved && { candidate: true as const }) } as const;
    const answer = await ask(isSaved ? inspect(document, what) : inspect(document, what, document));
    if (answer === 'too-many')
      return { kind: 'inspected', checks: [{ part: 'reach', result: 'not-tried', because: 'too-many-looks' }] };
    if (answer === 'unanswered' || answer.kind === 'explanation') return { kind: 'unanswered' };
    if (answer.kind === 'fault') return { kind: 'inspected', checks: [faultOf(answer.because, document)] };
    return { kind: 'inspected', checks: [{ part: 'secret', result: 'passed' }, ...answer.checks.map(checkOf)] };
  },
});

/** What kept the worker from trying. */
const faults: Readonly<Record<InspectionFault, ConnectionCheck>> = {
  'no-connection': { part: 'secret', result: 'not-tried', because: 'not-known-to-the-worker' },
  'secret-missing': { part: 'secret', result: 'failed', because: 'secret-missing' },
  quarantined: { part: 'reach', result: 'failed', because: 'quarantined' },
  budget: { part: 'reach', result: 'not-tried', because: 'directory-busy' },
  failed: { part: 'reach', result: 'not-tried', because: 'unexpected-failure' },
};

const faultOf = (because: InspectionFault, document: ConnectionDocument): ConnectionCheck =>
  because === 'secret-missing' ? { ...faults[because], expected: secretOf(document) } : faults[because];

/** The file or variable that a document means, by the name that it has where the worker runs. */
export const secretOf = ({ environment, directory }: ConnectionDocument): string =>
  expectedSecret(environment, secretRefOf(directory));

const checkOf = ({ part, result, fault }: DirectoryCheck): ConnectionCheck => ({
  part,
  result,
  ...(fault && { because: fault.kind }),
});
