/** The process of `latency` on the isolated side: it reads as a consumer does, notes when, and measures the limit. */
import { setTimeout as delay } from 'node:timers/promises';
import { ensureTopics } from '../../../src/kafka/ensure-topics.ts';
import type { TopicSpec } from '../../../src/kafka/topic-spec.ts';
import { answerRequests } from '../../support/helper-process.ts';
import { type CommittedReader, openCommittedReader, type SeenRecord } from './committed-reader.ts';
import { type Floor, openFloor } from './floor.ts';
import { NumberedUsers } from './numbered-users.ts';
import { atEach, type Schedule } from './open-loop.ts';

const LOOK_MS = 20;

let users: NumberedUsers | undefined;
let reader: CommittedReader | undefined;
let floor: Floor | undefined;

const handlers = {
  /** Topics as the receiver would make them; those of the limit beside them. */
  async open(input: {
    brokers: string;
    seed: number;
    topics: readonly TopicSpec[];
    identity: string;
    folder: string;
    floorTopics: readonly TopicSpec[];
    floorIdentity: string;
  }) {
    const { brokers, topics, floorTopics } = input;
    await ensureTopics({ brokers, desired: [...topics, ...floorTopics], mayCreate: true });
    users = new NumberedUsers(input.seed);
    const partitions = topics.find(({ name }) => name === input.identity)?.partitionCount ?? 1;
    reader = await openCommittedReader(brokers, input.identity, partitions);
    floor = await openFloor({ brokers, topic: input.floorIdentity, folder: input.folder });
  },

  /** The limit, at these times; milliseconds of each. */
  async floor(input: { schedule: Schedule }) {
    const tookMs: number[] = [];
    await atEach(input.schedule, async (index) => {
      tookMs.push((await opened(floor).step(opened(users).value(index))) ?? 0);
    });
    return tookMs;
  },

  /** When each of these users was read, by number: waits for all. What is wrong with them is said. */
  async collect(input: { from: number; count: number; timeoutMs: number }) {
    const expected = opened(users);
    expected.expect(input.from, input.count);
    const atUs = new Map<number, number>();
    const faults: string[] = [];
    const endMs = performance.now() + input.timeoutMs;
    while (atUs.size < input.count && performance.now() < endMs) {
      for (const seen of opened(reader).take()) {
        const number = expected.numberOf(seen.key);
        const fault = faultOf(seen, number, input, expected, atUs);
        if (fault !== undefined) faults.push(fault);
        else atUs.set(number as number, seen.atUs);
      }
      await delay(LOOK_MS);
    }
    if (atUs.size < input.count) faults.push(`${atUs.size} of ${input.count} records arrived`);
    const times = Array.from({ length: input.count }, (_, index) => atUs.get(input.from + index) ?? null);
    return { times, faults: faults.slice(0, 5) };
  },

  async close() {
    await reader?.close();
    await floor?.close();
    [users, reader, floor] = [undefined, undefined, undefined];
  },
};

export type FarSide = typeof handlers;

// Imported for its type, it is not the helper.
if (process.send !== undefined) answerRequests(handlers);

function faultOf(
  { key, value }: SeenRecord,
  number: number | undefined,
  { from, count }: { readonly from: number; readonly count: number },
  expected: NumberedUsers,
  atUs: ReadonlyMap<number, number>,
): string | undefined {
  if (number === undefined || number < from || number >= from + count) return `a record that nobody waits for: ${key}`;
  if (atUs.has(number)) return `${key} arrived twice`;
  return value?.toString('utf8') === expected.value(number) ? undefined : `${key} has another value`;
}

function opened<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('open comes first');
  return part;
}
