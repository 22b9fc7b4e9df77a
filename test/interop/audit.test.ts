// Our audit logs by golang.org/x/mod/sumdb (note, tlog), which are not ours: checkpoints, tiles, entries and proofs.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatEntryProof } from '../../src/audit/entry-proof.ts';
import { LogReader } from '../../src/audit/log-reader.ts';
import { MerkleAuditLog } from '../../src/audit/merkle-audit-log.ts';
import { verifierKey } from '../../src/audit/signed-note.ts';
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
