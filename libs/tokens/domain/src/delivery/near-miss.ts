/** A key that somebody most likely meant to be `wanted`: but for blanks, case, or one character. */
export function isNearMiss(key: string, wanted: string): boolean {
  if (key === wanted) return false;
  const [one, other] = [bare(key), bare(wanted)];
  return one === other || isOneEditApart(one, other);
}

const bare = (key: string): string =>
  key
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '');

function isOneEditApart(one: string, other: string): boolean {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  const [left, right] = [one.slice(at), other.slice(at)];
  return left.slice(1) === right.slice(1) || left === right.slice(1) || left.slice(1) === right;
}
