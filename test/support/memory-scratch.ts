/** A scratch disk in memory, that fails and forgets where a test says. */
import type { FrameScratch } from '../../receiver/intake/spilled-frames.ts';

export class MemoryScratch implements FrameScratch {
  readonly images = new Map<string, Buffer>();
  written = 0;
  isFull = false;

  write(name: string, image: Buffer): boolean {
    if (this.isFull) return false;
    this.written++;
    this.images.set(name, Buffer.from(image));
    return true;
  }

  read(name: string): Buffer | undefined {
    return this.images.get(name);
  }

  remove(name: string): void {
    this.images.delete(name);
  }

  get bytes(): number {
    return [...this.images.values()].reduce((sum, image) => sum + image.length, 0);
  }
}
