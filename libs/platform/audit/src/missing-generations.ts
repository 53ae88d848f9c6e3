/** First and last of numbers that follow each other. */
export type Range = readonly [number, number];

/** The numbers between two generations that are not known, as ranges. It takes as long as there are known ones, however far apart the two are. */
export function rangesBetween(from: number, to: number, known: Iterable<number>): readonly Range[] {
  const between = [...new Set(known)].filter((one) => one > from && one < to).sort((a, b) => a - b);
  return [...between, to].flatMap((next, at): readonly Range[] => {
    const first = (between[at - 1] ?? from) + 1;
    return first < next ? [[first, next - 1]] : [];
  });
}

/**
 * Generations that must have been there: a start says which it goes on from, and which numbers before its own were passed over. Whatever else is
 * between them was published once, and is gone.
 */
export function missingBefore(
  generation: number,
  { from, skipped = [] }: { readonly from: { readonly generation: number }; readonly skipped?: readonly Range[] },
  known: Iterable<number>,
): readonly Range[] {
  const isThere = new Set(known);
  const first = from.generation > 0 && !isThere.has(from.generation) ? from.generation - 1 : from.generation;
  const missing = rangesBetween(first, generation, isThere);
  // A range that is told as passed over lies within one that is not known.
  return missing.flatMap((range) =>
    skipped.reduce<readonly Range[]>((left, told) => left.flatMap((one) => without(one, told)), [range]),
  );
}

const without = ([first, last]: Range, [from, to]: Range): readonly Range[] => {
  if (to < first || from > last) return [[first, last]];
  const before: readonly Range[] = first < from ? [[first, from - 1]] : [];
  return to < last ? [...before, [to + 1, last]] : before;
};
