// `npm run soak [-- --hours H --report FILE]`: steady load for hours with restarts, then an overload. Fails when something grew, or did not drain.
import { longRun } from './long-run.mjs';

await longRun('soak');
