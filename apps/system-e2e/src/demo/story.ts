import type { ManagedPhones } from '../system/managed-phones.ts';
import type { System } from '../system/system.ts';
import { SeenDirectory } from '../system/seen-directory.ts';
import { createFeed, type Feed, readPeople } from '../system/feed.ts';
import { type OutcomeWatch, watchOutcomes } from '../system/watch-outcomes.ts';
import { environment } from './demo-system.ts';
import { provisionPeople } from './chapter-people.ts';
import { changeOneNumber, mergeAndOverwrite, replayEverything } from './chapter-changes.ts';
import { holdMassRemoval } from './chapter-guards.ts';
import { rotateToken } from './chapter-rotation.ts';
import { guardPairings } from './chapter-tokens.ts';
import type { Report } from './report.ts';

export interface Stage {
  readonly system: System;
  /** Phones of a real MDM, where there is one. */
  readonly managed?: ManagedPhones;
  readonly report: Report;
  readonly directory: SeenDirectory;
  readonly feed: Feed;
  readonly outcomes: OutcomeWatch;
  readonly samples: string;
  readonly signal: AbortSignal;
}

/** Tells the whole story and checks each fact as it is told. Resolves with the number of facts that did not hold. */
export async function tellStory({
  temporalUi,
  ...options
}: Pick<Stage, 'system' | 'managed' | 'report' | 'samples' | 'signal'> & { readonly temporalUi: string }): Promise<number> {
  const { system, report } = options;
  const feed = createFeed(system.options.servers.kafka);
  const outcomes = await watchOutcomes(system.options.servers.kafka, environment);
  const stage: Stage = { ...options, feed, outcomes, directory: new SeenDirectory(system.url('directory-simulator')) };
  const chapters = [provisionPeople, changeOneNumber, mergeAndOverwrite, replayEverything, holdMassRemoval];
  try {
    const people = readPeople(stage.samples);
    for (const chapter of chapters) {
      stage.signal.throwIfAborted();
      await chapter(stage, people);
    }
    stage.signal.throwIfAborted();
    const guarded = await guardPairings(stage, people);
    if (guarded) await rotateToken(stage, guarded);
  } finally {
    await Promise.all([feed.close(), outcomes.stop()]);
  }

  report.chapter(
    'Look yourself',
    'Each user is a workflow, named by a hash, and so is each rotation; open one to read its plan, its steps and their reasons.',
  );
  const workflows = `${temporalUi}/namespaces/default/workflows?query=${encodeURIComponent(`Environment="${environment}"`)}`;
  report.table(
    ['what', 'where'],
    [
      ['workflows of all users', workflows],
      [
        'the rotation, step by step',
        `${temporalUi}/namespaces/default/workflows/${encodeURIComponent(`rotation/${environment}/all`)}`,
      ],
      ['API of the token service', `${system.url('token-service')}/docs`],
      ['API of the provisioning service', `${system.url('provisioning-service')}/docs`],
      ['API of a validator', `${system.url('pairing-validator-1')}/docs`],
      ['logs', system.options.folder],
    ],
  );
  const { held, failed } = report.counts();
  report.say(failed === 0 ? `\n${held} facts told, and every one checked.` : `\n${held} facts held, ${failed} did NOT.`);
  return failed;
}
