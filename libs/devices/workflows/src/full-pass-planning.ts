import type { PassPage, PassRequest } from '@tallystick/devices-workflow-api';
import { condition } from '@temporalio/workflow';
import { planPage } from './full-pass-activities.ts';

/** What has still to be planned, and how to go on: looked at before each page. */
export interface Planning {
  /** The next page, taken from what is left. */
  readonly take: () => PassPage | undefined;
  /** A page that was not planned after all, or the one behind a planned one. */
  readonly giveBack: (page: PassPage) => void;
  readonly isPaused: () => boolean;
  /** Begin no other page in this run. */
  readonly isOver: () => boolean;
  readonly begun: () => void;
  /** `users`: of a page that was planned; undefined of one that was not. */
  readonly ended: (users: number | undefined) => void;
}

/** Plans shards side by side, one page of each at a time. Fails, when all pages under way have ended, as the first one that failed. */
export async function planShards(request: PassRequest, sideBySide: number, planning: Planning): Promise<void> {
  let failed: { readonly error: unknown } | undefined;
  const isOver = (): boolean => failed !== undefined || planning.isOver();
  const lane = async (): Promise<void> => {
    for (let page: PassPage | undefined; ;) {
      await condition(() => !planning.isPaused() || isOver());
      if (!isOver()) page ??= planning.take();
      if (!page) return;
      if (isOver()) return planning.giveBack(page);
      page = await planOne(request, page, planning);
    }
  };
  const guarded = async (): Promise<void> => {
    try {
      await lane();
    } catch (error) {
      failed ??= { error };
    }
  };
  await Promise.all(Array.from({ length: sideBySide }, guarded));
  if (failed) throw failed.error;
}

/** The page behind it, if there is one. */
async function planOne(request: PassRequest, page: PassPage, planning: Planning): Promise<PassPage | undefined> {
  planning.begun();
  let users: number | undefined;
  try {
    const planned = await planPage.executeWithOptions({ summary: `shard ${page.shard}, page ${page.number + 1}` }, [
      request,
      page,
    ]);
    users = planned.users;
    const { next } = planned;
    return next === undefined ? undefined : { shard: page.shard, number: page.number + 1, cursor: next };
  } finally {
    if (users === undefined) planning.giveBack(page);
    planning.ended(users);
  }
}
