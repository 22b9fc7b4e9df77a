/** Calibration datagrams, sealed anew under the keys of a few runs or as they come, into the tally: bounded, counted once each. */
import assert from 'node:assert/strict';
import { CalibrationTally, type StepMeasure } from '../../../receiver/calibration/calibration-tally.ts';
import { calibrationKey } from '../../../src/crypto/digest.ts';
import { DatagramCipher } from '../../../src/crypto/sodium.ts';
import { CALIBRATION_LIMITS } from '../../../src/limits.ts';
import { writeCalibrationHeader } from '../../../src/wire/calibration.ts';
import { HEADER_BYTES, TAG_BYTES } from '../../../src/wire/datagram.ts';
import { InputReader } from '../input-reader.ts';

const MAC_KEY = Buffer.alloc(32, 5);
const SAID_BYTES = 64;
const NO_COUNTERS = {
  interfaces: new Map(),
  interfaceName: undefined,
  backlog: undefined,
  socket: undefined,
  line: undefined,
};

export function fuzz(input: Buffer): void {
  const reader = new InputReader(input);
  const measures: StepMeasure[] = [];
  const tally = new CalibrationTally({
    keyOf: (runId) => calibrationKey(MAC_KEY, runId),
    counters: () => NO_COUNTERS,
    isJoined: false,
    onStep: (measure) => measures.push(measure),
    onRun: () => undefined,
    onUnheard: (steps) => assert.ok(steps > 0),
  });
  let taken = 0;
  for (let nowMs = 0; !reader.isAtEnd; nowMs++) {
    const isSealed = reader.integer(1) % 8 > 0;
    tally.handleDatagram(nowMs, isSealed ? sealed(reader) : reader.bytes(SAID_BYTES + HEADER_BYTES + TAG_BYTES));
    taken++;
  }
  tally.finish();
  const refused = Object.values(tally.refused).reduce((sum, count) => sum + count, 0);
  assert.ok(refused <= taken);
  for (const { sent, received, loss, step, pass } of measures) {
    assert.equal(received + loss.lost, sent);
    assert.ok(sent <= CALIBRATION_LIMITS.maxStepDatagrams && step <= CALIBRATION_LIMITS.maxSteps && pass >= 1);
    assert.ok(loss.longest <= loss.lost && loss.runs <= loss.lost);
  }
}

function sealed(reader: InputReader): Buffer {
  const runId = Buffer.alloc(16, reader.integer(1) % 4);
  const said = Buffer.alloc(SAID_BYTES);
  reader.bytes(SAID_BYTES).copy(said);
  const datagram = Buffer.alloc(HEADER_BYTES + SAID_BYTES + TAG_BYTES);
  writeCalibrationHeader(datagram, { runId, counter: 1 });
  new DatagramCipher(calibrationKey(MAC_KEY, runId)).seal(datagram, HEADER_BYTES, said, 1);
  return datagram;
}
