/** A back half whose guard stands, with people to lose. */

import type { FramePlace } from '../../receiver/guard/approved-frames.ts';
import type { VerifiedFrame } from '../../receiver/intake/frame-verifier.ts';
import type { AdmissionRules } from '../../receiver/publish/admission.ts';
import type { GuardConfig } from '../../src/config/receiver-config.ts';
import type { DeltaRecord, MemberRecord, WireRecord } from '../../src/wire/record.ts';
import { BackHalf, RULES } from './back-half.ts';
import { CREATED_AT_MS, signedFrame, spoolFrames, userDelete, userPut } from './signed-stream.ts';

export const GUARD: GuardConfig = {
  maxLossPercent: 10,
  freeLosses: 2,
  freeMembershipLosses: 3,
  adminRoles: ['admin'],
  adminGroups: ['g-admins'],
};

export const GUARDED_RULES: AdmissionRules = { ...RULES, guard: { limits: GUARD, maxSkewMs: 300_000 } };

/** User u0, u1 … */
export const names = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `u${from + index}`);
export const puts = (count: number, from = 0) => names(count, from).map((name) => userPut(name));
export const deletes = (count: number, from = 0) => names(count, from).map((name) => userDelete(name));

export function adminPut(id: string, { active = true, roles = ['admin'] } = {}): DeltaRecord {
  const schemas = ['urn:ietf:params:scim:schemas:core:2.0:User'];
  const resource = JSON.stringify({ active, id, roles: roles.map((value) => ({ value })), schemas, userName: id });
  return { kind: 'delta', operation: 'put', type: 'User', id, resource };
}

export function member(group: string, id: string): MemberRecord {
  return { kind: 'member', operation: 'create', group, member: id, memberType: 'User' };
}

export function leave(group: string, id: string, reason: string): MemberRecord {
  return { kind: 'member', operation: 'delete', group, member: id, reason };
}

/** As approvers of a bundle let it pass. */
export function placeOf({ header: { epoch, sequence }, digest }: VerifiedFrame): FramePlace {
  return { epoch, sequence, digest: Buffer.from(digest).toString('hex') };
}

export class GuardedHalf extends BackHalf {
  #sequence = 0;
  /** All that was said. */
  readonly frames: VerifiedFrame[] = [];

  constructor(options: ConstructorParameters<typeof BackHalf>[0] = {}) {
    super({ rules: GUARDED_RULES, ...options });
  }

  get sequence(): number {
    return this.#sequence;
  }

  skip(frames: number): void {
    this.#sequence += frames;
  }

  /** One frame of these, created as of the clock. */
  spoolFrame(records: readonly WireRecord[]): void {
    const createdAtMs = Math.max(CREATED_AT_MS, this.clock.wall - 1_000);
    this.#sequence += 1;
    const frame = signedFrame({ sequence: this.#sequence, records, createdAtMs });
    this.frames.push(frame);
    spoolFrames(this.store.spool, [frame]);
  }

  async say(...records: readonly WireRecord[]): Promise<void> {
    this.spoolFrame(records);
    await this.run();
  }

  /** Both clocks go on: a hello of the sender says so. */
  pass(ms: number): void {
    this.clock.wall += ms;
    this.clock.monotonic += ms;
    this.time.lastSignedMs = this.clock.wall - 1_000;
  }

  get identityKeys(): readonly string[] {
    return this.kafka.records('identity').map(({ key, value }) => `${value === null ? '-' : '+'}${key}`);
  }

  get heldKeys(): readonly string[] {
    return this.kafka.records('held').map(({ key, value }) => `${value === null ? '-' : '+'}${key}`);
  }

  get totals() {
    return this.store.progress?.totals;
  }
}

export const HOUR_MS = 3_600_000;
