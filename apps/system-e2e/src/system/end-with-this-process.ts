import type { ChildProcess } from 'node:child_process';

const children = new Map<ChildProcess, () => void>();

/** No child outlives this process, unless this process is killed outright; the servers have a supervisor for that. */
export function endWithThisProcess(child: ChildProcess, end: () => void = () => void child.kill('SIGKILL')): void {
  if (children.size === 0) process.once('exit', () => children.forEach((one) => one()));
  children.set(child, end);
  child.once('exit', () => children.delete(child));
}
