import { type ConnectionStore, type DirectoryCheck, type InspectionFault } from '@tallystick/devices-domain';
import type { ConnectionCheck, ConnectionInspector } from '../connections/connections.port.ts';
import { ask } from '../passes/engine-away.ts';
import type { Inspect } from './inspections.ts';

/** Tests what is saved: the worker reads the document where it keeps its secrets, and knows no other. */
export const createConnectionInspector = (inspect: Inspect, store: Pick<ConnectionStore, 'read'>): ConnectionInspector => ({
  inspect: async (document) => {
    const saved = await store.read(document);
    if (JSON.stringify(saved?.document) !== JSON.stringify(document))
      return { kind: 'inspected', checks: [{ part: 'secret', result: 'not-tried', because: 'document-not-saved' }] };
    const answer = await ask(inspect(document, { kind: 'check' }));
    if (answer === 'unanswered' || answer.kind === 'explanation') return { kind: 'unanswered' };
    if (answer.kind === 'fault') return { kind: 'inspected', checks: [faults[answer.because]] };
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

const checkOf = ({ part, result, fault }: DirectoryCheck): ConnectionCheck => ({
  part,
  result,
  ...(fault && { because: fault.kind }),
});
