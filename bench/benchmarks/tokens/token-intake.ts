/** The receiver's way of a token, from the unpacked frame to the tables: as its publisher goes it, without Kafka. */
import { admitGroup } from '../../../receiver/publish/admission.ts';
import type { GroupFrame } from '../../../receiver/publish/group-frame.ts';
import { emptyProgress } from '../../../receiver/publish/progress.ts';
import { topicNames } from '../../../receiver/publish/topics.ts';
import { ReceiverStore } from '../../../receiver/receiver-store.ts';
import { judgeTokens } from '../../../receiver/tokens/token-judge.ts';
import { type ReadAhead, TokenLookahead } from '../../../receiver/tokens/token-lookahead.ts';
import { TokenPolicy } from '../../../receiver/tokens/token-policy.ts';
import { startTokenThread } from '../../../receiver/tokens/token-thread.ts';
import { TokenThreads } from '../../../receiver/tokens/token-threads.ts';
import { compileIdentityRules } from '../../../src/identity/identity-rules.ts';
import type { IssuerTrust } from '../../../src/token/token-checker.ts';
import type { TokenRecord } from '../../../src/wire/record.ts';

const BOUNDARY = 'bench';
const STREAM = 'hr';
const IDENTITY = { resourceTypes: [{ type: 'User' }], tokenIssuers: ['*'] };

export interface TokenIntake {
  /** One frame of these: judged, admitted, and remembered on disk. `behind`: those that come next, a frame each. */
  take(tokens: readonly string[], behind?: readonly (readonly string[])[]): Promise<TokenEnds>;
  /** Checks these, and remembers nothing: the threads run then, as in a receiver that has had tokens before. */
  warmUp(tokens: readonly string[]): Promise<unknown>;
  readonly threadFailures: number;
  close(): Promise<void>;
}

export interface TokenEnds {
  /** What is to be published on the topic of tokens, in order. */
  readonly published: readonly string[];
  /** How many came to what, such as `superseded` or `quarantined signature`. */
  readonly counts: Readonly<Record<string, number>>;
}

export async function openTokenIntake(
  path: string,
  { issuer, nowMs, threads }: { readonly issuer: IssuerTrust; readonly nowMs: number; readonly threads: number },
): Promise<TokenIntake> {
  const bounds = { clock: { maxSkewMs: 60_000 }, identity: IDENTITY, sealedAudiences: [] };
  const policy = await TokenPolicy.ofBundle([issuer], bounds);
  const checks = new TokenThreads({
    policy,
    threads,
    startThread: startTokenThread,
    monotonicMs: () => performance.now(),
    onFailure: () => {},
  });
  const lookahead = new TokenLookahead(checks, policy);
  const store = ReceiverStore.open(path, { maxSpoolBytes: 1 });
  const topics = topicNames({ topicPrefix: `${BOUNDARY}.` });
  const rules = { identity: compileIdentityRules(IDENTITY), tokens: policy.limits, topics, hasHistory: false };
  let sequence = 0;
  return {
    async take(tokens, behind = []) {
      sequence += 1;
      const records = tokens.map((jws): TokenRecord => ({ kind: 'token', jws }));
      const frames = [tokenFrame(sequence, records, nowMs)];
      const verdicts = await judgeTokens(lookahead, frames, nowMs);
      const next = behind.map((tokens, at) => ({ position: sequence + 1 + at, tokens }));
      const read: ReadAhead = (position, { maxRecords }) => {
        const unread = next.filter((frame) => frame.position > position);
        return unread.slice(0, Math.max(1, Math.floor(maxRecords / tokens.length)));
      };
      if (threads > 1) lookahead.begin(tokens.length, nowMs, { position: sequence, read });
      const admission = store.read((memory) => admitGroup({ frames, verdicts, scope: 'all' }, memory, rules));
      store.apply(store.progress ?? emptyProgress(BOUNDARY, STREAM), sequence, admission.changes);
      const published = admission.records.filter(({ topic }) => topic === topics.tokens);
      return {
        published: published.map(({ value }) => String(value)),
        counts: Object.fromEntries(
          admission.tallies.map(({ outcome, reason, count }) => [[outcome, reason].filter(Boolean).join(' '), count]),
        ),
      };
    },
    warmUp: (tokens) => checks.judge(tokens, nowMs),
    get threadFailures() {
      return checks.status.failures;
    },
    async close() {
      await checks.close();
      store.close();
    },
  };
}

function tokenFrame(sequence: number, content: readonly TokenRecord[], nowMs: number): GroupFrame {
  return {
    position: sequence,
    digest: '00'.repeat(32),
    receivedAtMs: nowMs,
    content,
    header: {
      suite: 1,
      boundary: BOUNDARY,
      stream: STREAM,
      epoch: 1,
      epochId: Buffer.alloc(16),
      sequence,
      previousDigest: Buffer.alloc(32),
      kind: 'deltas',
      recordCount: content.length,
      createdAtMs: nowMs,
      keyId: Buffer.alloc(16),
      payloadDigest: Buffer.alloc(32),
      payloadBytes: 1,
      bodyBytes: 1,
      compression: 'none',
    },
  };
}
