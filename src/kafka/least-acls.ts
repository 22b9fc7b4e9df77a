export interface AclTopic {
  readonly name: string;
  /** The program publishes to it. */
  readonly written: boolean;
  /** The program reads it: progress, what state is rebuilt from, a source. */
  readonly read: boolean;
}

export interface LeastAclsOptions {
  readonly program: 'diode-receiver' | 'diode-sender';
  readonly boundaryTopics: readonly AclTopic[];
  /** Of a program that publishes. */
  readonly transactionalId?: string;
  /** Of a program that consumes as a group; reading back needs none. */
  readonly groupId?: string;
  /** As Kafka names it, such as `User:diode-receiver` or `User:CN=diode-receiver`. */
  readonly principal: string;
  /** Lets the program create its topics. */
  readonly mayCreate?: boolean;
}

/**
 * The kafka-acls.sh lines that allow `principal` what the program does and nothing more, after a comment that names
 * the program. Literal names throughout, so that no later topic falls under them. No IdempotentWrite on the cluster:
 * brokers since 2.8 take Write on a topic for it.
 */
export function leastAcls(options: LeastAclsOptions): string[] {
  const { program, boundaryTopics, transactionalId, groupId, principal, mayCreate = false } = options;
  const allow = (resource: string, operations: readonly string[]) => {
    const flags = operations.map((operation) => ` --operation ${operation}`).join('');
    const who = `--allow-principal ${shellQuoted(principal)}`;
    return `kafka-acls.sh --bootstrap-server BROKER --add ${who}${flags} ${resource}`;
  };
  const lines = boundaryTopics.map(({ name, written, read }) => {
    // Create on the topic's own name, rather than on the cluster, allows that topic alone.
    const optional = [...(written ? ['Write'] : []), ...(read ? ['Read'] : []), ...(mayCreate ? ['Create'] : [])];
    return allow(`--topic ${shellQuoted(name)}`, ['Describe', 'DescribeConfigs', ...optional]);
  });
  if (transactionalId !== undefined) {
    lines.push(allow(`--transactional-id ${shellQuoted(transactionalId)}`, ['Describe', 'Write']));
  }
  if (groupId !== undefined) lines.push(allow(`--group ${shellQuoted(groupId)}`, ['Read']));
  return [`# ${program}: the least that it needs`, ...lines];
}

/** Unquoted where the shell takes it as it is. */
function shellQuoted(text: string): string {
  return /^[\w.:=@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
