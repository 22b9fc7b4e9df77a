/**
 * From what a source says to records: create or put by the sender's state, a Group's `members` as one record for each
 * join or leave, and what follows from a delete. Pure over the state; whoever calls applies each record to the state at
 * its revision before the next item.
 */
import type {
  DeleteItem,
  MemberPutItem,
  MemberReference,
  PutItem,
  SourceItem,
} from '../../src/identity/source-item.ts';
import type { DeltaRecord, MemberRecord, WireRecord } from '../../src/wire/record.ts';

/** What the differ asks of the state; deleted subjects and members that left are not there. */
export interface DifferState {
  hasSubject(type: string, id: string): boolean;
  memberType(group: string, member: string): string | undefined;
  membersOf(group: string): readonly MemberReference[];
  groupsOf(memberType: string, member: string): readonly string[];
}

/** Why a record deletes; downstream reads it in ce_reason. */
type DeleteReason = 'source' | 'left-group' | 'group-deleted' | 'member-deleted' | 'revert';

interface Time {
  readonly atMs?: number;
}

export class Differ {
  readonly #state: DifferState;

  constructor(state: DifferState) {
    this.#state = state;
  }

  /**
   * The records of one item, in the order in which they are framed; at least one but for an impossible item. A put that
   * changes nothing is still a record: the source says so, and the receiver may not have what the sender has.
   */
  records(item: SourceItem): readonly WireRecord[] {
    switch (item.kind) {
      case 'put':
        return this.#put(item);
      case 'delete':
        return this.#delete(item);
      case 'member-put':
        return [this.#join(item)];
      case 'member-delete':
        return [leave(item.group, item.member, 'source', timeOf(item))];
      case 'token':
        return [{ kind: 'token', jws: item.jws, ...timeOf(item) }];
      case 'revocation':
        return [{ kind: 'revocation', issuer: item.issuer, target: item.target, ...timeOf(item) }];
      case 'status':
        return [{ kind: 'status', issuer: item.issuer, asOfMs: item.asOfMs, nextByMs: item.nextByMs, ...timeOf(item) }];
      case 'key-set':
        return [{ kind: 'key-set', issuer: item.issuer, jwks: item.jwks, ...timeOf(item) }];
    }
  }

  /**
   * The one record of a line of a revert, which names each key that it puts back: what would follow from a delete are lines
   * of their own, or memberships that somebody else made meanwhile. Undefined for an item that is no subject.
   */
  revertRecord(item: SourceItem): DeltaRecord | MemberRecord | undefined {
    switch (item.kind) {
      case 'put':
        return this.#putSubject(item);
      case 'delete':
        return remove(item, 'revert');
      case 'member-put':
        return this.#join(item);
      case 'member-delete':
        return leave(item.group, item.member, 'revert', timeOf(item));
      default:
        return undefined;
    }
  }

  #put(item: PutItem): readonly WireRecord[] {
    const { id, members } = item;
    const subject = this.#putSubject(item);
    return members === undefined ? [subject] : [subject, ...this.#membershipChanges(id, members, timeOf(item))];
  }

  #putSubject(item: PutItem): DeltaRecord {
    const { type, id, resource } = item;
    const operation = this.#state.hasSubject(type, id) ? 'put' : 'create';
    return { kind: 'delta', operation, type, id, resource, ...timeOf(item) };
  }

  /** Leaves first, so that a consumer never sees more members than there were. */
  #membershipChanges(group: string, members: readonly MemberReference[], time: Time): readonly MemberRecord[] {
    const before = new Map(this.#state.membersOf(group).map(({ member, memberType }) => [member, memberType]));
    const after = new Set(members.map(({ member }) => member));
    const leaves = [...before.keys()].filter((member) => !after.has(member));
    const joins = members.filter(({ member, memberType }) => before.get(member) !== memberType);
    return [
      ...leaves.map((member) => leave(group, member, 'left-group', time)),
      ...joins.map(({ member, memberType }): MemberRecord => {
        const operation = before.has(member) ? 'put' : 'create';
        return { kind: 'member', operation, group, member, memberType, ...time };
      }),
    ];
  }

  #join(item: MemberPutItem): MemberRecord {
    const { group, member, memberType } = item;
    const operation = this.#state.memberType(group, member) === undefined ? 'create' : 'put';
    return { kind: 'member', operation, group, member, memberType, ...timeOf(item) };
  }

  /**
   * Memberships go before the subject, so that none ever points at nothing. A subject unknown here is deleted all the
   * same: the receiver may know it from before this sender's disk was lost.
   */
  #delete(item: DeleteItem): readonly WireRecord[] {
    const { type, id } = item;
    const time = timeOf(item);
    const ofGroup = type === 'Group' ? this.#state.membersOf(id) : [];
    const inGroups = this.#state.groupsOf(type, id).filter((group) => type !== 'Group' || group !== id);
    return [
      ...ofGroup.map(({ member }) => leave(id, member, 'group-deleted', time)),
      ...inGroups.map((group) => leave(group, id, 'member-deleted', time)),
      remove(item, 'source'),
    ];
  }
}

function remove(item: DeleteItem, reason: DeleteReason): DeltaRecord {
  return { kind: 'delta', operation: 'delete', type: item.type, id: item.id, reason, ...timeOf(item) };
}

function leave(group: string, member: string, reason: DeleteReason, time: Time): MemberRecord {
  return { kind: 'member', operation: 'delete', group, member, reason, ...time };
}

function timeOf(item: SourceItem): Time {
  return item.atMs === undefined ? {} : { atMs: item.atMs };
}
