/** Where everything lies in DIR, the directory that each command takes first. */
import { join, resolve } from 'node:path';

export type Program = 'diode-sender' | 'diode-receiver';

export interface DirectoryLayout {
  readonly program: Program;
  readonly directory: string;
  readonly config: string;
  readonly keys: string;
  readonly signingKey: string;
  /** While a sender's is changed: the one that follows, its card, and which key has taken over. */
  readonly nextSigningKey: string;
  readonly nextCard: string;
  readonly keyInUse: string;
  readonly agreementKey: string;
  /** Signs the audit logs' checkpoints. */
  readonly auditKey: string;
  /** This side's own card, public. */
  readonly card: string;
  /** The other side's cards. */
  readonly trusted: string;
  /** The root of trust that people pinned, and what was adopted after it by signatures; without a root, cards rule. */
  readonly trustRoot: string;
  readonly trust: string;
  /** What a sender carries for its receivers, who alone judge it. */
  readonly carriedTrust: string;
  readonly trustLock: string;
  /** What the program writes. */
  readonly data: string;
  readonly store: string;
  /** The program's audit log, a directory. */
  readonly audit: string;
  /** That of operators' commands: they run beside `run`, and a log has one writer. */
  readonly commandAudit: string;
  /** What stood in place of the two above before they were Merkle logs: files of lines. */
  readonly oldAuditLog: string;
  readonly oldCommandLog: string;
  readonly rejectFile: string;
  readonly runLock: string;
  readonly commandLock: string;
  /** Where the running program's ops endpoint is. */
  readonly runFile: string;
  /** What operators' commands ask of the program, see src/ops/request-inbox.ts. */
  readonly requests: string;
  /** Lines of reverts that are not sent yet (sender). */
  readonly reverts: string;
  /** Records of bundles on media, and evidence of them to print. */
  readonly bundles: string;
  /** Which frames were exported (sender). */
  readonly exported: string;
  readonly exportLock: string;
  /** Bundles that a running receiver is to take in, verified. */
  readonly imports: string;
  readonly importLock: string;
}

export function directoryLayout(program: Program, directory: string): DirectoryLayout {
  const root = resolve(directory);
  const side = program === 'diode-sender' ? 'sender' : 'receiver';
  const data = join(root, 'data');
  return {
    program,
    directory: root,
    config: join(root, 'config.yaml'),
    keys: join(root, 'keys'),
    signingKey: join(root, 'keys', 'signing.key'),
    nextSigningKey: join(root, 'keys', 'signing-next.key'),
    nextCard: join(root, `${side}-card-next.json`),
    keyInUse: join(data, 'trust', 'key-in-use'),
    agreementKey: join(root, 'keys', 'agreement.key'),
    auditKey: join(root, 'keys', 'audit.key'),
    card: join(root, `${side}-card.json`),
    trusted: join(root, 'trusted'),
    trustRoot: join(root, 'root.json'),
    trust: join(data, 'trust'),
    carriedTrust: join(data, 'trust', 'carried.jsonl'),
    trustLock: join(data, 'trust.lock'),
    data,
    store: join(data, `${side}.db`),
    audit: join(data, 'audit', 'program'),
    commandAudit: join(data, 'audit', 'commands'),
    oldAuditLog: join(data, 'audit.log'),
    oldCommandLog: join(data, 'commands.log'),
    rejectFile: join(data, 'rejected.jsonl'),
    runLock: join(data, 'run.lock'),
    commandLock: join(data, 'commands.lock'),
    runFile: join(data, 'run.json'),
    requests: join(data, 'requests'),
    reverts: join(data, 'reverts'),
    bundles: join(data, 'bundles'),
    exported: join(data, 'bundles', 'exported.json'),
    exportLock: join(data, 'media.lock'),
    imports: join(data, 'imports'),
    importLock: join(data, 'import.lock'),
  };
}
