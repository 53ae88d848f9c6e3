/**
 * `work` for each item, at most `width` at one time; results in the order of the items. Items that come one by one are asked for as places
 * become free. After a failure (of the items too) no other is begun; it is thrown when those under way have ended, so that nothing goes on
 * behind the caller's back.
 */
export async function sideBySide<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  width: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  let next = 0;
  let failed: { readonly error: unknown } | undefined;
  const lane = async (): Promise<void> => {
    try {
      while (!failed) {
        const item = await source.next();
        if (item.done || failed) return;
        const at = next++;
        results[at] = await work(item.value);
      }
    } catch (error) {
      failed ??= { error };
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, width) }, lane));
  if (failed) throw failed.error;
  return results;
}
