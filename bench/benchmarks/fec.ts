/** The forward error correction alone, on one core: what a block costs to encode, and to repair with all m lost. */
import { BlockCodec } from '../../src/fec/block-codec.ts';
import { loadKernelModule } from '../../src/fec/kernel-module.ts';
import { WIRE_LIMITS } from '../../src/limits.ts';
import type { Benchmark, BenchmarkContext, BenchmarkReport } from '../support/benchmark.ts';
import { callsPerCoreSecond, profileOf } from '../support/core-time.ts';
import { type Figure, figure, type Target } from '../support/figure.ts';
import { type BlockShape, type BlockWork, blockWork } from './fec/block-work.ts';

const SHAPES: readonly BlockShape[] = [
  { sourceCount: 20, repairCount: 4, repairCapacity: 4 },
  { sourceCount: 100, repairCount: 10, repairCapacity: 16 },
  { sourceCount: 192, repairCount: 50, repairCapacity: 64 },
];
/** Of CPU time for each figure of a run. WebAssembly's second compiler takes its time on a busy machine: hence the warm-up. */
const FULL = { warmSeconds: 0.5, timedSeconds: 0.2 } as const;
const QUICK = { warmSeconds: 0.02, timedSeconds: 0.02 } as const;
const TARGETS: Readonly<Record<string, Target>> = {
  'encode.100/10': { of: 'value', atLeast: 3 },
  'decode.100/10': { of: 'value', atLeast: 1.5 },
};

export const benchmark: Benchmark = {
  name: 'fec',
  title: 'forward error correction on one core: blocks encoded, and repaired with all m symbols lost',
  missing: () => undefined,
  run,
};

type Rates = Readonly<Record<'copy' | 'encode' | 'decode' | 'encodeByMatrix', number>>;

async function run({ isQuick, isProfiled, seed, runCount, say }: BenchmarkContext): Promise<BenchmarkReport> {
  const { warmSeconds, timedSeconds } = isQuick ? QUICK : FULL;
  const symbolBytes = WIRE_LIMITS.defaultSymbolBytes;
  const works = SHAPES.map((shape) => blockWork(shape, new BlockCodec(loadKernelModule()), { symbolBytes, seed }));
  for (const work of works) measure(work, warmSeconds);
  const runs: Rates[][] = [];
  const faults: string[] = [];
  const timeAll = () => {
    for (let run = 1; run <= runCount; run++) {
      const rates = works.map((work) => measure(work, timedSeconds));
      runs.push(rates);
      faults.push(...works.flatMap((work) => work.faults()).map((fault) => `run ${run}, ${fault}`));
      say(
        `run ${run}: ${rates.map(({ encode, decode }) => `${encode.toFixed(2)} and ${decode.toFixed(2)} GB/s`).join(', ')}`,
      );
    }
  };
  const profiles = isProfiled ? [await profileOf('codec', timeAll)] : [];
  if (!isProfiled) timeAll();
  return {
    figures: SHAPES.flatMap((shape, at) =>
      figuresOf(
        shape,
        runs.map((rates) => rates[at] as Rates),
      ),
    ),
    notes: [
      `symbols of ${symbolBytes} bytes, a link's default; GB of source symbols by second of CPU time, one core`,
      'decode: m source symbols missing, spread over the block, and all m repair symbols there',
      'memcpy: Buffer.copy of the same source symbols; matrix form: m * k table look-ups a byte, in JavaScript',
      "each run: what was decoded compared with the source, and the kernel's repair symbols with the matrix form's",
    ],
    faults,
    profiles,
  };
}

function measure(work: BlockWork, seconds: number): Rates {
  const rate = (call: () => void) => (callsPerCoreSecond(call, seconds) * work.sourceBytes) / 1e9;
  return {
    copy: rate(work.copy),
    encode: rate(work.encode),
    decode: rate(work.decode),
    encodeByMatrix: rate(work.encodeByMatrix),
  };
}

function figuresOf(shape: BlockShape, runs: readonly Rates[]): Figure[] {
  const name = `${shape.sourceCount}/${shape.repairCount}`;
  const samples = (of: keyof Rates) => runs.map((rates) => rates[of]);
  const copy = { what: 'memcpy', samples: samples('copy') };
  const one = (of: 'encode' | 'decode') => {
    const target = TARGETS[`${of}.${name}`];
    return figure({
      name: `fec.${of}.${name}`,
      unit: 'GB/s',
      samples: samples(of),
      limit: copy,
      ...(target && { target }),
    });
  };
  const beside = { what: 'matrix form', samples: samples('encodeByMatrix') };
  return [
    one('encode'),
    figure({ name: `fec.encode.${name}.beside-matrix`, unit: 'GB/s', samples: samples('encode'), limit: beside }),
    one('decode'),
  ];
}
