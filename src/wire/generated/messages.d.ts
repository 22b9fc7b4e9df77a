import * as $protobuf from "protobufjs/minimal.js";
import Long = require("long");

/** Namespace identity_diode. */
export namespace identity_diode {

    /** Namespace v1. */
    namespace v1 {

        /**
         * Properties of a Manifest.
         * @deprecated Use identity_diode.v1.Manifest.$Properties instead.
         */
        interface IManifest extends identity_diode.v1.Manifest.$Properties {
        }

        /** Represents a Manifest. */
        class Manifest {

            /**
             * Constructs a new Manifest.
             * @param [properties] Properties to set
             */
            constructor(properties?: identity_diode.v1.Manifest.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Manifest body. */
            body: Uint8Array;

            /** Manifest signature. */
            signature: Uint8Array;

            /**
             * Creates a new Manifest instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Manifest instance
             */
            static create(properties: identity_diode.v1.Manifest.$Shape): identity_diode.v1.Manifest & identity_diode.v1.Manifest.$Shape;
            static create(properties?: identity_diode.v1.Manifest.$Properties): identity_diode.v1.Manifest;

            /**
             * Encodes the specified Manifest message. Does not implicitly {@link identity_diode.v1.Manifest.verify|verify} messages.
             * @param message Manifest message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: identity_diode.v1.Manifest.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Manifest message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {identity_diode.v1.Manifest & identity_diode.v1.Manifest.$Shape} Manifest
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): identity_diode.v1.Manifest & identity_diode.v1.Manifest.$Shape;
        }

        namespace Manifest {

            /** Properties of a Manifest. */
            interface $Properties {

                /** Manifest body */
                body?: (Uint8Array|null);

                /** Manifest signature */
                signature?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Manifest. */
            type $Shape = identity_diode.v1.Manifest.$Properties;
        }

        /**
         * Properties of a ManifestBody.
         * @deprecated Use identity_diode.v1.ManifestBody.$Properties instead.
         */
        interface IManifestBody extends identity_diode.v1.ManifestBody.$Properties {
        }

        /** Represents a ManifestBody. */
        class ManifestBody {

            /**
             * Constructs a new ManifestBody.
             * @param [properties] Properties to set
             */
            constructor(properties?: identity_diode.v1.ManifestBody.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ManifestBody version. */
            version: number;

            /** ManifestBody suite. */
            suite: number;

            /** ManifestBody boundary. */
            boundary: string;

            /** ManifestBody stream. */
            stream: string;

            /** ManifestBody number. */
            number: number;

            /** ManifestBody previousDigest. */
            previousDigest: Uint8Array;

            /** ManifestBody createdAtMs. */
            createdAtMs: number;

            /** ManifestBody keyId. */
            keyId: Uint8Array;

            /** ManifestBody head. */
            head?: (identity_diode.v1.Head.$Properties|null);

            /** ManifestBody previousEpoch. */
            previousEpoch?: (identity_diode.v1.Head.$Properties|null);

            /** ManifestBody runs. */
            runs: identity_diode.v1.FrameRun.$Properties[];

            /** ManifestBody recordCount. */
            recordCount: number;

            /** ManifestBody contentBytes. */
            contentBytes: number;

            /** ManifestBody contentDigest. */
            contentDigest: Uint8Array;

            /** ManifestBody cipherBytes. */
            cipherBytes: number;

            /** ManifestBody receiverIds. */
            receiverIds: Uint8Array[];

            /** ManifestBody dataVolumes. */
            dataVolumes: number;

            /** ManifestBody spareVolumes. */
            spareVolumes: number;

            /** ManifestBody segmentBytes. */
            segmentBytes: number;

            /** ManifestBody segmentsPerFile. */
            segmentsPerFile: number;

            /** ManifestBody segmentDigests. */
            segmentDigests: Uint8Array[];

            /**
             * Creates a new ManifestBody instance using the specified properties.
             * @param [properties] Properties to set
             * @returns ManifestBody instance
             */
            static create(properties: identity_diode.v1.ManifestBody.$Shape): identity_diode.v1.ManifestBody & identity_diode.v1.ManifestBody.$Shape;
            static create(properties?: identity_diode.v1.ManifestBody.$Properties): identity_diode.v1.ManifestBody;

            /**
             * Encodes the specified ManifestBody message. Does not implicitly {@link identity_diode.v1.ManifestBody.verify|verify} messages.
             * @param message ManifestBody message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: identity_diode.v1.ManifestBody.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ManifestBody message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {identity_diode.v1.ManifestBody & identity_diode.v1.ManifestBody.$Shape} ManifestBody
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): identity_diode.v1.ManifestBody & identity_diode.v1.ManifestBody.$Shape;
        }

        namespace ManifestBody {

            /** Properties of a ManifestBody. */
            interface $Properties {

                /** ManifestBody version */
                version?: (number|null);

                /** ManifestBody suite */
                suite?: (number|null);

                /** ManifestBody boundary */
                boundary?: (string|null);

                /** ManifestBody stream */
                stream?: (string|null);

                /** ManifestBody number */
                number?: (number|null);

                /** ManifestBody previousDigest */
                previousDigest?: (Uint8Array|null);

                /** ManifestBody createdAtMs */
                createdAtMs?: (number|null);

                /** ManifestBody keyId */
                keyId?: (Uint8Array|null);

                /** ManifestBody head */
                head?: (identity_diode.v1.Head.$Properties|null);

                /** ManifestBody previousEpoch */
                previousEpoch?: (identity_diode.v1.Head.$Properties|null);

                /** ManifestBody runs */
                runs?: (identity_diode.v1.FrameRun.$Properties[]|null);

                /** ManifestBody recordCount */
                recordCount?: (number|null);

                /** ManifestBody contentBytes */
                contentBytes?: (number|null);

                /** ManifestBody contentDigest */
                contentDigest?: (Uint8Array|null);

                /** ManifestBody cipherBytes */
                cipherBytes?: (number|null);

                /** ManifestBody receiverIds */
                receiverIds?: (Uint8Array[]|null);

                /** ManifestBody dataVolumes */
                dataVolumes?: (number|null);

                /** ManifestBody spareVolumes */
                spareVolumes?: (number|null);

                /** ManifestBody segmentBytes */
                segmentBytes?: (number|null);

                /** ManifestBody segmentsPerFile */
                segmentsPerFile?: (number|null);

                /** ManifestBody segmentDigests */
                segmentDigests?: (Uint8Array[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a ManifestBody. */
            type $Shape = identity_diode.v1.ManifestBody.$Properties;
        }

        /**
         * Properties of a FrameRun.
         * @deprecated Use identity_diode.v1.FrameRun.$Properties instead.
         */
        interface IFrameRun extends identity_diode.v1.FrameRun.$Properties {
        }

        /** Represents a FrameRun. */
        class FrameRun {

            /**
             * Constructs a new FrameRun.
             * @param [properties] Properties to set
             */
            constructor(properties?: identity_diode.v1.FrameRun.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** FrameRun from. */
            from: number;

            /** FrameRun to. */
            to: number;

            /**
             * Creates a new FrameRun instance using the specified properties.
             * @param [properties] Properties to set
             * @returns FrameRun instance
             */
            static create(properties: identity_diode.v1.FrameRun.$Shape): identity_diode.v1.FrameRun & identity_diode.v1.FrameRun.$Shape;
            static create(properties?: identity_diode.v1.FrameRun.$Properties): identity_diode.v1.FrameRun;

            /**
             * Encodes the specified FrameRun message. Does not implicitly {@link identity_diode.v1.FrameRun.verify|verify} messages.
             * @param message FrameRun message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: identity_diode.v1.FrameRun.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a FrameRun message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {identity_diode.v1.FrameRun & identity_diode.v1.FrameRun.$Shape} FrameRun
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): identity_diode.v1.FrameRun & identity_diode.v1.FrameRun.$Shape;
        }

        namespace FrameRun {

            /** Properties of a FrameRun. */
            interface $Properties {

                /** FrameRun from */
                from?: (number|null);

                /** FrameRun to */
                to?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a FrameRun. */
            type $Shape = identity_diode.v1.FrameRun.$Properties;
        }

        /**
         * Properties of a Hello.
         * @deprecated Use identity_diode.v1.Hello.$Properties instead.
         */
        interface IHello extends identity_diode.v1.Hello.$Properties {
        }

        /** Represents a Hello. */
        class Hello {

            /**
             * Constructs a new Hello.
             * @param [properties] Properties to set
             */
            constructor(properties?: identity_diode.v1.Hello.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Hello body. */
            body: Uint8Array;

            /** Hello signature. */
            signature: Uint8Array;

            /**
             * Creates a new Hello instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Hello instance
             */
            static create(properties: identity_diode.v1.Hello.$Shape): identity_diode.v1.Hello & identity_diode.v1.Hello.$Shape;
            static create(properties?: identity_diode.v1.Hello.$Properties): identity_diode.v1.Hello;

            /**
             * Encodes the specified Hello message. Does not implicitly {@link identity_diode.v1.Hello.verify|verify} messages.
             * @param message Hello message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: identity_diode.v1.Hello.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Hello message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {identity_diode.v1.Hello & identity_diode.v1.Hello.$Shape} Hello
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): identity_diode.v1.Hello & identity_diode.v1.Hello.$Shape;
        }

        namespace Hello {

            /** Properties of a Hello. */
            interface $Properties {

                /** Hello body */
                body?: (Uint8Array|null);

                /** Hello signature */
                signature?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Hello. */
            type $Shape = identity_diode.v1.Hello.$Properties;
        }

        /**
         * Properties of a HelloBody.
         * @deprecated Use identity_diode.v1.HelloBody.$Properties instead.
         */
        interface IHelloBody extends identity_diode.v1.HelloBody.$Properties {
        }

        /** Represents a HelloBody. */
        class HelloBody {

            /**
             * Constructs a new HelloBody.
             * @param [properties] Properties to set
             */
            constructor(properties?: identity_diode.v1.HelloBody.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** HelloBody protocolVersion. */
            protocolVersion: number;

            /** HelloBody suite. */
            suite: number;

            /** HelloBody boundary. */
            boundary: string;

            /** HelloBody stream. */
            stream: string;

            /** HelloBody sessionNumber. */
            sessionNumber: number;

            /** HelloBody sessionId. */
            sessionId: Uint8Array;

            /** HelloBody counter. */
            counter: number;

            /** HelloBody sentAtMs. */
            sentAtMs: number;

            /** HelloBody keyId. */
            keyId: Uint8Array;

            /** HelloBody link. */
            link?: (identity_diode.v1.LinkParameters.$Properties|null);

            /** HelloBody head. */
            head?: (identity_diode.v1.Head.$Properties|null);

            /** HelloBody sealed. */
            sealed: identity_diode.v1.SealedSecret.$Properties[];

            /** HelloBody previousEpoch. */
            previousEpoch?: (identity_diode.v1.Head.$Properties|null);

            /**
             * Creates a new HelloBody instance using the specified properties.
             * @param [properties] Properties to set
             * @returns HelloBody instance
             */
            static create(properties: identity_diode.v1.HelloBody.$Shape): identity_diode.v1.HelloBody & identity_diode.v1.HelloBody.$Shape;
            static create(properties?: identity_diode.v1.HelloBody.$Properties): identity_diode.v1.HelloBody;

            /**
             * Encodes the specified HelloBody message. Does not implicitly {@link identity_diode.v1.HelloBody.verify|verify} messages.
             * @param message HelloBody message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: identity_diode.v1.HelloBody.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a HelloBody message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {identity_diode.v1.HelloBody & identity_diode.v1.HelloBody.$Shape} HelloBody
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): identity_diode.v1.HelloBody & identity_diode.v1.HelloBody.$Shape;
        }

        namespace HelloBody {

            /** Properties of a HelloBody. */
            interface $Properties {

                /** HelloBody protocolVersion */
                protocolVersion?: (number|null);

                /** HelloBody suite */
                suite?: (number|null);

                /** HelloBody boundary */
                boundary?: (string|null);

                /** HelloBody stream */
                stream?: (string|null);

                /** HelloBody sessionNumber */
                sessionNumber?: (number|null);

                /** HelloBody sessionId */
                sessionId?: (Uint8Array|null);

                /** HelloBody counter */
                counter?: (number|null);

                /** HelloBody sentAtMs */
                sentAtMs?: (number|null);

                /** HelloBody keyId */
                keyId?: (Uint8Array|null);

                /** HelloBody link */
                link?: (identity_diode.v1.LinkParameters.$Properties|null);

                /** HelloBody head */
                head?: (identity_diode.v1.Head.$Properties|null);

                /** HelloBody sealed */
                sealed?: (identity_diode.v1.SealedSecret.$Properties[]|null);

                /** HelloBody previousEpoch */
                previousEpoch?: (identity_diode.v1.Head.$Properties|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a HelloBody. */
            type $Shape = identity_diode.v1.HelloBody.$Properties;
        }

        /**
         * Properties of a LinkParameters.
         * @deprecated Use identity_diode.v1.LinkParameters.$Properties instead.
         */
        interface ILinkParameters extends identity_diode.v1.LinkParameters.$Properties {
        }

        /** Represents a LinkParameters. */
        class LinkParameters {

            /**
             * Constructs a new LinkParameters.
             * @param [properties] Properties to set
             */
            constructor(properties?: identity_diode.v1.LinkParameters.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** LinkParameters symbolBytes. */
            symbolBytes: number;

            /** LinkParameters repairPercent. */
            repairPercent: number;

            /** LinkParameters rateBitsPerSecond. */
            rateBitsPerSecond: number;

            /** LinkParameters helloIntervalMs. */
            helloIntervalMs: number;

            /** LinkParameters repeatAfterMs. */
            repeatAfterMs: number[];

            /**
             * Creates a new LinkParameters instance using the specified properties.
             * @param [properties] Properties to set
             * @returns LinkParameters instance
             */
            static create(properties: identity_diode.v1.LinkParameters.$Shape): identity_diode.v1.LinkParameters & identity_diode.v1.LinkParameters.$Shape;
            static create(properties?: identity_diode.v1.LinkParameters.$Properties): identity_diode.v1.LinkParameters;

            /**
             * Encodes the specified LinkParameters message. Does not implicitly {@link identity_diode.v1.LinkParameters.verify|verify} messages.
             * @param message LinkParameters message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: identity_diode.v1.LinkParameters.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a LinkParameters message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {identity_diode.v1.LinkParameters & identity_diode.v1.LinkParameters.$Shape} LinkParameters
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): identity_diode.v1.LinkParameters & identity_diode.v1.LinkParameters.$Shape;
        }

        namespace LinkParameters {

            /** Properties of a LinkParameters. */
            interface $Properties {

                /** LinkParameters symbolBytes */
                symbolBytes?: (number|null);

                /** LinkParameters repairPercent */
                repairPercent?: (number|null);

                /** LinkParameters rateBitsPerSecond */
                rateBitsPerSecond?: (number|null);

                /** LinkParameters helloIntervalMs */
                helloIntervalMs?: (number|null);

                /** LinkParameters repeatAfterMs */
                repeatAfterMs?: (number[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a LinkParameters. */
            type $Shape = identity_diode.v1.LinkParameters.$Properties;
        }

        /**
         * Properties of a Head.
         * @deprecated Use identity_diode.v1.Head.$Properties instead.
         */
        interface IHead extends identity_diode.v1.Head.$Properties {
        }

        /** Represents a Head. */
        class Head {

            /**
             * Constructs a new Head.
             * @param [properties] Properties to set
             */
            constructor(properties?: identity_diode.v1.Head.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Head epoch. */
            epoch: number;

            /** Head epochId. */
            epochId: Uint8Array;

            /** Head sequence. */
            sequence: number;

            /** Head digest. */
            digest: Uint8Array;

            /** Head oldestSequence. */
            oldestSequence: number;

            /**
             * Creates a new Head instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Head instance
             */
            static create(properties: identity_diode.v1.Head.$Shape): identity_diode.v1.Head & identity_diode.v1.Head.$Shape;
            static create(properties?: identity_diode.v1.Head.$Properties): identity_diode.v1.Head;

            /**
             * Encodes the specified Head message. Does not implicitly {@link identity_diode.v1.Head.verify|verify} messages.
             * @param message Head message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: identity_diode.v1.Head.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Head message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {identity_diode.v1.Head & identity_diode.v1.Head.$Shape} Head
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): identity_diode.v1.Head & identity_diode.v1.Head.$Shape;
        }

        namespace Head {

            /** Properties of a Head. */
            interface $Properties {

                /** Head epoch */
                epoch?: (number|null);

                /** Head epochId */
                epochId?: (Uint8Array|null);

                /** Head sequence */
                sequence?: (number|null);

                /** Head digest */
                digest?: (Uint8Array|null);

                /** Head oldestSequence */
                oldestSequence?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Head. */
            type $Shape = identity_diode.v1.Head.$Properties;
        }

        /**
         * Properties of a SealedSecret.
         * @deprecated Use identity_diode.v1.SealedSecret.$Properties instead.
         */
        interface ISealedSecret extends identity_diode.v1.SealedSecret.$Properties {
        }

        /** Represents a SealedSecret. */
        class SealedSecret {

            /**
             * Constructs a new SealedSecret.
             * @param [properties] Properties to set
             */
            constructor(properties?: identity_diode.v1.SealedSecret.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** SealedSecret receiverId. */
            receiverId: Uint8Array;

            /** SealedSecret encapsulatedKey. */
            encapsulatedKey: Uint8Array;

            /** SealedSecret ciphertext. */
            ciphertext: Uint8Array;

            /**
             * Creates a new SealedSecret instance using the specified properties.
             * @param [properties] Properties to set
             * @returns SealedSecret instance
             */
            static create(properties: identity_diode.v1.SealedSecret.$Shape): identity_diode.v1.SealedSecret & identity_diode.v1.SealedSecret.$Shape;
            static create(properties?: identity_diode.v1.SealedSecret.$Properties): identity_diode.v1.SealedSecret;

            /**
             * Encodes the specified SealedSecret message. Does not implicitly {@link identity_diode.v1.SealedSecret.verify|verify} messages.
             * @param message SealedSecret message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: identity_diode.v1.SealedSecret.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a SealedSecret message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {identity_diode.v1.SealedSecret & identity_diode.v1.SealedSecret.$Shape} SealedSecret
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): identity_diode.v1.SealedSecret & identity_diode.v1.SealedSecret.$Shape;
        }

        namespace SealedSecret {

            /** Properties of a SealedSecret. */
            interface $Properties {

                /** SealedSecret receiverId */
                receiverId?: (Uint8Array|null);

                /** SealedSecret encapsulatedKey */
                encapsulatedKey?: (Uint8Array|null);

                /** SealedSecret ciphertext */
                ciphertext?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a SealedSecret. */
            type $Shape = identity_diode.v1.SealedSecret.$Properties;
        }

        /**
         * Properties of a ReceiverCard.
         * @deprecated Use identity_diode.v1.ReceiverCard.$Properties instead.
         */
        interface IReceiverCard extends identity_diode.v1.ReceiverCard.$Properties {
        }

        /** Represents a ReceiverCard. */
        class ReceiverCard {

            /**
             * Constructs a new ReceiverCard.
             * @param [properties] Properties to set
             */
            constructor(properties?: identity_diode.v1.ReceiverCard.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ReceiverCard version. */
            version: number;

            /** ReceiverCard boundary. */
            boundary: string;

            /** ReceiverCard agreementKey. */
            agreementKey: Uint8Array;

            /**
             * Creates a new ReceiverCard instance using the specified properties.
             * @param [properties] Properties to set
             * @returns ReceiverCard instance
             */
            static create(properties: identity_diode.v1.ReceiverCard.$Shape): identity_diode.v1.ReceiverCard & identity_diode.v1.ReceiverCard.$Shape;
            static create(properties?: identity_diode.v1.ReceiverCard.$Properties): identity_diode.v1.ReceiverCard;

            /**
             * Encodes the specified ReceiverCard message. Does not implicitly {@link identity_diode.v1.ReceiverCard.verify|verify} messages.
             * @param message ReceiverCard message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: identity_diode.v1.ReceiverCard.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ReceiverCard message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {identity_diode.v1.ReceiverCard & identity_diode.v1.ReceiverCard.$Shape} ReceiverCard
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): identity_diode.v1.ReceiverCard & identity_diode.v1.ReceiverCard.$Shape;
        }

        namespace ReceiverCard {

            /** Properties of a ReceiverCard. */
            interface $Properties {

                /** ReceiverCard version */
                version?: (number|null);

                /** ReceiverCard boundary */
                boundary?: (string|null);

                /** ReceiverCard agreementKey */
                agreementKey?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a ReceiverCard. */
            type $Shape = identity_diode.v1.ReceiverCard.$Properties;
        }

        /**
         * Properties of a SenderCard.
         * @deprecated Use identity_diode.v1.SenderCard.$Properties instead.
         */
        interface ISenderCard extends identity_diode.v1.SenderCard.$Properties {
        }

        /** Represents a SenderCard. */
        class SenderCard {

            /**
             * Constructs a new SenderCard.
             * @param [properties] Properties to set
             */
            constructor(properties?: identity_diode.v1.SenderCard.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** SenderCard version. */
            version: number;

            /** SenderCard boundary. */
            boundary: string;

            /** SenderCard stream. */
            stream: string;

            /** SenderCard signingKey. */
            signingKey: Uint8Array;

            /** SenderCard agreementKey. */
            agreementKey: Uint8Array;

            /**
             * Creates a new SenderCard instance using the specified properties.
             * @param [properties] Properties to set
             * @returns SenderCard instance
             */
            static create(properties: identity_diode.v1.SenderCard.$Shape): identity_diode.v1.SenderCard & identity_diode.v1.SenderCard.$Shape;
            static create(properties?: identity_diode.v1.SenderCard.$Properties): identity_diode.v1.SenderCard;

            /**
             * Encodes the specified SenderCard message. Does not implicitly {@link identity_diode.v1.SenderCard.verify|verify} messages.
             * @param message SenderCard message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: identity_diode.v1.SenderCard.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a SenderCard message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {identity_diode.v1.SenderCard & identity_diode.v1.SenderCard.$Shape} SenderCard
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): identity_diode.v1.SenderCard & identity_diode.v1.SenderCard.$Shape;
        }

        namespace SenderCard {

            /** Properties of a SenderCard. */
            interface $Properties {

                /** SenderCard version */
                version?: (number|null);

                /** SenderCard boundary */
                boundary?: (string|null);

                /** SenderCard stream */
                stream?: (string|null);

                /** SenderCard signingKey */
                signingKey?: (Uint8Array|null);

                /** SenderCard agreementKey */
                agreementKey?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a SenderCard. */
            type $Shape = identity_diode.v1.SenderCard.$Properties;
        }

        /** ControlKind enum. */
        enum ControlKind {

            /** CONTROL_KIND_UNSPECIFIED value */
            CONTROL_KIND_UNSPECIFIED = 0,

            /** CONTROL_KIND_HELLO value */
            CONTROL_KIND_HELLO = 1,

            /** CONTROL_KIND_TRUST_BUNDLE value */
            CONTROL_KIND_TRUST_BUNDLE = 2
        }

        /**
         * Properties of a ControlObject.
         * @deprecated Use identity_diode.v1.ControlObject.$Properties instead.
         */
        interface IControlObject extends identity_diode.v1.ControlObject.$Properties {
        }

        /** Represents a ControlObject. */
        class ControlObject {

            /**
             * Constructs a new ControlObject.
             * @param [properties] Properties to set
             */
            constructor(properties?: identity_diode.v1.ControlObject.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ControlObject kind. */
            kind: identity_diode.v1.ControlKind;

            /** ControlObject body. */
            body: Uint8Array;

            /**
             * Creates a new ControlObject instance using the specified properties.
             * @param [properties] Properties to set
             * @returns ControlObject instance
             */
            static create(properties: identity_diode.v1.ControlObject.$Shape): identity_diode.v1.ControlObject & identity_diode.v1.ControlObject.$Shape;
            static create(properties?: identity_diode.v1.ControlObject.$Properties): identity_diode.v1.ControlObject;

            /**
             * Encodes the specified ControlObject message. Does not implicitly {@link identity_diode.v1.ControlObject.verify|verify} messages.
             * @param message ControlObject message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: identity_diode.v1.ControlObject.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a ControlObject message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {identity_diode.v1.ControlObject & identity_diode.v1.ControlObject.$Shape} ControlObject
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): identity_diode.v1.ControlObject & identity_diode.v1.ControlObject.$Shape;
        }

        namespace ControlObject {

            /** Properties of a ControlObject. */
            interface $Properties {

                /** ControlObject kind */
                kind?: (identity_diode.v1.ControlKind|null);

                /** ControlObject body */
                body?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a ControlObject. */
            type $Shape = identity_diode.v1.ControlObject.$Properties;
        }

        /**
         * Properties of a Frame.
         * @deprecated Use identity_diode.v1.Frame.$Properties instead.
         */
        interface IFrame extends identity_diode.v1.Frame.$Properties {
        }

        /** Represents a Frame. */
        class Frame {

            /**
             * Constructs a new Frame.
             * @param [properties] Properties to set
             */
            constructor(properties?: identity_diode.v1.Frame.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Frame header. */
            header: Uint8Array;

            /** Frame signature. */
            signature: Uint8Array;

            /** Frame payload. */
            payload: Uint8Array;

            /**
             * Creates a new Frame instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Frame instance
             */
            static create(properties: identity_diode.v1.Frame.$Shape): identity_diode.v1.Frame & identity_diode.v1.Frame.$Shape;
            static create(properties?: identity_diode.v1.Frame.$Properties): identity_diode.v1.Frame;

            /**
             * Encodes the specified Frame message. Does not implicitly {@link identity_diode.v1.Frame.verify|verify} messages.
             * @param message Frame message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: identity_diode.v1.Frame.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Frame message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {identity_diode.v1.Frame & identity_diode.v1.Frame.$Shape} Frame
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): identity_diode.v1.Frame & identity_diode.v1.Frame.$Shape;
        }

        namespace Frame {

            /** Properties of a Frame. */
            interface $Properties {

                /** Frame header */
                header?: (Uint8Array|null);

                /** Frame signature */
                signature?: (Uint8Array|null);

                /** Frame payload */
                payload?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Frame. */
            type $Shape = identity_diode.v1.Frame.$Properties;
        }

        /** FrameKind enum. */
        enum FrameKind {

            /** FRAME_KIND_UNSPECIFIED value */
            FRAME_KIND_UNSPECIFIED = 0,

            /** FRAME_KIND_DELTAS value */
            FRAME_KIND_DELTAS = 1,

            /** FRAME_KIND_SNAPSHOT value */
            FRAME_KIND_SNAPSHOT = 2
        }

        /** Compression enum. */
        enum Compression {

            /** COMPRESSION_UNSPECIFIED value */
            COMPRESSION_UNSPECIFIED = 0,

            /** COMPRESSION_NONE value */
            COMPRESSION_NONE = 1,

            /** COMPRESSION_ZSTD value */
            COMPRESSION_ZSTD = 2
        }

        /**
         * Properties of a FrameHeader.
         * @deprecated Use identity_diode.v1.FrameHeader.$Properties instead.
         */
        interface IFrameHeader extends identity_diode.v1.FrameHeader.$Properties {
        }

        /** Represents a FrameHeader. */
        class FrameHeader {

            /**
             * Constructs a new FrameHeader.
             * @param [properties] Properties to set
             */
            constructor(properties?: identity_diode.v1.FrameHeader.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** FrameHeader suite. */
            suite: number;

            /** FrameHeader boundary. */
            boundary: string;

            /** FrameHeader stream. */
            stream: string;

            /** FrameHeader epoch. */
            epoch: number;

            /** FrameHeader epochId. */
            epochId: Uint8Array;

            /** FrameHeader sequence. */
            sequence: number;

            /** FrameHeader previousDigest. */
            previousDigest: Uint8Array;

            /** FrameHeader kind. */
            kind: identity_diode.v1.FrameKind;

            /** FrameHeader recordCount. */
            recordCount: number;

            /** FrameHeader createdAtMs. */
            createdAtMs: number;

            /** FrameHeader keyId. */
            keyId: Uint8Array;

            /** FrameHeader payloadDigest. */
            payloadDigest: Uint8Array;

            /** FrameHeader payloadBytes. */
            payloadBytes: number;

            /** FrameHeader bodyBytes. */
            bodyBytes: number;

            /** FrameHeader compression. */
            compression: identity_diode.v1.Compression;

            /**
             * Creates a new FrameHeader instance using the specified properties.
             * @param [properties] Properties to set
             * @returns FrameHeader instance
             */
            static create(properties: identity_diode.v1.FrameHeader.$Shape): identity_diode.v1.FrameHeader & identity_diode.v1.FrameHeader.$Shape;
            static create(properties?: identity_diode.v1.FrameHeader.$Properties): identity_diode.v1.FrameHeader;

            /**
             * Encodes the specified FrameHeader message. Does not implicitly {@link identity_diode.v1.FrameHeader.verify|verify} messages.
             * @param message FrameHeader message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: identity_diode.v1.FrameHeader.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a FrameHeader message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {identity_diode.v1.FrameHeader & identity_diode.v1.FrameHeader.$Shape} FrameHeader
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): identity_diode.v1.FrameHeader & identity_diode.v1.FrameHeader.$Shape;
        }

        namespace FrameHeader {

            /** Properties of a FrameHeader. */
            interface $Properties {

                /** FrameHeader suite */
                suite?: (number|null);

                /** FrameHeader boundary */
                boundary?: (string|null);

                /** FrameHeader stream */
                stream?: (string|null);

                /** FrameHeader epoch */
                epoch?: (number|null);

                /** FrameHeader epochId */
                epochId?: (Uint8Array|null);

                /** FrameHeader sequence */
                sequence?: (number|null);

                /** FrameHeader previousDigest */
                previousDigest?: (Uint8Array|null);

                /** FrameHeader kind */
                kind?: (identity_diode.v1.FrameKind|null);

                /** FrameHeader recordCount */
                recordCount?: (number|null);

                /** FrameHeader createdAtMs */
                createdAtMs?: (number|null);

                /** FrameHeader keyId */
                keyId?: (Uint8Array|null);

                /** FrameHeader payloadDigest */
                payloadDigest?: (Uint8Array|null);

                /** FrameHeader payloadBytes */
                payloadBytes?: (number|null);

                /** FrameHeader bodyBytes */
                bodyBytes?: (number|null);

                /** FrameHeader compression */
                compression?: (identity_diode.v1.Compression|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a FrameHeader. */
            type $Shape = identity_diode.v1.FrameHeader.$Properties;
        }

        /**
         * Properties of a Payload.
         * @deprecated Use identity_diode.v1.Payload.$Properties instead.
         */
        interface IPayload extends identity_diode.v1.Payload.$Properties {
        }

        /** Represents a Payload. */
        class Payload {

            /**
             * Constructs a new Payload.
             * @param [properties] Properties to set
             */
            constructor(properties?: identity_diode.v1.Payload.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Payload records. */
            records: identity_diode.v1.Record.$Properties[];

            /**
             * Creates a new Payload instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Payload instance
             */
            static create(properties: identity_diode.v1.Payload.$Shape): identity_diode.v1.Payload & identity_diode.v1.Payload.$Shape;
            static create(properties?: identity_diode.v1.Payload.$Properties): identity_diode.v1.Payload;

            /**
             * Encodes the specified Payload message. Does not implicitly {@link identity_diode.v1.Payload.verify|verify} messages.
             * @param message Payload message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: identity_diode.v1.Payload.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Payload message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {identity_diode.v1.Payload & identity_diode.v1.Payload.$Shape} Payload
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): identity_diode.v1.Payload & identity_diode.v1.Payload.$Shape;
        }

        namespace Payload {

            /** Properties of a Payload. */
            interface $Properties {

                /** Payload records */
                records?: (identity_diode.v1.Record.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Payload. */
            type $Shape = {
              records?: identity_diode.v1.Record.$Shape[]|null;
              $unknowns?: Uint8Array[];
            };
        }

        /**
         * Properties of a Record.
         * @deprecated Use identity_diode.v1.Record.$Properties instead.
         */
        interface IRecord extends identity_diode.v1.Record.$Properties {
        }

        /** Represents a Record. */
        class Record {

            /**
             * Constructs a new Record.
             * @param [properties] Properties to set
             */
            constructor(properties?: identity_diode.v1.Record.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Record delta. */
            delta?: (identity_diode.v1.Delta.$Properties|null);

            /** Record member. */
            member?: (identity_diode.v1.Member.$Properties|null);

            /** Record token. */
            token?: (identity_diode.v1.Token.$Properties|null);

            /** Record revocation. */
            revocation?: (identity_diode.v1.Revocation.$Properties|null);

            /** Record keySet. */
            keySet?: (identity_diode.v1.KeySet.$Properties|null);

            /** Record status. */
            status?: (identity_diode.v1.Status.$Properties|null);

            /** Record snapshotPart. */
            snapshotPart?: (identity_diode.v1.SnapshotPart.$Properties|null);

            /** Record checkpoint. */
            checkpoint?: (identity_diode.v1.Checkpoint.$Properties|null);

            /** Record atMs. */
            atMs: number;

            /** Record revision. */
            revision?: (identity_diode.v1.Revision.$Properties|null);

            /** Record body. */
            body?: ("delta"|"member"|"token"|"revocation"|"keySet"|"status"|"snapshotPart"|"checkpoint");

            /**
             * Creates a new Record instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Record instance
             */
            static create(properties: identity_diode.v1.Record.$Shape): identity_diode.v1.Record & identity_diode.v1.Record.$Shape;
            static create(properties?: identity_diode.v1.Record.$Properties): identity_diode.v1.Record;

            /**
             * Encodes the specified Record message. Does not implicitly {@link identity_diode.v1.Record.verify|verify} messages.
             * @param message Record message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: identity_diode.v1.Record.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Record message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {identity_diode.v1.Record & identity_diode.v1.Record.$Shape} Record
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): identity_diode.v1.Record & identity_diode.v1.Record.$Shape;
        }

        namespace Record {

            /** Properties of a Record. */
            interface $Properties {

                /** Record delta */
                delta?: (identity_diode.v1.Delta.$Properties|null);

                /** Record member */
                member?: (identity_diode.v1.Member.$Properties|null);

                /** Record token */
                token?: (identity_diode.v1.Token.$Properties|null);

                /** Record revocation */
                revocation?: (identity_diode.v1.Revocation.$Properties|null);

                /** Record keySet */
                keySet?: (identity_diode.v1.KeySet.$Properties|null);

                /** Record status */
                status?: (identity_diode.v1.Status.$Properties|null);

                /** Record snapshotPart */
                snapshotPart?: (identity_diode.v1.SnapshotPart.$Properties|null);

                /** Record checkpoint */
                checkpoint?: (identity_diode.v1.Checkpoint.$Properties|null);

                /** Record atMs */
                atMs?: (number|null);

                /** Record revision */
                revision?: (identity_diode.v1.Revision.$Properties|null);

                /** Record body */
                body?: ("delta"|"member"|"token"|"revocation"|"keySet"|"status"|"snapshotPart"|"checkpoint");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of a Record. */
            type $Shape = {
              delta?: identity_diode.v1.Delta.$Shape|null;
              member?: identity_diode.v1.Member.$Shape|null;
              token?: identity_diode.v1.Token.$Shape|null;
              revocation?: identity_diode.v1.Revocation.$Shape|null;
              keySet?: identity_diode.v1.KeySet.$Shape|null;
              status?: identity_diode.v1.Status.$Shape|null;
              snapshotPart?: identity_diode.v1.SnapshotPart.$Shape|null;
              checkpoint?: identity_diode.v1.Checkpoint.$Shape|null;
              atMs?: number|null;
              revision?: identity_diode.v1.Revision.$Shape|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ body?: undefined; delta?: null; member?: null; token?: null; revocation?: null; keySet?: null; status?: null; snapshotPart?: null; checkpoint?: null }|{ body?: "delta"; delta: identity_diode.v1.Delta.$Shape; member?: null; token?: null; revocation?: null; keySet?: null; status?: null; snapshotPart?: null; checkpoint?: null }|{ body?: "member"; delta?: null; member: identity_diode.v1.Member.$Shape; token?: null; revocation?: null; keySet?: null; status?: null; snapshotPart?: null; checkpoint?: null }|{ body?: "token"; delta?: null; member?: null; token: identity_diode.v1.Token.$Shape; revocation?: null; keySet?: null; status?: null; snapshotPart?: null; checkpoint?: null }|{ body?: "revocation"; delta?: null; member?: null; token?: null; revocation: identity_diode.v1.Revocation.$Shape; keySet?: null; status?: null; snapshotPart?: null; checkpoint?: null }|{ body?: "keySet"; delta?: null; member?: null; token?: null; revocation?: null; keySet: identity_diode.v1.KeySet.$Shape; status?: null; snapshotPart?: null; checkpoint?: null }|{ body?: "status"; delta?: null; member?: null; token?: null; revocation?: null; keySet?: null; status: identity_diode.v1.Status.$Shape; snapshotPart?: null; checkpoint?: null }|{ body?: "snapshotPart"; delta?: null; member?: null; token?: null; revocation?: null; keySet?: null; status?: null; snapshotPart: identity_diode.v1.SnapshotPart.$Shape; checkpoint?: null }|{ body?: "checkpoint"; delta?: null; member?: null; token?: null; revocation?: null; keySet?: null; status?: null; snapshotPart?: null; checkpoint: identity_diode.v1.Checkpoint.$Shape })
            );
        }

        /**
         * Properties of a Revision.
         * @deprecated Use identity_diode.v1.Revision.$Properties instead.
         */
        interface IRevision extends identity_diode.v1.Revision.$Properties {
        }

        /** Represents a Revision. */
        class Revision {

            /**
             * Constructs a new Revision.
             * @param [properties] Properties to set
             */
            constructor(properties?: identity_diode.v1.Revision.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Revision epoch. */
            epoch: number;

            /** Revision sequence. */
            sequence: number;

            /** Revision index. */
            index: number;

            /**
             * Creates a new Revision instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Revision instance
             */
            static create(properties: identity_diode.v1.Revision.$Shape): identity_diode.v1.Revision & identity_diode.v1.Revision.$Shape;
            static create(properties?: identity_diode.v1.Revision.$Properties): identity_diode.v1.Revision;

            /**
             * Encodes the specified Revision message. Does not implicitly {@link identity_diode.v1.Revision.verify|verify} messages.
             * @param message Revision message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: identity_diode.v1.Revision.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Revision message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {identity_diode.v1.Revision & identity_diode.v1.Revision.$Shape} Revision
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): identity_diode.v1.Revision & identity_diode.v1.Revision.$Shape;
        }

        namespace Revision {

            /** Properties of a Revision. */
            interface $Properties {

                /** Revision epoch */
                epoch?: (number|null);

                /** Revision sequence */
                sequence?: (number|null);

                /** Revision index */
                index?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Revision. */
            type $Shape = identity_diode.v1.Revision.$Properties;
        }

        /** Operation enum. */
        enum Operation {

            /** OPERATION_UNSPECIFIED value */
            OPERATION_UNSPECIFIED = 0,

            /** OPERATION_CREATE value */
            OPERATION_CREATE = 1,

            /** OPERATION_PUT value */
            OPERATION_PUT = 2,

            /** OPERATION_DELETE value */
            OPERATION_DELETE = 3
        }

        /**
         * Properties of a Delta.
         * @deprecated Use identity_diode.v1.Delta.$Properties instead.
         */
        interface IDelta extends identity_diode.v1.Delta.$Properties {
        }

        /** Represents a Delta. */
        class Delta {

            /**
             * Constructs a new Delta.
             * @param [properties] Properties to set
             */
            constructor(properties?: identity_diode.v1.Delta.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Delta operation. */
            operation: identity_diode.v1.Operation;

            /** Delta type. */
            type: string;

            /** Delta id. */
            id: string;

            /** Delta resource. */
            resource: Uint8Array;

            /** Delta reason. */
            reason: string;

            /**
             * Creates a new Delta instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Delta instance
             */
            static create(properties: identity_diode.v1.Delta.$Shape): identity_diode.v1.Delta & identity_diode.v1.Delta.$Shape;
            static create(properties?: identity_diode.v1.Delta.$Properties): identity_diode.v1.Delta;

            /**
             * Encodes the specified Delta message. Does not implicitly {@link identity_diode.v1.Delta.verify|verify} messages.
             * @param message Delta message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: identity_diode.v1.Delta.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Delta message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {identity_diode.v1.Delta & identity_diode.v1.Delta.$Shape} Delta
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): identity_diode.v1.Delta & identity_diode.v1.Delta.$Shape;
        }

        namespace Delta {

            /** Properties of a Delta. */
            interface $Properties {

                /** Delta operation */
                operation?: (identity_diode.v1.Operation|null);

                /** Delta type */
                type?: (string|null);

                /** Delta id */
                id?: (string|null);

                /** Delta resource */
                resource?: (Uint8Array|null);

                /** Delta reason */
                reason?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Delta. */
            type $Shape = identity_diode.v1.Delta.$Properties;
        }

        /**
         * Properties of a Member.
         * @deprecated Use identity_diode.v1.Member.$Properties instead.
         */
        interface IMember extends identity_diode.v1.Member.$Properties {
        }

        /** Represents a Member. */
        class Member {

            /**
             * Constructs a new Member.
             * @param [properties] Properties to set
             */
            constructor(properties?: identity_diode.v1.Member.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Member operation. */
            operation: identity_diode.v1.Operation;

            /** Member group. */
            group: string;

            /** Member member. */
            member: string;

            /** Member memberType. */
            memberType: string;

            /** Member reason. */
            reason: string;

            /**
             * Creates a new Member instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Member instance
             */
            static create(properties: identity_diode.v1.Member.$Shape): identity_diode.v1.Member & identity_diode.v1.Member.$Shape;
            static create(properties?: identity_diode.v1.Member.$Properties): identity_diode.v1.Member;

            /**
             * Encodes the specified Member message. Does not implicitly {@link identity_diode.v1.Member.verify|verify} messages.
             * @param message Member message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: identity_diode.v1.Member.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Member message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {identity_diode.v1.Member & identity_diode.v1.Member.$Shape} Member
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): identity_diode.v1.Member & identity_diode.v1.Member.$Shape;
        }

        namespace Member {

            /** Properties of a Member. */
            interface $Properties {

                /** Member operation */
                operation?: (identity_diode.v1.Operation|null);

                /** Member group */
                group?: (string|null);

                /** Member member */
                member?: (string|null);

                /** Member memberType */
                memberType?: (string|null);

                /** Member reason */
                reason?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Member. */
            type $Shape = identity_diode.v1.Member.$Properties;
        }

        /**
         * Properties of a Token.
         * @deprecated Use identity_diode.v1.Token.$Properties instead.
         */
        interface IToken extends identity_diode.v1.Token.$Properties {
        }

        /** Represents a Token. */
        class Token {

            /**
             * Constructs a new Token.
             * @param [properties] Properties to set
             */
            constructor(properties?: identity_diode.v1.Token.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Token jws. */
            jws: string;

            /**
             * Creates a new Token instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Token instance
             */
            static create(properties: identity_diode.v1.Token.$Shape): identity_diode.v1.Token & identity_diode.v1.Token.$Shape;
            static create(properties?: identity_diode.v1.Token.$Properties): identity_diode.v1.Token;

            /**
             * Encodes the specified Token message. Does not implicitly {@link identity_diode.v1.Token.verify|verify} messages.
             * @param message Token message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: identity_diode.v1.Token.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Token message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {identity_diode.v1.Token & identity_diode.v1.Token.$Shape} Token
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): identity_diode.v1.Token & identity_diode.v1.Token.$Shape;
        }

        namespace Token {

            /** Properties of a Token. */
            interface $Properties {

                /** Token jws */
                jws?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Token. */
            type $Shape = identity_diode.v1.Token.$Properties;
        }

        /**
         * Properties of a Revocation.
         * @deprecated Use identity_diode.v1.Revocation.$Properties instead.
         */
        interface IRevocation extends identity_diode.v1.Revocation.$Properties {
        }

        /** Represents a Revocation. */
        class Revocation {

            /**
             * Constructs a new Revocation.
             * @param [properties] Properties to set
             */
            constructor(properties?: identity_diode.v1.Revocation.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Revocation issuer. */
            issuer: string;

            /** Revocation jti. */
            jti?: (string|null);

            /** Revocation subject. */
            subject?: (string|null);

            /** Revocation key. */
            key?: (string|null);

            /** Revocation everyone. */
            everyone?: (boolean|null);

            /** Revocation issuedBeforeMs. */
            issuedBeforeMs: number;

            /** Revocation target. */
            target?: ("jti"|"subject"|"key"|"everyone");

            /**
             * Creates a new Revocation instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Revocation instance
             */
            static create(properties: identity_diode.v1.Revocation.$Shape): identity_diode.v1.Revocation & identity_diode.v1.Revocation.$Shape;
            static create(properties?: identity_diode.v1.Revocation.$Properties): identity_diode.v1.Revocation;

            /**
             * Encodes the specified Revocation message. Does not implicitly {@link identity_diode.v1.Revocation.verify|verify} messages.
             * @param message Revocation message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: identity_diode.v1.Revocation.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Revocation message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {identity_diode.v1.Revocation & identity_diode.v1.Revocation.$Shape} Revocation
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): identity_diode.v1.Revocation & identity_diode.v1.Revocation.$Shape;
        }

        namespace Revocation {

            /** Properties of a Revocation. */
            interface $Properties {

                /** Revocation issuer */
                issuer?: (string|null);

                /** Revocation jti */
                jti?: (string|null);

                /** Revocation subject */
                subject?: (string|null);

                /** Revocation key */
                key?: (string|null);

                /** Revocation everyone */
                everyone?: (boolean|null);

                /** Revocation issuedBeforeMs */
                issuedBeforeMs?: (number|null);

                /** Revocation target */
                target?: ("jti"|"subject"|"key"|"everyone");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of a Revocation. */
            type $Shape = {
              issuer?: string|null;
              jti?: string|null;
              subject?: string|null;
              key?: string|null;
              everyone?: boolean|null;
              issuedBeforeMs?: number|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ target?: undefined; jti?: null; subject?: null; key?: null; everyone?: null }|{ target?: "jti"; jti: string; subject?: null; key?: null; everyone?: null }|{ target?: "subject"; jti?: null; subject: string; key?: null; everyone?: null }|{ target?: "key"; jti?: null; subject?: null; key: string; everyone?: null }|{ target?: "everyone"; jti?: null; subject?: null; key?: null; everyone: boolean })
            );
        }

        /**
         * Properties of a KeySet.
         * @deprecated Use identity_diode.v1.KeySet.$Properties instead.
         */
        interface IKeySet extends identity_diode.v1.KeySet.$Properties {
        }

        /** Represents a KeySet. */
        class KeySet {

            /**
             * Constructs a new KeySet.
             * @param [properties] Properties to set
             */
            constructor(properties?: identity_diode.v1.KeySet.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** KeySet issuer. */
            issuer: string;

            /** KeySet jwks. */
            jwks: Uint8Array;

            /**
             * Creates a new KeySet instance using the specified properties.
             * @param [properties] Properties to set
             * @returns KeySet instance
             */
            static create(properties: identity_diode.v1.KeySet.$Shape): identity_diode.v1.KeySet & identity_diode.v1.KeySet.$Shape;
            static create(properties?: identity_diode.v1.KeySet.$Properties): identity_diode.v1.KeySet;

            /**
             * Encodes the specified KeySet message. Does not implicitly {@link identity_diode.v1.KeySet.verify|verify} messages.
             * @param message KeySet message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: identity_diode.v1.KeySet.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a KeySet message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {identity_diode.v1.KeySet & identity_diode.v1.KeySet.$Shape} KeySet
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): identity_diode.v1.KeySet & identity_diode.v1.KeySet.$Shape;
        }

        namespace KeySet {

            /** Properties of a KeySet. */
            interface $Properties {

                /** KeySet issuer */
                issuer?: (string|null);

                /** KeySet jwks */
                jwks?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a KeySet. */
            type $Shape = identity_diode.v1.KeySet.$Properties;
        }

        /**
         * Properties of a Status.
         * @deprecated Use identity_diode.v1.Status.$Properties instead.
         */
        interface IStatus extends identity_diode.v1.Status.$Properties {
        }

        /** Represents a Status. */
        class Status {

            /**
             * Constructs a new Status.
             * @param [properties] Properties to set
             */
            constructor(properties?: identity_diode.v1.Status.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Status issuer. */
            issuer: string;

            /** Status asOfMs. */
            asOfMs: number;

            /** Status nextByMs. */
            nextByMs: number;

            /**
             * Creates a new Status instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Status instance
             */
            static create(properties: identity_diode.v1.Status.$Shape): identity_diode.v1.Status & identity_diode.v1.Status.$Shape;
            static create(properties?: identity_diode.v1.Status.$Properties): identity_diode.v1.Status;

            /**
             * Encodes the specified Status message. Does not implicitly {@link identity_diode.v1.Status.verify|verify} messages.
             * @param message Status message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: identity_diode.v1.Status.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Status message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {identity_diode.v1.Status & identity_diode.v1.Status.$Shape} Status
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): identity_diode.v1.Status & identity_diode.v1.Status.$Shape;
        }

        namespace Status {

            /** Properties of a Status. */
            interface $Properties {

                /** Status issuer */
                issuer?: (string|null);

                /** Status asOfMs */
                asOfMs?: (number|null);

                /** Status nextByMs */
                nextByMs?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Status. */
            type $Shape = identity_diode.v1.Status.$Properties;
        }

        /**
         * Properties of a SnapshotPart.
         * @deprecated Use identity_diode.v1.SnapshotPart.$Properties instead.
         */
        interface ISnapshotPart extends identity_diode.v1.SnapshotPart.$Properties {
        }

        /** Represents a SnapshotPart. */
        class SnapshotPart {

            /**
             * Constructs a new SnapshotPart.
             * @param [properties] Properties to set
             */
            constructor(properties?: identity_diode.v1.SnapshotPart.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** SnapshotPart cycle. */
            cycle: number;

            /** SnapshotPart part. */
            part: number;

            /** SnapshotPart last. */
            last: boolean;

            /** SnapshotPart firstKey. */
            firstKey: string;

            /** SnapshotPart lastKey. */
            lastKey: string;

            /** SnapshotPart asOf. */
            asOf?: (identity_diode.v1.Revision.$Properties|null);

            /** SnapshotPart entries. */
            entries: identity_diode.v1.Record.$Properties[];

            /**
             * Creates a new SnapshotPart instance using the specified properties.
             * @param [properties] Properties to set
             * @returns SnapshotPart instance
             */
            static create(properties: identity_diode.v1.SnapshotPart.$Shape): identity_diode.v1.SnapshotPart & identity_diode.v1.SnapshotPart.$Shape;
            static create(properties?: identity_diode.v1.SnapshotPart.$Properties): identity_diode.v1.SnapshotPart;

            /**
             * Encodes the specified SnapshotPart message. Does not implicitly {@link identity_diode.v1.SnapshotPart.verify|verify} messages.
             * @param message SnapshotPart message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: identity_diode.v1.SnapshotPart.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a SnapshotPart message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {identity_diode.v1.SnapshotPart & identity_diode.v1.SnapshotPart.$Shape} SnapshotPart
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): identity_diode.v1.SnapshotPart & identity_diode.v1.SnapshotPart.$Shape;
        }

        namespace SnapshotPart {

            /** Properties of a SnapshotPart. */
            interface $Properties {

                /** SnapshotPart cycle */
                cycle?: (number|null);

                /** SnapshotPart part */
                part?: (number|null);

                /** SnapshotPart last */
                last?: (boolean|null);

                /** SnapshotPart firstKey */
                firstKey?: (string|null);

                /** SnapshotPart lastKey */
                lastKey?: (string|null);

                /** SnapshotPart asOf */
                asOf?: (identity_diode.v1.Revision.$Properties|null);

                /** SnapshotPart entries */
                entries?: (identity_diode.v1.Record.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a SnapshotPart. */
            type $Shape = {
              cycle?: number|null;
              part?: number|null;
              last?: boolean|null;
              firstKey?: string|null;
              lastKey?: string|null;
              asOf?: identity_diode.v1.Revision.$Shape|null;
              entries?: identity_diode.v1.Record.$Shape[]|null;
              $unknowns?: Uint8Array[];
            };
        }

        /**
         * Properties of a Checkpoint.
         * @deprecated Use identity_diode.v1.Checkpoint.$Properties instead.
         */
        interface ICheckpoint extends identity_diode.v1.Checkpoint.$Properties {
        }

        /** Represents a Checkpoint. */
        class Checkpoint {

            /**
             * Constructs a new Checkpoint.
             * @param [properties] Properties to set
             */
            constructor(properties?: identity_diode.v1.Checkpoint.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Checkpoint note. */
            note: Uint8Array;

            /** Checkpoint previousSize. */
            previousSize: number;

            /** Checkpoint consistencyProof. */
            consistencyProof: Uint8Array[];

            /** Checkpoint logKey. */
            logKey: Uint8Array;

            /**
             * Creates a new Checkpoint instance using the specified properties.
             * @param [properties] Properties to set
             * @returns Checkpoint instance
             */
            static create(properties: identity_diode.v1.Checkpoint.$Shape): identity_diode.v1.Checkpoint & identity_diode.v1.Checkpoint.$Shape;
            static create(properties?: identity_diode.v1.Checkpoint.$Properties): identity_diode.v1.Checkpoint;

            /**
             * Encodes the specified Checkpoint message. Does not implicitly {@link identity_diode.v1.Checkpoint.verify|verify} messages.
             * @param message Checkpoint message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: identity_diode.v1.Checkpoint.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Checkpoint message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {identity_diode.v1.Checkpoint & identity_diode.v1.Checkpoint.$Shape} Checkpoint
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): identity_diode.v1.Checkpoint & identity_diode.v1.Checkpoint.$Shape;
        }

        namespace Checkpoint {

            /** Properties of a Checkpoint. */
            interface $Properties {

                /** Checkpoint note */
                note?: (Uint8Array|null);

                /** Checkpoint previousSize */
                previousSize?: (number|null);

                /** Checkpoint consistencyProof */
                consistencyProof?: (Uint8Array[]|null);

                /** Checkpoint logKey */
                logKey?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Checkpoint. */
            type $Shape = identity_diode.v1.Checkpoint.$Properties;
        }
    }
}
