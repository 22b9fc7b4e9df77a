/** The one-way rig with a process on its connected side that sends at a pace: paced-sender.ts. */
import { pathToFileURL } from 'node:url';
import { startHelper } from '../../bench/support/helper-process.ts';
import { createOneWayRig, type OneWayRig } from '../../bench/support/one-way-rig.ts';
import { projectRoot } from '../../bench/support/project-root.ts';
import type { PacedSender } from './paced-sender.ts';

export interface PacedRig {
  readonly rig: OneWayRig;
  readonly run: (...task: Parameters<PacedSender['run']>) => ReturnType<PacedSender['run']>;
  close(): Promise<void>;
}

export async function openPacedRig(): Promise<PacedRig> {
  const rig = await createOneWayRig({ lossFraction: 0 });
  const script = pathToFileURL(`${projectRoot}test/support/paced-sender.ts`);
  const inside = ['ip', 'netns', 'exec', rig.sender.name, 'env', 'NODE_OPTIONS=--import=tsx'];
  const helper = startHelper<PacedSender>(script, inside);
  return {
    rig,
    run: (task) => helper.ask('run', task),
    close: async () => {
      await helper.stop();
      await rig.destroy();
    },
  };
}
