/**
 * A key on a PKCS#11 token: a smart card, an HSM, or SoftHSM. The key stays there. Each call lasts as long as the token's library
 * takes, so only a process that has nothing else to do makes them: token-host.ts.
 */
import { createHash, type KeyObject } from 'node:crypto';
import type { Pkcs11Config, SigningAlgorithm } from '../config/signer-config.ts';
import { SIGNER_LIMITS } from '../limits.ts';
import { DiodeError } from '../ops/diode-error.ts';
import { CK, type Cryptoki, type CryptokiMechanism, errorCode, errorName, loadCryptoki } from './pkcs11-module.ts';
import { ed25519Key, p256Key, rsaKey } from './pkcs11-public-key.ts';
import { PSS_SALT_BYTES, type PublicJwk, publicJwkOf } from './signer.ts';
import type { TokenLogin } from './token-login.ts';

interface Place {
  readonly cryptoki: Cryptoki;
  readonly config: Pkcs11Config;
  readonly algorithm: SigningAlgorithm;
  readonly login: TokenLogin;
}

interface OpenKey {
  readonly session: Buffer;
  readonly privateKey: Buffer;
}

export interface Pkcs11Key {
  readonly publicJwk: PublicJwk;
  /** Throws DiodeError `signer-…`. Another try may succeed, since a token may be back: it logs in anew. */
  sign(bytes: Uint8Array): Uint8Array;
  close(): void;
}

/** Throws what the PIN's source does, and DiodeError `signer-module`, `signer-token`, `signer-pin`, `signer-key` or `signer-mechanism`. */
export function openPkcs11Key(config: Pkcs11Config, algorithm: SigningAlgorithm, login: TokenLogin): Pkcs11Key {
  const place = { cryptoki: loadCryptoki(config.module), config, algorithm, login };
  let open: OpenKey | undefined = openKey(place);
  const close = () => {
    if (open !== undefined) closeSession(place, open);
    open = undefined;
  };
  try {
    const publicJwk = publicJwkAt(place, open);
    return {
      publicJwk,
      sign(bytes) {
        try {
          open ??= openKey(place);
          return signWith(place, open, bytes);
        } catch (error) {
          // A token that was pulled or restarted knows its session no longer.
          close();
          throw error instanceof DiodeError ? error : translate(place, error);
        }
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

function openKey(place: Place): OpenKey {
  const { cryptoki, config } = place;
  const slot = findSlot(place);
  requireMechanism(place, slot);
  let session: Buffer;
  try {
    session = cryptoki.C_OpenSession(slot, CK.CKF_SERIAL_SESSION);
  } catch (error) {
    throw translate(place, error);
  }
  try {
    place.login.logIn(cryptoki, { slot, session });
    const privateKey = findKeys(place, session, CK.CKO_PRIVATE_KEY).find((key) => isOfType(place, session, key));
    if (privateKey === undefined) throw noKey(place, session, 'private');
    return { session, privateKey };
  } catch (error) {
    closeSession(place, { session });
    throw error instanceof DiodeError ? error : translate(place, error, config.label);
  }
}

function findSlot({ cryptoki, config }: Place): Buffer {
  const labels: string[] = [];
  for (const slot of cryptoki.C_GetSlotList(true)) {
    const label = tokenLabel(cryptoki, slot);
    if (label === config.token) return slot;
    if (label !== undefined && label !== '') labels.push(JSON.stringify(label));
  }
  const found = labels.length === 0 ? 'it sees none' : `it sees ${labels.join(', ')}`;
  throw new DiodeError(
    'signer-token',
    `The library ${config.module} sees no token with the label ${JSON.stringify(config.token)}: ${found}.`,
    'Plug the token in, or name the label of one that is there.',
  );
}

/** Undefined for a slot that does not answer. */
function tokenLabel(cryptoki: Cryptoki, slot: Buffer): string | undefined {
  try {
    return cryptoki.C_GetTokenInfo(slot).label.replace(/[\0 ]+$/, '');
  } catch {
    return undefined;
  }
}

function requireMechanism({ cryptoki, config, algorithm }: Place, slot: Buffer): void {
  const { mechanism } = mechanismOf(algorithm);
  if (cryptoki.C_GetMechanismList(slot).includes(mechanism)) return;
  throw new DiodeError(
    'signer-mechanism',
    `The token ${JSON.stringify(config.token)} cannot sign ${algorithm}: it lacks the mechanism 0x${mechanism.toString(16)}.`,
    'Choose an algorithm that the token has; `pkcs11-tool --list-mechanisms` of OpenSC shows them.',
  );
}

function findKeys({ cryptoki, config }: Place, session: Buffer, objectClass: number): readonly Buffer[] {
  cryptoki.C_FindObjectsInit(session, [
    { type: CK.CKA_CLASS, value: objectClass },
    { type: CK.CKA_LABEL, value: config.label },
  ]);
  try {
    return cryptoki.C_FindObjects(session, SIGNER_LIMITS.maxObjects);
  } finally {
    cryptoki.C_FindObjectsFinal(session);
  }
}

function isOfType({ cryptoki, algorithm }: Place, session: Buffer, key: Buffer): boolean {
  const [found] = cryptoki.C_GetAttributeValue(session, key, [{ type: CK.CKA_KEY_TYPE }]);
  const value = found?.value as Buffer | undefined;
  // CK_ULONG, little-endian on every platform that Node runs on; its first four bytes hold every key type.
  return value?.readUInt32LE(0) === keyTypeOf(algorithm);
}

function publicJwkAt(place: Place, { session, privateKey }: OpenKey): PublicJwk {
  const { config, algorithm } = place;
  const isRsa = keyTypeOf(algorithm) === CK.CKK_RSA;
  // An RSA private key has its modulus; the point of the others stands in the public key alone.
  const published = findKeys(place, session, CK.CKO_PUBLIC_KEY).find((key) => isOfType(place, session, key));
  const holder = published ?? (isRsa ? privateKey : undefined);
  if (holder === undefined) throw noKey(place, session, 'public');
  const key = readPublicKey(place, session, holder);
  const jwk = key && publicJwkOf(key, algorithm);
  if (jwk !== undefined) return jwk;
  throw new DiodeError(
    'signer-key',
    `The key ${JSON.stringify(config.label)} on the token ${JSON.stringify(config.token)} has a curve or length that ${algorithm} does not take.`,
    'EdDSA takes Ed25519, ES256 takes P-256, PS256 and RS256 take RSA from 2048 bits.',
  );
}

function readPublicKey({ cryptoki, algorithm }: Place, session: Buffer, key: Buffer): KeyObject | undefined {
  const read = (type: number): Buffer =>
    cryptoki.C_GetAttributeValue(session, key, [{ type }])[0]?.value as unknown as Buffer;
  switch (algorithm) {
    case 'EdDSA':
      return ed25519Key(read(CK.CKA_EC_POINT));
    case 'ES256':
      return p256Key(read(CK.CKA_EC_PARAMS), read(CK.CKA_EC_POINT));
    default:
      return rsaKey(read(CK.CKA_MODULUS), read(CK.CKA_PUBLIC_EXPONENT));
  }
}

function signWith({ cryptoki, algorithm }: Place, open: OpenKey, bytes: Uint8Array): Uint8Array {
  cryptoki.C_SignInit(open.session, mechanismOf(algorithm), open.privateKey);
  const input = algorithm === 'ES256' ? createHash('sha256').update(bytes).digest() : Buffer.from(bytes);
  return cryptoki.C_Sign(open.session, input, Buffer.alloc(SIGNER_LIMITS.maxSignatureBytes));
}

/** CKM_ECDSA takes the digest, so that tokens without CKM_ECDSA_SHA256 serve; its r ‖ s is the form of RFC 7518 §3.4. */
function mechanismOf(algorithm: SigningAlgorithm): CryptokiMechanism {
  switch (algorithm) {
    case 'EdDSA':
      return { mechanism: CK.CKM_EDDSA };
    case 'ES256':
      return { mechanism: CK.CKM_ECDSA };
    case 'RS256':
      return { mechanism: CK.CKM_SHA256_RSA_PKCS };
    case 'PS256': {
      const parameter = { hashAlg: CK.CKM_SHA256, mgf: CK.CKG_MGF1_SHA256, saltLen: PSS_SALT_BYTES };
      return { mechanism: CK.CKM_SHA256_RSA_PKCS_PSS, parameter: { type: CK.PARAMS_RSA_PSS, ...parameter } };
    }
  }
}

function keyTypeOf(algorithm: SigningAlgorithm): number {
  if (algorithm === 'EdDSA') return CK.CKK_EC_EDWARDS;
  return algorithm === 'ES256' ? CK.CKK_EC : CK.CKK_RSA;
}

function noKey(place: Place, session: Buffer, half: 'private' | 'public'): DiodeError {
  const { config, algorithm } = place;
  const objectClass = half === 'private' ? CK.CKO_PRIVATE_KEY : CK.CKO_PUBLIC_KEY;
  const isOther = findKeys(place, session, objectClass).length > 0;
  const label = JSON.stringify(config.label);
  const what = isOther ? `a ${half} key ${label} of another type than ${algorithm} needs` : `no ${half} key ${label}`;
  return new DiodeError(
    'signer-key',
    `The token ${JSON.stringify(config.token)} has ${what}.`,
    'Name the label under which both halves of the key pair lie; `pkcs11-tool --list-objects` of OpenSC shows them.',
  );
}

function translate({ config, algorithm }: Place, error: unknown, label = config.label): DiodeError {
  const code = errorCode(error);
  const token = JSON.stringify(config.token);
  if (code === CK.CKR_MECHANISM_INVALID || code === CK.CKR_KEY_TYPE_INCONSISTENT) {
    const seen = `The token ${token} does not sign ${algorithm} with the key ${JSON.stringify(label)} (${errorName(error)}).`;
    return new DiodeError('signer-mechanism', seen, 'Choose the algorithm that fits the key.', { cause: error });
  }
  if (code === CK.CKR_KEY_FUNCTION_NOT_PERMITTED) {
    const seen = `The key ${JSON.stringify(label)} on the token ${token} may not sign.`;
    return new DiodeError('signer-key', seen, 'Make a key with CKA_SIGN, or name another.', { cause: error });
  }
  const seen = `The token ${token} did not sign (${errorName(error)}).`;
  return new DiodeError('signer-failed', seen, 'See whether it is plugged in and answers; it is tried again.', {
    cause: error,
  });
}

function closeSession({ cryptoki }: Place, { session }: Pick<OpenKey, 'session'>): void {
  try {
    cryptoki.C_CloseSession(session);
  } catch {
    // It is gone with the token.
  }
}
