/** Keys, cards and stages for the sender's tests; every "random" byte is fixed. */

import { type CoreOptions, SenderCore } from '../../sender/core.ts';
import { Journal } from '../../sender/journal/journal.ts';
import type { RejectedLine } from '../../sender/journal/reject-file.ts';
import type { SenderEvent } from '../../sender/ops/sender-observer.ts';
import { openSenderStore } from '../../sender/sender-store.ts';
import type { SourceEntry } from '../../sender/sources/source.ts';
import { openSession, type Session } from '../../sender/transmit/session.ts';
import type { AuditEvent, AuditLog } from '../../src/audit/audit-log.ts';
import { type AgreementKeyPair, agreementKeyPair } from '../../src/crypto/agreement.ts';
import { datagramKey } from '../../src/crypto/digest.ts';
import { DatagramCipher, signingKeyPair } from '../../src/crypto/sodium.ts';
import { BlockCodec } from '../../src/fec/block-codec.ts';
import { loadKernelModule } from '../../src/fec/kernel-module.ts';
import { compileIdentityRules } from '../../src/identity/identity-rules.ts';
import type { Store } from '../../src/store/database.ts';
import {
  DATAGRAM_KIND,
  type DatagramHeader,
  type DatagramPlace,
  datagramGeometry,
  datagramKind,
  HEADER_BYTES,
  readDatagramHeader,
  readVeiledPlace,
  VEILED_HEADER_BYTES,
} from '../../src/wire/datagram.ts';
import type { LinkParameters } from '../../src/wire/hello.ts';

export const signing = signingKeyPair(Buffer.alloc(32, 1));
export const senderAgreement: AgreementKeyPair = agreementKeyPair(Buffer.alloc(32, 2));
export const receiverAgreement: AgreementKeyPair = agreementKeyPair(Buffer.alloc(32, 3));
export const epochId = Buffer.alloc(16, 4);
export const encoder = new BlockCodec(loadKernelModule());
export const boundary = 'site-a';
export const stream = 'hr';

export const link: LinkParameters = {
  symbolBytes: 1408,
  repairPercent: 5,
  rateBitsPerSecond: 100_000_000,
  helloIntervalMs: 10_000,
  repeatAfterMs: [1_000, 10_000, 60_000],
};

export function session(number = 1): Promise<Session> {
  return openSession({
    boundary,
    stream,
    number,
    id: Buffer.alloc(16, 16 + number),
    secret: Buffer.alloc(32, 64 + number),
    agreement: senderAgreement,
    receivers: [{ agreementKey: receiverAgreement.publicKey }],
  });
}

export class MemoryAudit implements AuditLog {
  readonly entries: AuditEvent[] = [];
  synced = 0;
  append(_nowMs: number, entry: AuditEvent): void {
    this.entries.push(entry);
  }
  sync(): void {
    this.synced = this.entries.length;
  }
  close(): void {}
  of(event: string): AuditEvent[] {
    return this.entries.filter((entry) => entry.event === event);
  }
}

export interface CoreRig {
  readonly core: SenderCore;
  readonly store: Store;
  readonly journal: Journal;
  readonly audit: MemoryAudit;
  readonly rejected: RejectedLine[];
  readonly events: SenderEvent[];
}

export interface RigOptions {
  readonly store?: Store;
  readonly journalBytes?: number;
  readonly nowMs?: number;
  readonly wallMs?: number;
  readonly link?: Partial<LinkParameters>;
  readonly maxDatagramBytes?: number;
  readonly overheadBytes?: number;
  readonly aheadMs?: number;
  readonly burstBytes?: number;
  readonly isConstantRate?: boolean;
  readonly packer?: Partial<CoreOptions['packer']>;
  readonly snapshot?: CoreOptions['snapshot'];
  readonly stopwatchMs?: () => number;
  readonly freeDiskBytes?: () => number;
  readonly isMediaOnly?: boolean;
  readonly issuer?: CoreOptions['issuer'];
  readonly announcedLog?: CoreOptions['announcedLog'];
  /** See JournalOptions. */
  readonly keptFrom?: () => number;
  /** Default: for the one receiver of this file. */
  readonly session?: Session;
}

export async function coreRig(options: RigOptions = {}): Promise<CoreRig> {
  const { nowMs = 0, wallMs = 1_800_000_000_000, journalBytes = 1e9 } = options;
  const parameters = { ...link, ...options.link };
  const store = options.store ?? openSenderStore(':memory:');
  const journal = new Journal(store, wallMs, epochId, {
    path: ':memory:',
    maxBytes: journalBytes,
    repeatCount: parameters.repeatAfterMs.length,
    ...(options.keptFrom && { keptFrom: options.keptFrom }),
  });
  const audit = new MemoryAudit();
  const rejected: RejectedLine[] = [];
  const events: SenderEvent[] = [];
  const core = new SenderCore(nowMs, wallMs, {
    boundary,
    stream,
    sourceName: 'test',
    link: parameters,
    ...(options.isMediaOnly && { isMediaOnly: true }),
    ...(options.issuer && { issuer: options.issuer }),
    ...(options.announcedLog && { announcedLog: options.announcedLog }),
    overheadBytes: options.overheadBytes ?? 66,
    ...(options.aheadMs !== undefined && { aheadMs: options.aheadMs }),
    burstBytes: options.burstBytes,
    isConstantRate: options.isConstantRate,
    ...(options.maxDatagramBytes !== undefined && { maxDatagramBytes: options.maxDatagramBytes }),
    packer: { batchBodyBytes: 262_144, batchRecords: 1_000, lingerMs: 50, ...options.packer },
    ...(options.snapshot && { snapshot: options.snapshot }),
    signing,
    rules: compileIdentityRules({ resourceTypes: [{ type: 'User' }, { type: 'Group' }], tokenIssuers: ['*'] }),
    store,
    journal,
    session: options.session ?? (await session(journal.nextSessionNumber())),
    encoder,
    audit,
    rejects: { append: (lines) => rejected.push(...lines) },
    onEvent: (event) => events.push(event),
    ...(options.stopwatchMs && { stopwatchMs: options.stopwatchMs }),
    ...(options.freeDiskBytes && { freeDiskBytes: options.freeDiskBytes }),
  });
  return { core, store, journal, audit, rejected, events };
}

/** Source lines 1 … with positions {offset: n}. */
export function entriesOf(lines: readonly (object | string)[], firstLine = 1): SourceEntry[] {
  return lines.map((line, index) => ({
    kind: 'line',
    lineNumber: firstLine + index,
    text: typeof line === 'string' ? line : JSON.stringify(line),
    positionAfter: { offset: firstLine + index },
  }));
}

export function userLine(id: string, userName = `${id}@example.org`): object {
  return {
    type: 'User',
    op: 'put',
    resource: { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], id, userName, active: true },
  };
}

/** Polls until nothing is due before `untilMs`; what left, with its time. */
export function drive(core: SenderCore, fromMs: number, untilMs: number, wallAtZeroMs = 1_800_000_000_000) {
  const sent: { atMs: number; datagram: Buffer }[] = [];
  let nowMs = fromMs;
  for (let step = 0; step < 1_000_000; step++) {
    for (;;) {
      const datagram = core.poll(nowMs, Math.floor(wallAtZeroMs + nowMs));
      if (datagram === undefined) break;
      sent.push({ atMs: nowMs, datagram });
    }
    nowMs = Math.max(nowMs, core.nextDeadlineMs(nowMs));
    if (nowMs > untilMs) return sent;
  }
  throw new Error('the core is always due: it makes no progress');
}

/** What a receiver of `session(number)` opens each datagram with. */
export function openDatagram(datagram: Buffer, number = 1): { header: DatagramHeader; symbol: Buffer } {
  const cipher = new DatagramCipher(datagramKey(Buffer.alloc(32, 64 + number), Buffer.alloc(16, 16 + number), 0));
  const header = readDatagramHeader(datagram);
  const symbol = cipher.open(datagram, HEADER_BYTES, header.counter);
  if (symbol === undefined) throw new Error(`datagram ${header.counter} does not open`);
  return { header, symbol };
}

/** What a veiled datagram hides, of `session(1)`; undefined where it is padding, or another one. */
export function openVeiled(datagram: Buffer): DatagramPlace | undefined {
  if (datagramKind(datagram) !== DATAGRAM_KIND.veiled) return undefined;
  const cipher = new DatagramCipher(datagramKey(Buffer.alloc(32, 65), Buffer.alloc(16, 17), 0));
  const sealed = cipher.open(datagram, VEILED_HEADER_BYTES, readDatagramHeader(datagram).counter);
  if (sealed === undefined) throw new Error('a veiled datagram does not open');
  return readVeiledPlace(sealed);
}

/** Puts frames together from any symbols, with the codec: sequence → frame bytes. Throws where one cannot be. */
export function assemble(datagrams: readonly Buffer[], number = 1): Map<number, Buffer> {
  const bySequence = new Map<number, ReturnType<typeof openDatagram>[]>();
  for (const datagram of datagrams) {
    if (datagramKind(datagram) !== DATAGRAM_KIND.symbol) continue;
    const opened = openDatagram(datagram, number);
    const { sequence } = opened.header;
    bySequence.set(sequence, [...(bySequence.get(sequence) ?? []), opened]);
  }
  return new Map([...bySequence].map(([sequence, opened]) => [sequence, assembleFrame(opened)]));
}

function assembleFrame(opened: readonly { header: DatagramHeader; symbol: Buffer }[]): Buffer {
  const { header } = opened[0] as { header: DatagramHeader };
  const blocks: Uint8Array[] = [];
  for (let blockIndex = 0; blockIndex < header.blockCount; blockIndex++) {
    const symbols: (Uint8Array | undefined)[] = [];
    let geometry = { sourceCount: 1, repairCapacity: 2 };
    for (const { header: of, symbol } of opened) {
      if (datagramGeometry(of, symbol.length) === 'geometry') throw new Error('a datagram contradicts itself');
      if (of.blockIndex !== blockIndex) continue;
      geometry = of;
      symbols[of.symbolIndex] = symbol;
    }
    const sparse = Array.from(symbols, (symbol) => symbol);
    const source = encoder.decode(geometry, sparse);
    if (source === undefined) throw new Error(`block ${blockIndex} has too few symbols`);
    blocks.push(...source);
  }
  return Buffer.concat(blocks).subarray(0, header.frameBytes);
}
