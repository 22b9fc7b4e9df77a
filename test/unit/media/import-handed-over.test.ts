/** What import says of a bundle that it handed to a receiver which runs, and which did not take it in. */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { auditText } from '../../../bench/support/audit-text.ts';
import { ImportDesk } from '../../../receiver/media/import-desk.ts';
import { removeImport, waitingImports } from '../../../receiver/media/import-file.ts';
import { ImportTable } from '../../../receiver/media/import-table.ts';
import { RECEIVER_MIGRATIONS } from '../../../receiver/receiver-store.ts';
import { pinnedKeys } from '../../../receiver/trust/own-card.ts';
import { openAuditLog } from '../../../src/cli/audit-logs.ts';
import { takeRunLock } from '../../../src/cli/directory.ts';
import { directoryLayout } from '../../../src/config/directory-layout.ts';
import { parseEvidence } from '../../../src/media/evidence.ts';
import type { HeldLock } from '../../../src/ops/run-lock.ts';
import { openStore, type Store } from '../../../src/store/database.ts';
import { FrontHalf } from '../../support/front-half.ts';
import { MediaSite, user } from '../../support/media-site.ts';
import { receiverKeys, signingKeys } from '../../support/model-sender.ts';

let site: MediaSite;
let medium: string;
let store: Store;
let lock: HeldLock;

async function setUp(): Promise<void> {
  await site.setUp();
  medium = site.medium('a');
  site.journal([[user('a')]]);
  await site.typeSender('export', site.sender, medium);
  mkdirSync(layout().data, { recursive: true });
  store = openStore(layout().store, RECEIVER_MIGRATIONS);
  lock = takeRunLock('diode-receiver', layout());
}

beforeEach(() => {
  site = new MediaSite();
});
afterEach(() => {
  lock.release();
  store.close();
  site.remove();
});

const layout = () => directoryLayout('diode-receiver', site.receiver);
const importIt = () => site.typeReceiver('import', site.receiver, medium);

async function handedOver(): Promise<void> {
  for (let tries = 0; waitingImports(layout().imports).length === 0; tries++) {
    if (tries > 2_000) expect.fail('nothing is handed over');
    await delay(20);
  }
}

/** Of a receiver that was started when another sender was trusted. */
function startDesk() {
  const audit = openAuditLog(layout(), 'program', Date.now());
  const desk = new ImportDesk({
    folder: layout().imports,
    trust: {
      sender: { boundary: 'site-a', stream: 'hr' },
      senderKeys: pinnedKeys({ signingKey: signingKeys.publicKey }),
      agreementKey: receiverKeys.publicKey,
    },
    intake: new FrontHalf({ store }).intake,
    table: new ImportTable(store),
    approved: { add: () => {} },
    policy: { approvers: [], approvals: 1, maxSkewMs: 0 },
    audit,
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    clock: { monotonicMs: () => performance.now(), wallMs: Date.now },
    onFatal: (error) => expect.fail(String(error)),
  });
  return {
    wake: () => desk.wake(),
    stop: () => {
      desk.stop();
      audit.close();
    },
  };
}

function onRecord() {
  const entries = auditText('receiver', site.receiver, 'commandAudit').trim().split('\n');
  const refused = entries.map((line) => JSON.parse(line)).filter(({ event }) => event === 'import-refused');
  const pages = readdirSync(layout().bundles).map((name) => readFileSync(`${layout().bundles}/${name}`, 'utf8'));
  return { refused, evidence: pages.map(parseEvidence) };
}

it('refuses what the receiver refuses, with its reason and evidence', async () => {
  await setUp();
  const desk = startDesk();
  const importing = importIt();
  await handedOver();
  desk.wake();
  const { code, stderr } = await importing;
  desk.stop();
  expect(code).toBe(1);
  expect(stderr).toMatch(/The receiver that runs here refused bundle 1: card-not-trusted\. .*Evidence to print/);
  const { refused, evidence } = onRecord();
  expect(refused).toMatchObject([{ reason: 'bundle-refused', bundle: 1 }]);
  expect(evidence).toMatchObject([
    { result: 'refused', details: ['reason: bundle-refused', expect.stringContaining('card-not-trusted')] },
  ]);
});

it('refuses what is gone without a word, and says where to look', async () => {
  await setUp();
  const importing = importIt();
  await handedOver();
  removeImport(layout().imports, waitingImports(layout().imports)[0] as string);
  const { code, stderr } = await importing;
  expect(code).toBe(1);
  expect(stderr).toMatch(/has bundle 1 no more, .*audit search .* --event bundle-refused/);
});

it('says of a halt that comes meanwhile that the bundle waits for it', async () => {
  await setUp();
  const importing = importIt();
  await handedOver();
  store.exec(`INSERT INTO gate (id, epoch, epoch_id, sequence, digest, halt_reason, halt_seen, halt_cure, halted_at_ms)
    VALUES (1, 1, x'00', 0, x'00', 'chain', 'seen', 'cure', 1)`);
  const { code, stdout } = await importing;
  expect(code).toBe(0);
  expect(stdout).toContain('The stream is halted, and the bundle waits for it');
  expect(onRecord().evidence).toMatchObject([{ result: 'handed-over' }]);
});
