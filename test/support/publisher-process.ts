/** Runs a publisher until it is killed: PATH BROKERS FRAMES. Writes a line at each step of each transaction. */
import { writeSync } from 'node:fs';
import { startPublisher } from './publisher-fixture.ts';

const [path, brokers, frames] = process.argv.slice(2) as [string, string, string];
const fixture = startPublisher({ path, brokers, onStep: (step) => writeSync(1, `${step}\n`) });
// A few frames at a time, so that there are many transactions to be killed in.
for (let count = fixture.store.spool.lastPosition; count < Number(frames); ) {
  count = Math.min(count + 3, Number(frames));
  fixture.spoolUpTo(count);
  await fixture.drained(60_000);
}
await fixture.stop();
writeSync(1, 'done\n');
process.exit(0);
