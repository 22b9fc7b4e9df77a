/** The config of a receiver whose guard holds nothing. */
import type { ReceiverConfig } from '../../src/config/receiver-config.ts';

export const OPEN_GUARD: Pick<ReceiverConfig, 'guard' | 'approvers' | 'approvals'> = {
  guard: { maxLossPercent: 100, freeLosses: 0, freeMembershipLosses: 0, adminRoles: [], adminGroups: [] },
  approvers: [],
  approvals: 1,
};
