/**
 * recovery ─► **name collection** ─► publisher
 *
 * Names are put with the Users that are published. So a User of before an issuer's `sub` was said to be that attribute has
 * none, and neither a snapshot nor anything else says it again: `identity` is read for them, before anything more is decided.
 */
import type { AuditLog } from '../../src/audit/audit-log.ts';
import type { ReadRecord } from '../../src/kafka/kafka-record.ts';
import { resourceOf } from '../guard/hold-decision.ts';
import type { ReceiverStore } from '../receiver-store.ts';
import type { AdmissionRules } from './admission.ts';
import { type ReadingContext, readBack } from './topic-reading.ts';

export interface NameContext extends ReadingContext {
  readonly stream: string;
  readonly rules: Pick<AdmissionRules, 'tokens'>;
  readonly audit: AuditLog;
  readonly wallMs: () => number;
}

/** Whether names are known by the attributes that count now, and by no other: those of one that was dropped grow old. */
export function areNamesCurrent({ store, rules }: Pick<NameContext, 'store' | 'rules'>): boolean {
  const wanted = namedAttributes(rules);
  const known = store.names.attributes;
  return wanted.size === known.size && [...wanted].every((attribute) => known.has(attribute));
}

/** Over tables that stand where Kafka does. Safe to repeat; rejects with DiodeError `kafka-*`. */
export async function collectNames(context: NameContext): Promise<void> {
  const { store, rules, audit, wallMs, stream } = context;
  const wanted = namedAttributes(rules);
  const known = store.names.attributes;
  const missing = new Set([...wanted].filter((attribute) => !known.has(attribute)));
  // Where nothing was published yet there is nobody to name.
  if (missing.size > 0 && store.progress !== undefined) {
    const read = await readBack(context, { topic: 'identity', stream }, (record) =>
      rememberNames(record, store, missing),
    );
    audit.append(wallMs(), { event: 'names-read', attributes: [...missing].join(' '), ...read });
    audit.sync();
  }
  store.store.transaction(() => store.names.putAttributes(wanted))();
}

/** The id needs no name: it stands in the key. */
export function namedAttributes({ tokens }: Pick<AdmissionRules, 'tokens'>): ReadonlySet<string> {
  return new Set([...(tokens.subjectAttributes?.values() ?? [])].filter((attribute) => attribute !== 'id'));
}

/** What tokens call a User who lives; that of one who is gone went with the value. */
export function rememberNames(
  { key, value }: ReadRecord,
  { names }: Pick<ReceiverStore, 'names'>,
  attributes: ReadonlySet<string>,
): boolean {
  if (key === null || value === null || !key.startsWith('User|')) return true;
  const resource = resourceOf(value.toString('utf8'));
  if (resource === undefined) return false;
  for (const attribute of attributes) {
    const said = resource[attribute];
    if (typeof said === 'string') names.put({ key, attribute, value: said });
  }
  return true;
}
