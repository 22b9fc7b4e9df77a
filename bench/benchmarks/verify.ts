/** What it costs the receiver to believe what came: frames against SHA-256 alone, records against JSON.parse alone. */
import { compileIdentityRules } from '../../src/identity/identity-rules.ts';
import type { Benchmark, BenchmarkContext, BenchmarkReport } from '../support/benchmark.ts';
import { callsPerCoreSecond, profileOf } from '../support/core-time.ts';
import { figure } from '../support/figure.ts';
import { hasOpenssl, opensslRate } from '../support/openssl-speed.ts';
import { deltaFrames, noiseFrames, userDeltas } from './verify/signed-frames.ts';
import { readRecords, tamperFaults, verifyChain } from './verify/verified-chain.ts';

const FRAME_BYTES = 256 * 1024;
const RECORD_BYTES = 500;
/** CPU time of each figure of a run. */
const FULL = { frames: 4, records: 4_000, timedSeconds: 0.4 } as const;
const QUICK = { frames: 4, records: 500, timedSeconds: 0.02 } as const;

export const benchmark: Benchmark = {
  name: 'verify',
  title: 'frames and records verified: digest, signature, chain; zstd, protobuf, grammar',
  missing: () => (hasOpenssl() ? undefined : 'the limit needs the command openssl, 3.x (apt-get install openssl)'),
  run,
};

interface Rates {
  readonly frames: number;
  readonly sha256: number;
  readonly records: number;
  readonly jsonParse: number;
}

async function run({ isQuick, isProfiled, seed, runCount, say }: BenchmarkContext): Promise<BenchmarkReport> {
  const sizes = isQuick ? QUICK : FULL;
  const noise = noiseFrames({ count: sizes.frames, bodyBytes: FRAME_BYTES, seed });
  const frameBytes = noise.frames.reduce((sum, { length }) => sum + length, 0);
  const deltas = userDeltas({ count: sizes.records, resourceBytes: RECORD_BYTES, seed });
  const texts = deltas.map(({ resource }) => resource as string);
  const packed = deltaFrames(deltas);
  const rules = compileIdentityRules({ resourceTypes: [{ type: 'User' }], tokenIssuers: [] });
  const faults = tamperFaults(noise);

  const measure = (seconds: number, sha256: number): Rates => {
    let chain: ReturnType<typeof verifyChain> = [];
    let values: ReturnType<typeof readRecords> = [];
    const frames = callsPerCoreSecond(() => {
      chain = verifyChain(noise);
    }, seconds);
    const jsonParse = callsPerCoreSecond(() => {
      for (const text of texts) JSON.parse(text);
    }, seconds);
    const records = callsPerCoreSecond(() => {
      values = readRecords(packed, rules);
    }, seconds);
    if (chain.length !== noise.frames.length) faults.push(`frames came to ${String(chain)}`);
    if (typeof values === 'string') faults.push(`records were refused: ${values}`);
    else if (values.some((value, index) => value !== texts[index])) faults.push('records came out as others');
    return {
      frames: (frames * frameBytes) / 1e9,
      sha256,
      records: records * texts.length,
      jsonParse: jsonParse * texts.length,
    };
  };
  measure(sizes.timedSeconds, 1);
  const runs: Rates[] = [];
  const timeAll = () => {
    for (let run = 1; run <= runCount; run++) {
      const openssl = opensslRate({ algorithm: 'sha256', messageBytes: FRAME_BYTES }, isQuick ? 1 : 2);
      const rates = measure(sizes.timedSeconds, openssl.perCoreSecond / 1e9);
      runs.push(rates);
      say(
        `run ${run}: ${rates.frames.toFixed(2)} of ${rates.sha256.toFixed(2)} GB/s, ${Math.round(rates.records)} of ${Math.round(rates.jsonParse)} records/s`,
      );
    }
  };
  const profiles = isProfiled ? [await profileOf('receiver', timeAll)] : [];
  if (!isProfiled) timeAll();
  const samples = (of: keyof Rates) => runs.map((rates) => rates[of]);
  return {
    figures: [
      figure({
        name: 'verify.frames',
        unit: 'GB/s',
        samples: samples('frames'),
        limit: { what: 'openssl speed sha256', samples: samples('sha256') },
        target: { of: 'ratio', atLeast: 0.8 },
      }),
      figure({
        name: 'verify.records',
        unit: 'records/s',
        samples: samples('records'),
        limit: { what: 'bare JSON.parse', samples: samples('jsonParse') },
        target: { of: 'ratio', atLeast: 0.4 },
      }),
    ],
    notes: [
      `frames: ${sizes.frames} of ${FRAME_BYTES} bytes of records that no compression helps, as warm in the cache as those that openssl hashes; digest, signature, chain`,
      `records: ${texts.length} Users of ${RECORD_BYTES} bytes in ${packed.frames.length} frames; the same, then zstd, protobuf, the canonical form and the grammar`,
      'by CPU time, one core; each value compared with its source in every run, a changed and a missing frame refused',
    ],
    faults,
    profiles,
  };
}
