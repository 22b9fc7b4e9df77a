import assert from 'node:assert/strict';
import { RECEIVER_LIMITS } from '../../../src/limits.ts';
import { type DatagramHeader, HEADER_BYTES } from '../../../src/wire/datagram.ts';
import { FrontHalf } from '../../support/front-half.ts';
import { helloOfBody, ModelJournal, ModelSession, signHeader, WALL_MS } from '../../support/model-sender.ts';
import { PADDING } from '../../support/sealed-datagram.ts';
import { InputReader } from '../input-reader.ts';
import { fuzzedFields } from '../signed-records.ts';

const MAX_STEPS = 12;
const NO_LIMITS = { maxFrames: 10_000, maxBytes: 1e12, maxRecords: 1e12 };

/** A receiver that met its sender, then step by step what the input says: from forged bytes to well-signed nonsense. */
export function fuzz(input: Buffer): void {
  const reader = new InputReader(input);
  const rig = new IntakeRig();
  try {
    if (reader.boolean()) rig.meet();
    for (let step = 0; step < MAX_STEPS && !reader.isAtEnd; step++) rig.step(reader);
    rig.check();
  } finally {
    rig.close();
  }
}

class IntakeRig {
  readonly #half = new FrontHalf();
  readonly #journal = new ModelJournal();
  readonly #session = new ModelSession(this.#journal);
  /** Genuine ones, to be changed and sent again. */
  readonly #sent: Buffer[] = [];
  #received = 0;

  meet(): void {
    this.#send([this.#session.hello()]);
  }

  /** What SQLite holds is no memory that the collector knows of: thousands of rigs would fill the machine. */
  close(): void {
    this.#half.store.close();
  }

  step(reader: InputReader): void {
    switch (reader.integer(1) % 11) {
      case 0:
        this.#forge(reader.chunk());
        break;
      case 1:
        this.#forge(this.#flipped(reader));
        break;
      case 2:
        this.#send([this.#anySent(reader)]);
        break;
      case 3:
        this.#send([this.#session.seal(fuzzedHeader(reader), symbol(reader))]);
        break;
      case 4: {
        const { bytes, sequence } = this.#journal.append(1 + (reader.integer(2) % 8_192), {
          header: fuzzedFields(reader),
        });
        this.#sendSome(reader, { sequence, bytes });
        break;
      }
      case 5: {
        const sequence = reader.integer(1);
        this.#sendSome(reader, { sequence, bytes: signHeader(reader.chunk(), reader.chunk()) });
        break;
      }
      case 6: {
        const sequence = reader.integer(1);
        this.#sendSome(reader, { sequence, bytes: nonEmpty(reader.chunk()) });
        break;
      }
      case 7:
        this.#send([this.#session.hello(helloChanges(reader, this.#journal))]);
        break;
      case 8:
        this.#send([helloOfBody(reader.bytes(900))]);
        break;
      case 9:
        this.#forgeAhead(reader);
        break;
      default:
        this.#half.wallOffsetMs += reader.integer(2) - 0x8000;
        this.#half.pass(reader.integer(2));
    }
  }

  check(): void {
    this.#half.pass(RECEIVER_LIMITS.maxFrameAgeMs);
    const { status, spool } = this.#half;
    const counted = Object.values(status.datagrams).reduce((sum, count) => sum + count, 0);
    assert.equal(counted - status.recalledDatagrams, this.#received, 'each datagram is counted once');
    assert.ok(status.waitingDatagrams <= RECEIVER_LIMITS.maxDatagramsBeforeHello);
    assert.ok(status.openBlocks <= RECEIVER_LIMITS.maxBlocks && status.openBlockBytes <= RECEIVER_LIMITS.maxBlockBytes);
    assert.ok(status.gate.heldBytes <= RECEIVER_LIMITS.maxHeldBytes);
    assert.ok(status.gate.gaps.length <= RECEIVER_LIMITS.maxOpenGaps);
    const names = new Set<string>();
    let last = { epoch: 0, sequence: 0 };
    for (const { epoch, sequence, isHealed } of spool.next(0, NO_LIMITS)) {
      assert.ok(!names.has(`${epoch}.${sequence}`), 'no frame is spooled twice');
      names.add(`${epoch}.${sequence}`);
      if (isHealed) continue;
      assert.ok(
        epoch > last.epoch || (epoch === last.epoch && sequence > last.sequence),
        'frames are spooled in order',
      );
      last = { epoch, sequence };
    }
  }

  /** Of an unauthentic datagram nothing may be seen but its count. */
  #forge(bytes: Buffer): void {
    const before = this.#state();
    this.#receive(bytes);
    assert.deepEqual(this.#state(), before, 'what is not authentic changes nothing');
  }

  /** A forged copy that overtakes the genuine datagram does not take its place. */
  #forgeAhead(reader: InputReader): void {
    const genuine = this.#session.seal(PADDING, symbol(reader));
    const forged = Buffer.from(genuine);
    const at = HEADER_BYTES + (reader.integer(2) % (forged.length - HEADER_BYTES));
    forged[at] = (forged[at] as number) ^ (1 + (reader.integer(1) % 255));
    this.#forge(forged);
    const { replayed } = this.#half.status.datagrams;
    this.#send([genuine]);
    assert.equal(this.#half.status.datagrams.replayed, replayed);
  }

  #state() {
    const { gate, session, frames, blocks, openBlocks, openBlockBytes, clock, hellos, datagrams } = this.#half.status;
    const { accepted, duplicate, unneeded, padding, control } = datagrams;
    const authentic = { accepted, duplicate, unneeded, padding, control, hellos: hellos.accepted };
    const { frames: spooled } = this.#half.spool.depth;
    return { gate, session, frames, blocks, openBlocks, openBlockBytes, clock, authentic, spooled };
  }

  #flipped(reader: InputReader): Buffer {
    const bytes = Buffer.from(this.#anySent(reader));
    const at = reader.integer(2) % Math.max(1, bytes.length);
    if (bytes.length > 0) bytes[at] = (bytes[at] as number) ^ (1 + (reader.integer(1) % 255));
    return bytes;
  }

  #anySent(reader: InputReader): Buffer {
    return this.#sent[reader.integer(1) % Math.max(1, this.#sent.length)] ?? Buffer.alloc(0);
  }

  #sendSome(reader: InputReader, frame: { readonly sequence: number; readonly bytes: Uint8Array }): void {
    const lost = reader.integer(2);
    this.#send(this.#session.datagrams(frame).filter((_, index) => ((lost >> (index % 16)) & 1) === 0));
  }

  #send(datagrams: readonly Buffer[]): void {
    for (const datagram of datagrams) this.#receive(datagram);
    this.#sent.push(...datagrams);
    this.#half.open(this.#session);
  }

  #receive(datagram: Buffer): void {
    this.#received++;
    this.#half.receive(datagram);
  }
}

function fuzzedHeader(reader: InputReader): Partial<DatagramHeader> {
  return {
    kind: 1 + (reader.integer(1) % 4),
    lane: reader.integer(1),
    sequence: reader.integer(1),
    blockIndex: reader.integer(1),
    blockCount: reader.integer(1),
    symbolIndex: reader.integer(1),
    frameBytes: reader.integer(3),
    sourceCount: reader.integer(1),
    repairCapacity: 2 ** (reader.integer(1) % 16),
  };
}

/** In steps of 64, most of the time. */
function symbol(reader: InputReader): Buffer {
  const steps = reader.integer(1) % 8;
  return Buffer.alloc(steps * 64 + (reader.integer(1) === 1 ? 1 : 0), reader.integer(1));
}

function nonEmpty(bytes: Uint8Array): Uint8Array {
  return bytes.length > 0 ? bytes : Buffer.alloc(1);
}

function helloChanges(reader: InputReader, journal: ModelJournal) {
  switch (reader.integer(1)) {
    case 1:
      return { counter: 1 + reader.integer(6) };
    case 2:
      return { sessionNumber: 1 + reader.integer(6), sessionId: Buffer.alloc(16, reader.integer(1)) };
    case 3:
      return {
        head: { ...journal.head, sequence: 1 + reader.integer(6), digest: Buffer.alloc(32, reader.integer(1)) },
      };
    case 4:
      return { sentAtMs: WALL_MS + reader.integer(4) - 2 ** 31 };
    case 5: {
      const head = { ...journal.head, epoch: 1 + reader.integer(6), epochId: Buffer.alloc(16, reader.integer(1)) };
      return { head, previousEpoch: { ...journal.head, oldestSequence: 0 } };
    }
    default:
      return {};
  }
}
