/** calibration.json: datagrams of a calibration to the first receiver, and what it does not count. */
import { helloMacKey } from '../../../src/crypto/agreement.ts';
import { calibrationKey } from '../../../src/crypto/digest.ts';
import { DatagramCipher } from '../../../src/crypto/sodium.ts';
import { type CalibrationMessage, encodeCalibration, writeCalibrationHeader } from '../../../src/wire/calibration.ts';
import { HEADER_BYTES, TAG_BYTES } from '../../../src/wire/datagram.ts';
import { bytesOf, flipped, hex, NOW_MS, RECEIVER_AGREEMENT, SENDER_AGREEMENT } from './fixture.ts';

const RUN_ID = bytesOf('calibration run', 16);
const KEY = calibrationKey(
  helloMacKey({
    own: SENDER_AGREEMENT,
    senderPublicKey: SENDER_AGREEMENT.publicKey,
    receiverPublicKey: RECEIVER_AGREEMENT.publicKey,
  }),
  RUN_ID,
);
const PROBE: CalibrationMessage = {
  role: 'probe',
  step: 3,
  steps: 20,
  pass: 1,
  passes: 0,
  startedAtMs: NOW_MS,
  rateBitsPerSecond: 50_000_000,
  datagramBytes: 236,
  wireBytes: 302,
  burst: 0,
  count: 8_234,
  index: 17,
  elapsedUs: 4_128,
};
const MARK: CalibrationMessage = { ...PROBE, role: 'mark', count: 8_234, index: 0, elapsedUs: 2_000_113 };

export function calibrationVectors() {
  const whole = seal(PROBE, 236);
  return {
    about:
      'A run to the first receiver of keys.json. good: what each datagram says. bad: error is what the receiver counts.',
    runId: hex(RUN_ID),
    key: hex(KEY),
    good: [
      good('a probe', PROBE, 236),
      good('a mark, behind the last pass but one', { ...MARK, pass: 2, passes: 3 }, 108),
      good(
        'the largest of each field, but those that others bound',
        {
          ...PROBE,
          step: 200,
          steps: 200,
          pass: 65_535,
          passes: 65_535,
          datagramBytes: 8_940,
          wireBytes: 65_535,
          rateBitsPerSecond: 2 ** 48 - 1,
          burst: 65_535,
          count: 4_194_304,
          index: 4_194_303,
          elapsedUs: 2 ** 48 - 1,
        },
        8_940,
      ),
    ],
    bad: [
      refused('another run', flipped(whole, 15), 'forged'),
      refused('counter changed on the way', flipped(whole, 14), 'forged'),
      refused('a byte of the header that is not used', flipped(whole, 27), 'forged'),
      refused('what it says changed on the way', flipped(whole, HEADER_BYTES + 1), 'forged'),
      refused('cut by one byte', whole.subarray(0, -1), 'forged'),
      ...(
        [
          ['step 0', { step: 0 }],
          ['a step behind the last', { step: 21 }],
          ['more steps than 200', { steps: 201 }],
          ['pass 0', { pass: 0 }],
          ['a pass behind the last', { pass: 3, passes: 2 }],
          ['no rate', { rateBitsPerSecond: 0 }],
          ['another length than it says', { datagramBytes: 300 }],
          ['shorter on the wire than by itself', { wireBytes: 235 }],
          ['no probes', { count: 0, index: 0 }],
          ['an index behind the last', { index: 8_234 }],
          ['more probes than 4,194,304', { count: 4_194_305 }],
        ] as const
      ).map(([name, change]) => refused(name, seal({ ...PROBE, ...change }, 236), 'calibration-field')),
      refused('a mark with an index', seal({ ...MARK, index: 1 }, 108), 'calibration-field'),
      refused('role 3', sealSaid(changed(encodeCalibration(PROBE, 236), 0, 3)), 'calibration-field'),
      refused('the byte that is 0', sealSaid(changed(encodeCalibration(PROBE, 236), 3, 1)), 'calibration-field'),
      refused('39 bytes', sealSaid(encodeCalibration(PROBE, 236).subarray(0, 39)), 'calibration-field'),
    ],
  };
}

function good(name: string, message: CalibrationMessage, datagramBytes: number) {
  return { name, counter: COUNTER, message, datagram: hex(seal(message, datagramBytes)) };
}

function refused(name: string, datagram: Uint8Array, error: string) {
  return { name, datagram: hex(datagram), error };
}

const COUNTER = 25_000;

function seal(message: CalibrationMessage, datagramBytes: number): Buffer {
  return sealSaid(encodeCalibration(message, datagramBytes));
}

function sealSaid(said: Buffer): Buffer {
  const datagram = Buffer.alloc(HEADER_BYTES + said.length + TAG_BYTES);
  writeCalibrationHeader(datagram, { runId: RUN_ID, counter: COUNTER });
  new DatagramCipher(KEY).seal(datagram, HEADER_BYTES, said, COUNTER);
  return datagram;
}

function changed(said: Buffer, at: number, value: number): Buffer {
  said[at] = value;
  return said;
}
