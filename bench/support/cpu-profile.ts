/** Reads what `node --cpu-prof` writes: samples of the main thread's stack, as self time by function and file. Pure. */

/** The Chrome DevTools Protocol's Profiler.Profile; times in microseconds of the machine's monotonic clock. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
    readonly children?: readonly number[];
  }[];
  readonly startTime: number;
  /** The node on top of the stack, one a sample. */
  readonly samples: readonly number[];
  /** Before each sample; the first since startTime. */
  readonly timeDeltas: readonly number[];
}

export interface SelfTime {
  /** Function and file, such as `seal (src/crypto/sodium.ts)`. */
  readonly place: string;
  readonly selfSeconds: number;
}

export interface ProfileSummary {
  /** The largest first. */
  readonly costs: readonly SelfTime[];
  readonly busySeconds: number;
  readonly idleSeconds: number;
}

const IDLE = '(idle)';

/** Between two times of the same clock, in microseconds. A sample's time counts from it to the next one. */
export function summarizeProfile(
  profile: CpuProfile,
  window: { readonly fromUs: number; readonly toUs: number },
): ProfileSummary {
  const places = new Map(profile.nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]));
  const selfUs = new Map<string, number>();
  let atUs = profile.startTime;
  for (const [index, id] of profile.samples.entries()) {
    atUs += profile.timeDeltas[index] ?? 0;
    const lastsUs = profile.timeDeltas[index + 1] ?? 0;
    if (atUs < window.fromUs || atUs >= window.toUs) continue;
    const place = places.get(id) ?? '(unknown)';
    selfUs.set(place, (selfUs.get(place) ?? 0) + lastsUs);
  }
  const idleSeconds = (selfUs.get(IDLE) ?? 0) / 1e6;
  selfUs.delete(IDLE);
  const costs = [...selfUs]
    .map(([place, us]) => ({ place, selfSeconds: us / 1e6 }))
    .sort((a, b) => b.selfSeconds - a.selfSeconds);
  return { costs, busySeconds: costs.reduce((sum, { selfSeconds }) => sum + selfSeconds, 0), idleSeconds };
}

/** Seconds in functions of these files, and in all that they call; a path that ends with `/` is a folder. As `summarizeProfile`. */
export function timeWithin(
  profile: CpuProfile,
  window: { readonly fromUs: number; readonly toUs: number },
  paths: readonly string[],
): number {
  const within = new Set<number>();
  const isOwn = (file: string | undefined) => paths.some((path) => file === path || file?.startsWith(path));
  // Parents stand before their children.
  for (const { id, callFrame, children } of profile.nodes) {
    if (isOwn(fileOf(callFrame.url))) within.add(id);
    if (within.has(id)) for (const child of children ?? []) within.add(child);
  }
  let seconds = 0;
  let atUs = profile.startTime;
  for (const [index, id] of profile.samples.entries()) {
    atUs += profile.timeDeltas[index] ?? 0;
    if (atUs < window.fromUs || atUs >= window.toUs || !within.has(id)) continue;
    seconds += (profile.timeDeltas[index + 1] ?? 0) / 1e6;
  }
  return seconds;
}

/** Functions of one name in one file are one: closures made anew have no other name. */
function placeOf({ functionName, url }: { readonly functionName: string; readonly url: string }): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  const file = fileOf(url);
  return file === undefined ? name : `${name} (${file})`;
}

/** Of the project, or behind node_modules. */
function fileOf(url: string): string | undefined {
  if (url === '') return undefined;
  return url
    .replace(/^file:\/\//, '')
    .replace(/^.*\/node_modules\//, '')
    .replace(/^.*\/dist\/(.*)\.js$/, '$1.ts');
}
