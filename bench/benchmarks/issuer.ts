/** What tokens that the sender issues cost: the real program, with every subject of a site to be served at once. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { createFile } from '../../src/config/durable-file.ts';
import type { SigningAlgorithm } from '../../src/config/signer-config.ts';
import { openKeyFileSigner } from '../../src/signer/key-file-signer.ts';
import type { Benchmark, BenchmarkContext, BenchmarkReport } from '../support/benchmark.ts';
import { type Figure, figure } from '../support/figure.ts';
import { canRunKafka } from '../support/kafka.ts';
import { leftOutReport } from '../support/left-out.ts';
import { type IssuingRun, openIssuingSite } from './issuer/issuing-site.ts';
import { steadyReport } from './issuer/steady-report.ts';
import { runSteadily } from './issuer/steady-run.ts';

const SUBJECTS = 100_000;
const LIFETIME_SECONDS = 900;
/** As renewal-schedule.ts spreads 100,000 tokens of 15 minutes over the link's default repeats. */
const NEEDED_PER_SECOND = Math.round((SUBJECTS * 1_000) / ((LIFETIME_SECONDS * 1_000 - 93_000) * 0.875));
/** Two minutes, so that three see renewals; the last repeat after 10 s leaves room for that. */
const QUICK_SUBJECTS = 2_000;
const QUICK_LIFETIME_SECONDS = 120;
const QUICK_LINK = [
  [
    ['link', 'repeatAfterMs'],
    [1_000, 10_000],
  ],
] as const;
/** Signatures for the bare figure: below 2 s with RSA 2048. */
const BARE_SIGNATURES = 1_000;

const KEYS: Readonly<Record<'EdDSA' | 'RS256', () => KeyObject>> = {
  EdDSA: () => generateKeyPairSync('ed25519').privateKey,
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey,
};

export const benchmark: Benchmark = {
  name: 'issuer',
  title: 'tokens that the sender issues, and what they cost',
  missing: () => undefined,
  run,
};

async function run(context: BenchmarkContext): Promise<BenchmarkReport> {
  return context.minutes === undefined ? runBurst(context) : runLong(context, context.minutes);
}

async function runLong({ directory, isQuick, say }: BenchmarkContext, minutes: number): Promise<BenchmarkReport> {
  if (!canRunKafka()) return leftOutReport('a real Kafka needs Java 17, Maven, kcat and openssl (bash .ci/install)');
  const keyPath = join(directory, 'issuer.key');
  createFile(keyPath, KEYS.EdDSA().export({ format: 'pem', type: 'pkcs8' }) as string, 0o600);
  const size = isQuick
    ? { subjects: QUICK_SUBJECTS, lifetimeSeconds: QUICK_LIFETIME_SECONDS, senderSettings: QUICK_LINK }
    : { subjects: SUBJECTS, lifetimeSeconds: LIFETIME_SECONDS, senderSettings: [] };
  return steadyReport(await runSteadily({ directory, ...size, keyPath, windowMs: minutes * 60_000, say }), size);
}

async function runBurst({ directory, isQuick, runCount, say }: BenchmarkContext): Promise<BenchmarkReport> {
  const subjects = isQuick ? QUICK_SUBJECTS : SUBJECTS;
  const site = await openIssuingSite({ directory, subjects, lifetimeSeconds: LIFETIME_SECONDS, say });
  const figures: Figure[] = [];
  const faults: string[] = [];
  for (const algorithm of ['EdDSA', 'RS256'] as const) {
    const runs: IssuingRun[] = [];
    const bare: number[] = [];
    for (let at = 1; at <= runCount; at++) {
      const keyPath = join(directory, `${algorithm}-${at}.key`);
      createFile(keyPath, KEYS[algorithm]().export({ format: 'pem', type: 'pkcs8' }) as string, 0o600);
      bare.push(await signPerSecond(keyPath, algorithm));
      say(`${algorithm}, run ${at}: ${subjects} tokens at once`);
      const one = await site.issue({ algorithm, keyPath, issuer: `https://${algorithm}-${at}.example` });
      runs.push(one);
      faults.push(...one.faults);
    }
    figures.push(
      figure({
        name: `issuer.${algorithm}.rate`,
        unit: 'tokens/s',
        samples: runs.map(({ perSecond }) => perSecond),
        limit: { what: 'bare signing', samples: bare },
        target: { of: 'value', atLeast: NEEDED_PER_SECOND },
      }),
      figure({
        name: `issuer.${algorithm}.cpu`,
        unit: 'µs/token',
        samples: runs.map(({ cpuMicroseconds }) => cpuMicroseconds),
        limit: { what: 'bare signing', samples: bare.map((perSecond) => 1e6 / perSecond) },
      }),
      figure({
        name: `issuer.${algorithm}.core`,
        unit: `% of a core at ${NEEDED_PER_SECOND} tokens/s`,
        samples: runs.map(({ cpuMicroseconds }) => (cpuMicroseconds * NEEDED_PER_SECOND) / 1e4),
      }),
    );
  }
  await site.close();
  return {
    figures,
    notes: [
      `${subjects} subjects with two roles and a group each, all to be issued a token at once; the rest of the sender's work included: plan, log, signed frame, journal, audit log, datagrams with two repeats`,
      `100,000 tokens of ${LIFETIME_SECONDS} s need ${NEEDED_PER_SECOND} renewals a second (docs/issuer.md)`,
      'bare signing: the same key in this process, one signature of 500 bytes after the other on one core',
    ],
    faults,
  };
}

async function signPerSecond(path: string, algorithm: SigningAlgorithm): Promise<number> {
  const signer = openKeyFileSigner(path, algorithm);
  const bytes = Buffer.alloc(500, 1);
  const startedMs = performance.now();
  for (let at = 0; at < BARE_SIGNATURES; at++) await signer.sign(bytes);
  return (BARE_SIGNATURES * 1_000) / (performance.now() - startedMs);
}
