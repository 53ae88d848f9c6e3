/** The spelling in which two usernames are one account: a directory does not tell "Bob" from "bob". */
export const foldUsername = (username: string): string => username.normalize('NFKC').trim().toLowerCase();

/** Whether an account is never touched (P15). */
export function protectsUsername(protectedUsernames: readonly string[] = []): (username: string) => boolean {
  const names = new Set(protectedUsernames.map(foldUsername));
  return (username) => names.has(foldUsername(username));
}
