/** What the receiver makes of tokens: signature, policy, replay and revocation, remembered on disk. */
import { availableParallelism } from 'node:os';
import type { Benchmark, BenchmarkContext, BenchmarkReport, ProgramProfile } from '../support/benchmark.ts';
import { profileOf } from '../support/core-time.ts';
import { type Figure, figure } from '../support/figure.ts';
import { hasOpenssl, type OpensslRate, opensslRate } from '../support/openssl-speed.ts';
import { signTokens, type TokenAlgorithm } from './tokens/signed-tokens.ts';
import { runTokens, type TokenRun } from './tokens/token-run.ts';

const ALGORITHMS = [
  { algorithm: 'EdDSA', openssl: 'ed25519', atLeast: 2.5 },
  { algorithm: 'ES256', openssl: 'ecdsap256', atLeast: 1.5 },
  { algorithm: 'RS256', openssl: 'rsa2048', atLeast: 0.8 },
] as const satisfies readonly { algorithm: TokenAlgorithm; openssl: string; atLeast: number }[];
const TOKENS = 8_000;
const QUICK_TOKENS = 1_200;

export const benchmark: Benchmark = {
  name: 'tokens',
  title: 'tokens checked by the receiver: signature, policy, replay, revocation',
  missing: () => (hasOpenssl() ? undefined : 'the limit needs the command openssl, 3.x (apt-get install openssl)'),
  run,
};

interface Measured {
  readonly run: TokenRun;
  readonly openssl: OpensslRate;
}

async function run({ directory, isQuick, isProfiled, runCount, say }: BenchmarkContext): Promise<BenchmarkReport> {
  const figures: Figure[] = [];
  const faults: string[] = [];
  const profiles: ProgramProfile[] = [];
  const count = isQuick ? QUICK_TOKENS : TOKENS;
  for (const { algorithm, openssl, atLeast } of ALGORITHMS) {
    say(`${algorithm}: signing ${count} tokens`);
    const nowMs = Date.now();
    const signed = signTokens(algorithm, { count, nowMs });
    const measured: Measured[] = [];
    const runOne = (name: string) =>
      runTokens(signed, { directory, name: `${algorithm}-${name}`, nowMs, threads: availableParallelism() });
    faults.push(...(await runOne('warm-up')).faults);
    for (let at = 1; at <= runCount; at++) {
      const rate = measured[0] && isQuick ? measured[0].openssl : opensslRate({ algorithm: openssl }, isQuick ? 1 : 2);
      let one: TokenRun | undefined;
      const timed = async () => {
        one = await runOne(String(at));
      };
      if (isProfiled) profiles.push(await profileOf(`receiver, ${algorithm}`, timed));
      else await timed();
      if (one === undefined) throw new Error('a run without an end');
      measured.push({ run: one, openssl: rate });
      faults.push(...one.faults.map((fault) => `${algorithm}, run ${at}: ${fault}`));
      say(
        `${algorithm}, run ${at}: ${Math.round(one.perSecond)} tokens/s, ${Math.round(one.cpuMicroseconds)} µs of CPU each`,
      );
    }
    figures.push(...figuresOf(algorithm, measured, atLeast));
  }
  return {
    figures,
    notes: [
      `${count} tokens of an algorithm in frames, in a receiver's database of its own for each run: TokenPolicy, admission and tables as the publisher uses them, one SQLite transaction a frame; no Kafka`,
      `rate: by the clock on the wall, beside one process of openssl speed, and so worth little where others use the cores; ${availableParallelism()} cores`,
      'cpu: of all threads; main-thread: of the one that decides and writes; openssl by CPU time',
      'reach: what the cores could carry were they idle, by these two: the least of 1 / main-thread and cores / cpu',
      'each run: every token published once and in order; the same again superseded, a forged and a replayed one refused',
    ],
    faults,
    profiles,
  };
}

function figuresOf(algorithm: TokenAlgorithm, measured: readonly Measured[], atLeast: number): Figure[] {
  const of = (
    name: string,
    unit: string,
    pick: (run: TokenRun) => number,
    limit?: (openssl: OpensslRate) => number,
  ): Parameters<typeof figure>[0] => ({
    name: `tokens.${algorithm}.${name}`,
    unit,
    samples: measured.map((one) => pick(one.run)),
    ...(limit && { limit: { what: 'openssl speed', samples: measured.map((one) => limit(one.openssl)) } }),
  });
  const rate = of(
    'rate',
    'tokens/s',
    ({ perSecond }) => perSecond,
    ({ perSecond }) => perSecond,
  );
  return [
    figure({ ...rate, target: { of: 'ratio', atLeast } }),
    figure(of('reach', 'tokens/s', reach, ({ perCoreSecond }) => perCoreSecond)),
    figure(
      of(
        'cpu',
        'µs/token',
        ({ cpuMicroseconds }) => cpuMicroseconds,
        ({ perCoreSecond }) => 1e6 / perCoreSecond,
      ),
    ),
    figure(of('main-thread', 'µs/token', ({ mainMicroseconds }) => mainMicroseconds)),
  ];
}

function reach({ cpuMicroseconds, mainMicroseconds }: TokenRun): number {
  return Math.min(1e6 / mainMicroseconds, (availableParallelism() * 1e6) / cpuMicroseconds);
}
