/** How the audit log calls a record that was framed: by its key, as consumers will see it, or by what identifies it else. */
import { sha256Hex } from '../src/crypto/digest.ts';
import { jwksKey } from '../src/identity/key.ts';
import { identityKey } from '../src/identity/snapshot-part.ts';
import type { WireRecord } from '../src/wire/record.ts';

export function recordName(record: WireRecord): string {
  switch (record.kind) {
    case 'delta':
    case 'member':
      return identityKey(record);
    case 'key-set':
      return jwksKey(record.issuer);
    case 'token':
      return `Token|${sha256Hex(record.jws)}`;
    case 'revocation': {
      const { issuer, target } = record;
      const [kind, name] = 'jti' in target ? ['jti', target.jti] : ['sub', target.subject];
      return `Revocation|${[issuer, kind, name].map(encodeURIComponent).join('|')}`;
    }
    default:
      return record.kind;
  }
}
