/** How often the issuer says that its revocations are complete. Pure. */
import type { SenderConfig, TokenIssuerConfig } from '../../src/config/sender-config.ts';
import { ISSUER_LIMITS } from '../../src/limits.ts';

/** As configured, else as the link can afford. Undefined on media: a stick arrives when the next status was due long ago. */
export function statusIntervalMs(
  { link }: Pick<SenderConfig, 'link'>,
  { statusSeconds }: TokenIssuerConfig,
): number | undefined {
  if (link.kind === 'media') return undefined;
  if (statusSeconds !== undefined) return statusSeconds * 1_000;
  return ISSUER_LIMITS.statusHellos * link.helloIntervalMs;
}
