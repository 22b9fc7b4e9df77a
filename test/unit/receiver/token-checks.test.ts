import { describe, expect, it } from 'vitest';
import { signTokens } from '../../../bench/benchmarks/tokens/signed-tokens.ts';
import type { GroupFrame } from '../../../receiver/publish/group-frame.ts';
import { TokenChecks } from '../../../receiver/tokens/token-checks.ts';
import { TokenPolicy } from '../../../receiver/tokens/token-policy.ts';
import type { StartThread, ThreadEvents } from '../../../receiver/tokens/token-thread.ts';
import { RECEIVER_LIMITS } from '../../../src/limits.ts';
import type { TokenRecord } from '../../../src/wire/record.ts';
import { MemoryAudit } from '../../support/back-half.ts';

const NOW_MS = Date.parse('2026-11-22T10:00:00Z');
const signed = signTokens('EdDSA', { count: 2 * RECEIVER_LIMITS.tokenBatch, nowMs: NOW_MS });
const records = signed.tokens.map((jws): TokenRecord => ({ kind: 'token', jws }));
const frame = { position: 7, content: records } as unknown as GroupFrame;

async function checksWith(startThread: StartThread, threads: number) {
  const identity = { resourceTypes: [{ type: 'User' }], tokenIssuers: ['*'] };
  const policy = await TokenPolicy.ofBundle([signed.issuer], {
    clock: { maxSkewMs: 1_000 },
    identity,
    sealedAudiences: [],
  });
  const audit = new MemoryAudit();
  const warnings: object[] = [];
  const asked: number[] = [];
  const checks = new TokenChecks({
    policy,
    config: { tokens: { threads } },
    spool: {
      next: (position) => {
        asked.push(position);
        return [];
      },
    },
    audit,
    log: { warn: (fields) => warnings.push(fields) },
    clock: { wallMs: () => NOW_MS, monotonicMs: () => 1_000 },
    startThread,
  });
  return { checks, audit, warnings, asked };
}

describe('the checks of tokens', () => {
  it('put a thread that ends on record, and judge every token all the same', async () => {
    const started: ThreadEvents[] = [];
    const { checks, audit, warnings } = await checksWith((events) => {
      started.push(events);
      return { post: () => {}, stop: async () => {} };
    }, 2);
    const judged = checks.judge([frame], NOW_MS);
    // It looks first at what it judged ahead.
    await new Promise(setImmediate);
    expect(checks.status).toMatchObject({ threads: 2, running: 2, waiting: records.length });
    for (const { onEnd } of started) onEnd('out of memory');
    const verdicts = await judged;
    expect(records.map((record) => verdicts.get(record)?.accepted)).toEqual(records.map(() => true));
    const entry = { event: 'token-thread-ended', reason: 'out of memory' };
    expect(audit.entries).toEqual([entry, entry]);
    expect(warnings).toEqual([{ reason: 'out of memory' }, { reason: 'out of memory' }]);
    expect(checks.status).toMatchObject({ running: 0, waiting: 0, failures: 2 });
  });

  it('look ahead behind the group that was judged, where there are threads', async () => {
    const few = { ...frame, content: records.slice(0, 3) };
    const alone = await checksWith(() => expect.unreachable(), 1);
    await alone.checks.judge([frame], NOW_MS);
    expect(alone.asked).toEqual([]);
    const several = await checksWith(({ onEnd }) => {
      queueMicrotask(() => onEnd('as it must'));
      return { post: () => {}, stop: async () => {} };
    }, 2);
    await several.checks.judge([few], NOW_MS);
    expect(several.asked).toEqual([]);
    await several.checks.judge([frame], NOW_MS);
    expect(several.asked).toEqual([7]);
  });
});
