/**
 * Splits what a process writes to Redis into its commands, however they share its packets: whatever it sends in one moment goes in as many packets as
 * chance wants. One for each connection; a command that is not whole yet is kept.
 */
export function redisCommands(): (packet: Buffer) => readonly Buffer[] {
  let rest = Buffer.alloc(0);
  return (packet) => {
    rest = Buffer.concat([rest, packet]);
    const commands: Buffer[] = [];
    for (let end = endOfCommand(rest); end !== undefined; end = endOfCommand(rest)) {
      commands.push(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
    return commands;
  };
}

/** Where the first command ends: a client sends arrays of strings, each with its length. Undefined while it is not whole. */
function endOfCommand(bytes: Buffer): number | undefined {
  let at = 0;
  const header = (mark: string): number | undefined => {
    const end = bytes.indexOf('\r\n', at);
    if (end < 0) return undefined;
    const line = bytes.toString('latin1', at, end);
    if (!line.startsWith(mark)) throw new Error(`a command to Redis has "${line.slice(0, 20)}" where ${mark} is due`);
    at = end + 2;
    return Number(line.slice(1));
  };
  const parts = header('*');
  if (parts === undefined) return undefined;
  for (let n = 0; n < parts; n += 1) {
    const length = header('$');
    if (length === undefined) return undefined;
    at += length + 2;
  }
  return at <= bytes.length ? at : undefined;
}
