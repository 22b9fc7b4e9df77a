/** The table at which root holders sit: docs/ceremony.md, each command typed by a process of its own. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DiodePair, diode } from '../../bench/support/diode-pair.ts';

/** A draft, as people edit it. */
interface Draft {
  readonly senders: readonly { readonly keys: readonly Record<string, string>[] }[];
}

export class CeremonyTable {
  readonly #folder: string;
  readonly #boundary: string;
  #root = 'root.json';
  #bundle = 0;

  /** `folder`: for what is public, and the holders' keys beside. */
  constructor(folder: string, boundary: string) {
    this.#folder = folder;
    this.#boundary = boundary;
  }

  /** Alice, Bob and Carol, of whom two sign; the receiver, which had a card and a JWKS file, moves to root and bundle. */
  async begin({ receiverDirectory }: DiodePair): Promise<void> {
    const holders = ['alice', 'bob', 'carol'].flatMap((name) => ['--holder', name]);
    const make = [...holders, '--key-folder', this.#folder];
    await this.#type('create', this.#at(this.#root), '--boundary', this.#boundary, '--threshold', '2', ...make);
    const bundle = await this.#next(receiverDirectory, ['--root', this.#at(this.#root)]);
    await diode('receiver', ['trust', receiverDirectory, bundle, '--root', this.#at(this.#root), '--yes']);
  }

  /** The next bundle, with what `root draft` takes, and what somebody changes in the draft by hand; where it lies. */
  next(options: readonly string[], edit?: (draft: Draft) => void): Promise<string> {
    return this.#next(this.#at(`bundle-${this.#bundle}.json`), options, edit);
  }

  /** Carol leaves and Dave comes: the statement, and the next bundle under it. */
  async rotateRoot(): Promise<readonly [root: string, bundle: string]> {
    const path = this.#at('root-2.json');
    const change = ['--remove', 'carol', '--add', 'dave', '--key', this.#key('alice'), '--key', this.#key('bob')];
    await this.#type('rotate', this.#at(this.#root), '--out', path, ...change, '--key-folder', this.#folder);
    this.#root = 'root-2.json';
    return [path, await this.next(['--root', path])];
  }

  /** Public. */
  at(name: string): string {
    return this.#at(name);
  }

  async #next(from: string, options: readonly string[], edit?: (draft: Draft) => void): Promise<string> {
    const number = ++this.#bundle;
    const [draft, bundle] = [this.#at(`draft-${number}.json`), this.#at(`bundle-${number}.json`)];
    await this.#type('draft', from, ...options, '--out', draft);
    if (edit !== undefined) {
      const content = JSON.parse(readFileSync(draft, 'utf8')) as Draft;
      edit(content);
      writeFileSync(draft, JSON.stringify(content));
    }
    const under = ['--root', this.#at(this.#root), '--yes'];
    const second = this.#root === 'root.json' ? 'carol' : 'dave';
    await this.#type('sign', draft, ...under, '--key', this.#key('alice'), '--out', bundle);
    await this.#type('sign', bundle, ...under, '--key', this.#key(second));
    return bundle;
  }

  #type(command: string, ...args: readonly string[]): Promise<string> {
    return diode('receiver', ['root', command, ...args]);
  }

  #key(holder: string): string {
    return this.#at(`${holder}.key`);
  }

  #at(name: string): string {
    return join(this.#folder, name);
  }
}
