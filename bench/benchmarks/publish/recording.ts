/** What a real sender puts on the wire for a series of deltas, kept in files, with the receiver that it is for. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type DiodePair, readStatus, setUpPair, startProgram } from '../../support/diode-pair.ts';
import { freePort } from '../../support/free-port.ts';
import { type DeltaSeries, deltaLine } from '../../workload/sized-deltas.ts';
import { openDatagramFile } from './datagram-file.ts';

export interface Recording {
  /** Never run: each run takes a copy. */
  readonly receiverDirectory: string;
  /** Sent before the clock starts, from the first hello on, and while it runs. */
  readonly warm: { readonly path: string; readonly records: number };
  readonly timed: { readonly path: string; readonly records: number };
  readonly series: DeltaSeries;
}

interface SenderNumbers {
  readonly source?: { readonly lines: { readonly delivered: number; readonly refused: number } };
  readonly frames?: { readonly journaled: number; readonly sent: number };
  readonly datagrams?: Readonly<Record<string, number>>;
}

/** First passes alone: nothing is lost when they are played. */
const LINK = [
  [['link', 'rateBitsPerSecond'], 200_000_000],
  [['link', 'repeatAfterMs'], []],
] as const;
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;
const LOOK_EVERY_MS = 100;
const STARTED_WITHIN_MS = 60_000;
/** 500 a second: slow is no fault, but a recording ends. */
const MAX_MS_PER_RECORD = 2;

export async function record(to: {
  /** Its own; does not exist yet. */
  readonly directory: string;
  readonly boundary: string;
  readonly stream: string;
  readonly series: DeltaSeries;
  readonly warmRecords: number;
  readonly timedRecords: number;
}): Promise<Recording> {
  const { directory, boundary, stream, series, warmRecords, timedRecords } = to;
  mkdirSync(directory);
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
  const [opsPort, sourcePath] = [await freePort(), join(directory, 'deltas.jsonl')];
  writeFileSync(sourcePath, '');
  const pair = await setUpPair({
    ...{ directory, boundary, stream, target: `127.0.0.1:${socket.address().port}` },
    senderSettings: [...LINK, [['source', 'path'], sourcePath], [['ops', 'port'], opsPort]],
    receiverSettings: [],
  });
  const sender = startSender(pair, directory);
  let seen = 0;
  const part = async (name: string, from: number, records: number) => {
    const path = join(directory, `${name}.datagrams`);
    const file = openDatagramFile(path);
    const onDatagram = (datagram: Buffer) => {
      seen += 1;
      file.append(datagram);
    };
    socket.on('message', onDatagram);
    if (records > 0) appendFileSync(sourcePath, linesText(series, from, records));
    await untilSent(opsPort, from + records, () => seen);
    socket.off('message', onDatagram);
    file.close();
    return { path, records };
  };
  try {
    const warm = await part('warm', 0, warmRecords);
    const timed = await part('timed', warmRecords, timedRecords);
    return { receiverDirectory: pair.receiverDirectory, warm, timed, series };
  } finally {
    await sender.stop();
    socket.close();
  }
}

function startSender({ senderDirectory }: DiodePair, directory: string) {
  return startProgram({ side: 'sender', directory: senderDirectory, logPath: join(directory, 'sender.log') });
}

function linesText(series: DeltaSeries, from: number, count: number): string {
  return Array.from({ length: count }, (_, index) => `${deltaLine(series, from + index)}\n`).join('');
}

/** Until every line was sent, and every datagram that the sender counted was seen. */
async function untilSent(opsPort: number, lines: number, seen: () => number): Promise<void> {
  const deadlineMs = performance.now() + STARTED_WITHIN_MS + lines * MAX_MS_PER_RECORD;
  let status: SenderNumbers | undefined;
  while (performance.now() < deadlineMs) {
    status = await readStatus<SenderNumbers>(opsPort);
    const { source, frames, datagrams } = status ?? {};
    const isSent = source?.lines.delivered === lines && frames !== undefined && frames.sent >= frames.journaled;
    const sent = Object.values(datagrams ?? {}).reduce((sum, count) => sum + count, 0);
    if (isSent && seen() >= sent) return;
    await delay(LOOK_EVERY_MS);
  }
  throw new Error(`recording: ${lines} lines, ${seen()} datagrams seen, and the sender says ${JSON.stringify(status)}`);
}
