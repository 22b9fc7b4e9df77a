/** How much garbage V8 lets stand, the same on every machine: by itself it goes by how much memory there is. */
import { Session } from 'node:inspector';
import { setFlagsFromString } from 'node:v8';

/**
 * From here on V8 collects whenever its old space has grown by `percent` since the last collection. No limit of
 * the heap: what the program truly needs may grow as before. Meant for a program's start, while the heap is small.
 */
export async function boundHeapGrowth(percent: number): Promise<void> {
  setFlagsFromString(`--heap-growing-percent=${percent}`);
  // V8 reads it at the end of a full collection, and left alone makes the first one late, at a size that goes by the machine.
  const session = new Session();
  session.connect();
  await new Promise<void>((resolve, reject) => {
    session.post('HeapProfiler.collectGarbage', (error) => (error === null ? resolve() : reject(error)));
  });
  session.disconnect();
}
