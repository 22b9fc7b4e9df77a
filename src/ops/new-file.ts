/** A file that gets its name last: whole, or as it was. Whoever makes one publishes or abandons it. */
import { closeSync, fsyncSync, renameSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { HeldFolder } from './held-folder.ts';
import { writeAll } from './write-all.ts';

/** All methods throw what the file system refuses. */
export class NewFile {
  readonly #folder: HeldFolder;
  readonly #name: string;
  readonly #temporary: string;
  readonly #file: number;
  #isOpen = true;
  #isOver = false;

  /** `temporary`: its name until then, in the same folder. What has that name was left behind, or put there: it goes. */
  constructor(path: string, { temporary, mode }: { readonly temporary: string; readonly mode: number }) {
    this.#name = basename(path);
    this.#temporary = temporary;
    this.#folder = new HeldFolder(dirname(path));
    try {
      this.#file = this.#make(mode);
    } catch (error) {
      this.#folder.close();
      throw error;
    }
  }

  write(bytes: Uint8Array): void {
    writeAll(this.#file, bytes);
  }

  /** In place of what had its name, durable when it returns; its name too, unless the caller will sync the folder. */
  publish({ isFolderSynced = true } = {}): void {
    fsyncSync(this.#file);
    this.#closeFile();
    renameSync(this.#folder.at(this.#temporary), this.#folder.at(this.#name));
    if (isFolderSynced) this.#folder.sync();
    this.#end();
  }

  /** Nothing of it stays; nothing, where it was published. */
  abandon(): void {
    if (this.#isOver) return;
    this.#closeFile();
    this.#folder.remove(this.#temporary);
    this.#end();
  }

  #make(mode: number): number {
    try {
      return this.#folder.makeFile(this.#temporary, mode);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      this.#folder.remove(this.#temporary);
      return this.#folder.makeFile(this.#temporary, mode);
    }
  }

  #closeFile(): void {
    if (this.#isOpen) closeSync(this.#file);
    this.#isOpen = false;
  }

  #end(): void {
    this.#folder.close();
    this.#isOver = true;
  }
}
