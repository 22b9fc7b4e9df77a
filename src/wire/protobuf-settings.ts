/** Must run before the generated code, which looks at `util.Long` while it loads. */
import protobuf from 'protobufjs/minimal.js';
import { WIRE_LIMITS } from '../limits.ts';

protobuf.util.Long = undefined as never;
protobuf.configure();
protobuf.util.recursionLimit = WIRE_LIMITS.maxProtobufDepth;
protobuf.Reader.recursionLimit = WIRE_LIMITS.maxProtobufDepth;
