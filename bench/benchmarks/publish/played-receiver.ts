/** A real receiver on a copy of its directory, fed with what was recorded for it. */
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ReceiverStatus } from '../../../receiver/ops/receiver-status.ts';
import { auditText } from '../../support/audit-text.ts';
import { changeConfig, readStatus, startProgram } from '../../support/diode-pair.ts';
import { freePort } from '../../support/free-port.ts';
import { type ProcessUsage, processUsage } from '../../support/process-usage.ts';
import { commitTimeMs } from '../endtoend/commit-time.ts';
import { play } from './player.ts';
import type { Recording } from './recording.ts';

export interface PlayedReceiver {
  /** Resolves when the receiver has decided all of it. */
  play(part: 'warm' | 'timed'): Promise<void>;
  usage(): ProcessUsage;
  /** Wall time of the last commit of what was played; complete only after `stop`. */
  lastCommitMs(): number;
  /** That its socket lost: the player was too fast, and FEC had to help. */
  readonly drops: number;
  stop(): Promise<void>;
}

const LOOK_EVERY_MS = 250;
const STARTED_WITHIN_MS = 60_000;
/** 500 a second: slow is no fault, but a run ends. */
const MAX_MS_PER_RECORD = 2;

export async function startPlayedReceiver(to: {
  readonly recording: Recording;
  readonly brokers: string;
  readonly topicPrefix: string;
  /** Its own; does not exist yet. */
  readonly directory: string;
  readonly nodeOptions?: readonly string[];
}): Promise<PlayedReceiver> {
  const { recording, brokers, topicPrefix, directory } = to;
  mkdirSync(directory);
  const own = join(directory, 'receiver');
  cpSync(recording.receiverDirectory, own, { recursive: true });
  const [port, opsPort] = [await freePort(), await freePort()];
  changeConfig(own, [
    [['link', 'address'], '127.0.0.1'],
    [['link', 'port'], port],
    [['kafka', 'brokers'], [brokers]],
    [['kafka', 'topicPrefix'], topicPrefix],
    [['kafka', 'replicationFactor'], 1],
    [['kafka', 'minInsyncReplicas'], 1],
    [['ops', 'port'], opsPort],
  ]);
  const program = startProgram({
    side: 'receiver',
    directory: own,
    logPath: join(directory, 'receiver.log'),
    ...(to.nodeOptions && { nodeOptions: to.nodeOptions }),
  });
  const until = async (isReached: (status: ReceiverStatus) => boolean, timeoutMs: number) => {
    const deadlineMs = performance.now() + timeoutMs;
    let status: ReceiverStatus | undefined;
    while (performance.now() < deadlineMs) {
      // It answers before it has opened anything.
      status = await readStatus<ReceiverStatus>(opsPort);
      if (status?.kafka !== undefined && isReached(status)) return;
      await delay(LOOK_EVERY_MS);
    }
    throw new Error(`the receiver in ${directory} says ${JSON.stringify(status)}`);
  };
  try {
    await until(({ kafka }) => kafka.publishing, STARTED_WITHIN_MS);
  } catch (error) {
    await program.kill();
    throw error;
  }
  let [drops, decided] = [0, 0];
  return {
    async play(part) {
      const { path, records } = recording[part];
      decided += records;
      ({ drops } = await play(path, port));
      await until(({ totals }) => decidedRecords(totals) >= decided, STARTED_WITHIN_MS + records * MAX_MS_PER_RECORD);
    },
    usage: () => processUsage(program.process.pid as number),
    lastCommitMs: () => commitTimeMs(auditText('receiver', own), decided),
    get drops() {
      return drops;
    },
    async stop() {
      await program.stop();
    },
  };
}

/** Records of the source with an outcome. */
function decidedRecords(totals: ReceiverStatus['totals']): number {
  const { witnessed: _, ...ofSource } = totals;
  return Object.values(ofSource).reduce((sum, count) => sum + count, 0);
}
