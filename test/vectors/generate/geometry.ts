/** geometry.json: how frames are cut, where blocks lie, and which headers contradict themselves. */
import { WIRE_LIMITS } from '../../../src/limits.ts';
import { blockPlace, cutFrame, type FrameGeometry, frameGeometry } from '../../../src/wire/geometry.ts';

const FRAME_BYTES = [1, 63, 64, 65, 500, 1_024, 1_408, 1_409, 2_816, 65_536, 270_336, 270_337, 1_000_000, 4_194_304];
const MAX_SYMBOL_BYTES = [64, 512, 1_408, 8_896];
const REFUSED = [
  { frameBytes: 0, symbolBytes: 64, blockCount: 1 },
  { frameBytes: WIRE_LIMITS.maxFrameBytes + 1, symbolBytes: 1_408, blockCount: 16 },
  { frameBytes: 1_000, symbolBytes: 0, blockCount: 1 },
  { frameBytes: 1_000, symbolBytes: 63, blockCount: 1 },
  { frameBytes: 1_000, symbolBytes: 100, blockCount: 1 },
  { frameBytes: 1_000, symbolBytes: WIRE_LIMITS.maxSymbolBytes + 64, blockCount: 1 },
  { frameBytes: 1_000, symbolBytes: 512, blockCount: 0 },
  { frameBytes: 1_000, symbolBytes: 512, blockCount: 3 },
  { frameBytes: 193 * 64, symbolBytes: 64, blockCount: 1 },
  { frameBytes: 4_194_304, symbolBytes: 64, blockCount: 255 },
];

export function geometryVectors() {
  return {
    about:
      'frames: what a sender makes of frameBytes and its largest symbol (null: more than 255 blocks), and k and the first byte of each block. refused: header fields that contradict each other or the bounds.',
    frames: FRAME_BYTES.flatMap((frameBytes) =>
      MAX_SYMBOL_BYTES.map((maxSymbolBytes) => {
        const geometry = cutFrame(frameBytes, maxSymbolBytes);
        return { frameBytes, maxSymbolBytes, cut: geometry === undefined ? null : describe(geometry) };
      }),
    ),
    refused: REFUSED.map((fields) => {
      if (frameGeometry(fields) !== undefined) throw new Error(`not refused: ${JSON.stringify(fields)}`);
      return fields;
    }),
  };
}

function describe(geometry: FrameGeometry) {
  const blocks = Array.from({ length: geometry.blockCount }, (_, index) => blockPlace(geometry, index));
  return {
    symbolBytes: geometry.symbolBytes,
    sourceSymbols: geometry.sourceSymbols,
    blockCount: geometry.blockCount,
    sourceCounts: blocks.map((block) => block.sourceCount),
    offsetBytes: blocks.map((block) => block.offsetBytes),
  };
}
