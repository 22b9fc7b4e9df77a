/** What a person reads of what the receiver trusts: where a root is pinned, and where none is. */
import { count, type StatusSection, time } from '../../src/cli/status-table.ts';
import type { ReceiverStatus } from '../ops/receiver-status.ts';
import type { TrustStatus } from './trust-desk.ts';
import type { UnpinnedConcern, UnpinnedStatus } from './unpinned-trust.ts';

/** It comes before the others: the receiver is not ready then. */
export function trustExpiredAlarm({ root, bundle, expiresAtMs }: TrustStatus): string {
  const what = bundle.expiresAtMs <= root.expiresAtMs ? `bundle ${bundle.version}` : `root ${root.version}`;
  return `Trust has expired since ${time(expiresAtMs)} (${what}): what was trusted goes on, and nothing new is. \`diode-receiver trust DIR bundle.json\` takes a newer one from the root holders.`;
}

/** Of what goes on in spite of it. */
export function trustAlarms({ trust, unpinned }: ReceiverStatus): readonly string[] {
  if (trust === undefined) return unpinnedAlarm(unpinned);
  const soon = `Trust expires at ${time(trust.expiresAtMs)}: have the root holders sign a newer bundle, or rotate the root.`;
  const other = 'The trust bundle names another agreement key of the sender: start this receiver again to use it.';
  const { refused } = trust.carried;
  return [
    ...(trust.isExpiringSoon && !trust.isExpired ? [soon] : []),
    ...(trust.needsRestart ? [other] : []),
    ...(refused
      ? [`The trust bundle that the sender carries is refused (${refused.reason}): ${refused.seen}. ${refused.cure}`]
      : []),
  ];
}

/** Where cards rule, what is carried in vain. */
export function trustSection({ trust, unpinned }: ReceiverStatus): readonly StatusSection[] {
  if (trust === undefined) return unpinnedSection(unpinned);
  const { root, bundle, keys } = trust;
  return [
    {
      title: 'Trust',
      rows: [
        [
          'root',
          `version ${root.version}, ${root.threshold} of ${root.holders} holders, expires ${time(root.expiresAtMs)}`,
        ],
        ['bundle', `version ${bundle.version}, ${count(bundle.issuers)} issuers, expires ${time(bundle.expiresAtMs)}`],
        ...keys.map(({ keyId, state, passiveFromMs }) => {
          const until = state === 'active' && passiveFromMs !== undefined ? `, until ${time(passiveFromMs)}` : '';
          return ['signing key', `${keyId} ${state.toUpperCase()}${until}`] as const;
        }),
      ],
    },
  ];
}

function unpinnedAlarm({ last }: UnpinnedStatus = { bundles: 0 }): readonly string[] {
  if (last?.concern === undefined) return [];
  const { root, version, concern } = last;
  return [
    `No root is pinned here, and the trust bundle that the sender carries (${version} under root ${root}) ${CONCERNS[concern]}: here that key alone is believed, whatever becomes of it. ${PIN_ROOT} changes that.`,
  ];
}

const CONCERNS: Readonly<Record<UnpinnedConcern, string>> = {
  unlisted: "does not name the signing key of the sender's card",
  ends: "lets the signing key of the sender's card end",
  'other-key': "names another signing key beside that of the sender's card",
};

const PIN_ROOT = '`diode-receiver trust DIR bundle.json --root root.json`';

function unpinnedSection({ last }: UnpinnedStatus = { bundles: 0 }): readonly StatusSection[] {
  if (last === undefined) return [];
  const carried = `bundle ${last.version} under root ${last.root}, by its own word, and unused: ${PIN_ROOT} pins its root`;
  return [
    {
      title: 'Trust',
      rows: [
        ['root', "none is pinned: the key of the sender's card alone is believed"],
        ['carried', carried],
      ],
    },
  ];
}
