/** When a scenario's faults strike, and the operators who put right what does not mend itself. */
import { progressRecord } from '../../receiver/publish/kafka-records.ts';
import { emptyProgress } from '../../receiver/publish/progress.ts';
import { transactionalId } from '../../receiver/publish/topics.ts';
import type { Interruption } from './interruption.ts';
import type { DiskImage } from './model-disk.ts';
import type { ProgramLife } from './program-life.ts';
import type { NodeFaults } from './scenario.ts';
import type { World } from './simulation.ts';
import { BOUNDARY, STREAM } from './site.ts';
import { EMPTY_STREAM, type StreamMark } from './stream-ledger.ts';
import { TOPICS } from './topic-ledger.ts';

export interface FaultSchedule {
  /** No fault strikes any more, and everything that an operator can mend is mended. */
  end(): void;
}

const OPERATOR_MS = 5_000;

export function scheduleFaults(world: World): FaultSchedule {
  const { time, scenario, link, sender, receiver } = world;
  let isOver = false;
  const strike = ({ atMs, forMs }: Interruption, begin: () => void, end: () => void = () => undefined) => {
    time.at(atMs, () => (isOver ? undefined : begin()));
    // What has begun ends by itself, also when nothing new begins any more.
    time.at(atMs + forMs, end);
  };
  link.faults = scenario.faults;
  for (const outage of scenario.outages) {
    strike(
      outage,
      () => {
        link.isDown = true;
      },
      () => {
        link.isDown = false;
      },
    );
  }
  for (const [life, faults] of [
    [sender.life, scenario.sender],
    [receiver.life, scenario.receiver],
  ] as const) {
    scheduleMachine(world, life, faults, strike);
  }
  scheduleBroker(world, strike);
  scheduleRestore(world);
  // Somebody looks after a receiver that a standby pushed aside.
  const look = () => {
    if (receiver.isFenced) receiver.life.crash({ forMs: 1_000 });
    time.after(OPERATOR_MS, look);
  };
  time.after(OPERATOR_MS, look);
  return {
    end: () => {
      isOver = true;
      link.isDown = false;
      world.broker.isDown = false;
      world.broker.missingTopics.clear();
      for (const life of [sender.life, receiver.life]) {
        life.isFragile = false;
        life.clockErrorMs = 0;
        life.disk.isFull = false;
        life.disk.freeBytes = 1e12;
        // An image may have been taken while it was paused.
        life.requests.ask('resume', undefined);
      }
    },
  };
}

type Strike = (interruption: Interruption, begin: () => void, end?: () => void) => void;

function scheduleMachine(world: World, life: ProgramLife, faults: NodeFaults, strike: Strike): void {
  for (const crash of faults.crashes) {
    strike({ ...crash, forMs: 0 }, () => {
      world.count('crash');
      life.crash(crash);
    });
  }
  for (const jump of faults.clockJumps) {
    strike(
      jump,
      () => {
        world.count('clock-jump');
        life.clockErrorMs = jump.byMs;
      },
      () => {
        life.clockErrorMs = 0;
      },
    );
  }
  for (const full of faults.disk.full) {
    strike(
      full,
      () => {
        world.count('disk-full');
        life.disk.isFull = true;
        life.disk.freeBytes = full.isForeseen ? 0 : 1e12;
      },
      () => {
        life.disk.isFull = false;
        life.disk.freeBytes = 1e12;
      },
    );
  }
}

function scheduleBroker({ broker, scenario, count }: World, strike: Strike): void {
  const { outages, missing, otherStreams, standbys, compactions } = scenario.broker;
  for (const outage of outages) {
    strike(
      outage,
      () => {
        count('kafka-outage');
        broker.isDown = true;
      },
      () => {
        broker.isDown = false;
      },
    );
  }
  for (const gone of missing) {
    strike(
      gone,
      () => {
        count('topic-missing');
        broker.missingTopics.add(TOPICS[gone.topic]);
      },
      () => broker.missingTopics.delete(TOPICS[gone.topic]),
    );
  }
  for (const other of otherStreams) {
    const progress = { ...emptyProgress(BOUNDARY, 'other'), epoch: 1 };
    let transaction: ReturnType<typeof broker.begin> | undefined;
    strike(
      other,
      () => {
        count('other-stream');
        transaction = broker.begin(transactionalId(BOUNDARY, 'other'), [progressRecord(TOPICS.progress, progress)]);
      },
      () => {
        if (transaction !== undefined) broker.end(transaction, other.isCommitted ? 'committed' : 'aborted');
      },
    );
  }
  for (const standby of standbys) {
    strike(standby, () => {
      count('standby');
      broker.fence(transactionalId(BOUNDARY, STREAM));
    });
  }
  for (const { atMs, forgetsTombstones } of compactions) {
    strike({ atMs, forMs: 0 }, () => {
      for (const topic of broker.topics) {
        if (topic === TOPICS.quarantine) continue;
        // Those of `tokens` are kept for longer than any token is good, so that no run outlasts them.
        broker.compact(topic, { forgetsTombstones: forgetsTombstones && topic !== TOPICS.tokens });
      }
    });
  }
}

function scheduleRestore(world: World): void {
  const { time, receiver, ledger, scenario, count } = world;
  const { restored } = scenario.receiver.disk;
  if (restored === undefined) return;
  let backup: { readonly image: DiskImage; readonly mark: StreamMark; readonly position: number } | undefined;
  const { imageAtMs, atMs } = restored;
  if (imageAtMs !== undefined) {
    time.at(imageAtMs, () => {
      const image = receiver.life.isRunning ? receiver.life.disk.image() : undefined;
      if (image !== undefined) backup = { image, mark: ledger.mark, position: receiver.knownPosition };
    });
  }
  time.at(atMs, () => {
    // A backup that was never taken cannot be restored.
    if (imageAtMs !== undefined && backup === undefined) return;
    receiver.wasRestored = true;
    count(backup === undefined ? 'disk-lost' : 'disk-restored');
    receiver.life.crash({ forMs: 500 }, () => {
      receiver.life.disk.replace(backup?.image);
      receiver.knownPosition = backup?.position ?? 0;
      ledger.handleRestored(backup?.mark ?? EMPTY_STREAM);
    });
  });
}
