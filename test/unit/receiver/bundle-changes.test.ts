/** What a bundle comes to: states before and after, whatever happened in between. */

import { tmpdir } from 'node:os';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type VerifiedFrame, verifyFrame } from '../../../receiver/intake/frame-verifier.ts';
import { BundleChangeTally, type KnownSubjects, type TallyRules } from '../../../receiver/media/bundle-changes.ts';
import { changeRows } from '../../../receiver/media/change-view.ts';
import { NO_TOKENS } from '../../../receiver/media/import-state.ts';
import { unpackFrame } from '../../../receiver/publish/unpacker.ts';
import { judgeTokens, tokenLimits } from '../../../receiver/tokens/token-judge.ts';
import { FrameSigner } from '../../../sender/journal/frame-signer.ts';
import { fixedKey } from '../../../sender/trust/signing-keys.ts';
import { sha256Hex } from '../../../src/crypto/digest.ts';
import { compileIdentityRules } from '../../../src/identity/identity-rules.ts';
import { MEDIA_LIMITS } from '../../../src/limits.ts';
import { openScratchStore, type Store } from '../../../src/store/database.ts';
import { type IssuerTrust, TokenChecker } from '../../../src/token/token-checker.ts';
import { encodeRecord, type WireRecord } from '../../../src/wire/record.ts';
import { member, user, userDelete } from '../../support/media-site.ts';
import { BOUNDARY, STREAM, senderKeys, signingKeys } from '../../support/model-sender.ts';

const rules = compileIdentityRules({ resourceTypes: [{ type: 'User' }, { type: 'Group' }], tokenIssuers: ['*'] });
const guard = {
  maxLossPercent: 5,
  freeLosses: 1,
  freeMembershipLosses: 1,
  adminRoles: ['admin'],
  adminGroups: ['ops'],
};
const at = (sequence: number) => ({ epoch: 1, sequence, index: 0 });

const ISSUER = 'https://idp.example';
const NOW_MS = Date.parse('2026-11-26T10:00:00Z');

let tokens: TallyRules['tokens'];
let checker: TokenChecker;
let sign: (jti: string, claims?: object) => Promise<WireRecord>;
beforeAll(async () => {
  const pair = await generateKeyPair('EdDSA', { extractable: true });
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'ed' } as IssuerTrust['keys'][number]['jwk'];
  const policy = { issuer: ISSUER, audience: ['api'], algorithms: ['EdDSA'], types: ['at+jwt'] };
  const issuer = { ...policy, maxLifetimeSeconds: 900, clockSkewSeconds: 0, subjectAttribute: 'userName' };
  checker = TokenChecker.ofIssuers([{ ...issuer, keys: [{ jwk, activeFromMs: 0 }] }]);
  tokens = tokenLimits([issuer], 0);
  const iat = NOW_MS / 1000;
  sign = async (jti, claims = {}) => {
    const jwt = new SignJWT({ iss: ISSUER, sub: `user-${jti}`, aud: 'api', jti, iat, exp: iat + 900, ...claims });
    return {
      kind: 'token',
      jws: await jwt.setProtectedHeader({ alg: 'EdDSA', kid: 'ed', typ: 'at+jwt' }).sign(pair.privateKey),
    };
  };
});

let scratch: Store;
beforeEach(() => {
  scratch = openScratchStore(tmpdir());
});
afterEach(() => scratch.close());

function frame(
  sequence: number,
  records: readonly WireRecord[],
  kind: 'deltas' | 'snapshot' = 'deltas',
): VerifiedFrame {
  const signer = new FrameSigner({ boundary: BOUNDARY, stream: STREAM, keys: fixedKey(signingKeys) });
  const draft = {
    epoch: 1,
    epochId: Buffer.alloc(16),
    sequence,
    previousDigest: Buffer.alloc(sequence === 1 ? 0 : 32),
    createdAtMs: 0,
  };
  const verified = verifyFrame(signer.sign({ ...draft, records: records.map(encodeRecord), kind }).bytes, senderKeys);
  if (typeof verified === 'string') throw new Error(verified);
  return verified;
}

async function hand(tally: BundleChangeTally, { header, payload }: VerifiedFrame): Promise<void> {
  const unpacked = { header, content: unpackFrame(header, payload) };
  tally.handleFrame(
    unpacked,
    await judgeTokens({ judge: async (jws) => jws.map((each) => checker.check(each, NOW_MS)) }, [unpacked], NOW_MS),
  );
}

/** A whole snapshot as of frame 4. */
function partOf(entries: readonly WireRecord[]): WireRecord {
  const range = { firstKey: '', lastKey: '' };
  return { kind: 'snapshot-part', cycle: 1, part: 0, last: true, ...range, asOf: at(4), entries };
}

const leave = (of: string, reason: string): WireRecord => ({
  kind: 'member',
  operation: 'delete',
  group: 'g',
  member: of,
  reason,
});

/** `live`: keys that live since frame 1. */
function tallyOver(
  live: readonly string[],
  facts: Awaited<ReturnType<KnownSubjects['find']>> = undefined,
  settled: readonly string[] = [],
): BundleChangeTally {
  const known: KnownSubjects = {
    find: (key) => (live.includes(key) ? { revision: at(1), isDeleted: false, ...facts } : undefined),
    liveIn: ({ first, last }) =>
      live.filter((key) => key >= first && (last === '' || key < last)).map((key) => ({ key, revision: at(1) })),
    isSettled: (key) => settled.includes(key),
    tokens: NO_TOKENS,
  };
  const memberships = live.filter((key) => key.startsWith('Member|')).length;
  const hour = {
    subjects: { lived: live.length - memberships, lost: 0 },
    memberships: { lived: memberships, lost: 0 },
  };
  return new BundleChangeTally(known, { rules, guard, hour, tokens, nowMs: NOW_MS }, scratch);
}

describe('the changes of a bundle', () => {
  it('are those between before and after, each key once', async () => {
    const tally = tallyOver(['User|a', 'User|b', 'User|c', 'Member|g|a']);
    await hand(tally, frame(2, [user('a', { displayName: 'A' }), userDelete('b'), user('new'), user('gone')]));
    await hand(tally, frame(3, [user('a'), userDelete('gone'), userDelete('never'), member('g', 'new')]));
    await hand(
      tally,
      frame(4, [{ kind: 'member', operation: 'delete', group: 'g', member: 'a', reason: 'left-group' }]),
    );
    expect(tally.end().changes).toMatchObject({
      subjects: { added: 1, changed: 1, deleted: 1 },
      memberships: { added: 1, changed: 0, deleted: 1 },
      superseded: 0,
      quarantined: 0,
    });
  });

  it('count what is older as such, and what breaks the rules as quarantined', async () => {
    const tally = tallyOver(['User|a']);
    await hand(tally, frame(5, [{ ...user('a'), revision: at(1) } as WireRecord, user('b', { password: 'x' })]));
    expect(tally.end().changes).toMatchObject({ subjects: { added: 0, changed: 0 }, superseded: 1, quarantined: 1 });
  });

  it('of a snapshot are the deletes too of what its range no longer has', async () => {
    const tally = tallyOver(['User|a', 'User|b', 'Member|g|a']);
    const part = partOf([
      { ...user('a'), revision: at(1) },
      { ...user('c'), revision: at(3) },
    ] as WireRecord[]);
    await hand(tally, frame(5, [part], 'snapshot'));
    expect(tally.end().changes).toMatchObject({
      subjects: { added: 1, changed: 0, deleted: 1 },
      memberships: { deleted: 1 },
      snapshotParts: 1,
      superseded: 1,
    });
  });

  it('do not have in them what waits for Kafka already', async () => {
    const tally = tallyOver([]);
    await hand(tally, frame(1, [user('a'), user('b')]));
    tally.begin();
    await hand(tally, frame(2, [userDelete('a'), userDelete('b')]));
    const { changes, blastRadius } = tally.end();
    expect(changes).toMatchObject({ subjects: { added: 0, changed: 0, deleted: 2 } });
    // They came within the hour: nobody lived when it began.
    expect(blastRadius.subjects).toEqual({ lived: 0, lost: 0, deleted: 2, deactivated: 0 });
  });

  it('come after what vanishes within the hour by frames that wait for Kafka', async () => {
    const tally = tallyOver(['User|a', 'User|b', 'User|c', 'Member|g|a', 'Member|g|b']);
    await hand(tally, frame(2, [userDelete('a'), user('b', { active: false }), leave('a', 'source')]));
    tally.begin();
    await hand(tally, frame(3, [userDelete('c'), leave('b', 'member-deleted')]));
    expect(tally.end().blastRadius).toEqual({
      subjects: { lived: 3, lost: 2, deleted: 1, deactivated: 0 },
      memberships: { lived: 2, lost: 1, deleted: 0 },
      adminGrants: 0,
    });
  });

  it('leave alone what approvers refused to delete or have before them, though a snapshot does not name it', async () => {
    const tally = tallyOver(['User|pinned', 'User|said-anew', 'User|gone'], undefined, [
      'User|pinned',
      'User|said-anew',
    ]);
    await hand(tally, frame(2, [user('said-anew')]));
    await hand(tally, frame(5, [partOf([])], 'snapshot'));
    expect(tally.end().changes.subjects).toEqual({ added: 0, changed: 0, deleted: 2 });
  });

  it('know a deactivation and a grant, from what was remembered and from what came before', async () => {
    const tally = tallyOver(['User|a', 'User|was-admin'], {
      revision: at(1),
      isDeleted: false,
      facts: { isActive: true, adminRoles: ['admin'], roles: ['admin'] },
    });
    const admin = { roles: [{ value: 'admin' }] };
    await hand(
      tally,
      frame(2, [user('a', { active: false }), user('was-admin', admin), user('new', admin), member('ops', 'new')]),
    );
    await hand(tally, frame(3, [user('came-and-went', admin), userDelete('came-and-went')]));
    const { changes, blastRadius } = tally.end();
    expect(changes).toMatchObject({ deactivated: 1, adminGrants: 2, adminWithdrawals: 1 });
    expect(blastRadius).toMatchObject({ subjects: { lived: 2, deactivated: 1 }, adminGrants: 2 });
  });

  it('count no membership as lost that goes with its group or member', async () => {
    const tally = tallyOver(['Member|g|a', 'Member|g|b']);
    await hand(tally, frame(2, [leave('a', 'group-deleted'), leave('b', 'source')]));
    const { changes, blastRadius } = tally.end();
    expect(changes.memberships.deleted).toBe(2);
    expect(blastRadius.memberships).toEqual({ lived: 2, lost: 0, deleted: 1 });
  });

  it('name every role and group that somebody gets or loses, those of the config first, and whom it concerns', async () => {
    const tally = tallyOver(['User|a', 'User|b', 'Member|ops|a'], {
      revision: at(1),
      isDeleted: false,
      facts: { isActive: true, adminRoles: ['admin'], roles: ['admin', 'reader'] },
    });
    const roles = (...names: readonly string[]) => ({ roles: names.map((value) => ({ value })) });
    const readers = Array.from({ length: 7 }, (_, index) => user(`n${index}`, roles('Night shift')));
    await hand(tally, frame(2, [user('a', roles('reader')), user('c', roles('admin')), ...readers]));
    const joins = readers.map((_, index) => member('g', `n${index}`));
    const left: WireRecord = { kind: 'member', operation: 'delete', group: 'ops', member: 'a', reason: 'source' };
    await hand(tally, frame(3, [...joins, member('ops', 'c'), left, userDelete('b')]));
    const { changes } = tally.end();
    const [subjects, role, group, admin] = changeRows(changes);
    expect(subjects).toMatchObject({ under: ['deleted: User|b'] });
    expect(role).toEqual({
      name: 'roles',
      value: '8 granted, 1 withdrawn',
      under: [
        'granted admin (admin role), 1: User|c',
        'granted "Night shift", 7: User|n0, User|n1, User|n2, User|n3 and 3 more',
        'withdrawn admin (admin role), 1: User|a',
      ],
    });
    expect(group).toEqual({
      name: 'groups',
      value: '8 joined, 1 left',
      under: [
        'joined ops (admin group), 1: c',
        'joined g, 7: n0, n1, n2, n3 and 3 more',
        'left ops (admin group), 1: a',
      ],
    });
    expect(admin).toMatchObject({ name: 'admin roles', value: '2 granted, 1 withdrawn' });
  });

  it('say of whom roles cannot be compared, and show no more names and keys than people read', async () => {
    const tally = tallyOver(['User|a', 'User|b'], {
      revision: at(1),
      isDeleted: false,
      facts: { isActive: true, adminRoles: [] },
    });
    const roles = Array.from({ length: 20 }, (_, index) => ({ value: `role-${String(index).padStart(2, '0')}` }));
    const gone = Array.from({ length: 30 }, (_, index) => `g${index}`);
    await hand(
      tally,
      frame(
        1,
        gone.map((id) => user(id)),
      ),
    );
    tally.begin();
    await hand(tally, frame(2, [user('a', { roles }), user('new', { roles }), ...gone.map(userDelete)]));
    const [subjects, role] = changeRows(tally.end().changes);
    expect(subjects?.under).toEqual([expect.stringMatching(/^deleted: User\|g0, .* and 20 more$/)]);
    expect(role?.value).toBe('20 granted, 0 withdrawn; of 1 subject admin roles alone are known');
    expect(role?.under).toHaveLength(MEDIA_LIMITS.shownNames + 1);
    expect(role?.under.at(-1)).toBe('granted: 12 more roles');
  });

  it('name admin roles also of who has too many roles to be remembered', async () => {
    const many = Array.from({ length: 2_000 }, (_, index) => ({ value: `role-${index}` }));
    const lines: string[] = [];
    const tally = tallyOver([]);
    await hand(tally, frame(1, [user('new', { roles: [...many, { value: 'admin' }] })]));
    const { changes } = tally.end((line) => lines.push(line));
    expect(changeRows(changes)[1]).toMatchObject({
      value: '1 granted, 0 withdrawn; of 1 subject admin roles alone are known',
      under: ['granted admin (admin role), 1: User|new'],
    });
    expect(lines).toEqual(['added User|new +role:admin other-roles:unknown\n']);
  });

  it('have one digest over all of them, a line a key, which a changed line changes', async () => {
    const lines: string[] = [];
    const tally = tallyOver(['User|a', 'User|b']);
    await hand(
      tally,
      frame(2, [
        user('a', { active: false }),
        userDelete('b'),
        user('c', { roles: [{ value: 'é' }] }),
        member('g', 'c'),
      ]),
    );
    const { changes } = tally.end((line) => lines.push(line));
    expect(lines.join('')).toBe('added Member|g|c\ndeactivated User|a\ndeleted User|b\nadded User|c +role:"\\u00e9"\n');
    expect(changes).toMatchObject({ keys: 4, digest: sha256Hex(lines.join('')) });
  });

  it('have of each token what would become of it, by the checks and the memory of the receiver', async () => {
    const tally = tallyOver(['User|left']);
    const iat = NOW_MS / 1000;
    const good = await sign('good');
    const forged = { kind: 'token', jws: `${(good as { jws: string }).jws.slice(0, -6)}AAAAAA` } as WireRecord;
    const old = await sign('old', { iat: iat - 900, exp: iat - 60 });
    const other = await sign('other', { iss: 'https://elsewhere.example' });
    await hand(tally, frame(2, [good, forged, old, other]));
    const revocation: WireRecord = { kind: 'revocation', issuer: ISSUER, target: { jti: 'revoked' } };
    const keySet: WireRecord = {
      kind: 'key-set',
      issuer: ISSUER,
      jwks: '{"keys":[{"crv":"Ed25519","kid":"ed","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}',
    };
    await hand(tally, frame(3, [keySet, good, revocation, await sign('revoked'), user('left'), await sign('left')]));
    await hand(tally, frame(4, [user('left', { active: false }), await sign('left', { jti: 'again' })]));
    expect(tally.end().changes).toMatchObject({
      tokens: {
        count: 8,
        valid: 2,
        known: 1,
        expired: 1,
        refused: { issuer: 1, revoked: 1, signature: 1, 'subject-inactive': 1 },
      },
      revocations: 1,
      keySets: { count: 1, issuers: [ISSUER] },
      quarantined: 0,
    });
  });
});
