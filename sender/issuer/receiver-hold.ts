/** How long a receiver waits for what is missing, as far as a sender can know: by default. Pure. */
import type { SenderConfig } from '../../src/config/sender-config.ts';
import { serialDefaults } from '../../src/config/serial-defaults.ts';
import { RECEIVER_LIMITS } from '../../src/limits.ts';

export function receiverHoldMs(link: SenderConfig['link']): number {
  return link.kind === 'serial' ? serialDefaults(link.baud).holdMs : RECEIVER_LIMITS.holdMs;
}
