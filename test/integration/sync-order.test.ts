/**
 * Killing a process says nothing of fsync: the page cache outlives it. So the system calls of the real programs are looked
 * at: each frame is synced before its first datagram leaves the sender, and before the receiver gives it to Kafka, whose commit
 * waits for what the audit log says of it.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DiodePair, readStatus, setUpPair, startProgram } from '../../bench/support/diode-pair.ts';
import { freePort } from '../../bench/support/free-port.ts';
import { canRunKafka, type Kafka, startKafka } from '../../bench/support/kafka.ts';
import type { ReceiverStatus } from '../../receiver/ops/receiver-status.ts';
import { openStoreReadOnly } from '../../src/store/database.ts';
import { DATAGRAM_KIND, datagramKind, readDatagramHeader } from '../../src/wire/datagram.ts';
import { decodeFrame } from '../../src/wire/frame.ts';
import { isSettled } from '../support/one-way-site.ts';
import { requirement } from '../support/requirement.ts';
import { RisingWorkload } from '../support/rising-workload.ts';
import { type Departure, syncFaults } from '../support/sync-order.ts';
import { readTrace, type SystemCall, traceCommand } from '../support/syscall-trace.ts';

const LINES = 40;
/** Told to the end before the next come, so that there are eight frames at least, however slow a traced program is. */
const LINES_AT_ONCE = 5;

const available =
  requirement('a real Kafka', canRunKafka(), 'run .ci/install') &&
  requirement(
    'strace',
    spawnSync('strace', ['-f', 'true']).status === 0,
    'run .ci/install, as root or with ptrace allowed',
  );

interface JournaledFrame {
  readonly sequence: number;
  readonly frame: Buffer;
}

describe.skipIf(!available)('what leaves was on disk before', () => {
  const directory = mkdtempSync(join(tmpdir(), 'diode-sync-'));
  const traces = { sender: join(directory, 'sender.strace'), receiver: join(directory, 'receiver.strace') };
  let kafka: Kafka | undefined;
  let pair: DiodePair;
  let frames: readonly JournaledFrame[];

  beforeAll(async () => {
    kafka = await startKafka();
    const [linkPort, senderOps, receiverOps] = [await freePort(), await freePort(), await freePort()];
    const source = join(directory, 'source.jsonl');
    writeFileSync(source, '');
    pair = await setUpPair({
      directory,
      boundary: 'sync',
      stream: 'hr',
      target: `127.0.0.1:${linkPort}`,
      senderSettings: [
        [['source', 'path'], source],
        [['ops', 'port'], senderOps],
      ],
      receiverSettings: [
        [['link', 'port'], linkPort],
        [['ops', 'port'], receiverOps],
        [['kafka', 'brokers'], [kafka.brokers]],
        [['kafka', 'replicationFactor'], 1],
        [['kafka', 'minInsyncReplicas'], 1],
        // So that records can be recognised in what goes to the broker.
        [['kafka', 'client'], { 'compression.codec': 'none' }],
      ],
    });
    const start = (side: 'sender' | 'receiver') =>
      startProgram({
        side,
        directory: side === 'sender' ? pair.senderDirectory : pair.receiverDirectory,
        logPath: join(directory, `${side}.log`),
        prefix: traceCommand(traces[side]),
      });
    const until = async (wanted: (status: ReceiverStatus) => boolean) => {
      for (let tries = 0; tries < 240; tries++) {
        const status = await readStatus<ReceiverStatus>(receiverOps);
        if (status !== undefined && wanted(status)) return;
        await delay(250);
      }
      throw new Error(`the receiver did not come so far; logs in ${directory}`);
    };
    const receiver = start('receiver');
    await until(({ kafka: { publishing } }) => publishing);
    const sender = start('sender');
    const workload = await RisingWorkload.create({ seed: 1, tokenFraction: 0 });
    for (let said = LINES_AT_ONCE; said <= LINES; said += LINES_AT_ONCE) {
      for (const line of await workload.lines(LINES_AT_ONCE)) {
        appendFileSync(source, `${line}\n`);
        await delay(60);
      }
      await until((status) => isSettled(status, said));
    }
    await sender.stop();
    await receiver.stop();
    const store = openStoreReadOnly(join(pair.senderDirectory, 'data/sender.db'));
    frames = store.prepare('SELECT sequence, frame FROM frame ORDER BY sequence').all() as JournaledFrame[];
    store.close();
  });

  afterAll(async () => {
    await kafka?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  /** A frame is recognised by its signature, which is found nowhere else. */
  const departures = (isSending: (sequence: number) => Departure['isSending']): readonly Departure[] =>
    frames.map(({ sequence, frame }) => ({
      name: `frame ${sequence}`,
      written: signatureOf(frame),
      isSending: isSending(sequence),
    }));

  it('has frames enough to judge by, each with bytes of its own', () => {
    expect(frames.length).toBeGreaterThanOrEqual(LINES / LINES_AT_ONCE);
    expect(new Set(departures(() => () => false).map(({ written }) => written)).size).toBe(frames.length);
  });

  /** As `departures`, by what the audit log says of a frame. */
  const audited = (said: (sequence: number) => string, isSending: (sequence: number) => Departure['isSending']) =>
    departures(isSending).map((departure, at) => ({ ...departure, written: said(frames[at]?.sequence ?? 0) }));

  /** One call sends many datagrams, of several frames. */
  const carries = (sequence: number) => (call: SystemCall) =>
    call.name.startsWith('send') &&
    call.strings.some((string) => {
      const datagram = Buffer.from(string, 'latin1');
      return datagramKind(datagram) === DATAGRAM_KIND.symbol && readDatagramHeader(datagram).sequence === sequence;
    });

  const produces = (sequence: number) => (call: SystemCall) =>
    /^(send|write)/.test(call.name) && call.target.includes('socket') && call.data.includes(`hr/1.${sequence}.0`);

  /** Of a request of Kafka's the first four bytes are its length, the next two its kind: 26 is EndTxn. */
  const isEndOfTransaction = ({ name, target, strings }: SystemCall) =>
    name.startsWith('send') && target.includes('socket') && strings.some((text) => text.slice(4, 6) === '\0\x1a');

  /** The first end of a transaction behind its records. */
  const commits = (sequence: number) => {
    const isProducing = produces(sequence);
    let isProduced = false;
    return (call: SystemCall) => {
      isProduced ||= isProducing(call);
      return isProduced && isEndOfTransaction(call);
    };
  };

  it('the sender syncs its journal before the first datagram of a frame', () => {
    expect(syncFaults(readTrace(traces.sender), 'data/sender.db-wal', departures(carries))).toEqual([]);
  });

  it('the receiver syncs its spool before it produces a frame’s records', () => {
    expect(syncFaults(readTrace(traces.receiver), 'data/receiver.db-wal', departures(produces))).toEqual([]);
  });

  it('the sender syncs what its audit log says of it before that, the receiver before it has Kafka commit it', () => {
    const signed = (sequence: number) => `"event":"frame-signed","epoch":1,"sequence":${sequence},`;
    const published = (sequence: number) => `"hr/1.${sequence}.0 `;
    const tail = 'data/audit/program/tail.jsonl';
    expect(syncFaults(readTrace(traces.sender), tail, audited(signed, carries))).toEqual([]);
    expect(syncFaults(readTrace(traces.receiver), tail, audited(published, commits))).toEqual([]);
  });
});

function signatureOf(bytes: Uint8Array): string {
  const frame = decodeFrame(bytes);
  if (typeof frame === 'string') throw new Error(`the journal holds a frame that cannot be read: ${frame}`);
  return Buffer.from(frame.signature).toString('latin1');
}
