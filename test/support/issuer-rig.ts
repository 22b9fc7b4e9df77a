/** A sender that issues tokens, on virtual time, with a real Ed25519 key. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IssuerDesk } from '../../sender/issuer/issuer-desk.ts';
import type { TokenIssuer } from '../../sender/issuer/token-issuer.ts';
import type { LineEntry } from '../../sender/journal/line-queue.ts';
import type { TokenIssuerConfig } from '../../src/config/sender-config.ts';
import type { DiodeError } from '../../src/ops/diode-error.ts';
import { openKeyFileSigner } from '../../src/signer/key-file-signer.ts';
import type { Signer } from '../../src/signer/signer.ts';
import { decompress } from '../../src/wire/compression.ts';
import { decodeFrame, decodeFrameHeader } from '../../src/wire/frame.ts';
import { decodePayload, type WireRecord } from '../../src/wire/record.ts';
import { type CoreRig, coreRig, entriesOf, type RigOptions } from './sender-rig.ts';

export const issuerConfig: TokenIssuerConfig = {
  issuer: 'https://issuer.site-a.example',
  algorithm: 'EdDSA',
  key: { kind: 'file', path: '/nowhere' },
  audiences: ['https://api.example'],
  lifetimeSeconds: 900,
  marginSeconds: 30,
  maxTokensPerSecond: 500,
  subjectType: 'User',
  subject: 'id',
  clientId: 'identity-diode',
  claims: { roles: 'roles', groups: 'groups', entitlements: 'entitlements' },
  logDays: 7,
};

export interface Claims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: string;
  readonly jti: string;
  readonly iat: number;
  readonly exp: number;
  readonly roles?: readonly string[];
  readonly groups?: readonly string[];
  readonly cnf?: unknown;
}

export interface IssuerRig extends CoreRig {
  readonly issuer: TokenIssuer;
  readonly desk: IssuerDesk;
  readonly signer: Signer;
  /** What the desk said of its key. */
  readonly signerEvents: (DiodeError | undefined)[];
  nowMs(): number;
  /** Sets the wall clock ahead, or back. */
  setClock(byMs: number): void;
  /** Lines of a source, journaled at once, with the tokens that follow. */
  feed(...lines: readonly object[]): Promise<void>;
  /** Lets time pass, in steps of a second at most, as the loop sleeps. */
  pass(forMs: number): Promise<void>;
  /** Everything framed since it was asked last. */
  records(): readonly WireRecord[];
  /** Claims of the tokens among them. */
  tokens(): readonly Claims[];
}

export const START_MS = 1_800_000_000_000;

export function makeSigner(): Signer {
  const folder = mkdtempSync(join(tmpdir(), 'issuer-'));
  const { privateKey } = generateKeyPairSync('ed25519');
  const path = join(folder, 'issuer.key');
  writeFileSync(path, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
  const signer = openKeyFileSigner(path, 'EdDSA');
  rmSync(folder, { recursive: true });
  return signer;
}

export async function issuerRig(
  changes: Partial<TokenIssuerConfig> = {},
  options: RigOptions & {
    readonly signer?: Signer;
    /** In its place, where it is away at the start. */
    readonly openSigner?: () => Promise<Signer>;
    readonly atMs?: number;
    readonly statusIntervalMs?: number;
    readonly isSourceRead?: () => boolean;
  } = {},
): Promise<IssuerRig> {
  const config = { ...issuerConfig, ...changes };
  const { signer = makeSigner(), atMs = 0, statusIntervalMs, isSourceRead = () => true, ...others } = options;
  const { openSigner, ...rest } = others;
  let nowMs = atMs;
  const rig = await coreRig({ ...rest, nowMs, wallMs: START_MS + nowMs, issuer: { config, holdMs: 3_000 } });
  const { core } = rig;
  const issuer = core.issuer as TokenIssuer;
  const signerEvents: (DiodeError | undefined)[] = [];
  let isAwake = false;
  let clockMs = START_MS;
  const wallMs = () => clockMs + nowMs;
  const desk = new IssuerDesk({
    core,
    issuer,
    key: openSigner === undefined ? { signer, open: async () => signer } : { signer: undefined, open: openSigner },
    issuerName: config.issuer,
    lifetimeSeconds: config.lifetimeSeconds,
    statusIntervalMs,
    isSourceRead,
    clock: { nowMs: () => nowMs, wallMs },
    wake: () => {
      isAwake = true;
    },
    onSigner: (failure) => signerEvents.push(failure),
  });
  let seen = core.journal.head.sequence;
  const turn = async () => {
    while (core.poll(nowMs, wallMs()) !== undefined) {
      // Datagrams are nobody's here.
    }
    desk.handleTurn(nowMs, wallMs());
    // Signatures settle between two turns of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
  };
  const pass = async (forMs: number) => {
    const untilMs = nowMs + forMs;
    for (;;) {
      await turn();
      if (nowMs >= untilMs) return;
      const sleepMs = isAwake ? 0 : Math.min(1_000, core.nextDeadlineMs(nowMs) - nowMs);
      isAwake = false;
      nowMs = Math.min(untilMs, nowMs + Math.max(10, sleepMs));
    }
  };
  const records = () => {
    const found = core.journal
      .framesAfter(seen, { frames: 1e6, bytes: 1e9 })
      .flatMap(({ bytes }) => [...recordsOf(bytes)]);
    seen = core.journal.head.sequence;
    return found;
  };
  return {
    ...rig,
    issuer,
    desk,
    signer,
    signerEvents,
    nowMs: () => nowMs,
    setClock: (byMs) => {
      clockMs += byMs;
    },
    async feed(...lines) {
      const entries: readonly LineEntry[] = entriesOf(lines);
      core.handleEntries(nowMs, entries);
      await pass(200);
    },
    pass,
    records,
    tokens: () => records().flatMap((record) => (record.kind === 'token' ? [claimsOf(record.jws)] : [])),
  };
}

export function claimsOf(jws: string): Claims {
  return JSON.parse(Buffer.from(jws.split('.')[1] as string, 'base64url').toString('utf8')) as Claims;
}

export function recordsOf(bytes: Uint8Array): readonly WireRecord[] {
  const frame = decodeFrame(bytes);
  if (typeof frame === 'string') throw new Error(frame);
  const header = decodeFrameHeader(frame.header);
  if (typeof header === 'string') throw new Error(header);
  const body = header.compression === 'none' ? frame.payload : decompress(frame.payload, header.bodyBytes);
  if (typeof body === 'string') throw new Error(body);
  const records = decodePayload(body, header.recordCount);
  if (typeof records === 'string') throw new Error(records);
  return records;
}
