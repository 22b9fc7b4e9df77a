/** How the audit log calls a record that was framed: by its key, as consumers will see it, or by what identifies it else. */
import { sha256Hex } from '../../src/crypto/digest.ts';
import { jwksKey, statusKey } from '../../src/identity/key.ts';
import { identityKey } from '../../src/identity/snapshot-part.ts';
import { revocationTarget, type WireRecord } from '../../src/wire/record.ts';
import { unverifiedClaims } from './unverified-claims.ts';

/** As the lines of a source call them. */
const AUDITED_FORMS = { jti: 'jti', subject: 'sub', key: 'kid', everyone: 'all' } as const;

export function recordName(record: WireRecord): string {
  switch (record.kind) {
    case 'delta':
    case 'member':
      return identityKey(record);
    case 'key-set':
      return jwksKey(record.issuer);
    case 'token':
      return tokenName(record.jws);
    case 'revocation': {
      const { form, name } = revocationTarget(record.target);
      return `Revocation|${[record.issuer, AUDITED_FORMS[form], name].map(encodeURIComponent).join('|')}`;
    }
    case 'status':
      return statusKey(record.issuer);
    default:
      return record.kind;
  }
}

/** By both that `audit search --token` takes; by the digest alone where the `jti` is none that a receiver takes. */
function tokenName(jws: string): string {
  const jti = unverifiedClaims(jws)?.jti ?? '';
  const name = `Token|${sha256Hex(jws)}`;
  return PRINTABLE.test(jti) ? `${name}|${encodeURIComponent(jti)}` : name;
}

const PRINTABLE = /^[\x21-\x7e]+$/;
