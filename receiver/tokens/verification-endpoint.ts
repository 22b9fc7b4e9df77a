/** The verification service on its port. */
import { isIPv6 } from 'node:net';
import type { VerificationConfig } from '../../src/config/receiver-config.ts';
import { OPS_LIMITS } from '../../src/limits.ts';
import { openHttpServer } from '../../src/ops/http-server.ts';
import type { VerificationStatus } from '../ops/receiver-status.ts';
import type { ReceiverStore } from '../receiver-store.ts';
import type { TokenPolicy } from './token-policy.ts';
import { VerificationService } from './verification-service.ts';

export interface VerificationEndpoint {
  readonly status: VerificationStatus;
  close(): Promise<void>;
}

/** Undefined where the config has no port for it. */
export async function openVerification(
  config: VerificationConfig,
  {
    tokens,
    store,
    nowMs,
  }: {
    readonly tokens: TokenPolicy;
    readonly store: ReceiverStore;
    readonly nowMs: () => number;
  },
): Promise<VerificationEndpoint | undefined> {
  const { address, port, publicUrl, maxAgeSeconds } = config;
  if (port === undefined) return undefined;
  const host = isIPv6(address) ? `[${address}]` : address;
  const service = new VerificationService({
    publicKeys: () => tokens.publicKeys(nowMs()),
    isRevoked: (issuer, keyId) => store.tokens.findRevokedKey(issuer, keyId) !== undefined,
    baseUrl: publicUrl ?? `http://${host}:${port}`,
    maxAgeSeconds,
  });
  const what = { section: 'verification', served: 'Keys of issuers' };
  const maxConnections = OPS_LIMITS.maxVerificationConnections;
  const server = await openHttpServer(
    (question) => service.answer(question),
    { address, port },
    { ...what, maxConnections },
  );
  return {
    close: () => server.close(),
    get status(): VerificationStatus {
      return { address: server.address, port: server.port, requests: service.counts };
    },
  };
}
