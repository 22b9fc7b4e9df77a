/*eslint-disable block-scoped-var, id-length, no-control-regex, no-magic-numbers, no-mixed-operators, no-prototype-builtins, no-redeclare, no-shadow, no-var, sort-vars, default-case, jsdoc/require-param*/
import $protobuf from "protobufjs/minimal.js";

// Common aliases
const $Reader = $protobuf.Reader, $Writer = $protobuf.Writer, $util = $protobuf.util;
const $Object = $util.global.Object, $undefined = $util.global.undefined, $Error = $util.global.Error, $RangeError = $util.global.RangeError;

// Exported root namespace
const $root = $protobuf.roots["default"] || ($protobuf.roots["default"] = {});

export const identity_diode = $root.identity_diode = (() => {

    /**
     * Namespace identity_diode.
     * @exports identity_diode
     * @namespace
     */
    const identity_diode = {};

    identity_diode.v1 = (function() {

        /**
         * Namespace v1.
         * @memberof identity_diode
         * @namespace
         */
        const v1 = {};

        v1.Manifest = (function() {

            /**
             * Properties of a Manifest.
             * @typedef {Object} identity_diode.v1.Manifest.$Properties
             * @property {Uint8Array|null} [body] Manifest body
             * @property {Uint8Array|null} [signature] Manifest signature
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Manifest.
             * @memberof identity_diode.v1
             * @interface IManifest
             * @augments identity_diode.v1.Manifest.$Properties
             * @deprecated Use identity_diode.v1.Manifest.$Properties instead.
             */

            /**
             * Shape of a Manifest.
             * @typedef {identity_diode.v1.Manifest.$Properties} identity_diode.v1.Manifest.$Shape
             */

            /**
             * Constructs a new Manifest.
             * @memberof identity_diode.v1
             * @classdesc Represents a Manifest.
             * @constructor
             * @param {identity_diode.v1.Manifest.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Manifest = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Manifest body.
             * @member {Uint8Array} body
             * @memberof identity_diode.v1.Manifest
             * @instance
             */
            Manifest.prototype.body = $util.newBuffer([]);

            /**
             * Manifest signature.
             * @member {Uint8Array} signature
             * @memberof identity_diode.v1.Manifest
             * @instance
             */
            Manifest.prototype.signature = $util.newBuffer([]);

            /**
             * Creates a new Manifest instance using the specified properties.
             * @function create
             * @memberof identity_diode.v1.Manifest
             * @static
             * @param {identity_diode.v1.Manifest.$Properties=} [properties] Properties to set
             * @returns {identity_diode.v1.Manifest} Manifest instance
             * @type {{
             *   (properties: identity_diode.v1.Manifest.$Shape): identity_diode.v1.Manifest & identity_diode.v1.Manifest.$Shape;
             *   (properties?: identity_diode.v1.Manifest.$Properties): identity_diode.v1.Manifest;
             * }}
             */
            Manifest.create = function(properties) {
                return new Manifest(properties);
            };

            /**
             * Encodes the specified Manifest message. Does not implicitly {@link identity_diode.v1.Manifest.verify|verify} messages.
             * @function encode
             * @memberof identity_diode.v1.Manifest
             * @static
             * @param {identity_diode.v1.Manifest.$Properties} message Manifest message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Manifest.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.body != null && $Object.hasOwnProperty.call(message, "body") && message.body.length)
                    writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.body);
                if (message.signature != null && $Object.hasOwnProperty.call(message, "signature") && message.signature.length)
                    writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.signature);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Manifest message from the specified reader or buffer.
             * @function decode
             * @memberof identity_diode.v1.Manifest
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {identity_diode.v1.Manifest & identity_diode.v1.Manifest.$Shape} Manifest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Manifest.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.identity_diode.v1.Manifest();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.body = value;
                            else
                                delete message.body;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.signature = value;
                            else
                                delete message.signature;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Manifest;
        })();

        v1.ManifestBody = (function() {

            /**
             * Properties of a ManifestBody.
             * @typedef {Object} identity_diode.v1.ManifestBody.$Properties
             * @property {number|null} [version] ManifestBody version
             * @property {number|null} [suite] ManifestBody suite
             * @property {string|null} [boundary] ManifestBody boundary
             * @property {string|null} [stream] ManifestBody stream
             * @property {number|null} [number] ManifestBody number
             * @property {Uint8Array|null} [previousDigest] ManifestBody previousDigest
             * @property {number|null} [createdAtMs] ManifestBody createdAtMs
             * @property {Uint8Array|null} [keyId] ManifestBody keyId
             * @property {identity_diode.v1.Head.$Properties|null} [head] ManifestBody head
             * @property {identity_diode.v1.Head.$Properties|null} [previousEpoch] ManifestBody previousEpoch
             * @property {Array.<identity_diode.v1.FrameRun.$Properties>|null} [runs] ManifestBody runs
             * @property {number|null} [recordCount] ManifestBody recordCount
             * @property {number|null} [contentBytes] ManifestBody contentBytes
             * @property {Uint8Array|null} [contentDigest] ManifestBody contentDigest
             * @property {number|null} [cipherBytes] ManifestBody cipherBytes
             * @property {Array.<Uint8Array>|null} [receiverIds] ManifestBody receiverIds
             * @property {number|null} [dataVolumes] ManifestBody dataVolumes
             * @property {number|null} [spareVolumes] ManifestBody spareVolumes
             * @property {number|null} [segmentBytes] ManifestBody segmentBytes
             * @property {number|null} [segmentsPerFile] ManifestBody segmentsPerFile
             * @property {Array.<Uint8Array>|null} [segmentDigests] ManifestBody segmentDigests
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a ManifestBody.
             * @memberof identity_diode.v1
             * @interface IManifestBody
             * @augments identity_diode.v1.ManifestBody.$Properties
             * @deprecated Use identity_diode.v1.ManifestBody.$Properties instead.
             */

            /**
             * Shape of a ManifestBody.
             * @typedef {identity_diode.v1.ManifestBody.$Properties} identity_diode.v1.ManifestBody.$Shape
             */

            /**
             * Constructs a new ManifestBody.
             * @memberof identity_diode.v1
             * @classdesc Represents a ManifestBody.
             * @constructor
             * @param {identity_diode.v1.ManifestBody.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const ManifestBody = function (properties) {
                this.runs = [];
                this.receiverIds = [];
                this.segmentDigests = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * ManifestBody version.
             * @member {number} version
             * @memberof identity_diode.v1.ManifestBody
             * @instance
             */
            ManifestBody.prototype.version = 0;

            /**
             * ManifestBody suite.
             * @member {number} suite
             * @memberof identity_diode.v1.ManifestBody
             * @instance
             */
            ManifestBody.prototype.suite = 0;

            /**
             * ManifestBody boundary.
             * @member {string} boundary
             * @memberof identity_diode.v1.ManifestBody
             * @instance
             */
            ManifestBody.prototype.boundary = "";

            /**
             * ManifestBody stream.
             * @member {string} stream
             * @memberof identity_diode.v1.ManifestBody
             * @instance
             */
            ManifestBody.prototype.stream = "";

            /**
             * ManifestBody number.
             * @member {number} number
             * @memberof identity_diode.v1.ManifestBody
             * @instance
             */
            ManifestBody.prototype.number = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * ManifestBody previousDigest.
             * @member {Uint8Array} previousDigest
             * @memberof identity_diode.v1.ManifestBody
             * @instance
             */
            ManifestBody.prototype.previousDigest = $util.newBuffer([]);

            /**
             * ManifestBody createdAtMs.
             * @member {number} createdAtMs
             * @memberof identity_diode.v1.ManifestBody
             * @instance
             */
            ManifestBody.prototype.createdAtMs = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * ManifestBody keyId.
             * @member {Uint8Array} keyId
             * @memberof identity_diode.v1.ManifestBody
             * @instance
             */
            ManifestBody.prototype.keyId = $util.newBuffer([]);

            /**
             * ManifestBody head.
             * @member {identity_diode.v1.Head.$Properties|null|undefined} head
             * @memberof identity_diode.v1.ManifestBody
             * @instance
             */
            ManifestBody.prototype.head = null;

            /**
             * ManifestBody previousEpoch.
             * @member {identity_diode.v1.Head.$Properties|null|undefined} previousEpoch
             * @memberof identity_diode.v1.ManifestBody
             * @instance
             */
            ManifestBody.prototype.previousEpoch = null;

            /**
             * ManifestBody runs.
             * @member {Array.<identity_diode.v1.FrameRun.$Properties>} runs
             * @memberof identity_diode.v1.ManifestBody
             * @instance
             */
            ManifestBody.prototype.runs = $util.emptyArray;

            /**
             * ManifestBody recordCount.
             * @member {number} recordCount
             * @memberof identity_diode.v1.ManifestBody
             * @instance
             */
            ManifestBody.prototype.recordCount = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * ManifestBody contentBytes.
             * @member {number} contentBytes
             * @memberof identity_diode.v1.ManifestBody
             * @instance
             */
            ManifestBody.prototype.contentBytes = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * ManifestBody contentDigest.
             * @member {Uint8Array} contentDigest
             * @memberof identity_diode.v1.ManifestBody
             * @instance
             */
            ManifestBody.prototype.contentDigest = $util.newBuffer([]);

            /**
             * ManifestBody cipherBytes.
             * @member {number} cipherBytes
             * @memberof identity_diode.v1.ManifestBody
             * @instance
             */
            ManifestBody.prototype.cipherBytes = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * ManifestBody receiverIds.
             * @member {Array.<Uint8Array>} receiverIds
             * @memberof identity_diode.v1.ManifestBody
             * @instance
             */
            ManifestBody.prototype.receiverIds = $util.emptyArray;

            /**
             * ManifestBody dataVolumes.
             * @member {number} dataVolumes
             * @memberof identity_diode.v1.ManifestBody
             * @instance
             */
            ManifestBody.prototype.dataVolumes = 0;

            /**
             * ManifestBody spareVolumes.
             * @member {number} spareVolumes
             * @memberof identity_diode.v1.ManifestBody
             * @instance
             */
            ManifestBody.prototype.spareVolumes = 0;

            /**
             * ManifestBody segmentBytes.
             * @member {number} segmentBytes
             * @memberof identity_diode.v1.ManifestBody
             * @instance
             */
            ManifestBody.prototype.segmentBytes = 0;

            /**
             * ManifestBody segmentsPerFile.
             * @member {number} segmentsPerFile
             * @memberof identity_diode.v1.ManifestBody
             * @instance
             */
            ManifestBody.prototype.segmentsPerFile = 0;

            /**
             * ManifestBody segmentDigests.
             * @member {Array.<Uint8Array>} segmentDigests
             * @memberof identity_diode.v1.ManifestBody
             * @instance
             */
            ManifestBody.prototype.segmentDigests = $util.emptyArray;

            /**
             * Creates a new ManifestBody instance using the specified properties.
             * @function create
             * @memberof identity_diode.v1.ManifestBody
             * @static
             * @param {identity_diode.v1.ManifestBody.$Properties=} [properties] Properties to set
             * @returns {identity_diode.v1.ManifestBody} ManifestBody instance
             * @type {{
             *   (properties: identity_diode.v1.ManifestBody.$Shape): identity_diode.v1.ManifestBody & identity_diode.v1.ManifestBody.$Shape;
             *   (properties?: identity_diode.v1.ManifestBody.$Properties): identity_diode.v1.ManifestBody;
             * }}
             */
            ManifestBody.create = function(properties) {
                return new ManifestBody(properties);
            };

            /**
             * Encodes the specified ManifestBody message. Does not implicitly {@link identity_diode.v1.ManifestBody.verify|verify} messages.
             * @function encode
             * @memberof identity_diode.v1.ManifestBody
             * @static
             * @param {identity_diode.v1.ManifestBody.$Properties} message ManifestBody message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            ManifestBody.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.version != null && $Object.hasOwnProperty.call(message, "version") && message.version !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.version);
                if (message.suite != null && $Object.hasOwnProperty.call(message, "suite") && message.suite !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.suite);
                if (message.boundary != null && $Object.hasOwnProperty.call(message, "boundary") && message.boundary !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.boundary);
                if (message.stream != null && $Object.hasOwnProperty.call(message, "stream") && message.stream !== "")
                    writer.uint32(/* id 4, wireType 2 =*/34).string(message.stream);
                if (message.number != null && $Object.hasOwnProperty.call(message, "number") && (typeof message.number === "object" ? message.number.low || message.number.high : message.number !== 0))
                    writer.uint32(/* id 5, wireType 0 =*/40).uint64(message.number);
                if (message.previousDigest != null && $Object.hasOwnProperty.call(message, "previousDigest") && message.previousDigest.length)
                    writer.uint32(/* id 6, wireType 2 =*/50).bytes(message.previousDigest);
                if (message.createdAtMs != null && $Object.hasOwnProperty.call(message, "createdAtMs") && (typeof message.createdAtMs === "object" ? message.createdAtMs.low || message.createdAtMs.high : message.createdAtMs !== 0))
                    writer.uint32(/* id 7, wireType 0 =*/56).uint64(message.createdAtMs);
                if (message.keyId != null && $Object.hasOwnProperty.call(message, "keyId") && message.keyId.length)
                    writer.uint32(/* id 8, wireType 2 =*/66).bytes(message.keyId);
                if (message.head != null && $Object.hasOwnProperty.call(message, "head"))
                    $root.identity_diode.v1.Head.encode(message.head, writer.uint32(/* id 9, wireType 2 =*/74).fork(), _depth + 1).ldelim();
                if (message.previousEpoch != null && $Object.hasOwnProperty.call(message, "previousEpoch"))
                    $root.identity_diode.v1.Head.encode(message.previousEpoch, writer.uint32(/* id 10, wireType 2 =*/82).fork(), _depth + 1).ldelim();
                if (message.runs != null && message.runs.length)
                    for (let i = 0; i < message.runs.length; ++i)
                        $root.identity_diode.v1.FrameRun.encode(message.runs[i], writer.uint32(/* id 11, wireType 2 =*/90).fork(), _depth + 1).ldelim();
                if (message.recordCount != null && $Object.hasOwnProperty.call(message, "recordCount") && (typeof message.recordCount === "object" ? message.recordCount.low || message.recordCount.high : message.recordCount !== 0))
                    writer.uint32(/* id 12, wireType 0 =*/96).uint64(message.recordCount);
                if (message.contentBytes != null && $Object.hasOwnProperty.call(message, "contentBytes") && (typeof message.contentBytes === "object" ? message.contentBytes.low || message.contentBytes.high : message.contentBytes !== 0))
                    writer.uint32(/* id 13, wireType 0 =*/104).uint64(message.contentBytes);
                if (message.contentDigest != null && $Object.hasOwnProperty.call(message, "contentDigest") && message.contentDigest.length)
                    writer.uint32(/* id 14, wireType 2 =*/114).bytes(message.contentDigest);
                if (message.cipherBytes != null && $Object.hasOwnProperty.call(message, "cipherBytes") && (typeof message.cipherBytes === "object" ? message.cipherBytes.low || message.cipherBytes.high : message.cipherBytes !== 0))
                    writer.uint32(/* id 15, wireType 0 =*/120).uint64(message.cipherBytes);
                if (message.receiverIds != null && message.receiverIds.length)
                    for (let i = 0; i < message.receiverIds.length; ++i)
                        writer.uint32(/* id 16, wireType 2 =*/130).bytes(message.receiverIds[i]);
                if (message.dataVolumes != null && $Object.hasOwnProperty.call(message, "dataVolumes") && message.dataVolumes !== 0)
                    writer.uint32(/* id 17, wireType 0 =*/136).uint32(message.dataVolumes);
                if (message.spareVolumes != null && $Object.hasOwnProperty.call(message, "spareVolumes") && message.spareVolumes !== 0)
                    writer.uint32(/* id 18, wireType 0 =*/144).uint32(message.spareVolumes);
                if (message.segmentBytes != null && $Object.hasOwnProperty.call(message, "segmentBytes") && message.segmentBytes !== 0)
                    writer.uint32(/* id 19, wireType 0 =*/152).uint32(message.segmentBytes);
                if (message.segmentsPerFile != null && $Object.hasOwnProperty.call(message, "segmentsPerFile") && message.segmentsPerFile !== 0)
                    writer.uint32(/* id 20, wireType 0 =*/160).uint32(message.segmentsPerFile);
                if (message.segmentDigests != null && message.segmentDigests.length)
                    for (let i = 0; i < message.segmentDigests.length; ++i)
                        writer.uint32(/* id 21, wireType 2 =*/170).bytes(message.segmentDigests[i]);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a ManifestBody message from the specified reader or buffer.
             * @function decode
             * @memberof identity_diode.v1.ManifestBody
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {identity_diode.v1.ManifestBody & identity_diode.v1.ManifestBody.$Shape} ManifestBody
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            ManifestBody.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.identity_diode.v1.ManifestBody();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.version = value;
                            else
                                delete message.version;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.suite = value;
                            else
                                delete message.suite;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.boundary = value;
                            else
                                delete message.boundary;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.stream = value;
                            else
                                delete message.stream;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.number = value;
                            else
                                delete message.number;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.previousDigest = value;
                            else
                                delete message.previousDigest;
                            continue;
                        }
                    case 7: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.createdAtMs = value;
                            else
                                delete message.createdAtMs;
                            continue;
                        }
                    case 8: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.keyId = value;
                            else
                                delete message.keyId;
                            continue;
                        }
                    case 9: {
                            if (wireType !== 2)
                                break;
                            message.head = $root.identity_diode.v1.Head.decode(reader, reader.size(), $undefined, _depth + 1, message.head);
                            continue;
                        }
                    case 10: {
                            if (wireType !== 2)
                                break;
                            message.previousEpoch = $root.identity_diode.v1.Head.decode(reader, reader.size(), $undefined, _depth + 1, message.previousEpoch);
                            continue;
                        }
                    case 11: {
                            if (wireType !== 2)
                                break;
                            if (!(message.runs && message.runs.length))
                                message.runs = [];
                            message.runs.push($root.identity_diode.v1.FrameRun.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 12: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.recordCount = value;
                            else
                                delete message.recordCount;
                            continue;
                        }
                    case 13: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.contentBytes = value;
                            else
                                delete message.contentBytes;
                            continue;
                        }
                    case 14: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.contentDigest = value;
                            else
                                delete message.contentDigest;
                            continue;
                        }
                    case 15: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.cipherBytes = value;
                            else
                                delete message.cipherBytes;
                            continue;
                        }
                    case 16: {
                            if (wireType !== 2)
                                break;
                            if (!(message.receiverIds && message.receiverIds.length))
                                message.receiverIds = [];
                            message.receiverIds.push(reader.bytes());
                            continue;
                        }
                    case 17: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.dataVolumes = value;
                            else
                                delete message.dataVolumes;
                            continue;
                        }
                    case 18: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.spareVolumes = value;
                            else
                                delete message.spareVolumes;
                            continue;
                        }
                    case 19: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.segmentBytes = value;
                            else
                                delete message.segmentBytes;
                            continue;
                        }
                    case 20: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.segmentsPerFile = value;
                            else
                                delete message.segmentsPerFile;
                            continue;
                        }
                    case 21: {
                            if (wireType !== 2)
                                break;
                            if (!(message.segmentDigests && message.segmentDigests.length))
                                message.segmentDigests = [];
                            message.segmentDigests.push(reader.bytes());
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return ManifestBody;
        })();

        v1.FrameRun = (function() {

            /**
             * Properties of a FrameRun.
             * @typedef {Object} identity_diode.v1.FrameRun.$Properties
             * @property {number|null} [from] FrameRun from
             * @property {number|null} [to] FrameRun to
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a FrameRun.
             * @memberof identity_diode.v1
             * @interface IFrameRun
             * @augments identity_diode.v1.FrameRun.$Properties
             * @deprecated Use identity_diode.v1.FrameRun.$Properties instead.
             */

            /**
             * Shape of a FrameRun.
             * @typedef {identity_diode.v1.FrameRun.$Properties} identity_diode.v1.FrameRun.$Shape
             */

            /**
             * Constructs a new FrameRun.
             * @memberof identity_diode.v1
             * @classdesc Represents a FrameRun.
             * @constructor
             * @param {identity_diode.v1.FrameRun.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const FrameRun = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * FrameRun from.
             * @member {number} from
             * @memberof identity_diode.v1.FrameRun
             * @instance
             */
            FrameRun.prototype.from = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * FrameRun to.
             * @member {number} to
             * @memberof identity_diode.v1.FrameRun
             * @instance
             */
            FrameRun.prototype.to = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Creates a new FrameRun instance using the specified properties.
             * @function create
             * @memberof identity_diode.v1.FrameRun
             * @static
             * @param {identity_diode.v1.FrameRun.$Properties=} [properties] Properties to set
             * @returns {identity_diode.v1.FrameRun} FrameRun instance
             * @type {{
             *   (properties: identity_diode.v1.FrameRun.$Shape): identity_diode.v1.FrameRun & identity_diode.v1.FrameRun.$Shape;
             *   (properties?: identity_diode.v1.FrameRun.$Properties): identity_diode.v1.FrameRun;
             * }}
             */
            FrameRun.create = function(properties) {
                return new FrameRun(properties);
            };

            /**
             * Encodes the specified FrameRun message. Does not implicitly {@link identity_diode.v1.FrameRun.verify|verify} messages.
             * @function encode
             * @memberof identity_diode.v1.FrameRun
             * @static
             * @param {identity_diode.v1.FrameRun.$Properties} message FrameRun message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            FrameRun.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.from != null && $Object.hasOwnProperty.call(message, "from") && (typeof message.from === "object" ? message.from.low || message.from.high : message.from !== 0))
                    writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.from);
                if (message.to != null && $Object.hasOwnProperty.call(message, "to") && (typeof message.to === "object" ? message.to.low || message.to.high : message.to !== 0))
                    writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.to);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a FrameRun message from the specified reader or buffer.
             * @function decode
             * @memberof identity_diode.v1.FrameRun
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {identity_diode.v1.FrameRun & identity_diode.v1.FrameRun.$Shape} FrameRun
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            FrameRun.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.identity_diode.v1.FrameRun();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.from = value;
                            else
                                delete message.from;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.to = value;
                            else
                                delete message.to;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return FrameRun;
        })();

        v1.Hello = (function() {

            /**
             * Properties of a Hello.
             * @typedef {Object} identity_diode.v1.Hello.$Properties
             * @property {Uint8Array|null} [body] Hello body
             * @property {Uint8Array|null} [signature] Hello signature
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Hello.
             * @memberof identity_diode.v1
             * @interface IHello
             * @augments identity_diode.v1.Hello.$Properties
             * @deprecated Use identity_diode.v1.Hello.$Properties instead.
             */

            /**
             * Shape of a Hello.
             * @typedef {identity_diode.v1.Hello.$Properties} identity_diode.v1.Hello.$Shape
             */

            /**
             * Constructs a new Hello.
             * @memberof identity_diode.v1
             * @classdesc Represents a Hello.
             * @constructor
             * @param {identity_diode.v1.Hello.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Hello = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Hello body.
             * @member {Uint8Array} body
             * @memberof identity_diode.v1.Hello
             * @instance
             */
            Hello.prototype.body = $util.newBuffer([]);

            /**
             * Hello signature.
             * @member {Uint8Array} signature
             * @memberof identity_diode.v1.Hello
             * @instance
             */
            Hello.prototype.signature = $util.newBuffer([]);

            /**
             * Creates a new Hello instance using the specified properties.
             * @function create
             * @memberof identity_diode.v1.Hello
             * @static
             * @param {identity_diode.v1.Hello.$Properties=} [properties] Properties to set
             * @returns {identity_diode.v1.Hello} Hello instance
             * @type {{
             *   (properties: identity_diode.v1.Hello.$Shape): identity_diode.v1.Hello & identity_diode.v1.Hello.$Shape;
             *   (properties?: identity_diode.v1.Hello.$Properties): identity_diode.v1.Hello;
             * }}
             */
            Hello.create = function(properties) {
                return new Hello(properties);
            };

            /**
             * Encodes the specified Hello message. Does not implicitly {@link identity_diode.v1.Hello.verify|verify} messages.
             * @function encode
             * @memberof identity_diode.v1.Hello
             * @static
             * @param {identity_diode.v1.Hello.$Properties} message Hello message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Hello.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.body != null && $Object.hasOwnProperty.call(message, "body") && message.body.length)
                    writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.body);
                if (message.signature != null && $Object.hasOwnProperty.call(message, "signature") && message.signature.length)
                    writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.signature);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Hello message from the specified reader or buffer.
             * @function decode
             * @memberof identity_diode.v1.Hello
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {identity_diode.v1.Hello & identity_diode.v1.Hello.$Shape} Hello
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Hello.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.identity_diode.v1.Hello();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.body = value;
                            else
                                delete message.body;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.signature = value;
                            else
                                delete message.signature;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Hello;
        })();

        v1.HelloBody = (function() {

            /**
             * Properties of a HelloBody.
             * @typedef {Object} identity_diode.v1.HelloBody.$Properties
             * @property {number|null} [protocolVersion] HelloBody protocolVersion
             * @property {number|null} [suite] HelloBody suite
             * @property {string|null} [boundary] HelloBody boundary
             * @property {string|null} [stream] HelloBody stream
             * @property {number|null} [sessionNumber] HelloBody sessionNumber
             * @property {Uint8Array|null} [sessionId] HelloBody sessionId
             * @property {number|null} [counter] HelloBody counter
             * @property {number|null} [sentAtMs] HelloBody sentAtMs
             * @property {Uint8Array|null} [keyId] HelloBody keyId
             * @property {identity_diode.v1.LinkParameters.$Properties|null} [link] HelloBody link
             * @property {identity_diode.v1.Head.$Properties|null} [head] HelloBody head
             * @property {Array.<identity_diode.v1.SealedSecret.$Properties>|null} [sealed] HelloBody sealed
             * @property {identity_diode.v1.Head.$Properties|null} [previousEpoch] HelloBody previousEpoch
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a HelloBody.
             * @memberof identity_diode.v1
             * @interface IHelloBody
             * @augments identity_diode.v1.HelloBody.$Properties
             * @deprecated Use identity_diode.v1.HelloBody.$Properties instead.
             */

            /**
             * Shape of a HelloBody.
             * @typedef {identity_diode.v1.HelloBody.$Properties} identity_diode.v1.HelloBody.$Shape
             */

            /**
             * Constructs a new HelloBody.
             * @memberof identity_diode.v1
             * @classdesc Represents a HelloBody.
             * @constructor
             * @param {identity_diode.v1.HelloBody.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const HelloBody = function (properties) {
                this.sealed = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * HelloBody protocolVersion.
             * @member {number} protocolVersion
             * @memberof identity_diode.v1.HelloBody
             * @instance
             */
            HelloBody.prototype.protocolVersion = 0;

            /**
             * HelloBody suite.
             * @member {number} suite
             * @memberof identity_diode.v1.HelloBody
             * @instance
             */
            HelloBody.prototype.suite = 0;

            /**
             * HelloBody boundary.
             * @member {string} boundary
             * @memberof identity_diode.v1.HelloBody
             * @instance
             */
            HelloBody.prototype.boundary = "";

            /**
             * HelloBody stream.
             * @member {string} stream
             * @memberof identity_diode.v1.HelloBody
             * @instance
             */
            HelloBody.prototype.stream = "";

            /**
             * HelloBody sessionNumber.
             * @member {number} sessionNumber
             * @memberof identity_diode.v1.HelloBody
             * @instance
             */
            HelloBody.prototype.sessionNumber = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * HelloBody sessionId.
             * @member {Uint8Array} sessionId
             * @memberof identity_diode.v1.HelloBody
             * @instance
             */
            HelloBody.prototype.sessionId = $util.newBuffer([]);

            /**
             * HelloBody counter.
             * @member {number} counter
             * @memberof identity_diode.v1.HelloBody
             * @instance
             */
            HelloBody.prototype.counter = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * HelloBody sentAtMs.
             * @member {number} sentAtMs
             * @memberof identity_diode.v1.HelloBody
             * @instance
             */
            HelloBody.prototype.sentAtMs = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * HelloBody keyId.
             * @member {Uint8Array} keyId
             * @memberof identity_diode.v1.HelloBody
             * @instance
             */
            HelloBody.prototype.keyId = $util.newBuffer([]);

            /**
             * HelloBody link.
             * @member {identity_diode.v1.LinkParameters.$Properties|null|undefined} link
             * @memberof identity_diode.v1.HelloBody
             * @instance
             */
            HelloBody.prototype.link = null;

            /**
             * HelloBody head.
             * @member {identity_diode.v1.Head.$Properties|null|undefined} head
             * @memberof identity_diode.v1.HelloBody
             * @instance
             */
            HelloBody.prototype.head = null;

            /**
             * HelloBody sealed.
             * @member {Array.<identity_diode.v1.SealedSecret.$Properties>} sealed
             * @memberof identity_diode.v1.HelloBody
             * @instance
             */
            HelloBody.prototype.sealed = $util.emptyArray;

            /**
             * HelloBody previousEpoch.
             * @member {identity_diode.v1.Head.$Properties|null|undefined} previousEpoch
             * @memberof identity_diode.v1.HelloBody
             * @instance
             */
            HelloBody.prototype.previousEpoch = null;

            /**
             * Creates a new HelloBody instance using the specified properties.
             * @function create
             * @memberof identity_diode.v1.HelloBody
             * @static
             * @param {identity_diode.v1.HelloBody.$Properties=} [properties] Properties to set
             * @returns {identity_diode.v1.HelloBody} HelloBody instance
             * @type {{
             *   (properties: identity_diode.v1.HelloBody.$Shape): identity_diode.v1.HelloBody & identity_diode.v1.HelloBody.$Shape;
             *   (properties?: identity_diode.v1.HelloBody.$Properties): identity_diode.v1.HelloBody;
             * }}
             */
            HelloBody.create = function(properties) {
                return new HelloBody(properties);
            };

            /**
             * Encodes the specified HelloBody message. Does not implicitly {@link identity_diode.v1.HelloBody.verify|verify} messages.
             * @function encode
             * @memberof identity_diode.v1.HelloBody
             * @static
             * @param {identity_diode.v1.HelloBody.$Properties} message HelloBody message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            HelloBody.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.protocolVersion != null && $Object.hasOwnProperty.call(message, "protocolVersion") && message.protocolVersion !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.protocolVersion);
                if (message.suite != null && $Object.hasOwnProperty.call(message, "suite") && message.suite !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.suite);
                if (message.boundary != null && $Object.hasOwnProperty.call(message, "boundary") && message.boundary !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.boundary);
                if (message.stream != null && $Object.hasOwnProperty.call(message, "stream") && message.stream !== "")
                    writer.uint32(/* id 4, wireType 2 =*/34).string(message.stream);
                if (message.sessionNumber != null && $Object.hasOwnProperty.call(message, "sessionNumber") && (typeof message.sessionNumber === "object" ? message.sessionNumber.low || message.sessionNumber.high : message.sessionNumber !== 0))
                    writer.uint32(/* id 5, wireType 0 =*/40).uint64(message.sessionNumber);
                if (message.sessionId != null && $Object.hasOwnProperty.call(message, "sessionId") && message.sessionId.length)
                    writer.uint32(/* id 6, wireType 2 =*/50).bytes(message.sessionId);
                if (message.counter != null && $Object.hasOwnProperty.call(message, "counter") && (typeof message.counter === "object" ? message.counter.low || message.counter.high : message.counter !== 0))
                    writer.uint32(/* id 7, wireType 0 =*/56).uint64(message.counter);
                if (message.sentAtMs != null && $Object.hasOwnProperty.call(message, "sentAtMs") && (typeof message.sentAtMs === "object" ? message.sentAtMs.low || message.sentAtMs.high : message.sentAtMs !== 0))
                    writer.uint32(/* id 8, wireType 0 =*/64).uint64(message.sentAtMs);
                if (message.keyId != null && $Object.hasOwnProperty.call(message, "keyId") && message.keyId.length)
                    writer.uint32(/* id 9, wireType 2 =*/74).bytes(message.keyId);
                if (message.link != null && $Object.hasOwnProperty.call(message, "link"))
                    $root.identity_diode.v1.LinkParameters.encode(message.link, writer.uint32(/* id 10, wireType 2 =*/82).fork(), _depth + 1).ldelim();
                if (message.head != null && $Object.hasOwnProperty.call(message, "head"))
                    $root.identity_diode.v1.Head.encode(message.head, writer.uint32(/* id 11, wireType 2 =*/90).fork(), _depth + 1).ldelim();
                if (message.sealed != null && message.sealed.length)
                    for (let i = 0; i < message.sealed.length; ++i)
                        $root.identity_diode.v1.SealedSecret.encode(message.sealed[i], writer.uint32(/* id 12, wireType 2 =*/98).fork(), _depth + 1).ldelim();
                if (message.previousEpoch != null && $Object.hasOwnProperty.call(message, "previousEpoch"))
                    $root.identity_diode.v1.Head.encode(message.previousEpoch, writer.uint32(/* id 13, wireType 2 =*/106).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a HelloBody message from the specified reader or buffer.
             * @function decode
             * @memberof identity_diode.v1.HelloBody
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {identity_diode.v1.HelloBody & identity_diode.v1.HelloBody.$Shape} HelloBody
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            HelloBody.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.identity_diode.v1.HelloBody();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.protocolVersion = value;
                            else
                                delete message.protocolVersion;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.suite = value;
                            else
                                delete message.suite;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.boundary = value;
                            else
                                delete message.boundary;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.stream = value;
                            else
                                delete message.stream;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.sessionNumber = value;
                            else
                                delete message.sessionNumber;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.sessionId = value;
                            else
                                delete message.sessionId;
                            continue;
                        }
                    case 7: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.counter = value;
                            else
                                delete message.counter;
                            continue;
                        }
                    case 8: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.sentAtMs = value;
                            else
                                delete message.sentAtMs;
                            continue;
                        }
                    case 9: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.keyId = value;
                            else
                                delete message.keyId;
                            continue;
                        }
                    case 10: {
                            if (wireType !== 2)
                                break;
                            message.link = $root.identity_diode.v1.LinkParameters.decode(reader, reader.size(), $undefined, _depth + 1, message.link);
                            continue;
                        }
                    case 11: {
                            if (wireType !== 2)
                                break;
                            message.head = $root.identity_diode.v1.Head.decode(reader, reader.size(), $undefined, _depth + 1, message.head);
                            continue;
                        }
                    case 12: {
                            if (wireType !== 2)
                                break;
                            if (!(message.sealed && message.sealed.length))
                                message.sealed = [];
                            message.sealed.push($root.identity_diode.v1.SealedSecret.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 13: {
                            if (wireType !== 2)
                                break;
                            message.previousEpoch = $root.identity_diode.v1.Head.decode(reader, reader.size(), $undefined, _depth + 1, message.previousEpoch);
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return HelloBody;
        })();

        v1.LinkParameters = (function() {

            /**
             * Properties of a LinkParameters.
             * @typedef {Object} identity_diode.v1.LinkParameters.$Properties
             * @property {number|null} [symbolBytes] LinkParameters symbolBytes
             * @property {number|null} [repairPercent] LinkParameters repairPercent
             * @property {number|null} [rateBitsPerSecond] LinkParameters rateBitsPerSecond
             * @property {number|null} [helloIntervalMs] LinkParameters helloIntervalMs
             * @property {Array.<number>|null} [repeatAfterMs] LinkParameters repeatAfterMs
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a LinkParameters.
             * @memberof identity_diode.v1
             * @interface ILinkParameters
             * @augments identity_diode.v1.LinkParameters.$Properties
             * @deprecated Use identity_diode.v1.LinkParameters.$Properties instead.
             */

            /**
             * Shape of a LinkParameters.
             * @typedef {identity_diode.v1.LinkParameters.$Properties} identity_diode.v1.LinkParameters.$Shape
             */

            /**
             * Constructs a new LinkParameters.
             * @memberof identity_diode.v1
             * @classdesc Represents a LinkParameters.
             * @constructor
             * @param {identity_diode.v1.LinkParameters.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const LinkParameters = function (properties) {
                this.repeatAfterMs = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * LinkParameters symbolBytes.
             * @member {number} symbolBytes
             * @memberof identity_diode.v1.LinkParameters
             * @instance
             */
            LinkParameters.prototype.symbolBytes = 0;

            /**
             * LinkParameters repairPercent.
             * @member {number} repairPercent
             * @memberof identity_diode.v1.LinkParameters
             * @instance
             */
            LinkParameters.prototype.repairPercent = 0;

            /**
             * LinkParameters rateBitsPerSecond.
             * @member {number} rateBitsPerSecond
             * @memberof identity_diode.v1.LinkParameters
             * @instance
             */
            LinkParameters.prototype.rateBitsPerSecond = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * LinkParameters helloIntervalMs.
             * @member {number} helloIntervalMs
             * @memberof identity_diode.v1.LinkParameters
             * @instance
             */
            LinkParameters.prototype.helloIntervalMs = 0;

            /**
             * LinkParameters repeatAfterMs.
             * @member {Array.<number>} repeatAfterMs
             * @memberof identity_diode.v1.LinkParameters
             * @instance
             */
            LinkParameters.prototype.repeatAfterMs = $util.emptyArray;

            /**
             * Creates a new LinkParameters instance using the specified properties.
             * @function create
             * @memberof identity_diode.v1.LinkParameters
             * @static
             * @param {identity_diode.v1.LinkParameters.$Properties=} [properties] Properties to set
             * @returns {identity_diode.v1.LinkParameters} LinkParameters instance
             * @type {{
             *   (properties: identity_diode.v1.LinkParameters.$Shape): identity_diode.v1.LinkParameters & identity_diode.v1.LinkParameters.$Shape;
             *   (properties?: identity_diode.v1.LinkParameters.$Properties): identity_diode.v1.LinkParameters;
             * }}
             */
            LinkParameters.create = function(properties) {
                return new LinkParameters(properties);
            };

            /**
             * Encodes the specified LinkParameters message. Does not implicitly {@link identity_diode.v1.LinkParameters.verify|verify} messages.
             * @function encode
             * @memberof identity_diode.v1.LinkParameters
             * @static
             * @param {identity_diode.v1.LinkParameters.$Properties} message LinkParameters message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            LinkParameters.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.symbolBytes != null && $Object.hasOwnProperty.call(message, "symbolBytes") && message.symbolBytes !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.symbolBytes);
                if (message.repairPercent != null && $Object.hasOwnProperty.call(message, "repairPercent") && message.repairPercent !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.repairPercent);
                if (message.rateBitsPerSecond != null && $Object.hasOwnProperty.call(message, "rateBitsPerSecond") && (typeof message.rateBitsPerSecond === "object" ? message.rateBitsPerSecond.low || message.rateBitsPerSecond.high : message.rateBitsPerSecond !== 0))
                    writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.rateBitsPerSecond);
                if (message.helloIntervalMs != null && $Object.hasOwnProperty.call(message, "helloIntervalMs") && message.helloIntervalMs !== 0)
                    writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.helloIntervalMs);
                if (message.repeatAfterMs != null && message.repeatAfterMs.length)
                    writer.uint32(/* id 5, wireType 2 =*/42).uint32s(message.repeatAfterMs);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a LinkParameters message from the specified reader or buffer.
             * @function decode
             * @memberof identity_diode.v1.LinkParameters
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {identity_diode.v1.LinkParameters & identity_diode.v1.LinkParameters.$Shape} LinkParameters
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            LinkParameters.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.identity_diode.v1.LinkParameters();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.symbolBytes = value;
                            else
                                delete message.symbolBytes;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.repairPercent = value;
                            else
                                delete message.repairPercent;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.rateBitsPerSecond = value;
                            else
                                delete message.rateBitsPerSecond;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.helloIntervalMs = value;
                            else
                                delete message.helloIntervalMs;
                            continue;
                        }
                    case 5: {
                            if (wireType === 2) {
                                if (!(message.repeatAfterMs && message.repeatAfterMs.length))
                                    message.repeatAfterMs = [];
                                reader.uint32s(message.repeatAfterMs);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.repeatAfterMs && message.repeatAfterMs.length))
                                message.repeatAfterMs = [];
                            message.repeatAfterMs.push(reader.uint32());
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return LinkParameters;
        })();

        v1.Head = (function() {

            /**
             * Properties of a Head.
             * @typedef {Object} identity_diode.v1.Head.$Properties
             * @property {number|null} [epoch] Head epoch
             * @property {Uint8Array|null} [epochId] Head epochId
             * @property {number|null} [sequence] Head sequence
             * @property {Uint8Array|null} [digest] Head digest
             * @property {number|null} [oldestSequence] Head oldestSequence
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Head.
             * @memberof identity_diode.v1
             * @interface IHead
             * @augments identity_diode.v1.Head.$Properties
             * @deprecated Use identity_diode.v1.Head.$Properties instead.
             */

            /**
             * Shape of a Head.
             * @typedef {identity_diode.v1.Head.$Properties} identity_diode.v1.Head.$Shape
             */

            /**
             * Constructs a new Head.
             * @memberof identity_diode.v1
             * @classdesc Represents a Head.
             * @constructor
             * @param {identity_diode.v1.Head.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Head = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Head epoch.
             * @member {number} epoch
             * @memberof identity_diode.v1.Head
             * @instance
             */
            Head.prototype.epoch = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Head epochId.
             * @member {Uint8Array} epochId
             * @memberof identity_diode.v1.Head
             * @instance
             */
            Head.prototype.epochId = $util.newBuffer([]);

            /**
             * Head sequence.
             * @member {number} sequence
             * @memberof identity_diode.v1.Head
             * @instance
             */
            Head.prototype.sequence = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Head digest.
             * @member {Uint8Array} digest
             * @memberof identity_diode.v1.Head
             * @instance
             */
            Head.prototype.digest = $util.newBuffer([]);

            /**
             * Head oldestSequence.
             * @member {number} oldestSequence
             * @memberof identity_diode.v1.Head
             * @instance
             */
            Head.prototype.oldestSequence = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Creates a new Head instance using the specified properties.
             * @function create
             * @memberof identity_diode.v1.Head
             * @static
             * @param {identity_diode.v1.Head.$Properties=} [properties] Properties to set
             * @returns {identity_diode.v1.Head} Head instance
             * @type {{
             *   (properties: identity_diode.v1.Head.$Shape): identity_diode.v1.Head & identity_diode.v1.Head.$Shape;
             *   (properties?: identity_diode.v1.Head.$Properties): identity_diode.v1.Head;
             * }}
             */
            Head.create = function(properties) {
                return new Head(properties);
            };

            /**
             * Encodes the specified Head message. Does not implicitly {@link identity_diode.v1.Head.verify|verify} messages.
             * @function encode
             * @memberof identity_diode.v1.Head
             * @static
             * @param {identity_diode.v1.Head.$Properties} message Head message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Head.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && (typeof message.epoch === "object" ? message.epoch.low || message.epoch.high : message.epoch !== 0))
                    writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.epoch);
                if (message.epochId != null && $Object.hasOwnProperty.call(message, "epochId") && message.epochId.length)
                    writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.epochId);
                if (message.sequence != null && $Object.hasOwnProperty.call(message, "sequence") && (typeof message.sequence === "object" ? message.sequence.low || message.sequence.high : message.sequence !== 0))
                    writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.sequence);
                if (message.digest != null && $Object.hasOwnProperty.call(message, "digest") && message.digest.length)
                    writer.uint32(/* id 4, wireType 2 =*/34).bytes(message.digest);
                if (message.oldestSequence != null && $Object.hasOwnProperty.call(message, "oldestSequence") && (typeof message.oldestSequence === "object" ? message.oldestSequence.low || message.oldestSequence.high : message.oldestSequence !== 0))
                    writer.uint32(/* id 5, wireType 0 =*/40).uint64(message.oldestSequence);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Head message from the specified reader or buffer.
             * @function decode
             * @memberof identity_diode.v1.Head
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {identity_diode.v1.Head & identity_diode.v1.Head.$Shape} Head
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Head.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.identity_diode.v1.Head();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.epoch = value;
                            else
                                delete message.epoch;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.epochId = value;
                            else
                                delete message.epochId;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.sequence = value;
                            else
                                delete message.sequence;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.digest = value;
                            else
                                delete message.digest;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.oldestSequence = value;
                            else
                                delete message.oldestSequence;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Head;
        })();

        v1.SealedSecret = (function() {

            /**
             * Properties of a SealedSecret.
             * @typedef {Object} identity_diode.v1.SealedSecret.$Properties
             * @property {Uint8Array|null} [receiverId] SealedSecret receiverId
             * @property {Uint8Array|null} [encapsulatedKey] SealedSecret encapsulatedKey
             * @property {Uint8Array|null} [ciphertext] SealedSecret ciphertext
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a SealedSecret.
             * @memberof identity_diode.v1
             * @interface ISealedSecret
             * @augments identity_diode.v1.SealedSecret.$Properties
             * @deprecated Use identity_diode.v1.SealedSecret.$Properties instead.
             */

            /**
             * Shape of a SealedSecret.
             * @typedef {identity_diode.v1.SealedSecret.$Properties} identity_diode.v1.SealedSecret.$Shape
             */

            /**
             * Constructs a new SealedSecret.
             * @memberof identity_diode.v1
             * @classdesc Represents a SealedSecret.
             * @constructor
             * @param {identity_diode.v1.SealedSecret.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const SealedSecret = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * SealedSecret receiverId.
             * @member {Uint8Array} receiverId
             * @memberof identity_diode.v1.SealedSecret
             * @instance
             */
            SealedSecret.prototype.receiverId = $util.newBuffer([]);

            /**
             * SealedSecret encapsulatedKey.
             * @member {Uint8Array} encapsulatedKey
             * @memberof identity_diode.v1.SealedSecret
             * @instance
             */
            SealedSecret.prototype.encapsulatedKey = $util.newBuffer([]);

            /**
             * SealedSecret ciphertext.
             * @member {Uint8Array} ciphertext
             * @memberof identity_diode.v1.SealedSecret
             * @instance
             */
            SealedSecret.prototype.ciphertext = $util.newBuffer([]);

            /**
             * Creates a new SealedSecret instance using the specified properties.
             * @function create
             * @memberof identity_diode.v1.SealedSecret
             * @static
             * @param {identity_diode.v1.SealedSecret.$Properties=} [properties] Properties to set
             * @returns {identity_diode.v1.SealedSecret} SealedSecret instance
             * @type {{
             *   (properties: identity_diode.v1.SealedSecret.$Shape): identity_diode.v1.SealedSecret & identity_diode.v1.SealedSecret.$Shape;
             *   (properties?: identity_diode.v1.SealedSecret.$Properties): identity_diode.v1.SealedSecret;
             * }}
             */
            SealedSecret.create = function(properties) {
                return new SealedSecret(properties);
            };

            /**
             * Encodes the specified SealedSecret message. Does not implicitly {@link identity_diode.v1.SealedSecret.verify|verify} messages.
             * @function encode
             * @memberof identity_diode.v1.SealedSecret
             * @static
             * @param {identity_diode.v1.SealedSecret.$Properties} message SealedSecret message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            SealedSecret.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.receiverId != null && $Object.hasOwnProperty.call(message, "receiverId") && message.receiverId.length)
                    writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.receiverId);
                if (message.encapsulatedKey != null && $Object.hasOwnProperty.call(message, "encapsulatedKey") && message.encapsulatedKey.length)
                    writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.encapsulatedKey);
                if (message.ciphertext != null && $Object.hasOwnProperty.call(message, "ciphertext") && message.ciphertext.length)
                    writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.ciphertext);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a SealedSecret message from the specified reader or buffer.
             * @function decode
             * @memberof identity_diode.v1.SealedSecret
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {identity_diode.v1.SealedSecret & identity_diode.v1.SealedSecret.$Shape} SealedSecret
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            SealedSecret.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.identity_diode.v1.SealedSecret();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.receiverId = value;
                            else
                                delete message.receiverId;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.encapsulatedKey = value;
                            else
                                delete message.encapsulatedKey;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.ciphertext = value;
                            else
                                delete message.ciphertext;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return SealedSecret;
        })();

        v1.ReceiverCard = (function() {

            /**
             * Properties of a ReceiverCard.
             * @typedef {Object} identity_diode.v1.ReceiverCard.$Properties
             * @property {number|null} [version] ReceiverCard version
             * @property {string|null} [boundary] ReceiverCard boundary
             * @property {Uint8Array|null} [agreementKey] ReceiverCard agreementKey
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a ReceiverCard.
             * @memberof identity_diode.v1
             * @interface IReceiverCard
             * @augments identity_diode.v1.ReceiverCard.$Properties
             * @deprecated Use identity_diode.v1.ReceiverCard.$Properties instead.
             */

            /**
             * Shape of a ReceiverCard.
             * @typedef {identity_diode.v1.ReceiverCard.$Properties} identity_diode.v1.ReceiverCard.$Shape
             */

            /**
             * Constructs a new ReceiverCard.
             * @memberof identity_diode.v1
             * @classdesc Represents a ReceiverCard.
             * @constructor
             * @param {identity_diode.v1.ReceiverCard.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const ReceiverCard = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * ReceiverCard version.
             * @member {number} version
             * @memberof identity_diode.v1.ReceiverCard
             * @instance
             */
            ReceiverCard.prototype.version = 0;

            /**
             * ReceiverCard boundary.
             * @member {string} boundary
             * @memberof identity_diode.v1.ReceiverCard
             * @instance
             */
            ReceiverCard.prototype.boundary = "";

            /**
             * ReceiverCard agreementKey.
             * @member {Uint8Array} agreementKey
             * @memberof identity_diode.v1.ReceiverCard
             * @instance
             */
            ReceiverCard.prototype.agreementKey = $util.newBuffer([]);

            /**
             * Creates a new ReceiverCard instance using the specified properties.
             * @function create
             * @memberof identity_diode.v1.ReceiverCard
             * @static
             * @param {identity_diode.v1.ReceiverCard.$Properties=} [properties] Properties to set
             * @returns {identity_diode.v1.ReceiverCard} ReceiverCard instance
             * @type {{
             *   (properties: identity_diode.v1.ReceiverCard.$Shape): identity_diode.v1.ReceiverCard & identity_diode.v1.ReceiverCard.$Shape;
             *   (properties?: identity_diode.v1.ReceiverCard.$Properties): identity_diode.v1.ReceiverCard;
             * }}
             */
            ReceiverCard.create = function(properties) {
                return new ReceiverCard(properties);
            };

            /**
             * Encodes the specified ReceiverCard message. Does not implicitly {@link identity_diode.v1.ReceiverCard.verify|verify} messages.
             * @function encode
             * @memberof identity_diode.v1.ReceiverCard
             * @static
             * @param {identity_diode.v1.ReceiverCard.$Properties} message ReceiverCard message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            ReceiverCard.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.version != null && $Object.hasOwnProperty.call(message, "version") && message.version !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.version);
                if (message.boundary != null && $Object.hasOwnProperty.call(message, "boundary") && message.boundary !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.boundary);
                if (message.agreementKey != null && $Object.hasOwnProperty.call(message, "agreementKey") && message.agreementKey.length)
                    writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.agreementKey);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a ReceiverCard message from the specified reader or buffer.
             * @function decode
             * @memberof identity_diode.v1.ReceiverCard
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {identity_diode.v1.ReceiverCard & identity_diode.v1.ReceiverCard.$Shape} ReceiverCard
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            ReceiverCard.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.identity_diode.v1.ReceiverCard();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.version = value;
                            else
                                delete message.version;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.boundary = value;
                            else
                                delete message.boundary;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.agreementKey = value;
                            else
                                delete message.agreementKey;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return ReceiverCard;
        })();

        v1.SenderCard = (function() {

            /**
             * Properties of a SenderCard.
             * @typedef {Object} identity_diode.v1.SenderCard.$Properties
             * @property {number|null} [version] SenderCard version
             * @property {string|null} [boundary] SenderCard boundary
             * @property {string|null} [stream] SenderCard stream
             * @property {Uint8Array|null} [signingKey] SenderCard signingKey
             * @property {Uint8Array|null} [agreementKey] SenderCard agreementKey
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a SenderCard.
             * @memberof identity_diode.v1
             * @interface ISenderCard
             * @augments identity_diode.v1.SenderCard.$Properties
             * @deprecated Use identity_diode.v1.SenderCard.$Properties instead.
             */

            /**
             * Shape of a SenderCard.
             * @typedef {identity_diode.v1.SenderCard.$Properties} identity_diode.v1.SenderCard.$Shape
             */

            /**
             * Constructs a new SenderCard.
             * @memberof identity_diode.v1
             * @classdesc Represents a SenderCard.
             * @constructor
             * @param {identity_diode.v1.SenderCard.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const SenderCard = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * SenderCard version.
             * @member {number} version
             * @memberof identity_diode.v1.SenderCard
             * @instance
             */
            SenderCard.prototype.version = 0;

            /**
             * SenderCard boundary.
             * @member {string} boundary
             * @memberof identity_diode.v1.SenderCard
             * @instance
             */
            SenderCard.prototype.boundary = "";

            /**
             * SenderCard stream.
             * @member {string} stream
             * @memberof identity_diode.v1.SenderCard
             * @instance
             */
            SenderCard.prototype.stream = "";

            /**
             * SenderCard signingKey.
             * @member {Uint8Array} signingKey
             * @memberof identity_diode.v1.SenderCard
             * @instance
             */
            SenderCard.prototype.signingKey = $util.newBuffer([]);

            /**
             * SenderCard agreementKey.
             * @member {Uint8Array} agreementKey
             * @memberof identity_diode.v1.SenderCard
             * @instance
             */
            SenderCard.prototype.agreementKey = $util.newBuffer([]);

            /**
             * Creates a new SenderCard instance using the specified properties.
             * @function create
             * @memberof identity_diode.v1.SenderCard
             * @static
             * @param {identity_diode.v1.SenderCard.$Properties=} [properties] Properties to set
             * @returns {identity_diode.v1.SenderCard} SenderCard instance
             * @type {{
             *   (properties: identity_diode.v1.SenderCard.$Shape): identity_diode.v1.SenderCard & identity_diode.v1.SenderCard.$Shape;
             *   (properties?: identity_diode.v1.SenderCard.$Properties): identity_diode.v1.SenderCard;
             * }}
             */
            SenderCard.create = function(properties) {
                return new SenderCard(properties);
            };

            /**
             * Encodes the specified SenderCard message. Does not implicitly {@link identity_diode.v1.SenderCard.verify|verify} messages.
             * @function encode
             * @memberof identity_diode.v1.SenderCard
             * @static
             * @param {identity_diode.v1.SenderCard.$Properties} message SenderCard message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            SenderCard.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.version != null && $Object.hasOwnProperty.call(message, "version") && message.version !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.version);
                if (message.boundary != null && $Object.hasOwnProperty.call(message, "boundary") && message.boundary !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.boundary);
                if (message.stream != null && $Object.hasOwnProperty.call(message, "stream") && message.stream !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.stream);
                if (message.signingKey != null && $Object.hasOwnProperty.call(message, "signingKey") && message.signingKey.length)
                    writer.uint32(/* id 4, wireType 2 =*/34).bytes(message.signingKey);
                if (message.agreementKey != null && $Object.hasOwnProperty.call(message, "agreementKey") && message.agreementKey.length)
                    writer.uint32(/* id 5, wireType 2 =*/42).bytes(message.agreementKey);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a SenderCard message from the specified reader or buffer.
             * @function decode
             * @memberof identity_diode.v1.SenderCard
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {identity_diode.v1.SenderCard & identity_diode.v1.SenderCard.$Shape} SenderCard
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            SenderCard.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.identity_diode.v1.SenderCard();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.version = value;
                            else
                                delete message.version;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.boundary = value;
                            else
                                delete message.boundary;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.stream = value;
                            else
                                delete message.stream;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.signingKey = value;
                            else
                                delete message.signingKey;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.agreementKey = value;
                            else
                                delete message.agreementKey;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return SenderCard;
        })();

        /**
         * ControlKind enum.
         * @name identity_diode.v1.ControlKind
         * @enum {number}
         * @property {number} CONTROL_KIND_UNSPECIFIED=0 CONTROL_KIND_UNSPECIFIED value
         * @property {number} CONTROL_KIND_HELLO=1 CONTROL_KIND_HELLO value
         * @property {number} CONTROL_KIND_TRUST_BUNDLE=2 CONTROL_KIND_TRUST_BUNDLE value
         */
        v1.ControlKind = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "CONTROL_KIND_UNSPECIFIED"] = 0;
            values[valuesById[1] = "CONTROL_KIND_HELLO"] = 1;
            values[valuesById[2] = "CONTROL_KIND_TRUST_BUNDLE"] = 2;
            return values;
        })();

        v1.ControlObject = (function() {

            /**
             * Properties of a ControlObject.
             * @typedef {Object} identity_diode.v1.ControlObject.$Properties
             * @property {identity_diode.v1.ControlKind|null} [kind] ControlObject kind
             * @property {Uint8Array|null} [body] ControlObject body
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a ControlObject.
             * @memberof identity_diode.v1
             * @interface IControlObject
             * @augments identity_diode.v1.ControlObject.$Properties
             * @deprecated Use identity_diode.v1.ControlObject.$Properties instead.
             */

            /**
             * Shape of a ControlObject.
             * @typedef {identity_diode.v1.ControlObject.$Properties} identity_diode.v1.ControlObject.$Shape
             */

            /**
             * Constructs a new ControlObject.
             * @memberof identity_diode.v1
             * @classdesc Represents a ControlObject.
             * @constructor
             * @param {identity_diode.v1.ControlObject.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const ControlObject = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * ControlObject kind.
             * @member {identity_diode.v1.ControlKind} kind
             * @memberof identity_diode.v1.ControlObject
             * @instance
             */
            ControlObject.prototype.kind = 0;

            /**
             * ControlObject body.
             * @member {Uint8Array} body
             * @memberof identity_diode.v1.ControlObject
             * @instance
             */
            ControlObject.prototype.body = $util.newBuffer([]);

            /**
             * Creates a new ControlObject instance using the specified properties.
             * @function create
             * @memberof identity_diode.v1.ControlObject
             * @static
             * @param {identity_diode.v1.ControlObject.$Properties=} [properties] Properties to set
             * @returns {identity_diode.v1.ControlObject} ControlObject instance
             * @type {{
             *   (properties: identity_diode.v1.ControlObject.$Shape): identity_diode.v1.ControlObject & identity_diode.v1.ControlObject.$Shape;
             *   (properties?: identity_diode.v1.ControlObject.$Properties): identity_diode.v1.ControlObject;
             * }}
             */
            ControlObject.create = function(properties) {
                return new ControlObject(properties);
            };

            /**
             * Encodes the specified ControlObject message. Does not implicitly {@link identity_diode.v1.ControlObject.verify|verify} messages.
             * @function encode
             * @memberof identity_diode.v1.ControlObject
             * @static
             * @param {identity_diode.v1.ControlObject.$Properties} message ControlObject message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            ControlObject.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.kind != null && $Object.hasOwnProperty.call(message, "kind") && message.kind !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).int32(message.kind);
                if (message.body != null && $Object.hasOwnProperty.call(message, "body") && message.body.length)
                    writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.body);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a ControlObject message from the specified reader or buffer.
             * @function decode
             * @memberof identity_diode.v1.ControlObject
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {identity_diode.v1.ControlObject & identity_diode.v1.ControlObject.$Shape} ControlObject
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            ControlObject.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.identity_diode.v1.ControlObject();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.kind = value;
                            else
                                delete message.kind;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.body = value;
                            else
                                delete message.body;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return ControlObject;
        })();

        v1.Frame = (function() {

            /**
             * Properties of a Frame.
             * @typedef {Object} identity_diode.v1.Frame.$Properties
             * @property {Uint8Array|null} [header] Frame header
             * @property {Uint8Array|null} [signature] Frame signature
             * @property {Uint8Array|null} [payload] Frame payload
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Frame.
             * @memberof identity_diode.v1
             * @interface IFrame
             * @augments identity_diode.v1.Frame.$Properties
             * @deprecated Use identity_diode.v1.Frame.$Properties instead.
             */

            /**
             * Shape of a Frame.
             * @typedef {identity_diode.v1.Frame.$Properties} identity_diode.v1.Frame.$Shape
             */

            /**
             * Constructs a new Frame.
             * @memberof identity_diode.v1
             * @classdesc Represents a Frame.
             * @constructor
             * @param {identity_diode.v1.Frame.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Frame = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Frame header.
             * @member {Uint8Array} header
             * @memberof identity_diode.v1.Frame
             * @instance
             */
            Frame.prototype.header = $util.newBuffer([]);

            /**
             * Frame signature.
             * @member {Uint8Array} signature
             * @memberof identity_diode.v1.Frame
             * @instance
             */
            Frame.prototype.signature = $util.newBuffer([]);

            /**
             * Frame payload.
             * @member {Uint8Array} payload
             * @memberof identity_diode.v1.Frame
             * @instance
             */
            Frame.prototype.payload = $util.newBuffer([]);

            /**
             * Creates a new Frame instance using the specified properties.
             * @function create
             * @memberof identity_diode.v1.Frame
             * @static
             * @param {identity_diode.v1.Frame.$Properties=} [properties] Properties to set
             * @returns {identity_diode.v1.Frame} Frame instance
             * @type {{
             *   (properties: identity_diode.v1.Frame.$Shape): identity_diode.v1.Frame & identity_diode.v1.Frame.$Shape;
             *   (properties?: identity_diode.v1.Frame.$Properties): identity_diode.v1.Frame;
             * }}
             */
            Frame.create = function(properties) {
                return new Frame(properties);
            };

            /**
             * Encodes the specified Frame message. Does not implicitly {@link identity_diode.v1.Frame.verify|verify} messages.
             * @function encode
             * @memberof identity_diode.v1.Frame
             * @static
             * @param {identity_diode.v1.Frame.$Properties} message Frame message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Frame.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.header != null && $Object.hasOwnProperty.call(message, "header") && message.header.length)
                    writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.header);
                if (message.signature != null && $Object.hasOwnProperty.call(message, "signature") && message.signature.length)
                    writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.signature);
                if (message.payload != null && $Object.hasOwnProperty.call(message, "payload") && message.payload.length)
                    writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.payload);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Frame message from the specified reader or buffer.
             * @function decode
             * @memberof identity_diode.v1.Frame
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {identity_diode.v1.Frame & identity_diode.v1.Frame.$Shape} Frame
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Frame.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.identity_diode.v1.Frame();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.header = value;
                            else
                                delete message.header;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.signature = value;
                            else
                                delete message.signature;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.payload = value;
                            else
                                delete message.payload;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Frame;
        })();

        /**
         * FrameKind enum.
         * @name identity_diode.v1.FrameKind
         * @enum {number}
         * @property {number} FRAME_KIND_UNSPECIFIED=0 FRAME_KIND_UNSPECIFIED value
         * @property {number} FRAME_KIND_DELTAS=1 FRAME_KIND_DELTAS value
         * @property {number} FRAME_KIND_SNAPSHOT=2 FRAME_KIND_SNAPSHOT value
         */
        v1.FrameKind = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "FRAME_KIND_UNSPECIFIED"] = 0;
            values[valuesById[1] = "FRAME_KIND_DELTAS"] = 1;
            values[valuesById[2] = "FRAME_KIND_SNAPSHOT"] = 2;
            return values;
        })();

        /**
         * Compression enum.
         * @name identity_diode.v1.Compression
         * @enum {number}
         * @property {number} COMPRESSION_UNSPECIFIED=0 COMPRESSION_UNSPECIFIED value
         * @property {number} COMPRESSION_NONE=1 COMPRESSION_NONE value
         * @property {number} COMPRESSION_ZSTD=2 COMPRESSION_ZSTD value
         */
        v1.Compression = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "COMPRESSION_UNSPECIFIED"] = 0;
            values[valuesById[1] = "COMPRESSION_NONE"] = 1;
            values[valuesById[2] = "COMPRESSION_ZSTD"] = 2;
            return values;
        })();

        v1.FrameHeader = (function() {

            /**
             * Properties of a FrameHeader.
             * @typedef {Object} identity_diode.v1.FrameHeader.$Properties
             * @property {number|null} [suite] FrameHeader suite
             * @property {string|null} [boundary] FrameHeader boundary
             * @property {string|null} [stream] FrameHeader stream
             * @property {number|null} [epoch] FrameHeader epoch
             * @property {Uint8Array|null} [epochId] FrameHeader epochId
             * @property {number|null} [sequence] FrameHeader sequence
             * @property {Uint8Array|null} [previousDigest] FrameHeader previousDigest
             * @property {identity_diode.v1.FrameKind|null} [kind] FrameHeader kind
             * @property {number|null} [recordCount] FrameHeader recordCount
             * @property {number|null} [createdAtMs] FrameHeader createdAtMs
             * @property {Uint8Array|null} [keyId] FrameHeader keyId
             * @property {Uint8Array|null} [payloadDigest] FrameHeader payloadDigest
             * @property {number|null} [payloadBytes] FrameHeader payloadBytes
             * @property {number|null} [bodyBytes] FrameHeader bodyBytes
             * @property {identity_diode.v1.Compression|null} [compression] FrameHeader compression
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a FrameHeader.
             * @memberof identity_diode.v1
             * @interface IFrameHeader
             * @augments identity_diode.v1.FrameHeader.$Properties
             * @deprecated Use identity_diode.v1.FrameHeader.$Properties instead.
             */

            /**
             * Shape of a FrameHeader.
             * @typedef {identity_diode.v1.FrameHeader.$Properties} identity_diode.v1.FrameHeader.$Shape
             */

            /**
             * Constructs a new FrameHeader.
             * @memberof identity_diode.v1
             * @classdesc Represents a FrameHeader.
             * @constructor
             * @param {identity_diode.v1.FrameHeader.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const FrameHeader = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * FrameHeader suite.
             * @member {number} suite
             * @memberof identity_diode.v1.FrameHeader
             * @instance
             */
            FrameHeader.prototype.suite = 0;

            /**
             * FrameHeader boundary.
             * @member {string} boundary
             * @memberof identity_diode.v1.FrameHeader
             * @instance
             */
            FrameHeader.prototype.boundary = "";

            /**
             * FrameHeader stream.
             * @member {string} stream
             * @memberof identity_diode.v1.FrameHeader
             * @instance
             */
            FrameHeader.prototype.stream = "";

            /**
             * FrameHeader epoch.
             * @member {number} epoch
             * @memberof identity_diode.v1.FrameHeader
             * @instance
             */
            FrameHeader.prototype.epoch = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * FrameHeader epochId.
             * @member {Uint8Array} epochId
             * @memberof identity_diode.v1.FrameHeader
             * @instance
             */
            FrameHeader.prototype.epochId = $util.newBuffer([]);

            /**
             * FrameHeader sequence.
             * @member {number} sequence
             * @memberof identity_diode.v1.FrameHeader
             * @instance
             */
            FrameHeader.prototype.sequence = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * FrameHeader previousDigest.
             * @member {Uint8Array} previousDigest
             * @memberof identity_diode.v1.FrameHeader
             * @instance
             */
            FrameHeader.prototype.previousDigest = $util.newBuffer([]);

            /**
             * FrameHeader kind.
             * @member {identity_diode.v1.FrameKind} kind
             * @memberof identity_diode.v1.FrameHeader
             * @instance
             */
            FrameHeader.prototype.kind = 0;

            /**
             * FrameHeader recordCount.
             * @member {number} recordCount
             * @memberof identity_diode.v1.FrameHeader
             * @instance
             */
            FrameHeader.prototype.recordCount = 0;

            /**
             * FrameHeader createdAtMs.
             * @member {number} createdAtMs
             * @memberof identity_diode.v1.FrameHeader
             * @instance
             */
            FrameHeader.prototype.createdAtMs = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * FrameHeader keyId.
             * @member {Uint8Array} keyId
             * @memberof identity_diode.v1.FrameHeader
             * @instance
             */
            FrameHeader.prototype.keyId = $util.newBuffer([]);

            /**
             * FrameHeader payloadDigest.
             * @member {Uint8Array} payloadDigest
             * @memberof identity_diode.v1.FrameHeader
             * @instance
             */
            FrameHeader.prototype.payloadDigest = $util.newBuffer([]);

            /**
             * FrameHeader payloadBytes.
             * @member {number} payloadBytes
             * @memberof identity_diode.v1.FrameHeader
             * @instance
             */
            FrameHeader.prototype.payloadBytes = 0;

            /**
             * FrameHeader bodyBytes.
             * @member {number} bodyBytes
             * @memberof identity_diode.v1.FrameHeader
             * @instance
             */
            FrameHeader.prototype.bodyBytes = 0;

            /**
             * FrameHeader compression.
             * @member {identity_diode.v1.Compression} compression
             * @memberof identity_diode.v1.FrameHeader
             * @instance
             */
            FrameHeader.prototype.compression = 0;

            /**
             * Creates a new FrameHeader instance using the specified properties.
             * @function create
             * @memberof identity_diode.v1.FrameHeader
             * @static
             * @param {identity_diode.v1.FrameHeader.$Properties=} [properties] Properties to set
             * @returns {identity_diode.v1.FrameHeader} FrameHeader instance
             * @type {{
             *   (properties: identity_diode.v1.FrameHeader.$Shape): identity_diode.v1.FrameHeader & identity_diode.v1.FrameHeader.$Shape;
             *   (properties?: identity_diode.v1.FrameHeader.$Properties): identity_diode.v1.FrameHeader;
             * }}
             */
            FrameHeader.create = function(properties) {
                return new FrameHeader(properties);
            };

            /**
             * Encodes the specified FrameHeader message. Does not implicitly {@link identity_diode.v1.FrameHeader.verify|verify} messages.
             * @function encode
             * @memberof identity_diode.v1.FrameHeader
             * @static
             * @param {identity_diode.v1.FrameHeader.$Properties} message FrameHeader message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            FrameHeader.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.suite != null && $Object.hasOwnProperty.call(message, "suite") && message.suite !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.suite);
                if (message.boundary != null && $Object.hasOwnProperty.call(message, "boundary") && message.boundary !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.boundary);
                if (message.stream != null && $Object.hasOwnProperty.call(message, "stream") && message.stream !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.stream);
                if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && (typeof message.epoch === "object" ? message.epoch.low || message.epoch.high : message.epoch !== 0))
                    writer.uint32(/* id 4, wireType 0 =*/32).uint64(message.epoch);
                if (message.epochId != null && $Object.hasOwnProperty.call(message, "epochId") && message.epochId.length)
                    writer.uint32(/* id 5, wireType 2 =*/42).bytes(message.epochId);
                if (message.sequence != null && $Object.hasOwnProperty.call(message, "sequence") && (typeof message.sequence === "object" ? message.sequence.low || message.sequence.high : message.sequence !== 0))
                    writer.uint32(/* id 6, wireType 0 =*/48).uint64(message.sequence);
                if (message.previousDigest != null && $Object.hasOwnProperty.call(message, "previousDigest") && message.previousDigest.length)
                    writer.uint32(/* id 7, wireType 2 =*/58).bytes(message.previousDigest);
                if (message.kind != null && $Object.hasOwnProperty.call(message, "kind") && message.kind !== 0)
                    writer.uint32(/* id 8, wireType 0 =*/64).int32(message.kind);
                if (message.recordCount != null && $Object.hasOwnProperty.call(message, "recordCount") && message.recordCount !== 0)
                    writer.uint32(/* id 9, wireType 0 =*/72).uint32(message.recordCount);
                if (message.createdAtMs != null && $Object.hasOwnProperty.call(message, "createdAtMs") && (typeof message.createdAtMs === "object" ? message.createdAtMs.low || message.createdAtMs.high : message.createdAtMs !== 0))
                    writer.uint32(/* id 10, wireType 0 =*/80).uint64(message.createdAtMs);
                if (message.keyId != null && $Object.hasOwnProperty.call(message, "keyId") && message.keyId.length)
                    writer.uint32(/* id 11, wireType 2 =*/90).bytes(message.keyId);
                if (message.payloadDigest != null && $Object.hasOwnProperty.call(message, "payloadDigest") && message.payloadDigest.length)
                    writer.uint32(/* id 12, wireType 2 =*/98).bytes(message.payloadDigest);
                if (message.payloadBytes != null && $Object.hasOwnProperty.call(message, "payloadBytes") && message.payloadBytes !== 0)
                    writer.uint32(/* id 13, wireType 0 =*/104).uint32(message.payloadBytes);
                if (message.bodyBytes != null && $Object.hasOwnProperty.call(message, "bodyBytes") && message.bodyBytes !== 0)
                    writer.uint32(/* id 14, wireType 0 =*/112).uint32(message.bodyBytes);
                if (message.compression != null && $Object.hasOwnProperty.call(message, "compression") && message.compression !== 0)
                    writer.uint32(/* id 15, wireType 0 =*/120).int32(message.compression);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a FrameHeader message from the specified reader or buffer.
             * @function decode
             * @memberof identity_diode.v1.FrameHeader
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {identity_diode.v1.FrameHeader & identity_diode.v1.FrameHeader.$Shape} FrameHeader
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            FrameHeader.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.identity_diode.v1.FrameHeader();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.suite = value;
                            else
                                delete message.suite;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.boundary = value;
                            else
                                delete message.boundary;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.stream = value;
                            else
                                delete message.stream;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.epoch = value;
                            else
                                delete message.epoch;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.epochId = value;
                            else
                                delete message.epochId;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.sequence = value;
                            else
                                delete message.sequence;
                            continue;
                        }
                    case 7: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.previousDigest = value;
                            else
                                delete message.previousDigest;
                            continue;
                        }
                    case 8: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.kind = value;
                            else
                                delete message.kind;
                            continue;
                        }
                    case 9: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.recordCount = value;
                            else
                                delete message.recordCount;
                            continue;
                        }
                    case 10: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.createdAtMs = value;
                            else
                                delete message.createdAtMs;
                            continue;
                        }
                    case 11: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.keyId = value;
                            else
                                delete message.keyId;
                            continue;
                        }
                    case 12: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.payloadDigest = value;
                            else
                                delete message.payloadDigest;
                            continue;
                        }
                    case 13: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.payloadBytes = value;
                            else
                                delete message.payloadBytes;
                            continue;
                        }
                    case 14: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.bodyBytes = value;
                            else
                                delete message.bodyBytes;
                            continue;
                        }
                    case 15: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.compression = value;
                            else
                                delete message.compression;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return FrameHeader;
        })();

        v1.Payload = (function() {

            /**
             * Properties of a Payload.
             * @typedef {Object} identity_diode.v1.Payload.$Properties
             * @property {Array.<identity_diode.v1.Record.$Properties>|null} [records] Payload records
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Payload.
             * @memberof identity_diode.v1
             * @interface IPayload
             * @augments identity_diode.v1.Payload.$Properties
             * @deprecated Use identity_diode.v1.Payload.$Properties instead.
             */

            /**
             * Shape of a Payload.
             * @typedef {{
             *   records?: Array.<identity_diode.v1.Record.$Shape>|null;
             *   $unknowns?: Array.<Uint8Array>;
             * }} identity_diode.v1.Payload.$Shape
             */

            /**
             * Constructs a new Payload.
             * @memberof identity_diode.v1
             * @classdesc Represents a Payload.
             * @constructor
             * @param {identity_diode.v1.Payload.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Payload = function (properties) {
                this.records = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Payload records.
             * @member {Array.<identity_diode.v1.Record.$Properties>} records
             * @memberof identity_diode.v1.Payload
             * @instance
             */
            Payload.prototype.records = $util.emptyArray;

            /**
             * Creates a new Payload instance using the specified properties.
             * @function create
             * @memberof identity_diode.v1.Payload
             * @static
             * @param {identity_diode.v1.Payload.$Properties=} [properties] Properties to set
             * @returns {identity_diode.v1.Payload} Payload instance
             * @type {{
             *   (properties: identity_diode.v1.Payload.$Shape): identity_diode.v1.Payload & identity_diode.v1.Payload.$Shape;
             *   (properties?: identity_diode.v1.Payload.$Properties): identity_diode.v1.Payload;
             * }}
             */
            Payload.create = function(properties) {
                return new Payload(properties);
            };

            /**
             * Encodes the specified Payload message. Does not implicitly {@link identity_diode.v1.Payload.verify|verify} messages.
             * @function encode
             * @memberof identity_diode.v1.Payload
             * @static
             * @param {identity_diode.v1.Payload.$Properties} message Payload message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Payload.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.records != null && message.records.length)
                    for (let i = 0; i < message.records.length; ++i)
                        $root.identity_diode.v1.Record.encode(message.records[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Payload message from the specified reader or buffer.
             * @function decode
             * @memberof identity_diode.v1.Payload
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {identity_diode.v1.Payload & identity_diode.v1.Payload.$Shape} Payload
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Payload.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.identity_diode.v1.Payload();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if (!(message.records && message.records.length))
                                message.records = [];
                            message.records.push($root.identity_diode.v1.Record.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Payload;
        })();

        v1.Record = (function() {

            /**
             * Properties of a Record.
             * @typedef {Object} identity_diode.v1.Record.$Properties
             * @property {identity_diode.v1.Delta.$Properties|null} [delta] Record delta
             * @property {identity_diode.v1.Member.$Properties|null} [member] Record member
             * @property {identity_diode.v1.Token.$Properties|null} [token] Record token
             * @property {identity_diode.v1.Revocation.$Properties|null} [revocation] Record revocation
             * @property {identity_diode.v1.KeySet.$Properties|null} [keySet] Record keySet
             * @property {identity_diode.v1.Status.$Properties|null} [status] Record status
             * @property {identity_diode.v1.SnapshotPart.$Properties|null} [snapshotPart] Record snapshotPart
             * @property {identity_diode.v1.Checkpoint.$Properties|null} [checkpoint] Record checkpoint
             * @property {number|null} [atMs] Record atMs
             * @property {identity_diode.v1.Revision.$Properties|null} [revision] Record revision
             * @property {"delta"|"member"|"token"|"revocation"|"keySet"|"status"|"snapshotPart"|"checkpoint"} [body] Record body
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Record.
             * @memberof identity_diode.v1
             * @interface IRecord
             * @augments identity_diode.v1.Record.$Properties
             * @deprecated Use identity_diode.v1.Record.$Properties instead.
             */

            /**
             * Narrowed shape of a Record.
             * @typedef {{
             *   delta?: identity_diode.v1.Delta.$Shape|null;
             *   member?: identity_diode.v1.Member.$Shape|null;
             *   token?: identity_diode.v1.Token.$Shape|null;
             *   revocation?: identity_diode.v1.Revocation.$Shape|null;
             *   keySet?: identity_diode.v1.KeySet.$Shape|null;
             *   status?: identity_diode.v1.Status.$Shape|null;
             *   snapshotPart?: identity_diode.v1.SnapshotPart.$Shape|null;
             *   checkpoint?: identity_diode.v1.Checkpoint.$Shape|null;
             *   atMs?: number|null;
             *   revision?: identity_diode.v1.Revision.$Shape|null;
             *   $unknowns?: Array.<Uint8Array>;
             * } & (
             *   ({ body?: undefined; delta?: null; member?: null; token?: null; revocation?: null; keySet?: null; status?: null; snapshotPart?: null; checkpoint?: null }|{ body?: "delta"; delta: identity_diode.v1.Delta.$Shape; member?: null; token?: null; revocation?: null; keySet?: null; status?: null; snapshotPart?: null; checkpoint?: null }|{ body?: "member"; delta?: null; member: identity_diode.v1.Member.$Shape; token?: null; revocation?: null; keySet?: null; status?: null; snapshotPart?: null; checkpoint?: null }|{ body?: "token"; delta?: null; member?: null; token: identity_diode.v1.Token.$Shape; revocation?: null; keySet?: null; status?: null; snapshotPart?: null; checkpoint?: null }|{ body?: "revocation"; delta?: null; member?: null; token?: null; revocation: identity_diode.v1.Revocation.$Shape; keySet?: null; status?: null; snapshotPart?: null; checkpoint?: null }|{ body?: "keySet"; delta?: null; member?: null; token?: null; revocation?: null; keySet: identity_diode.v1.KeySet.$Shape; status?: null; snapshotPart?: null; checkpoint?: null }|{ body?: "status"; delta?: null; member?: null; token?: null; revocation?: null; keySet?: null; status: identity_diode.v1.Status.$Shape; snapshotPart?: null; checkpoint?: null }|{ body?: "snapshotPart"; delta?: null; member?: null; token?: null; revocation?: null; keySet?: null; status?: null; snapshotPart: identity_diode.v1.SnapshotPart.$Shape; checkpoint?: null }|{ body?: "checkpoint"; delta?: null; member?: null; token?: null; revocation?: null; keySet?: null; status?: null; snapshotPart?: null; checkpoint: identity_diode.v1.Checkpoint.$Shape })
             * )} identity_diode.v1.Record.$Shape
             */

            /**
             * Constructs a new Record.
             * @memberof identity_diode.v1
             * @classdesc Represents a Record.
             * @constructor
             * @param {identity_diode.v1.Record.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Record = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Record delta.
             * @member {identity_diode.v1.Delta.$Properties|null|undefined} delta
             * @memberof identity_diode.v1.Record
             * @instance
             */
            Record.prototype.delta = null;

            /**
             * Record member.
             * @member {identity_diode.v1.Member.$Properties|null|undefined} member
             * @memberof identity_diode.v1.Record
             * @instance
             */
            Record.prototype.member = null;

            /**
             * Record token.
             * @member {identity_diode.v1.Token.$Properties|null|undefined} token
             * @memberof identity_diode.v1.Record
             * @instance
             */
            Record.prototype.token = null;

            /**
             * Record revocation.
             * @member {identity_diode.v1.Revocation.$Properties|null|undefined} revocation
             * @memberof identity_diode.v1.Record
             * @instance
             */
            Record.prototype.revocation = null;

            /**
             * Record keySet.
             * @member {identity_diode.v1.KeySet.$Properties|null|undefined} keySet
             * @memberof identity_diode.v1.Record
             * @instance
             */
            Record.prototype.keySet = null;

            /**
             * Record status.
             * @member {identity_diode.v1.Status.$Properties|null|undefined} status
             * @memberof identity_diode.v1.Record
             * @instance
             */
            Record.prototype.status = null;

            /**
             * Record snapshotPart.
             * @member {identity_diode.v1.SnapshotPart.$Properties|null|undefined} snapshotPart
             * @memberof identity_diode.v1.Record
             * @instance
             */
            Record.prototype.snapshotPart = null;

            /**
             * Record checkpoint.
             * @member {identity_diode.v1.Checkpoint.$Properties|null|undefined} checkpoint
             * @memberof identity_diode.v1.Record
             * @instance
             */
            Record.prototype.checkpoint = null;

            /**
             * Record atMs.
             * @member {number} atMs
             * @memberof identity_diode.v1.Record
             * @instance
             */
            Record.prototype.atMs = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Record revision.
             * @member {identity_diode.v1.Revision.$Properties|null|undefined} revision
             * @memberof identity_diode.v1.Record
             * @instance
             */
            Record.prototype.revision = null;

            // OneOf field names bound to virtual getters and setters
            let $oneOfFields;

            /**
             * Record body.
             * @member {"delta"|"member"|"token"|"revocation"|"keySet"|"status"|"snapshotPart"|"checkpoint"|undefined} body
             * @memberof identity_diode.v1.Record
             * @instance
             */
            $Object.defineProperty(Record.prototype, "body", {
                get: $util.oneOfGetter($oneOfFields = ["delta", "member", "token", "revocation", "keySet", "status", "snapshotPart", "checkpoint"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Creates a new Record instance using the specified properties.
             * @function create
             * @memberof identity_diode.v1.Record
             * @static
             * @param {identity_diode.v1.Record.$Properties=} [properties] Properties to set
             * @returns {identity_diode.v1.Record} Record instance
             * @type {{
             *   (properties: identity_diode.v1.Record.$Shape): identity_diode.v1.Record & identity_diode.v1.Record.$Shape;
             *   (properties?: identity_diode.v1.Record.$Properties): identity_diode.v1.Record;
             * }}
             */
            Record.create = function(properties) {
                return new Record(properties);
            };

            /**
             * Encodes the specified Record message. Does not implicitly {@link identity_diode.v1.Record.verify|verify} messages.
             * @function encode
             * @memberof identity_diode.v1.Record
             * @static
             * @param {identity_diode.v1.Record.$Properties} message Record message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Record.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.delta != null && $Object.hasOwnProperty.call(message, "delta"))
                    $root.identity_diode.v1.Delta.encode(message.delta, writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                if (message.member != null && $Object.hasOwnProperty.call(message, "member"))
                    $root.identity_diode.v1.Member.encode(message.member, writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                if (message.token != null && $Object.hasOwnProperty.call(message, "token"))
                    $root.identity_diode.v1.Token.encode(message.token, writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                if (message.revocation != null && $Object.hasOwnProperty.call(message, "revocation"))
                    $root.identity_diode.v1.Revocation.encode(message.revocation, writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
                if (message.keySet != null && $Object.hasOwnProperty.call(message, "keySet"))
                    $root.identity_diode.v1.KeySet.encode(message.keySet, writer.uint32(/* id 5, wireType 2 =*/42).fork(), _depth + 1).ldelim();
                if (message.status != null && $Object.hasOwnProperty.call(message, "status"))
                    $root.identity_diode.v1.Status.encode(message.status, writer.uint32(/* id 6, wireType 2 =*/50).fork(), _depth + 1).ldelim();
                if (message.snapshotPart != null && $Object.hasOwnProperty.call(message, "snapshotPart"))
                    $root.identity_diode.v1.SnapshotPart.encode(message.snapshotPart, writer.uint32(/* id 7, wireType 2 =*/58).fork(), _depth + 1).ldelim();
                if (message.checkpoint != null && $Object.hasOwnProperty.call(message, "checkpoint"))
                    $root.identity_diode.v1.Checkpoint.encode(message.checkpoint, writer.uint32(/* id 8, wireType 2 =*/66).fork(), _depth + 1).ldelim();
                if (message.atMs != null && $Object.hasOwnProperty.call(message, "atMs") && (typeof message.atMs === "object" ? message.atMs.low || message.atMs.high : message.atMs !== 0))
                    writer.uint32(/* id 14, wireType 0 =*/112).uint64(message.atMs);
                if (message.revision != null && $Object.hasOwnProperty.call(message, "revision"))
                    $root.identity_diode.v1.Revision.encode(message.revision, writer.uint32(/* id 15, wireType 2 =*/122).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Record message from the specified reader or buffer.
             * @function decode
             * @memberof identity_diode.v1.Record
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {identity_diode.v1.Record & identity_diode.v1.Record.$Shape} Record
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Record.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.identity_diode.v1.Record();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            message.delta = $root.identity_diode.v1.Delta.decode(reader, reader.size(), $undefined, _depth + 1, message.delta);
                            message.body = "delta";
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            message.member = $root.identity_diode.v1.Member.decode(reader, reader.size(), $undefined, _depth + 1, message.member);
                            message.body = "member";
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            message.token = $root.identity_diode.v1.Token.decode(reader, reader.size(), $undefined, _depth + 1, message.token);
                            message.body = "token";
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            message.revocation = $root.identity_diode.v1.Revocation.decode(reader, reader.size(), $undefined, _depth + 1, message.revocation);
                            message.body = "revocation";
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            message.keySet = $root.identity_diode.v1.KeySet.decode(reader, reader.size(), $undefined, _depth + 1, message.keySet);
                            message.body = "keySet";
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            message.status = $root.identity_diode.v1.Status.decode(reader, reader.size(), $undefined, _depth + 1, message.status);
                            message.body = "status";
                            continue;
                        }
                    case 7: {
                            if (wireType !== 2)
                                break;
                            message.snapshotPart = $root.identity_diode.v1.SnapshotPart.decode(reader, reader.size(), $undefined, _depth + 1, message.snapshotPart);
                            message.body = "snapshotPart";
                            continue;
                        }
                    case 8: {
                            if (wireType !== 2)
                                break;
                            message.checkpoint = $root.identity_diode.v1.Checkpoint.decode(reader, reader.size(), $undefined, _depth + 1, message.checkpoint);
                            message.body = "checkpoint";
                            continue;
                        }
                    case 14: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.atMs = value;
                            else
                                delete message.atMs;
                            continue;
                        }
                    case 15: {
                            if (wireType !== 2)
                                break;
                            message.revision = $root.identity_diode.v1.Revision.decode(reader, reader.size(), $undefined, _depth + 1, message.revision);
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Record;
        })();

        v1.Revision = (function() {

            /**
             * Properties of a Revision.
             * @typedef {Object} identity_diode.v1.Revision.$Properties
             * @property {number|null} [epoch] Revision epoch
             * @property {number|null} [sequence] Revision sequence
             * @property {number|null} [index] Revision index
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Revision.
             * @memberof identity_diode.v1
             * @interface IRevision
             * @augments identity_diode.v1.Revision.$Properties
             * @deprecated Use identity_diode.v1.Revision.$Properties instead.
             */

            /**
             * Shape of a Revision.
             * @typedef {identity_diode.v1.Revision.$Properties} identity_diode.v1.Revision.$Shape
             */

            /**
             * Constructs a new Revision.
             * @memberof identity_diode.v1
             * @classdesc Represents a Revision.
             * @constructor
             * @param {identity_diode.v1.Revision.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Revision = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Revision epoch.
             * @member {number} epoch
             * @memberof identity_diode.v1.Revision
             * @instance
             */
            Revision.prototype.epoch = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Revision sequence.
             * @member {number} sequence
             * @memberof identity_diode.v1.Revision
             * @instance
             */
            Revision.prototype.sequence = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Revision index.
             * @member {number} index
             * @memberof identity_diode.v1.Revision
             * @instance
             */
            Revision.prototype.index = 0;

            /**
             * Creates a new Revision instance using the specified properties.
             * @function create
             * @memberof identity_diode.v1.Revision
             * @static
             * @param {identity_diode.v1.Revision.$Properties=} [properties] Properties to set
             * @returns {identity_diode.v1.Revision} Revision instance
             * @type {{
             *   (properties: identity_diode.v1.Revision.$Shape): identity_diode.v1.Revision & identity_diode.v1.Revision.$Shape;
             *   (properties?: identity_diode.v1.Revision.$Properties): identity_diode.v1.Revision;
             * }}
             */
            Revision.create = function(properties) {
                return new Revision(properties);
            };

            /**
             * Encodes the specified Revision message. Does not implicitly {@link identity_diode.v1.Revision.verify|verify} messages.
             * @function encode
             * @memberof identity_diode.v1.Revision
             * @static
             * @param {identity_diode.v1.Revision.$Properties} message Revision message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Revision.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && (typeof message.epoch === "object" ? message.epoch.low || message.epoch.high : message.epoch !== 0))
                    writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.epoch);
                if (message.sequence != null && $Object.hasOwnProperty.call(message, "sequence") && (typeof message.sequence === "object" ? message.sequence.low || message.sequence.high : message.sequence !== 0))
                    writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.sequence);
                if (message.index != null && $Object.hasOwnProperty.call(message, "index") && message.index !== 0)
                    writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.index);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Revision message from the specified reader or buffer.
             * @function decode
             * @memberof identity_diode.v1.Revision
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {identity_diode.v1.Revision & identity_diode.v1.Revision.$Shape} Revision
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Revision.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.identity_diode.v1.Revision();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.epoch = value;
                            else
                                delete message.epoch;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.sequence = value;
                            else
                                delete message.sequence;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.index = value;
                            else
                                delete message.index;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Revision;
        })();

        /**
         * Operation enum.
         * @name identity_diode.v1.Operation
         * @enum {number}
         * @property {number} OPERATION_UNSPECIFIED=0 OPERATION_UNSPECIFIED value
         * @property {number} OPERATION_CREATE=1 OPERATION_CREATE value
         * @property {number} OPERATION_PUT=2 OPERATION_PUT value
         * @property {number} OPERATION_DELETE=3 OPERATION_DELETE value
         */
        v1.Operation = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "OPERATION_UNSPECIFIED"] = 0;
            values[valuesById[1] = "OPERATION_CREATE"] = 1;
            values[valuesById[2] = "OPERATION_PUT"] = 2;
            values[valuesById[3] = "OPERATION_DELETE"] = 3;
            return values;
        })();

        v1.Delta = (function() {

            /**
             * Properties of a Delta.
             * @typedef {Object} identity_diode.v1.Delta.$Properties
             * @property {identity_diode.v1.Operation|null} [operation] Delta operation
             * @property {string|null} [type] Delta type
             * @property {string|null} [id] Delta id
             * @property {Uint8Array|null} [resource] Delta resource
             * @property {string|null} [reason] Delta reason
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Delta.
             * @memberof identity_diode.v1
             * @interface IDelta
             * @augments identity_diode.v1.Delta.$Properties
             * @deprecated Use identity_diode.v1.Delta.$Properties instead.
             */

            /**
             * Shape of a Delta.
             * @typedef {identity_diode.v1.Delta.$Properties} identity_diode.v1.Delta.$Shape
             */

            /**
             * Constructs a new Delta.
             * @memberof identity_diode.v1
             * @classdesc Represents a Delta.
             * @constructor
             * @param {identity_diode.v1.Delta.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Delta = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Delta operation.
             * @member {identity_diode.v1.Operation} operation
             * @memberof identity_diode.v1.Delta
             * @instance
             */
            Delta.prototype.operation = 0;

            /**
             * Delta type.
             * @member {string} type
             * @memberof identity_diode.v1.Delta
             * @instance
             */
            Delta.prototype.type = "";

            /**
             * Delta id.
             * @member {string} id
             * @memberof identity_diode.v1.Delta
             * @instance
             */
            Delta.prototype.id = "";

            /**
             * Delta resource.
             * @member {Uint8Array} resource
             * @memberof identity_diode.v1.Delta
             * @instance
             */
            Delta.prototype.resource = $util.newBuffer([]);

            /**
             * Delta reason.
             * @member {string} reason
             * @memberof identity_diode.v1.Delta
             * @instance
             */
            Delta.prototype.reason = "";

            /**
             * Creates a new Delta instance using the specified properties.
             * @function create
             * @memberof identity_diode.v1.Delta
             * @static
             * @param {identity_diode.v1.Delta.$Properties=} [properties] Properties to set
             * @returns {identity_diode.v1.Delta} Delta instance
             * @type {{
             *   (properties: identity_diode.v1.Delta.$Shape): identity_diode.v1.Delta & identity_diode.v1.Delta.$Shape;
             *   (properties?: identity_diode.v1.Delta.$Properties): identity_diode.v1.Delta;
             * }}
             */
            Delta.create = function(properties) {
                return new Delta(properties);
            };

            /**
             * Encodes the specified Delta message. Does not implicitly {@link identity_diode.v1.Delta.verify|verify} messages.
             * @function encode
             * @memberof identity_diode.v1.Delta
             * @static
             * @param {identity_diode.v1.Delta.$Properties} message Delta message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Delta.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.operation != null && $Object.hasOwnProperty.call(message, "operation") && message.operation !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).int32(message.operation);
                if (message.type != null && $Object.hasOwnProperty.call(message, "type") && message.type !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.type);
                if (message.id != null && $Object.hasOwnProperty.call(message, "id") && message.id !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.id);
                if (message.resource != null && $Object.hasOwnProperty.call(message, "resource") && message.resource.length)
                    writer.uint32(/* id 4, wireType 2 =*/34).bytes(message.resource);
                if (message.reason != null && $Object.hasOwnProperty.call(message, "reason") && message.reason !== "")
                    writer.uint32(/* id 5, wireType 2 =*/42).string(message.reason);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Delta message from the specified reader or buffer.
             * @function decode
             * @memberof identity_diode.v1.Delta
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {identity_diode.v1.Delta & identity_diode.v1.Delta.$Shape} Delta
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Delta.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.identity_diode.v1.Delta();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.operation = value;
                            else
                                delete message.operation;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.type = value;
                            else
                                delete message.type;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.id = value;
                            else
                                delete message.id;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.resource = value;
                            else
                                delete message.resource;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.reason = value;
                            else
                                delete message.reason;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Delta;
        })();

        v1.Member = (function() {

            /**
             * Properties of a Member.
             * @typedef {Object} identity_diode.v1.Member.$Properties
             * @property {identity_diode.v1.Operation|null} [operation] Member operation
             * @property {string|null} [group] Member group
             * @property {string|null} [member] Member member
             * @property {string|null} [memberType] Member memberType
             * @property {string|null} [reason] Member reason
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Member.
             * @memberof identity_diode.v1
             * @interface IMember
             * @augments identity_diode.v1.Member.$Properties
             * @deprecated Use identity_diode.v1.Member.$Properties instead.
             */

            /**
             * Shape of a Member.
             * @typedef {identity_diode.v1.Member.$Properties} identity_diode.v1.Member.$Shape
             */

            /**
             * Constructs a new Member.
             * @memberof identity_diode.v1
             * @classdesc Represents a Member.
             * @constructor
             * @param {identity_diode.v1.Member.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Member = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Member operation.
             * @member {identity_diode.v1.Operation} operation
             * @memberof identity_diode.v1.Member
             * @instance
             */
            Member.prototype.operation = 0;

            /**
             * Member group.
             * @member {string} group
             * @memberof identity_diode.v1.Member
             * @instance
             */
            Member.prototype.group = "";

            /**
             * Member member.
             * @member {string} member
             * @memberof identity_diode.v1.Member
             * @instance
             */
            Member.prototype.member = "";

            /**
             * Member memberType.
             * @member {string} memberType
             * @memberof identity_diode.v1.Member
             * @instance
             */
            Member.prototype.memberType = "";

            /**
             * Member reason.
             * @member {string} reason
             * @memberof identity_diode.v1.Member
             * @instance
             */
            Member.prototype.reason = "";

            /**
             * Creates a new Member instance using the specified properties.
             * @function create
             * @memberof identity_diode.v1.Member
             * @static
             * @param {identity_diode.v1.Member.$Properties=} [properties] Properties to set
             * @returns {identity_diode.v1.Member} Member instance
             * @type {{
             *   (properties: identity_diode.v1.Member.$Shape): identity_diode.v1.Member & identity_diode.v1.Member.$Shape;
             *   (properties?: identity_diode.v1.Member.$Properties): identity_diode.v1.Member;
             * }}
             */
            Member.create = function(properties) {
                return new Member(properties);
            };

            /**
             * Encodes the specified Member message. Does not implicitly {@link identity_diode.v1.Member.verify|verify} messages.
             * @function encode
             * @memberof identity_diode.v1.Member
             * @static
             * @param {identity_diode.v1.Member.$Properties} message Member message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Member.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.operation != null && $Object.hasOwnProperty.call(message, "operation") && message.operation !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).int32(message.operation);
                if (message.group != null && $Object.hasOwnProperty.call(message, "group") && message.group !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.group);
                if (message.member != null && $Object.hasOwnProperty.call(message, "member") && message.member !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.member);
                if (message.memberType != null && $Object.hasOwnProperty.call(message, "memberType") && message.memberType !== "")
                    writer.uint32(/* id 4, wireType 2 =*/34).string(message.memberType);
                if (message.reason != null && $Object.hasOwnProperty.call(message, "reason") && message.reason !== "")
                    writer.uint32(/* id 5, wireType 2 =*/42).string(message.reason);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Member message from the specified reader or buffer.
             * @function decode
             * @memberof identity_diode.v1.Member
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {identity_diode.v1.Member & identity_diode.v1.Member.$Shape} Member
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Member.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.identity_diode.v1.Member();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.operation = value;
                            else
                                delete message.operation;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.group = value;
                            else
                                delete message.group;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.member = value;
                            else
                                delete message.member;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.memberType = value;
                            else
                                delete message.memberType;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.reason = value;
                            else
                                delete message.reason;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Member;
        })();

        v1.Token = (function() {

            /**
             * Properties of a Token.
             * @typedef {Object} identity_diode.v1.Token.$Properties
             * @property {string|null} [jws] Token jws
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Token.
             * @memberof identity_diode.v1
             * @interface IToken
             * @augments identity_diode.v1.Token.$Properties
             * @deprecated Use identity_diode.v1.Token.$Properties instead.
             */

            /**
             * Shape of a Token.
             * @typedef {identity_diode.v1.Token.$Properties} identity_diode.v1.Token.$Shape
             */

            /**
             * Constructs a new Token.
             * @memberof identity_diode.v1
             * @classdesc Represents a Token.
             * @constructor
             * @param {identity_diode.v1.Token.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Token = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Token jws.
             * @member {string} jws
             * @memberof identity_diode.v1.Token
             * @instance
             */
            Token.prototype.jws = "";

            /**
             * Creates a new Token instance using the specified properties.
             * @function create
             * @memberof identity_diode.v1.Token
             * @static
             * @param {identity_diode.v1.Token.$Properties=} [properties] Properties to set
             * @returns {identity_diode.v1.Token} Token instance
             * @type {{
             *   (properties: identity_diode.v1.Token.$Shape): identity_diode.v1.Token & identity_diode.v1.Token.$Shape;
             *   (properties?: identity_diode.v1.Token.$Properties): identity_diode.v1.Token;
             * }}
             */
            Token.create = function(properties) {
                return new Token(properties);
            };

            /**
             * Encodes the specified Token message. Does not implicitly {@link identity_diode.v1.Token.verify|verify} messages.
             * @function encode
             * @memberof identity_diode.v1.Token
             * @static
             * @param {identity_diode.v1.Token.$Properties} message Token message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Token.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.jws != null && $Object.hasOwnProperty.call(message, "jws") && message.jws !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.jws);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Token message from the specified reader or buffer.
             * @function decode
             * @memberof identity_diode.v1.Token
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {identity_diode.v1.Token & identity_diode.v1.Token.$Shape} Token
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Token.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.identity_diode.v1.Token();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.jws = value;
                            else
                                delete message.jws;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Token;
        })();

        v1.Revocation = (function() {

            /**
             * Properties of a Revocation.
             * @typedef {Object} identity_diode.v1.Revocation.$Properties
             * @property {string|null} [issuer] Revocation issuer
             * @property {string|null} [jti] Revocation jti
             * @property {string|null} [subject] Revocation subject
             * @property {string|null} [key] Revocation key
             * @property {boolean|null} [everyone] Revocation everyone
             * @property {number|null} [issuedBeforeMs] Revocation issuedBeforeMs
             * @property {"jti"|"subject"|"key"|"everyone"} [target] Revocation target
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Revocation.
             * @memberof identity_diode.v1
             * @interface IRevocation
             * @augments identity_diode.v1.Revocation.$Properties
             * @deprecated Use identity_diode.v1.Revocation.$Properties instead.
             */

            /**
             * Narrowed shape of a Revocation.
             * @typedef {{
             *   issuer?: string|null;
             *   jti?: string|null;
             *   subject?: string|null;
             *   key?: string|null;
             *   everyone?: boolean|null;
             *   issuedBeforeMs?: number|null;
             *   $unknowns?: Array.<Uint8Array>;
             * } & (
             *   ({ target?: undefined; jti?: null; subject?: null; key?: null; everyone?: null }|{ target?: "jti"; jti: string; subject?: null; key?: null; everyone?: null }|{ target?: "subject"; jti?: null; subject: string; key?: null; everyone?: null }|{ target?: "key"; jti?: null; subject?: null; key: string; everyone?: null }|{ target?: "everyone"; jti?: null; subject?: null; key?: null; everyone: boolean })
             * )} identity_diode.v1.Revocation.$Shape
             */

            /**
             * Constructs a new Revocation.
             * @memberof identity_diode.v1
             * @classdesc Represents a Revocation.
             * @constructor
             * @param {identity_diode.v1.Revocation.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Revocation = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Revocation issuer.
             * @member {string} issuer
             * @memberof identity_diode.v1.Revocation
             * @instance
             */
            Revocation.prototype.issuer = "";

            /**
             * Revocation jti.
             * @member {string|null|undefined} jti
             * @memberof identity_diode.v1.Revocation
             * @instance
             */
            Revocation.prototype.jti = null;

            /**
             * Revocation subject.
             * @member {string|null|undefined} subject
             * @memberof identity_diode.v1.Revocation
             * @instance
             */
            Revocation.prototype.subject = null;

            /**
             * Revocation key.
             * @member {string|null|undefined} key
             * @memberof identity_diode.v1.Revocation
             * @instance
             */
            Revocation.prototype.key = null;

            /**
             * Revocation everyone.
             * @member {boolean|null|undefined} everyone
             * @memberof identity_diode.v1.Revocation
             * @instance
             */
            Revocation.prototype.everyone = null;

            /**
             * Revocation issuedBeforeMs.
             * @member {number} issuedBeforeMs
             * @memberof identity_diode.v1.Revocation
             * @instance
             */
            Revocation.prototype.issuedBeforeMs = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            // OneOf field names bound to virtual getters and setters
            let $oneOfFields;

            /**
             * Revocation target.
             * @member {"jti"|"subject"|"key"|"everyone"|undefined} target
             * @memberof identity_diode.v1.Revocation
             * @instance
             */
            $Object.defineProperty(Revocation.prototype, "target", {
                get: $util.oneOfGetter($oneOfFields = ["jti", "subject", "key", "everyone"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Creates a new Revocation instance using the specified properties.
             * @function create
             * @memberof identity_diode.v1.Revocation
             * @static
             * @param {identity_diode.v1.Revocation.$Properties=} [properties] Properties to set
             * @returns {identity_diode.v1.Revocation} Revocation instance
             * @type {{
             *   (properties: identity_diode.v1.Revocation.$Shape): identity_diode.v1.Revocation & identity_diode.v1.Revocation.$Shape;
             *   (properties?: identity_diode.v1.Revocation.$Properties): identity_diode.v1.Revocation;
             * }}
             */
            Revocation.create = function(properties) {
                return new Revocation(properties);
            };

            /**
             * Encodes the specified Revocation message. Does not implicitly {@link identity_diode.v1.Revocation.verify|verify} messages.
             * @function encode
             * @memberof identity_diode.v1.Revocation
             * @static
             * @param {identity_diode.v1.Revocation.$Properties} message Revocation message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Revocation.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.issuer != null && $Object.hasOwnProperty.call(message, "issuer") && message.issuer !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.issuer);
                if (message.jti != null && $Object.hasOwnProperty.call(message, "jti"))
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.jti);
                if (message.subject != null && $Object.hasOwnProperty.call(message, "subject"))
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.subject);
                if (message.issuedBeforeMs != null && $Object.hasOwnProperty.call(message, "issuedBeforeMs") && (typeof message.issuedBeforeMs === "object" ? message.issuedBeforeMs.low || message.issuedBeforeMs.high : message.issuedBeforeMs !== 0))
                    writer.uint32(/* id 4, wireType 0 =*/32).uint64(message.issuedBeforeMs);
                if (message.key != null && $Object.hasOwnProperty.call(message, "key"))
                    writer.uint32(/* id 5, wireType 2 =*/42).string(message.key);
                if (message.everyone != null && $Object.hasOwnProperty.call(message, "everyone"))
                    writer.uint32(/* id 6, wireType 0 =*/48).bool(message.everyone);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Revocation message from the specified reader or buffer.
             * @function decode
             * @memberof identity_diode.v1.Revocation
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {identity_diode.v1.Revocation & identity_diode.v1.Revocation.$Shape} Revocation
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Revocation.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.identity_diode.v1.Revocation();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.issuer = value;
                            else
                                delete message.issuer;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            message.jti = reader.stringVerify();
                            message.target = "jti";
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            message.subject = reader.stringVerify();
                            message.target = "subject";
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            message.key = reader.stringVerify();
                            message.target = "key";
                            continue;
                        }
                    case 6: {
                            if (wireType !== 0)
                                break;
                            message.everyone = reader.bool();
                            message.target = "everyone";
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.issuedBeforeMs = value;
                            else
                                delete message.issuedBeforeMs;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Revocation;
        })();

        v1.KeySet = (function() {

            /**
             * Properties of a KeySet.
             * @typedef {Object} identity_diode.v1.KeySet.$Properties
             * @property {string|null} [issuer] KeySet issuer
             * @property {Uint8Array|null} [jwks] KeySet jwks
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a KeySet.
             * @memberof identity_diode.v1
             * @interface IKeySet
             * @augments identity_diode.v1.KeySet.$Properties
             * @deprecated Use identity_diode.v1.KeySet.$Properties instead.
             */

            /**
             * Shape of a KeySet.
             * @typedef {identity_diode.v1.KeySet.$Properties} identity_diode.v1.KeySet.$Shape
             */

            /**
             * Constructs a new KeySet.
             * @memberof identity_diode.v1
             * @classdesc Represents a KeySet.
             * @constructor
             * @param {identity_diode.v1.KeySet.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const KeySet = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * KeySet issuer.
             * @member {string} issuer
             * @memberof identity_diode.v1.KeySet
             * @instance
             */
            KeySet.prototype.issuer = "";

            /**
             * KeySet jwks.
             * @member {Uint8Array} jwks
             * @memberof identity_diode.v1.KeySet
             * @instance
             */
            KeySet.prototype.jwks = $util.newBuffer([]);

            /**
             * Creates a new KeySet instance using the specified properties.
             * @function create
             * @memberof identity_diode.v1.KeySet
             * @static
             * @param {identity_diode.v1.KeySet.$Properties=} [properties] Properties to set
             * @returns {identity_diode.v1.KeySet} KeySet instance
             * @type {{
             *   (properties: identity_diode.v1.KeySet.$Shape): identity_diode.v1.KeySet & identity_diode.v1.KeySet.$Shape;
             *   (properties?: identity_diode.v1.KeySet.$Properties): identity_diode.v1.KeySet;
             * }}
             */
            KeySet.create = function(properties) {
                return new KeySet(properties);
            };

            /**
             * Encodes the specified KeySet message. Does not implicitly {@link identity_diode.v1.KeySet.verify|verify} messages.
             * @function encode
             * @memberof identity_diode.v1.KeySet
             * @static
             * @param {identity_diode.v1.KeySet.$Properties} message KeySet message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            KeySet.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.issuer != null && $Object.hasOwnProperty.call(message, "issuer") && message.issuer !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.issuer);
                if (message.jwks != null && $Object.hasOwnProperty.call(message, "jwks") && message.jwks.length)
                    writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.jwks);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a KeySet message from the specified reader or buffer.
             * @function decode
             * @memberof identity_diode.v1.KeySet
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {identity_diode.v1.KeySet & identity_diode.v1.KeySet.$Shape} KeySet
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            KeySet.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.identity_diode.v1.KeySet();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.issuer = value;
                            else
                                delete message.issuer;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.jwks = value;
                            else
                                delete message.jwks;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return KeySet;
        })();

        v1.Status = (function() {

            /**
             * Properties of a Status.
             * @typedef {Object} identity_diode.v1.Status.$Properties
             * @property {string|null} [issuer] Status issuer
             * @property {number|null} [asOfMs] Status asOfMs
             * @property {number|null} [nextByMs] Status nextByMs
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Status.
             * @memberof identity_diode.v1
             * @interface IStatus
             * @augments identity_diode.v1.Status.$Properties
             * @deprecated Use identity_diode.v1.Status.$Properties instead.
             */

            /**
             * Shape of a Status.
             * @typedef {identity_diode.v1.Status.$Properties} identity_diode.v1.Status.$Shape
             */

            /**
             * Constructs a new Status.
             * @memberof identity_diode.v1
             * @classdesc Represents a Status.
             * @constructor
             * @param {identity_diode.v1.Status.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Status = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Status issuer.
             * @member {string} issuer
             * @memberof identity_diode.v1.Status
             * @instance
             */
            Status.prototype.issuer = "";

            /**
             * Status asOfMs.
             * @member {number} asOfMs
             * @memberof identity_diode.v1.Status
             * @instance
             */
            Status.prototype.asOfMs = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Status nextByMs.
             * @member {number} nextByMs
             * @memberof identity_diode.v1.Status
             * @instance
             */
            Status.prototype.nextByMs = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Creates a new Status instance using the specified properties.
             * @function create
             * @memberof identity_diode.v1.Status
             * @static
             * @param {identity_diode.v1.Status.$Properties=} [properties] Properties to set
             * @returns {identity_diode.v1.Status} Status instance
             * @type {{
             *   (properties: identity_diode.v1.Status.$Shape): identity_diode.v1.Status & identity_diode.v1.Status.$Shape;
             *   (properties?: identity_diode.v1.Status.$Properties): identity_diode.v1.Status;
             * }}
             */
            Status.create = function(properties) {
                return new Status(properties);
            };

            /**
             * Encodes the specified Status message. Does not implicitly {@link identity_diode.v1.Status.verify|verify} messages.
             * @function encode
             * @memberof identity_diode.v1.Status
             * @static
             * @param {identity_diode.v1.Status.$Properties} message Status message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Status.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.issuer != null && $Object.hasOwnProperty.call(message, "issuer") && message.issuer !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.issuer);
                if (message.asOfMs != null && $Object.hasOwnProperty.call(message, "asOfMs") && (typeof message.asOfMs === "object" ? message.asOfMs.low || message.asOfMs.high : message.asOfMs !== 0))
                    writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.asOfMs);
                if (message.nextByMs != null && $Object.hasOwnProperty.call(message, "nextByMs") && (typeof message.nextByMs === "object" ? message.nextByMs.low || message.nextByMs.high : message.nextByMs !== 0))
                    writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.nextByMs);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Status message from the specified reader or buffer.
             * @function decode
             * @memberof identity_diode.v1.Status
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {identity_diode.v1.Status & identity_diode.v1.Status.$Shape} Status
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Status.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.identity_diode.v1.Status();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.issuer = value;
                            else
                                delete message.issuer;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.asOfMs = value;
                            else
                                delete message.asOfMs;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.nextByMs = value;
                            else
                                delete message.nextByMs;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Status;
        })();

        v1.SnapshotPart = (function() {

            /**
             * Properties of a SnapshotPart.
             * @typedef {Object} identity_diode.v1.SnapshotPart.$Properties
             * @property {number|null} [cycle] SnapshotPart cycle
             * @property {number|null} [part] SnapshotPart part
             * @property {boolean|null} [last] SnapshotPart last
             * @property {string|null} [firstKey] SnapshotPart firstKey
             * @property {string|null} [lastKey] SnapshotPart lastKey
             * @property {identity_diode.v1.Revision.$Properties|null} [asOf] SnapshotPart asOf
             * @property {Array.<identity_diode.v1.Record.$Properties>|null} [entries] SnapshotPart entries
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a SnapshotPart.
             * @memberof identity_diode.v1
             * @interface ISnapshotPart
             * @augments identity_diode.v1.SnapshotPart.$Properties
             * @deprecated Use identity_diode.v1.SnapshotPart.$Properties instead.
             */

            /**
             * Shape of a SnapshotPart.
             * @typedef {{
             *   cycle?: number|null;
             *   part?: number|null;
             *   last?: boolean|null;
             *   firstKey?: string|null;
             *   lastKey?: string|null;
             *   asOf?: identity_diode.v1.Revision.$Shape|null;
             *   entries?: Array.<identity_diode.v1.Record.$Shape>|null;
             *   $unknowns?: Array.<Uint8Array>;
             * }} identity_diode.v1.SnapshotPart.$Shape
             */

            /**
             * Constructs a new SnapshotPart.
             * @memberof identity_diode.v1
             * @classdesc Represents a SnapshotPart.
             * @constructor
             * @param {identity_diode.v1.SnapshotPart.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const SnapshotPart = function (properties) {
                this.entries = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * SnapshotPart cycle.
             * @member {number} cycle
             * @memberof identity_diode.v1.SnapshotPart
             * @instance
             */
            SnapshotPart.prototype.cycle = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * SnapshotPart part.
             * @member {number} part
             * @memberof identity_diode.v1.SnapshotPart
             * @instance
             */
            SnapshotPart.prototype.part = 0;

            /**
             * SnapshotPart last.
             * @member {boolean} last
             * @memberof identity_diode.v1.SnapshotPart
             * @instance
             */
            SnapshotPart.prototype.last = false;

            /**
             * SnapshotPart firstKey.
             * @member {string} firstKey
             * @memberof identity_diode.v1.SnapshotPart
             * @instance
             */
            SnapshotPart.prototype.firstKey = "";

            /**
             * SnapshotPart lastKey.
             * @member {string} lastKey
             * @memberof identity_diode.v1.SnapshotPart
             * @instance
             */
            SnapshotPart.prototype.lastKey = "";

            /**
             * SnapshotPart asOf.
             * @member {identity_diode.v1.Revision.$Properties|null|undefined} asOf
             * @memberof identity_diode.v1.SnapshotPart
             * @instance
             */
            SnapshotPart.prototype.asOf = null;

            /**
             * SnapshotPart entries.
             * @member {Array.<identity_diode.v1.Record.$Properties>} entries
             * @memberof identity_diode.v1.SnapshotPart
             * @instance
             */
            SnapshotPart.prototype.entries = $util.emptyArray;

            /**
             * Creates a new SnapshotPart instance using the specified properties.
             * @function create
             * @memberof identity_diode.v1.SnapshotPart
             * @static
             * @param {identity_diode.v1.SnapshotPart.$Properties=} [properties] Properties to set
             * @returns {identity_diode.v1.SnapshotPart} SnapshotPart instance
             * @type {{
             *   (properties: identity_diode.v1.SnapshotPart.$Shape): identity_diode.v1.SnapshotPart & identity_diode.v1.SnapshotPart.$Shape;
             *   (properties?: identity_diode.v1.SnapshotPart.$Properties): identity_diode.v1.SnapshotPart;
             * }}
             */
            SnapshotPart.create = function(properties) {
                return new SnapshotPart(properties);
            };

            /**
             * Encodes the specified SnapshotPart message. Does not implicitly {@link identity_diode.v1.SnapshotPart.verify|verify} messages.
             * @function encode
             * @memberof identity_diode.v1.SnapshotPart
             * @static
             * @param {identity_diode.v1.SnapshotPart.$Properties} message SnapshotPart message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            SnapshotPart.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.cycle != null && $Object.hasOwnProperty.call(message, "cycle") && (typeof message.cycle === "object" ? message.cycle.low || message.cycle.high : message.cycle !== 0))
                    writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.cycle);
                if (message.part != null && $Object.hasOwnProperty.call(message, "part") && message.part !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.part);
                if (message.last != null && $Object.hasOwnProperty.call(message, "last") && message.last !== false)
                    writer.uint32(/* id 3, wireType 0 =*/24).bool(message.last);
                if (message.firstKey != null && $Object.hasOwnProperty.call(message, "firstKey") && message.firstKey !== "")
                    writer.uint32(/* id 4, wireType 2 =*/34).string(message.firstKey);
                if (message.lastKey != null && $Object.hasOwnProperty.call(message, "lastKey") && message.lastKey !== "")
                    writer.uint32(/* id 5, wireType 2 =*/42).string(message.lastKey);
                if (message.asOf != null && $Object.hasOwnProperty.call(message, "asOf"))
                    $root.identity_diode.v1.Revision.encode(message.asOf, writer.uint32(/* id 6, wireType 2 =*/50).fork(), _depth + 1).ldelim();
                if (message.entries != null && message.entries.length)
                    for (let i = 0; i < message.entries.length; ++i)
                        $root.identity_diode.v1.Record.encode(message.entries[i], writer.uint32(/* id 7, wireType 2 =*/58).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a SnapshotPart message from the specified reader or buffer.
             * @function decode
             * @memberof identity_diode.v1.SnapshotPart
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {identity_diode.v1.SnapshotPart & identity_diode.v1.SnapshotPart.$Shape} SnapshotPart
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            SnapshotPart.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.identity_diode.v1.SnapshotPart();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.cycle = value;
                            else
                                delete message.cycle;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.part = value;
                            else
                                delete message.part;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.last = value;
                            else
                                delete message.last;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.firstKey = value;
                            else
                                delete message.firstKey;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.lastKey = value;
                            else
                                delete message.lastKey;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            message.asOf = $root.identity_diode.v1.Revision.decode(reader, reader.size(), $undefined, _depth + 1, message.asOf);
                            continue;
                        }
                    case 7: {
                            if (wireType !== 2)
                                break;
                            if (!(message.entries && message.entries.length))
                                message.entries = [];
                            message.entries.push($root.identity_diode.v1.Record.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return SnapshotPart;
        })();

        v1.Checkpoint = (function() {

            /**
             * Properties of a Checkpoint.
             * @typedef {Object} identity_diode.v1.Checkpoint.$Properties
             * @property {Uint8Array|null} [note] Checkpoint note
             * @property {number|null} [previousSize] Checkpoint previousSize
             * @property {Array.<Uint8Array>|null} [consistencyProof] Checkpoint consistencyProof
             * @property {Uint8Array|null} [logKey] Checkpoint logKey
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Checkpoint.
             * @memberof identity_diode.v1
             * @interface ICheckpoint
             * @augments identity_diode.v1.Checkpoint.$Properties
             * @deprecated Use identity_diode.v1.Checkpoint.$Properties instead.
             */

            /**
             * Shape of a Checkpoint.
             * @typedef {identity_diode.v1.Checkpoint.$Properties} identity_diode.v1.Checkpoint.$Shape
             */

            /**
             * Constructs a new Checkpoint.
             * @memberof identity_diode.v1
             * @classdesc Represents a Checkpoint.
             * @constructor
             * @param {identity_diode.v1.Checkpoint.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Checkpoint = function (properties) {
                this.consistencyProof = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Checkpoint note.
             * @member {Uint8Array} note
             * @memberof identity_diode.v1.Checkpoint
             * @instance
             */
            Checkpoint.prototype.note = $util.newBuffer([]);

            /**
             * Checkpoint previousSize.
             * @member {number} previousSize
             * @memberof identity_diode.v1.Checkpoint
             * @instance
             */
            Checkpoint.prototype.previousSize = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Checkpoint consistencyProof.
             * @member {Array.<Uint8Array>} consistencyProof
             * @memberof identity_diode.v1.Checkpoint
             * @instance
             */
            Checkpoint.prototype.consistencyProof = $util.emptyArray;

            /**
             * Checkpoint logKey.
             * @member {Uint8Array} logKey
             * @memberof identity_diode.v1.Checkpoint
             * @instance
             */
            Checkpoint.prototype.logKey = $util.newBuffer([]);

            /**
             * Creates a new Checkpoint instance using the specified properties.
             * @function create
             * @memberof identity_diode.v1.Checkpoint
             * @static
             * @param {identity_diode.v1.Checkpoint.$Properties=} [properties] Properties to set
             * @returns {identity_diode.v1.Checkpoint} Checkpoint instance
             * @type {{
             *   (properties: identity_diode.v1.Checkpoint.$Shape): identity_diode.v1.Checkpoint & identity_diode.v1.Checkpoint.$Shape;
             *   (properties?: identity_diode.v1.Checkpoint.$Properties): identity_diode.v1.Checkpoint;
             * }}
             */
            Checkpoint.create = function(properties) {
                return new Checkpoint(properties);
            };

            /**
             * Encodes the specified Checkpoint message. Does not implicitly {@link identity_diode.v1.Checkpoint.verify|verify} messages.
             * @function encode
             * @memberof identity_diode.v1.Checkpoint
             * @static
             * @param {identity_diode.v1.Checkpoint.$Properties} message Checkpoint message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Checkpoint.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.note != null && $Object.hasOwnProperty.call(message, "note") && message.note.length)
                    writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.note);
                if (message.previousSize != null && $Object.hasOwnProperty.call(message, "previousSize") && (typeof message.previousSize === "object" ? message.previousSize.low || message.previousSize.high : message.previousSize !== 0))
                    writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.previousSize);
                if (message.consistencyProof != null && message.consistencyProof.length)
                    for (let i = 0; i < message.consistencyProof.length; ++i)
                        writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.consistencyProof[i]);
                if (message.logKey != null && $Object.hasOwnProperty.call(message, "logKey") && message.logKey.length)
                    writer.uint32(/* id 4, wireType 2 =*/34).bytes(message.logKey);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Checkpoint message from the specified reader or buffer.
             * @function decode
             * @memberof identity_diode.v1.Checkpoint
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {identity_diode.v1.Checkpoint & identity_diode.v1.Checkpoint.$Shape} Checkpoint
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Checkpoint.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.identity_diode.v1.Checkpoint();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.note = value;
                            else
                                delete message.note;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.previousSize = value;
                            else
                                delete message.previousSize;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if (!(message.consistencyProof && message.consistencyProof.length))
                                message.consistencyProof = [];
                            message.consistencyProof.push(reader.bytes());
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.logKey = value;
                            else
                                delete message.logKey;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Checkpoint;
        })();

        return v1;
    })();

    return identity_diode;
})();

export {
  $root as default
};
