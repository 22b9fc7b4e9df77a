import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { projectRoot } from './project-root.ts';

const run = promisify(execFile);

/**
 * The folder of Apache Kafka's jars, fetched from Maven Central by `.ci/install jars` where they are missing
 * (about 15 s, once). Its name carries the pom's digest, as `.ci/install` computes it.
 */
export async function kafkaJars(): Promise<string> {
  const pom = await readFile(`${projectRoot}bench/support/kafka/pom.xml`);
  const digest = createHash('sha256').update(pom).digest('hex').slice(0, 12);
  const folder = `${projectRoot}.cache/kafka/libs-${digest}`;
  const complete = await access(`${folder}/complete`).then(
    () => true,
    () => false,
  );
  if (!complete) await run(`${projectRoot}.ci/install`, ['jars']);
  return folder;
}
