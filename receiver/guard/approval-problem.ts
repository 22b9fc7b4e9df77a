/** Why approvals do not hold, as an operator reads it. */
import { DiodeError } from '../../src/ops/diode-error.ts';
import type { ApprovalJudgement, ApprovalReason } from './approval.ts';

const SENTENCES: Readonly<Record<ApprovalReason, readonly [seen: string, cure: string]>> = {
  'approval-form': ['is no approval', 'Give the file that `diode-receiver approve` wrote, unchanged.'],
  'approver-unknown': ['is signed with a key that no approver has', 'Add the key to `approvers` in config.yaml.'],
  'approval-signature': ['has a signature that does not hold', 'It was changed: ask the approver for it again.'],
  'approval-other-stream': ['is for another stream or boundary', 'Ask for an approval of this one.'],
  'approval-other-action': ['approves another action', 'Ask for an approval of this action.'],
  'approval-other-digest': ['approves something else', 'What is held changed, or another was meant: ask anew.'],
  'approval-too-long': ['holds for more than seven days', 'Ask for one that ends sooner.'],
  'approval-not-yet': ['was signed in the future', "Compare the approver's clock with this machine's."],
  'approval-expired': ['has expired', 'Ask the approver to sign anew.'],
  'approval-same-person': ['is by a person who is among them already', 'Two different persons must approve.'],
  'approvals-missing': [
    '',
    'Ask as many persons of `approvers` in config.yaml as `approvals` there says; `approver-key` makes a key for one.',
  ],
};

/** Throws DiodeError `approval-refused` where they do not hold; the persons. `names`: of the texts, such as their files. */
export function requireApproved(judgement: ApprovalJudgement, names: readonly string[]): readonly string[] {
  if (judgement.outcome === 'approved') return judgement.persons;
  const { seen, cure } = describeRefusal(judgement, names);
  throw new DiodeError('approval-refused', seen, cure);
}

export function describeRefusal(
  { reason, at }: Extract<ApprovalJudgement, { readonly outcome: 'refused' }>,
  names: readonly string[],
): { readonly seen: string; readonly cure: string } {
  const [what, cure] = SENTENCES[reason];
  if (at === undefined) return { seen: `${names.length} approvals were given, and more are needed.`, cure };
  return { seen: `${names[at] ?? `Approval ${at + 1}`} ${what}.`, cure };
}
