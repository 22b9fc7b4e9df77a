/**
 * The one place that meets protobufjs: decoded messages leave `src/wire` only as the types that stand beside each codec.
 * 64-bit fields become numbers; a value above 2^53 - 1 is refused by `safeInteger`, so no precision is lost silently.
 */
import './protobuf-settings.ts';
import { identity_diode } from './generated/messages.js';

export const messages = identity_diode.v1;

/** A decoded message whose byte fields alias `bytes`, or undefined where they are none. Never throws. */
export function decodeMessage<T>(type: { decode(reader: Uint8Array): T }, bytes: Uint8Array): T | undefined {
  try {
    return type.decode(bytes);
  } catch {
    return undefined;
  }
}

/** `value` as a non-negative safe integer, or undefined where it is none. */
export function safeInteger(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
