import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface KafkaCertificates {
  readonly caFile: string;
  /** Private key (PKCS#8) and certificate in one file, as Kafka's PEM key store wants it. */
  readonly keyAndCertificateFile: string;
}

/** A throwaway CA and one server certificate for `host` (an IP address) in `folder`, made with openssl. */
export async function createKafkaCertificates(
  folder: string,
  { host = '127.0.0.1', prefix = '' } = {},
): Promise<KafkaCertificates> {
  const at = (name: string) => `${folder}/${prefix}${name}`;
  const key = (name: string) => ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', at(name)];
  const request = ['req', '-x509', '-days', '2', ...key('ca.key')];
  await run('openssl', [...request, '-subj', '/CN=throwaway test CA', '-out', at('ca.pem')]);
  const issued = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-addext', `subjectAltName=IP:${host},DNS:localhost`];
  const leaf = ['req', '-x509', '-days', '2', ...key('server.key'), '-subj', `/CN=${host}`];
  // An end-entity certificate: `req -x509` would mark it as a CA otherwise.
  await run('openssl', [...leaf, ...issued, '-addext', 'basicConstraints=critical,CA:FALSE', '-out', at('server.crt')]);
  const parts = await Promise.all([readFile(at('server.key')), readFile(at('server.crt'))]);
  await writeFile(at('server.pem'), Buffer.concat(parts), { mode: 0o600 });
  return { caFile: at('ca.pem'), keyAndCertificateFile: at('server.pem') };
}
