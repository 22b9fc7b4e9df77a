/** The checks of tokens in a running receiver: on threads, ahead of their turn where many come, and audited where a thread dies. */
import { availableParallelism } from 'node:os';
import type { AuditLog } from '../../src/audit/audit-log.ts';
import type { ReceiverConfig } from '../../src/config/receiver-config.ts';
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import type { Spool } from '../gate/spool.ts';
import type { Log } from '../ops/receiver-log.ts';
import type { AdmissionInput } from '../publish/admission.ts';
import type { GroupFrame } from '../publish/group-frame.ts';
import { readAhead } from '../publish/group-reader.ts';
import type { PublisherClock } from '../publish/publisher.ts';
import { judgeTokens, tokensOf } from './token-judge.ts';
import { type ReadAhead, TokenLookahead } from './token-lookahead.ts';
import type { TokenPolicy } from './token-policy.ts';
import { type StartThread, startTokenThread } from './token-thread.ts';
import { TokenThreads, type TokenThreadsStatus } from './token-threads.ts';

export interface TokenChecksOptions {
  readonly policy: TokenPolicy;
  readonly config: Pick<ReceiverConfig, 'tokens'>;
  readonly spool: Pick<Spool, 'next'>;
  readonly audit: AuditLog;
  readonly log: Pick<Log, 'warn'>;
  readonly clock: Pick<PublisherClock, 'wallMs' | 'monotonicMs'>;
  /** Instead of real ones, in tests. */
  readonly startThread?: StartThread;
}

export class TokenChecks {
  readonly #spool: Pick<Spool, 'next'>;
  readonly #threads: TokenThreads;
  readonly #lookahead: TokenLookahead;

  constructor({ policy, config, spool, audit, log, clock, startThread = startTokenThread }: TokenChecksOptions) {
    this.#spool = spool;
    this.#threads = new TokenThreads({
      policy,
      threads: config.tokens.threads ?? Math.min(availableParallelism(), RECEIVER_LIMITS.maxTokenThreads),
      startThread,
      monotonicMs: clock.monotonicMs,
      onFailure: (reason) => {
        audit.append(clock.wallMs(), { event: 'token-thread-ended', reason });
        log.warn({ reason }, 'a thread that checks tokens ended: what it had is checked here, and another one starts');
      },
    });
    this.#lookahead = new TokenLookahead(this.#threads, policy);
  }

  get status(): TokenThreadsStatus {
    return this.#threads.status;
  }

  async judge(frames: readonly GroupFrame[], nowMs: number): Promise<AdmissionInput['verdicts']> {
    const verdicts = await judgeTokens(this.#lookahead, frames, nowMs);
    const last = frames.at(-1);
    if (last !== undefined && this.#threads.status.threads > 1) {
      const read: ReadAhead = (position, bounds) =>
        readAhead(this.#spool, position, bounds).map((frame) => ({
          position: frame.position,
          tokens: tokensOf([frame]).map(({ jws }) => jws),
        }));
      this.#lookahead.begin(verdicts.size, nowMs, { position: last.position, read });
    }
    return verdicts;
  }

  close(): Promise<void> {
    return this.#threads.close();
  }
}
