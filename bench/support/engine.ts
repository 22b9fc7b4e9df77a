/**
 * How the engine of a pair of real programs is set, where that is not its default: threads, batches of datagrams, the addon. From
 * the environment, so that any test or benchmark of real programs can be run with each.
 */
import type { Batching } from '../../src/config/sender-config.ts';
import type { CommandPrefix, Setting, Side } from './diode-pair.ts';
import { projectRoot } from './project-root.ts';

export interface Engine {
  /** `tokens.threads` of the receiver, and whether it has a thread for its UDP link: with 2 or more. */
  readonly threads?: number;
  /** `link.batching` of both; of UDP alone. */
  readonly batching?: Batching;
  /** As where it could not be compiled. Needs root. */
  readonly isAddonHidden?: boolean;
}

const BATCHINGS: readonly string[] = ['segments', 'datagrams', 'none'] satisfies readonly Batching[];

/** DIODE_THREADS, DIODE_BATCHING, and DIODE_ADDON=hidden; throws for a value that means nothing. */
export function engineOf(environment: NodeJS.ProcessEnv = process.env): Engine {
  const { DIODE_THREADS: threads, DIODE_BATCHING: batching, DIODE_ADDON: addon } = environment;
  if (threads !== undefined && !/^[1-8]$/.test(threads)) throw new Error('DIODE_THREADS is 1 to 8');
  if (batching !== undefined && !BATCHINGS.includes(batching))
    throw new Error(`DIODE_BATCHING is ${BATCHINGS.join(', ')}`);
  if (addon !== undefined && addon !== 'hidden') throw new Error('DIODE_ADDON is hidden, or not set');
  return {
    ...(threads !== undefined && { threads: Number(threads) }),
    ...(batching !== undefined && { batching: batching as Batching }),
    ...(addon !== undefined && { isAddonHidden: true }),
  };
}

export function engineSettings({ threads, batching }: Engine): Readonly<Record<Side, readonly Setting[]>> {
  const link: readonly Setting[] = batching === undefined ? [] : [[['link', 'batching'], batching]];
  return {
    sender: link,
    receiver: [...link, ...(threads === undefined ? [] : threadSettings(threads))],
  };
}

/** One is the one that decides; with more, one reads the link, and the others check tokens. */
function threadSettings(threads: number): readonly Setting[] {
  return [
    [['tokens', 'threads'], threads],
    [['link', 'ownThread'], threads > 1],
  ];
}

/** Words before a command: an empty folder lies over the addon's, for that process alone. */
export function enginePrefix({ isAddonHidden = false }: Engine): CommandPrefix {
  const hide = `mount -t tmpfs none ${projectRoot}src/native/build && exec "$@"`;
  return isAddonHidden ? ['unshare', '--mount', 'sh', '-c', hide, 'sh'] : [];
}
