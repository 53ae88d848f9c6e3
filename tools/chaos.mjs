// `npm run chaos [-- --minutes N --seed S --report FILE]`: load, faults that a seed draws, and a judge. Fails with the line that repeats it.
import { longRun } from './long-run.mjs';

await longRun('chaos');
