/**
 * One build of the code that works on one task queue. A worker that has a version gets no work, neither new workflows nor those that run,
 * before its build was made the current one of its deployment ({@link makeCurrent}).
 */
export type WorkerVersion = {
  /** What is deployed as one, e.g. `tallystick-tokens`. Letters, digits, `-` and `_`. */
  readonly deployment: string;
  /** Another one for each build, e.g. the commit. */
  readonly buildId: string;
};

/**
 * All workflows of a versioned worker go on under the build that is current. Their histories are replayed by the tests of every build
 * (`patched` where commands differ), so that they may. And they must: a run that is pinned stands still when the last worker of its build is
 * gone, as after a rolling update. That goes for short ones too: `reconcileUser` lasts seconds, but as long as its directory answers slowly
 * or its source never rests, and new wake-ups only join a run that stands still; a rotation lasts weeks.
 * No workflow says so itself (`setWorkflowOptions`): on a worker without a version the server refuses each of its tasks then.
 */
export const usualVersioningBehavior = 'AUTO_UPGRADE';
