/** Both sides of a stream that lives on media, in one folder: the real commands in this process, and a journal that a test fills. */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { receiverCommandLine } from '../../receiver/command-line.ts';
import { senderCommandLine } from '../../sender/command-line.ts';
import { FrameSigner } from '../../sender/journal/frame-signer.ts';
import { Journal } from '../../sender/journal/journal.ts';
import { openSenderStore } from '../../sender/sender-store.ts';
import { readSenderKeys } from '../../sender/trust/own-card.ts';
import { fixedKey } from '../../sender/trust/signing-keys.ts';
import { runCommandLine } from '../../src/cli/program.ts';
import { directoryLayout } from '../../src/config/directory-layout.ts';
import { encodeRecord, type WireRecord } from '../../src/wire/record.ts';
import { bytesOf } from '../vectors/generate/fixture.ts';

export interface Typed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export class MediaSite {
  readonly root = mkdtempSync(join(tmpdir(), 'diode-media-'));
  readonly sender = join(this.root, 'tx');
  readonly receiver = join(this.root, 'rx');

  async setUp(names: { readonly boundary?: string; readonly stream?: string } = {}): Promise<void> {
    const { boundary = 'site-a', stream = 'hr' } = names;
    await this.typeReceiver('init', this.receiver, '--boundary', boundary);
    const card = join(this.receiver, 'receiver-card.json');
    await this.typeSender('init', this.sender, '--stream', stream, '--receiver-card', card);
    await this.typeReceiver('trust', this.receiver, join(this.sender, 'sender-card.json'), '--yes');
  }

  typeSender(...args: readonly string[]): Promise<Typed> {
    return typed(() => runCommandLine(senderCommandLine(), args));
  }

  typeReceiver(...args: readonly string[]): Promise<Typed> {
    return typed(() => runCommandLine(receiverCommandLine(), args));
  }

  /** A new empty folder, as of a mounted stick. */
  medium(name: string): string {
    const path = join(this.root, name);
    mkdirSync(path);
    return path;
  }

  /** One frame for each entry, signed by the sender, behind those of before. Returns the last sequence. */
  journal(
    frames: readonly (readonly WireRecord[])[],
    { stream = 'hr', boundary = 'site-a', createdAtMs = Date.now() } = {},
  ): number {
    const layout = directoryLayout('diode-sender', this.sender);
    const store = openSenderStore(layout.store);
    try {
      const options = { path: layout.store, maxBytes: 2 ** 30, repeatCount: 0 };
      const journal = new Journal(store, createdAtMs, bytesOf('an epoch id', 16), options);
      const signer = new FrameSigner({ boundary, stream, keys: fixedKey(readSenderKeys(layout).signing) });
      for (const records of frames) {
        const { epoch, epochId, sequence, digest } = journal.head;
        const draft = { epoch, epochId, sequence: sequence + 1, previousDigest: digest, createdAtMs };
        const frame = signer.sign({ ...draft, records: records.map(encodeRecord) });
        journal.transaction(() => journal.append(frame));
      }
      return journal.head.sequence;
    } finally {
      store.close();
    }
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

export function user(id: string, more: Readonly<Record<string, unknown>> = {}): WireRecord {
  const schemas = ['urn:ietf:params:scim:schemas:core:2.0:User'];
  const fields: Record<string, unknown> = { ...more, id, schemas, userName: `user-${id}` };
  const sorted = Object.fromEntries(Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { kind: 'delta', operation: 'put', type: 'User', id, resource: JSON.stringify(sorted) };
}

export function userDelete(id: string): WireRecord {
  return { kind: 'delta', operation: 'delete', type: 'User', id, reason: 'source' };
}

export function member(group: string, of: string): WireRecord {
  return { kind: 'member', operation: 'create', group, member: of, memberType: 'User' };
}

async function typed(run: () => Promise<number>): Promise<Typed> {
  let stdout = '';
  let stderr = '';
  const { write: toStdout } = process.stdout;
  const { write: toStderr } = process.stderr;
  process.stdout.write = ((text: string) => {
    stdout += text;
    return true;
  }) as typeof process.stdout.write;
  process.stderr.write = ((text: string) => {
    stderr += text;
    return true;
  }) as typeof process.stderr.write;
  try {
    const code = await run();
    return { code, stdout, stderr };
  } finally {
    process.stdout.write = toStdout;
    process.stderr.write = toStderr;
  }
}
