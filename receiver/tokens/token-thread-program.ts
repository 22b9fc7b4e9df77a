/**
 * What runs in a token thread: form, policy and signature of tokens, and the seals of their audiences, as `TokenPolicy` has them.
 * It remembers nothing but what is trusted.
 */
import { type MessagePort, parentPort } from 'node:worker_threads';
import { AudienceSeals } from '../../src/token/audience-seals.ts';
import { TokenChecker, type TokenVerdict } from '../../src/token/token-checker.ts';
import type { ThreadAnswer, ThreadRequest } from './token-thread.ts';

function serve(port: MessagePort): void {
  let checker = TokenChecker.ofIssuers([]);
  let seals = new AudienceSeals(new Map());
  port.on('message', async (request: ThreadRequest) => {
    if ('trust' in request) {
      checker = TokenChecker.ofIssuers(request.trust.issuers);
      seals = new AudienceSeals(request.trust.sealKeys);
      return;
    }
    const { batch, tokens, nowMs } = request;
    const startedMs = performance.now();
    // Before anything is waited for: trust that is posted meanwhile is for what comes behind it.
    const checked = tokens.map((jws) => checker.check(jws, nowMs));
    const own = seals;
    const verdicts: TokenVerdict[] = [];
    for (const [at, verdict] of checked.entries()) verdicts.push(await own.seal(tokens[at] as string, verdict));
    port.postMessage({ batch, verdicts, busyMs: performance.now() - startedMs } satisfies ThreadAnswer);
  });
}

if (parentPort !== null) serve(parentPort);
