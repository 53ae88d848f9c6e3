// A shard that was found behind its witness must stay shut until it is reopened, also when changes made meanwhile bring its number up to
// where the witness stood. So the witness is raised out of reach, in a way that still says where it stood:
//
//   n ──found behind──▶ 2^50 + n (shut) ──reopened under another head epoch──▶ 2^51 + n (over)
//
// A store that is restored to a head epoch which is over is found out as well.
const shutFrom = 2 ** 50;
const overFrom = 2 ** 51;

/** How far the shard had come. */
export const stoodAt = (witness: number): number =>
  witness >= overFrom ? witness - overFrom : witness >= shutFrom ? witness - shutFrom : witness;

/** Whether the head epoch was given up: there has been another one after it. */
export const isOver = (witness: number): boolean => witness >= overFrom;
export const asShut = (witness: number): number => (witness >= shutFrom ? witness : shutFrom + witness);
export const asOver = (witness: number): number => overFrom + stoodAt(witness);
