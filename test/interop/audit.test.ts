// Our audit logs by golang.org/x/mod/sumdb (note, tlog), which are not ours: checkpoints, tiles, entries and proofs.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../src/audit/checkpoint.ts';
import { cosign } from '../../src/audit/cosignature.ts';
import { formatEntryProof } from '../../src/audit/entry-proof.ts';
import { LogReader } from '../../src/audit/log-reader.ts';
import { MerkleAuditLog } from '../../src/audit/merkle-audit-log.ts';
import { COSIGNATURE_V1, verifierKey } from '../../src/audit/signed-note.ts';
import { signingKeyPair } from '../../src/crypto/sodium.ts';
import { buildGo, hasGo } from '../support/go-program.ts';
import { requirement } from '../support/requirement.ts';

const NOW_MS = Date.UTC(2026, 10, 25, 10);
// As the specification's own example: full tiles at two levels, partial ones at three.
const SIZE = 70_000;
const sources = join(import.meta.dirname, 'audit');
const goCure = 'install Go 1.26 or newer, with a module proxy or cache for test/interop/audit/go.mod';
const signer = { name: 'identity-diode/site-a/hr/sender', ...signingKeyPair(Buffer.alloc(32, 7)) };
const key = verifierKey(signer);

describe.skipIf(!requirement('go', hasGo(sources), goCure))('an audit log, by golang.org/x/mod', () => {
  const root = mkdtempSync(join(tmpdir(), 'audit-interop-'));
  const directory = join(root, 'log');
  let program = '';
  let reader: LogReader;

  beforeAll(() => {
    program = buildGo(sources);
    const log = new MerkleAuditLog({ directory, signer, nowMs: NOW_MS });
    for (let at = 0; at < SIZE; at++) log.append(NOW_MS, { event: 'frame-signed', sequence: at });
    log.close();
    reader = new LogReader(directory, signer);
  });
  afterAll(() => {
    rmSync(dirname(program), { recursive: true });
    rmSync(root, { recursive: true });
  });

  const ask = (command: string, path: string, options: { readonly input?: string; readonly key?: string } = {}) => {
    const { input = '', key: asked = key } = options;
    return spawnSync(program, [command, path, asked], { input, encoding: 'utf8', maxBuffer: 1 << 24 });
  };
  const encoded = (hashes: readonly Uint8Array[]) => hashes.map((hash) => Buffer.from(hash).toString('base64'));

  it('has a checkpoint, tiles and entries that hold, and the proofs that we make', () => {
    const answer = ask('log', directory);
    expect([answer.status, answer.stderr]).toEqual([0, '']);
    const proofs = [0, Math.floor(SIZE / 3), SIZE - 1].map((index) =>
      encoded(reader.tree.inclusionProof(index)).join(' '),
    );
    expect(answer.stdout.trimEnd().split('\n')).toEqual(proofs);
  });

  it.each([1, 255, 256, 257, 65_536, 69_999, SIZE])('grew from its first %d entries, by our proof', (before) => {
    const proof = encoded(reader.tree.consistencyProof(before));
    const earlier = { before, root: Buffer.from(reader.tree.root(before)).toString('base64'), proof };
    const answer = ask('consistency', directory, { input: JSON.stringify(earlier) });
    expect([answer.status, answer.stderr]).toEqual([0, '']);
    const wrong = { ...earlier, root: Buffer.from(reader.tree.root(before === 1 ? 2 : before - 1)).toString('base64') };
    expect(ask('consistency', directory, { input: JSON.stringify(wrong) }).status).toBe(1);
  });

  it.each([0, 300, SIZE - 1])('proves its entry %d with a file', (index) => {
    const { head, tree } = reader;
    const entry = reader.entry(index) as Buffer;
    const path = join(root, `${index}.tlog-proof`);
    const proof = { entry, index, path: tree.inclusionProof(index, head.size), checkpoint: head.note };
    writeFileSync(path, formatEntryProof(proof));
    const answer = ask('proof', path);
    expect([answer.status, answer.stdout]).toEqual([0, `${entry.toString('utf8')}\n`]);
    writeFileSync(path, formatEntryProof({ ...proof, entry: Buffer.from('{"index":1}') }));
    expect(ask('proof', path).status).toBe(1);
  });

  it('is announced by records that lead from one head to the next', () => {
    const announced = join(root, 'announced');
    const log = new MerkleAuditLog({ directory: announced, signer, nowMs: NOW_MS });
    const grow = () => {
      for (let at = 0; at < 700; at++) log.append(NOW_MS, { event: 'frame-signed', sequence: at });
      log.sync();
      return log.signedHead;
    };
    const before = grow();
    const { note } = grow();
    const proof = encoded(log.proofSince(before) ?? []);
    writeFileSync(join(announced, 'checkpoint'), note);
    const earlier = { before: before.size, root: Buffer.from(before.root).toString('base64'), proof };
    const answer = ask('consistency', announced, { input: JSON.stringify(earlier) });
    expect([answer.status, answer.stderr]).toEqual([0, '']);
    expect(ask('consistency', announced, { input: JSON.stringify({ ...earlier, proof: proof.slice(1) }) }).status).toBe(
      1,
    );
    expect(log.proofSince({ size: 700, root: Buffer.alloc(32) })).toBeUndefined();
    expect(log.proofSince({ size: 1_401, root: before.root })).toBeUndefined();
    log.close();
  });

  it('is witnessed: a cosigned checkpoint holds for both keys, and still does for our own verifier', () => {
    const { head } = reader;
    const witness = { name: 'identity-diode/site-a/receiver/00', ...signingKeyPair(Buffer.alloc(32, 9)) };
    const path = join(root, 'cosigned');
    const cosigned = cosign(head.note, witness, NOW_MS + 999);
    writeFileSync(path, cosigned);
    const keys = `${key} ${verifierKey(witness, COSIGNATURE_V1)}`;
    const answer = ask('cosigned', path, { key: keys });
    expect([answer.status, answer.stdout, answer.stderr]).toEqual([0, `${NOW_MS / 1_000}\n`, '']);
    expect(openCheckpoint(cosigned, signer)).toEqual({ size: head.size, root: head.root });
    writeFileSync(path, cosigned.replace(`\n${SIZE}\n`, `\n${SIZE - 1}\n`));
    expect(ask('cosigned', path, { key: keys }).status).toBe(1);
    // Under another name it is nobody's.
    writeFileSync(path, cosign(head.note, { ...witness, name: 'other' }, NOW_MS));
    expect(ask('cosigned', path, { key: keys }).status).toBe(1);
  });

  it('is refused where a signature, an entry or the key is another', () => {
    const other = verifierKey({ name: signer.name, publicKey: signingKeyPair(Buffer.alloc(32, 8)).publicKey });
    expect(ask('log', directory, { key: other }).status).toBe(1);
    const bundle = join(directory, 'tile/entries/100');
    const bytes = readFileSync(bundle);
    writeFileSync(bundle, Buffer.from(bytes.toString('latin1').replace('25600,', '25601,'), 'latin1'));
    expect(ask('log', directory).stderr).toContain('entry 25600 differs from its tile');
    writeFileSync(bundle, bytes);
  });
});
