import type { TokenRingStore } from '@tallystick/tokens-domain';

type ForChanges = Pick<TokenRingStore, 'shardOf' | 'read' | 'change' | 'answered' | 'confirm' | 'readSealed'>;

/** The store, telling of each change that was made: what is published at once is known elsewhere before the store can lose it. */
export const tellingStore = (store: ForChanges, onChanged: () => void): ForChanges => ({
  shardOf: (environment) => store.shardOf(environment),
  read: (environment) => store.read(environment),
  answered: (environment, key) => store.answered(environment, key),
  confirm: (shard) => store.confirm(shard),
  readSealed: (environment, token) => store.readSealed(environment, token),
  change: async (change) => {
    const result = await store.change(change);
    if (result.kind === 'changed') onChanged();
    return result;
  },
});
