/** Which frames a receiver's audit log says came late, out of a gap: the only ones whose records a newer one can overtake. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { projectRoot } from '../../bench/support/project-root.ts';
import type { HealedFrame } from './rising-ledger.ts';

export async function readHealedFrames(receiverDirectory: string): Promise<readonly HealedFrame[]> {
  const program = `${projectRoot}dist/receiver/main.js`;
  const search = [program, 'audit', 'search', receiverDirectory, '--event', 'frame-accepted', '--json'];
  const child = spawn(process.execPath, search, { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  const healed: HealedFrame[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const entry = JSON.parse(line) as { readonly epoch: number; readonly sequence: number; readonly healed: boolean };
    if (entry.healed) healed.push([entry.epoch, entry.sequence]);
  }
  const [code] = await closed;
  if (code !== 0) throw new Error(`the audit log of ${receiverDirectory} cannot be searched: exit code ${code}`);
  return healed;
}
