/**
 * Checkpoints of the sender's audit log: on no topic, but remembered, and written into the receiver's own log. One that does
 * not fit to what was witnessed goes to quarantine, and is an alarm with both heads as evidence.
 */
import { senderLogOrigin } from '../../src/audit/log-origin.ts';
import type { CheckpointRecord } from '../../src/wire/record.ts';
import { formatRevision } from '../../src/wire/revision.ts';
import type { GroupLedger, Placed } from '../publish/group-ledger.ts';
import { judgeCheckpoint, unwitnessedRanges } from './log-witness.ts';

export function admitCheckpoint(placed: Placed<CheckpointRecord>, ledger: GroupLedger): void {
  const { record, frame, revision } = placed;
  const { previousSize, consistencyProof: proof, logKey } = record;
  const announced = { revision, note: Buffer.from(record.note).toString('utf8'), previousSize, proof, logKey };
  const judged = judgeCheckpoint(ledger.memory.witness, announced, senderLogOrigin(frame));
  switch (judged.verdict) {
    case 'refused':
      ledger.refuse(placed, { reason: 'checkpoint-note', detail: judged.detail });
      break;
    case 'known':
      ledger.supersede(placed);
      break;
    case 'rewritten': {
      const { known, found } = judged.rewrite;
      ledger.refuse(placed, { reason: 'log-rewritten' });
      if (!judged.isNew) break;
      ledger.memory.putWitness(judged.state);
      ledger.noteEvent({ event: 'sender-log-rewritten', known: known.note, found: found.note });
      break;
    }
    case 'witnessed': {
      const { state, head, restart } = judged;
      ledger.count(record, 'witnessed');
      ledger.memory.putWitness(state);
      if (restart !== undefined) {
        const { ended, begun } = restart;
        ledger.noteEvent({ event: 'sender-log-restarted', ended: ended.note, begun: begun.note });
      }
      const unwitnessed = unwitnessedRanges(state).map(([from, to]) => `${from}-${to}`);
      ledger.noteEvent({
        event: 'checkpoint-witnessed',
        revision: formatRevision(head.revision),
        size: head.size,
        root: head.root,
        ...(unwitnessed.length > 0 && { unwitnessed }),
      });
    }
  }
}
