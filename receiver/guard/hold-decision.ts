/**
 * held table ─► **hold decision** ─► transaction plan
 *
 * What approvers decided, as one transaction: released records go to `identity` as they stood when they were held, rejected ones
 * leave a pin. Pure: the same decided records give the same Kafka records again.
 */
import type { GuardConfig } from '../../src/config/receiver-config.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/identity/json-value.ts';
import { RECEIVER_LIMITS } from '../../src/limits.ts';
import { compareRevisions } from '../../src/wire/revision.ts';
import type { AdmissionRules } from '../publish/admission.ts';
import { type Admission, GroupLedger } from '../publish/group-ledger.ts';
import type { Memory } from '../publish/group-memory.ts';
import { contextOfHeaders } from '../publish/kafka-records.ts';
import { settleSubject } from '../tokens/token-holder.ts';
import type { GuardTime } from './guard.ts';
import { NO_LIMITS, type SubjectFacts, subjectFacts } from './guard-limits.ts';
import type { DecidedRecord } from './held-table.ts';

/** As many of them, from the first, as one transaction takes. */
export function decidedBatch(decided: readonly DecidedRecord[]): readonly DecidedRecord[] {
  const batch: DecidedRecord[] = [];
  let bytes = 0;
  for (const record of decided.slice(0, RECEIVER_LIMITS.maxDecidedRecords)) {
    bytes += (record.value?.length ?? 0) + 1_000;
    if (batch.length > 0 && bytes > RECEIVER_LIMITS.maxTransactionBytes) break;
    batch.push(record);
  }
  return batch;
}

export function admitDecisions(
  decided: readonly DecidedRecord[],
  tables: Memory,
  rules: AdmissionRules,
  guardTime: GuardTime,
): Admission {
  const guard = rules.guard && { rules: rules.guard, time: guardTime };
  const ledger = new GroupLedger(tables, rules.topics, guard);
  for (const record of decided) {
    const known = ledger.memory.findSubject(record.key)?.revision;
    // It came by another way meanwhile: there is nothing left to let go, nor to refuse.
    if (known !== undefined && compareRevisions(known, record.revision) >= 0) ledger.replace(record);
    else if (record.decision === 'reject') ledger.reject(record, guardTime.atMs);
    else release(record, ledger, rules);
  }
  return ledger.admission;
}

function release(
  record: DecidedRecord,
  ledger: GroupLedger,
  { topics, hasHistory, guard, tokens }: AdmissionRules,
): void {
  const { key, revision, value, headers } = record;
  const resource = value === null ? undefined : resourceOf(value);
  const facts = resource && subjectFacts(resource, guard?.limits ?? NO_LIMITS);
  const subject = { revision, isDeleted: value === null, ...(facts && { facts }) };
  const change = { key, subject, resource, isFree: true, cause: revision };
  settleSubject(ledger, contextOfHeaders(headers), change, tokens.subjectAttributes);
  const events = [topics.identity, ...(hasHistory ? [topics.history] : [])];
  ledger.release(
    record,
    events.map((topic) => ({ topic, key, value, headers })),
  );
}

/** Of a value that lay on a topic: undefined where it is no resource. */
export function factsOf(value: string, limits: Pick<GuardConfig, 'adminRoles'>): SubjectFacts | undefined {
  const resource = resourceOf(value);
  return resource && subjectFacts(resource, limits);
}

/** As `factsOf`. What the stream says passed the grammar, but whoever may write to a topic can write anything. */
export function resourceOf(value: string): JsonObject | undefined {
  try {
    const resource = JSON.parse(value) as JsonValue;
    return isJsonObject(resource) ? resource : undefined;
  } catch {
    return undefined;
  }
}
