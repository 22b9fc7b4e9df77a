/** A sender that asks foreign issuers: a real HTTP server that behaves as told, on a virtual clock. */
import { generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ForeignDesk } from '../../sender/issuer/foreign-desk.ts';
import { type ForeignEvent, ForeignIssuers, type ForeignStatus } from '../../sender/issuer/foreign-issuers.ts';
import { keySetHandler } from '../../sender/issuer/key-set-request.ts';
import type { ForeignIssuerConfig } from '../../src/config/sender-config.ts';
import type { RequestAnswer } from '../../src/ops/request-desk.ts';
import type { Store } from '../../src/store/database.ts';
import type { KeySetRecord } from '../../src/wire/record.ts';
import { recordsOf } from './issuer-rig.ts';
import { coreRig } from './sender-rig.ts';

export const ISSUER = 'https://idp.example';
export const START_MS = 1_800_000_000_000;

type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

export interface KeyServer {
  readonly url: string;
  /** Headers of each question. */
  readonly asked: IncomingMessage['headers'][];
  behave(next: Behaviour): void;
  close(): Promise<void>;
}

export async function keyServer(): Promise<KeyServer> {
  let behaviour: Behaviour = (_, response) => response.writeHead(404).end();
  const asked: IncomingMessage['headers'][] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers);
    behaviour(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`,
    asked,
    behave: (next) => {
      behaviour = next;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

export function publicKey(kid: string, more: object = {}): Record<string, unknown> {
  const { publicKey } = generateKeyPairSync('ed25519');
  return { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', ...more };
}

export const answers =
  (keys: readonly object[], headers: Record<string, string> = {}, status = 200): Behaviour =>
  (_, response) =>
    response.writeHead(status, headers).end(JSON.stringify({ keys }));

/** `url`: of the key set; undefined where `issuer` has to be asked where it is. */
export async function foreignRig(
  url: string | undefined,
  {
    store,
    timeoutMs,
    atMs = 0,
    ...changes
  }: Partial<ForeignIssuerConfig> & {
    readonly store?: Store;
    readonly timeoutMs?: number;
    readonly atMs?: number;
  } = {},
) {
  let nowMs = atMs;
  const rig = await coreRig({ nowMs, wallMs: START_MS + nowMs, ...(store && { store }) });
  const { core } = rig;
  const config: ForeignIssuerConfig = {
    issuer: ISSUER,
    ...(url !== undefined && { jwks: url }),
    approve: 'automatic',
    pollSeconds: 900,
    ...changes,
  };
  const issuers = new ForeignIssuers(nowMs, START_MS + nowMs, {
    config: [config],
    store: rig.store,
    transaction: (work) => core.journal.transaction(work),
    trust: core.trust,
  });
  const said: ForeignEvent[] = [];
  let wake = () => {};
  const desk = new ForeignDesk({
    core,
    issuers,
    clock: { nowMs: () => nowMs, wallMs: () => START_MS + nowMs },
    wake: () => wake(),
    onEvent: (_, event) => said.push(event),
    ...(timeoutMs !== undefined && { timeoutMs }),
  });
  let seen = core.journal.head.sequence;
  const turn = () => {
    while (core.poll(nowMs, START_MS + nowMs) !== undefined) {
      // Datagrams are nobody's here.
    }
    desk.handleTurn(nowMs);
  };
  const [handler, status] = [
    keySetHandler(issuers, () => {}),
    (): ForeignStatus => issuers.status(START_MS + nowMs)[0] as ForeignStatus,
  ];
  /** What was framed is what crosses. */
  const keySets = (): readonly KeySetRecord[] => {
    for (let step = 0; step < 3; step++) {
      turn();
      nowMs += 60;
    }
    turn();
    const frames = core.journal.framesAfter(seen, { frames: 1e6, bytes: 1e9 });
    seen = core.journal.head.sequence;
    return frames.flatMap(({ bytes }) => recordsOf(bytes)).filter((record) => record.kind === 'key-set');
  };
  return {
    ...rig,
    said,
    status,
    keySets,
    desk,
    nowMs: () => nowMs,
    /** Asks what is due now, and waits until each has answered: whether somebody was asked. */
    async ask(forMs = 0): Promise<boolean> {
      nowMs += forMs;
      const before = countOf(status());
      const answered = new Promise<void>((resolve) => {
        wake = resolve;
      });
      turn();
      if (!desk.isAsking) return false;
      await answered;
      turn();
      return countOf(status()) > before;
    },
    request: (body: unknown): RequestAnswer => handler({ id: '1', kind: 'key-set', body }),
  };
}

function countOf({ fetches }: ForeignStatus): number {
  return Object.values(fetches).reduce((sum, value) => sum + value, 0);
}
