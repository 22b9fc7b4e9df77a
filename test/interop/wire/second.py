"""A second implementation of docs/wire-format.md, on Python's standard library: reads the vectors and agrees or not.

    python3 test/interop/wire/second.py [test/vectors]

Written for agreement, not for speed: the cryptography is the RFCs' own description, and takes no care of time.
"""
import base64, datetime, functools, hashlib, hmac, json, math, pathlib, re, sys, urllib.parse

# --- 2. Suite 1 ------------------------------------------------------------------------------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
EDWARDS_D = -121665 * pow(121666, P - 2, P) % P


def sha256(data):
    return hashlib.sha256(data).digest()


def mac(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def hkdf(secret, salt, info):
    """RFC 5869; one block is 32 bytes."""
    return mac(mac(salt, secret), info + b"\x01")


def x25519(scalar, point):
    """RFC 7748 section 5."""
    k = (int.from_bytes(scalar, "little") & ~7 & ~(1 << 255)) | (1 << 254)
    x1 = int.from_bytes(point, "little") & ((1 << 255) - 1)
    x2, z2, x3, z3, swap = 1, 0, x1, 1, 0
    for t in range(254, -1, -1):
        bit = (k >> t) & 1
        if swap ^ bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = bit
        a, b, c, d = (x2 + z2) % P, (x2 - z2) % P, (x3 + z3) % P, (x3 - z3) % P
        aa, bb, da, cb = a * a % P, b * b % P, d * a % P, c * b % P
        e = (aa - bb) % P
        x3, z3 = (da + cb) ** 2 % P, x1 * (da - cb) ** 2 % P
        x2, z2 = aa * bb % P, e * (aa + 121665 * e) % P
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")


def edwards_add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * EDWARDS_D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def edwards_multiply(scalar, point):
    result = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = edwards_add(result, point)
        point, scalar = edwards_add(point, point), scalar >> 1
    return result


def edwards_point(data):
    """RFC 8032 section 5.1.3."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(EDWARDS_D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - x2) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


BASE = edwards_point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


@functools.lru_cache(maxsize=None)
def verify(message, signature, key):
    """RFC 8032 section 5.1.7. Vectors that share a signature are many."""
    a, r, s = edwards_point(key), edwards_point(signature[:32]), int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or a is None or r is None or s >= ORDER:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    left, right = edwards_multiply(s, BASE), edwards_add(r, edwards_multiply(h, a))
    return not ((left[0] * right[2] - right[0] * left[2]) % P or (left[1] * right[2] - right[1] * left[2]) % P)


def chacha20_block(key, counter, nonce):
    """RFC 8439 section 2.3."""
    words = lambda data: [int.from_bytes(data[i : i + 4], "little") for i in range(0, len(data), 4)]
    start = [0x61707865, 0x3320646E, 0x79622D32, 0x6B206574] + words(key) + [counter] + words(nonce)
    state = start[:]

    def quarter(a, b, c, d):
        for into, other, rotated, by in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            state[into] = (state[into] + state[other]) & 0xFFFFFFFF
            mixed = state[rotated] ^ state[into]
            state[rotated] = ((mixed << by) | (mixed >> (32 - by))) & 0xFFFFFFFF

    for _ in range(10):
        for column in range(4):
            quarter(column, column + 4, column + 8, column + 12)
        for column in range(4):
            quarter(column, (column + 1) % 4 + 4, (column + 2) % 4 + 8, (column + 3) % 4 + 12)
    return b"".join(((a + b) & 0xFFFFFFFF).to_bytes(4, "little") for a, b in zip(state, start))


def aead_tag(key, nonce, ciphertext, aad):
    """RFC 8439 sections 2.5 and 2.8."""
    one_time = chacha20_block(key, 0, nonce)
    r = int.from_bytes(one_time[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    s = int.from_bytes(one_time[16:32], "little")
    pad = lambda data: data + bytes(-len(data) % 16)
    sizes = len(aad).to_bytes(8, "little") + len(ciphertext).to_bytes(8, "little")
    total = 0
    text = pad(aad) + pad(ciphertext) + sizes
    for at in range(0, len(text), 16):
        total = (total + int.from_bytes(text[at : at + 16] + b"\x01", "little")) * r % (2**130 - 5)
    return ((total + s) & (2**128 - 1)).to_bytes(16, "little")


def aead_open(key, nonce, sealed, aad):
    ciphertext, tag = sealed[:-16], sealed[-16:]
    if len(sealed) < 16 or aead_tag(key, nonce, ciphertext, aad) != tag:
        return None
    blocks = range(0, len(ciphertext), 64)
    stream = b"".join(chacha20_block(key, 1 + at // 64, nonce) for at in blocks)
    return bytes(a ^ b for a, b in zip(ciphertext, stream))


def hpke_open(private, encapsulated, info, aad, sealed):
    """RFC 9180, base mode, single shot."""
    kem, suite = b"KEM\x00\x20", b"HPKE\x00\x20\x00\x01\x00\x03"
    extract = lambda s, salt, label, data: mac(salt or bytes(32), b"HPKE-v1" + s + label + data)
    expand = lambda s, prk, label, data, n: mac(prk, n.to_bytes(2, "big") + b"HPKE-v1" + s + label + data + b"\x01")[:n]
    public = x25519(private, (9).to_bytes(32, "little"))
    prk = extract(kem, b"", b"eae_prk", x25519(private, encapsulated))
    shared = expand(kem, prk, b"shared_secret", encapsulated + public, 32)
    context = b"\x00" + extract(suite, b"", b"psk_id_hash", b"") + extract(suite, b"", b"info_hash", info)
    secret = extract(suite, shared, b"secret", b"")
    key, nonce = expand(suite, secret, b"key", context, 32), expand(suite, secret, b"base_nonce", context, 12)
    return aead_open(key, nonce, sealed, aad)


# --- Protobuf --------------------------------------------------------------------------------------------------


class Bad(Exception):
    """A refusal with its code."""


def varint(data, at, code):
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise Bad(code)
        byte = data[at]
        value, at, shift = value | (byte & 127) << shift, at + 1, shift + 7
        if byte < 128:
            return value, at


def fields(data, code):
    """(number, value) in order; bytes for length-delimited fields."""
    at, found = 0, []
    while at < len(data):
        tag, at = varint(data, at, code)
        number, kind = tag >> 3, tag & 7
        if not 1 <= number < 2**29:
            raise Bad(code)
        if kind == 0:
            value, at = varint(data, at, code)
        elif kind == 2:
            size, at = varint(data, at, code)
            value, at = data[at : at + size], at + size
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
            value, at = None, at + size
        else:
            raise Bad(code)
        if at > len(data):
            raise Bad(code)
        found.append((number, value))
    return found


def message(data, spec, code):
    """The last of each singular field, by name; missing ones as 0, empty or None."""
    defaults = {"int": 0, "bytes": b"", "text": "", "message": None}
    result = {name: [] if kind == "list" else defaults[kind] for name, kind in spec.values()}
    for number, value in fields(data, code):
        if number not in spec:
            continue
        name, kind = spec[number]
        if kind != "list" and (kind == "int") != isinstance(value, int):
            continue
        if kind == "text":
            try:
                value = value.decode("utf-8")
            except UnicodeDecodeError:
                raise Bad(code)
        if kind == "list":
            result[name].append(value)
        else:
            result[name] = value
    return result


SAFE = 2**53 - 1
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")


def require(condition, code):
    if not condition:
        raise Bad(code)


# --- 6, 9. Datagrams and geometry ------------------------------------------------------------------------------


def big(data):
    return int.from_bytes(data, "big")


def datagram_kind(data):
    require(len(data) >= 44, "too-short")
    require(len(data) <= 8940, "too-long")
    require(data[0] == 0x1D, "magic")
    require(data[1] == 1, "format")
    require(data[2] == 1, "suite")
    require(1 <= data[3] >> 4 <= 5, "kind")
    return data[3] >> 4


def open_datagram(data, session):
    kind = datagram_kind(data)
    require(kind != 5, "calibration")
    require(data[4:8] == session["id"][:4], "session")
    require(data[8] < 16, "lane")
    key = hkdf(session["secret"], session["id"], b"identity-diode/datagram/v1\0" + data[8:9])
    clear = 15 if kind == 4 else 28
    symbol = aead_open(key, bytes(6) + data[9:15], data[clear:], data[:clear])
    require(symbol is not None, "forged")
    if kind == 4:
        hidden, symbol = symbol[:13], symbol[13:]
        if not any(hidden):
            return symbol
        data = data[:3] + bytes([hidden[0] >> 5]) + data[4:15] + bytes([hidden[0] & 31]) + hidden[1:]
    check_geometry(data, kind, len(symbol))
    return symbol


def open_calibration(data, mac_key):
    """What a datagram of section 23 says."""
    require(datagram_kind(data) == 5, "kind")
    key = hkdf(mac_key, data[4:8] + data[15:27], b"identity-diode/calibration/v1\0")
    said = aead_open(key, bytes(6) + data[9:15], data[28:], data[:28])
    require(said is not None, "forged")
    require(len(said) >= 40 and said[0] in (1, 2) and said[3] == 0, "calibration-field")
    places = {"step": (1, 2), "steps": (2, 3), "pass": (4, 6), "passes": (6, 8), "startedAtMs": (8, 14)}
    places |= {"rateBitsPerSecond": (14, 20), "datagramBytes": (20, 22), "wireBytes": (22, 24), "burst": (24, 26)}
    places |= {"count": (26, 30), "index": (30, 34), "elapsedUs": (34, 40)}
    m = {name: big(said[start:end]) for name, (start, end) in places.items()}
    good = 1 <= m["step"] <= m["steps"] <= 200 and m["pass"] >= 1 and (m["passes"] == 0 or m["pass"] <= m["passes"])
    good = good and 84 <= m["datagramBytes"] <= 8940 and m["wireBytes"] >= m["datagramBytes"] and m["rateBitsPerSecond"] >= 1
    good = good and 1 <= m["count"] <= 4194304 and m["index"] < m["count"]
    good = good and (m["datagramBytes"] == len(data) if said[0] == 1 else m["index"] == 0)
    require(good, "calibration-field")
    return {"role": ("probe", "mark")[said[0] - 1], **m, "counter": big(data[9:15])}


def cut(size, blocks, symbol_bytes):
    """Per block: k and the first byte."""
    count = -(-size // symbol_bytes)
    base, longer = divmod(count, blocks)
    return [(base + (b < longer), (b * base + min(b, longer)) * symbol_bytes) for b in range(blocks)]


def check_cut(size, symbol_bytes, blocks):
    require(1 <= size <= 4194304 and symbol_bytes % 64 == 0 and 64 <= symbol_bytes <= 8896, "geometry")
    count = -(-size // symbol_bytes)
    require(1 <= blocks <= count and -(-count // blocks) <= 192, "geometry")


def check_geometry(data, kind, symbol_bytes):
    size, blocks, block, k, m = big(data[24:27]), data[22], data[21], data[27], 1 << (data[3] & 15)
    check_cut(size, symbol_bytes, blocks)
    require(block < blocks and cut(size, blocks, symbol_bytes)[block][0] == k, "geometry")
    require(2 <= m <= 128 and k + m <= 256 and data[23] < k + m and big(data[15:21]) >= 1, "geometry")
    require(kind != 3 or size <= 1048576, "geometry")


def sender_cut(size, largest):
    symbol_bytes = 64 * -(-(-(-size // -(-size // largest))) // 64)
    count = -(-size // symbol_bytes)
    blocks = -(-count // 192)
    return None if blocks > 255 else (symbol_bytes, count, blocks)


# --- 7. Hello --------------------------------------------------------------------------------------------------

HEAD = {1: ("epoch", "int"), 2: ("epochId", "bytes"), 3: ("sequence", "int"), 4: ("digest", "bytes"), 5: ("oldest", "int")}
LINK = {1: ("symbolBytes", "int"), 2: ("repairPercent", "int"), 3: ("rate", "int"), 4: ("interval", "int"), 5: ("repeats", "list")}
SEALED = {1: ("receiverId", "bytes"), 2: ("encapsulated", "bytes"), 3: ("ciphertext", "bytes")}
BODY = {
    1: ("version", "int"), 2: ("suite", "int"), 3: ("boundary", "text"), 4: ("stream", "text"), 5: ("number", "int"),
    6: ("sessionId", "bytes"), 7: ("counter", "int"), 8: ("sentAtMs", "int"), 9: ("keyId", "bytes"), 10: ("link", "message"),
    11: ("head", "message"), 12: ("sealed", "list"), 13: ("previous", "message"),
}


def read_head(data):
    head = message(data, HEAD, "hello-protobuf")
    digest = 0 if head["sequence"] == 0 else 32
    good = 1 <= head["epoch"] <= SAFE and len(head["epochId"]) == 16 and head["sequence"] < 2**48
    require(good and len(head["digest"]) == digest and head["oldest"] <= head["sequence"], "hello-field")
    return head


def read_link(data):
    link = message(data, LINK, "hello-protobuf")
    repeats = []
    for entry in link["repeats"]:
        if isinstance(entry, int):
            repeats.append(entry)
            continue
        at = 0
        while at < len(entry):
            value, at = varint(entry, at, "hello-protobuf")
            repeats.append(value)
    good = link["symbolBytes"] % 64 == 0 and 64 <= link["symbolBytes"] <= 8896 and link["repairPercent"] <= 12800
    good = good and 1 <= link["rate"] <= SAFE and 1 <= link["interval"] <= 86400000
    require(good and len(repeats) <= 8 and all(after <= 86400000 for after in repeats), "hello-field")


def open_hello(data, keys, own):
    require(datagram_kind(data) == 2 if len(data) >= 44 else True, "kind")
    require(33 <= len(data) <= 1452, "hello-length")
    end = 8 + 24 * data[4]
    require(1 <= data[4] <= 8 and end < len(data), "hello-slots")
    slots = [data[at : at + 24] for at in range(8, end, 24)]
    slot = next((slot for slot in slots if slot[:8] == own["receiverId"]), None)
    require(slot is not None, "hello-receiver")
    shared = x25519(own["privateKey"], keys["sender"])
    mac_key = hkdf(shared, keys["sender"] + own["publicKey"], b"identity-diode/hello-mac/v1\0")
    require(mac(mac_key, data[:8] + data[end:])[:16] == slot[8:], "hello-mac")
    signed = message(data[end:], {1: ("body", "bytes"), 2: ("signature", "bytes")}, "hello-protobuf")
    require(signed["body"] and len(signed["signature"]) == 64, "hello-field")
    body = message(signed["body"], BODY, "hello-protobuf")
    require(body["version"] == 1 and body["suite"] == 1, "hello-version")
    good = 1 <= body["number"] <= SAFE and 1 <= body["counter"] <= SAFE and body["sentAtMs"] <= SAFE
    good = good and len(body["sessionId"]) == 16 and len(body["keyId"]) == 16
    require(good and NAME.match(body["boundary"]) and NAME.match(body["stream"]), "hello-field")
    require(body["link"] is not None and body["head"] is not None, "hello-field")
    read_link(body["link"])
    head = read_head(body["head"])
    if body["previous"] is not None:
        previous = read_head(body["previous"])
        require(previous["oldest"] == 0 and previous["epoch"] < head["epoch"], "hello-field")
    sealed = [message(entry, SEALED, "hello-protobuf") for entry in body["sealed"]]
    sizes = all((len(s["receiverId"]), len(s["encapsulated"]), len(s["ciphertext"])) == (8, 32, 48) for s in sealed)
    require(1 <= len(sealed) <= 8 and sizes, "hello-field")
    require(body["boundary"] == "site-a", "hello-boundary")
    require(body["stream"] == "hr", "hello-stream")
    require(body["keyId"] == sha256(keys["signing"])[:16], "hello-key")
    require(verify(b"identity-diode/hello/v1\0" + signed["body"], signed["signature"], keys["signing"]), "hello-signature")
    mine = next((entry for entry in sealed if entry["receiverId"] == own["receiverId"]), None)
    require(mine is not None, "hello-sealed")
    aad = body["boundary"].encode() + b"\0" + body["stream"].encode() + b"\0" + body["number"].to_bytes(8, "big") + body["sessionId"]
    secret = hpke_open(own["privateKey"], mine["encapsulated"], b"identity-diode/session/v1\0", aad, mine["ciphertext"])
    require(secret is not None, "hello-sealed")
    return secret


# --- 14. Control blocks -----------------------------------------------------------------------------------------
# By lane: what its key is derived for, and the longest object.
CONTROL_LANES = {254: (b"identity-diode/trust-control/v1\0", 1 << 20), 255: (b"identity-diode/hello-control/v1\0", 1472)}


def lane_key(lane, mac_key, handle):
    return hkdf(mac_key, handle, CONTROL_LANES[lane][0])


def open_control(data, mac_key):
    """A symbol on lane 254 or 255, for a receiver that knows no session."""
    kind = datagram_kind(data)
    require(kind == 3 and data[8] in CONTROL_LANES, "session")
    require(big(data[9:15]) >= 1, "replayed")
    symbol = aead_open(lane_key(data[8], mac_key, data[4:8]), bytes(6) + data[9:15], data[28:], data[:28])
    require(symbol is not None, "forged")
    check_geometry(data, kind, len(symbol))
    require(big(data[24:27]) <= CONTROL_LANES[data[8]][1], "geometry")
    return symbol


def open_object(data, lane):
    """The hello datagram in an object of lane 255, the statements in one of lane 254."""
    read = message(data, {1: ("kind", "int"), 2: ("body", "bytes")}, "control-body")
    require(read["kind"] == (1 if lane == 255 else 2), "control-kind")
    if lane == 254:
        lines = read["body"].split(b"\n")
        require(len(lines) <= 8 and all(lines), "control-body")
        return [line.decode() for line in lines]
    require(outcome(lambda: datagram_kind(read["body"])) is None and read["body"][3] >> 4 == 2, "control-body")
    return read["body"]


def join_control(datagrams, mac_key):
    symbols = [(data[23], open_control(data, mac_key)) for data in datagrams]
    head = datagrams[0]
    source = decode(head[27], 1 << (head[3] & 15), symbols[: head[27]])
    return b"".join(source)[: big(head[24:27])]


# --- 15. Serial line --------------------------------------------------------------------------------------------
def frame_run(data):
    """COBS, and a delimiter at both ends."""
    out, group = b"\0", b""
    for at, byte in enumerate(data):
        if byte:
            group += bytes([byte])
        if not byte or len(group) == 254:
            out, full = out + bytes([len(group) + 1]) + group, byte != 0
            group = b""
            if full and at == len(data) - 1:
                return out + b"\0"
    return out + bytes([len(group) + 1]) + group + b"\0"


def read_line(line):
    """Datagrams, and codes of what is none, in order."""
    return [found for found in map(read_run, line.split(b"\0")) if found is not None]


def read_run(run):
    data, at, code = b"", 0, 255
    while at < len(run):
        if code < 255:
            data += b"\0"
        code = run[at]
        data += run[at + 1 : at + code]
        if len(data) > 8940:
            return "overlong"
        if at + code > len(run):
            return "cut-short"
        at += code
    return (data or "empty") if run else None


# --- 8. Frame --------------------------------------------------------------------------------------------------

HEADER = {
    1: ("suite", "int"), 2: ("boundary", "text"), 3: ("stream", "text"), 4: ("epoch", "int"), 5: ("epochId", "bytes"),
    6: ("sequence", "int"), 7: ("previous", "bytes"), 8: ("kind", "int"), 9: ("records", "int"), 10: ("createdAtMs", "int"),
    11: ("keyId", "bytes"), 12: ("payloadDigest", "bytes"), 13: ("payloadBytes", "int"), 14: ("bodyBytes", "int"),
    15: ("compression", "int"),
}


def shortest(size):
    return bytes([size]) if size < 128 else bytes([size & 127 | 128]) + shortest(size >> 7)


def open_frame(data, keys):
    require(len(data) <= 4194304, "frame-bytes")
    parts = fields(data, "frame-protobuf")
    require([number for number, _ in parts] == [1, 2, 3], "frame-protobuf")
    require(all(isinstance(value, bytes) for _, value in parts), "frame-protobuf")
    form = b"".join(bytes([number * 8 + 2]) + shortest(len(value)) + value for number, value in parts)
    require(form == data, "frame-protobuf")
    header, signature, payload = (value for _, value in parts)
    require(1 <= len(header) <= 640 and len(signature) == 64 and payload, "frame-field")
    h = message(header, HEADER, "header-protobuf")
    require(h["suite"] == 1, "header-suite")
    good = NAME.match(h["boundary"]) and NAME.match(h["stream"]) and 1 <= h["epoch"] <= SAFE and len(h["epochId"]) == 16
    good = good and 1 <= h["sequence"] < 2**48 and len(h["previous"]) == (0 if h["sequence"] == 1 else 32)
    good = good and h["kind"] in (1, 2) and 1 <= h["records"] <= 65536 and h["createdAtMs"] <= SAFE and len(h["keyId"]) == 16
    good = good and len(h["payloadDigest"]) == 32 and 1 <= h["payloadBytes"] <= 4194304 and 1 <= h["bodyBytes"] <= 16777216
    require(good and h["compression"] in (1, 2) and (h["compression"] == 2 or h["bodyBytes"] == h["payloadBytes"]), "header-field")
    require(len(payload) == h["payloadBytes"], "payload-length")
    require(sha256(payload) == h["payloadDigest"], "payload-digest")
    require(h["keyId"] == sha256(keys["signing"])[:16], "unknown-key")
    require(verify(b"identity-diode/frame/v1\0" + header, signature, keys["signing"]), "signature")
    require(h["boundary"] == "site-a", "boundary")
    require(h["stream"] == "hr", "stream")
    body = payload if h["compression"] == 1 else unzstd(payload, h["bodyBytes"])
    open_payload(body, h["records"])
    return sha256(header), body


def unzstd(data, size):
    """RFC 8878, frames of raw and RLE blocks only, as the vectors are made of them."""
    require(data[:4] == bytes.fromhex("28b52ffd"), "zstd-frame")
    flags, at = data[4], 5
    single = flags & 0x20
    window = None
    if not single:
        exponent, mantissa, at = data[at] >> 3, data[at] & 7, at + 1
        window = (1 << (10 + exponent)) * (8 + mantissa) // 8
    width = {0: 1 if single else 0, 1: 2, 2: 4, 3: 8}[flags >> 6]
    content = int.from_bytes(data[at : at + width], "little") + (256 if width == 2 else 0) if width else None
    at += width
    parts, last = [], False
    while not last:
        require(at + 3 <= len(data), "zstd-frame")
        head, at = int.from_bytes(data[at : at + 3], "little"), at + 3
        last, kind, length = head & 1, head >> 1 & 3, head >> 3
        stored = 1 if kind == 1 else length
        require(kind in (0, 1) and at + stored <= len(data), "zstd-frame")
        parts.append((kind, length, data[at : at + stored]))
        at += stored
    require(at == len(data), "zstd-trailing")
    require(content is not None, "zstd-size-missing")
    require(content == size and size <= 16777216, "zstd-size")
    require((content if single else window) <= 1 << 23, "zstd-window")
    require(sum(length for _, length, _ in parts) == size, "zstd-data")
    return b"".join(stored * length if kind == 1 else stored for kind, length, stored in parts)


# --- 12. Records -----------------------------------------------------------------------------------------------

REVISION = {1: ("epoch", "int"), 2: ("sequence", "int"), 3: ("index", "int")}
RECORD = {14: ("atMs", "int"), 15: ("revision", "message")}
KINDS = {
    1: {1: ("operation", "int"), 2: ("type", "text"), 3: ("id", "text"), 4: ("resource", "bytes"), 5: ("reason", "text")},
    2: {1: ("operation", "int"), 2: ("group", "text"), 3: ("member", "text"), 4: ("type", "text"), 5: ("reason", "text")},
    3: {1: ("jws", "text")},
    4: {1: ("issuer", "text"), 2: ("jti", "text"), 3: ("subject", "text"), 4: ("before", "int"), 5: ("key", "text"), 6: ("everyone", "int")},
    5: {1: ("issuer", "text"), 2: ("jwks", "bytes")},
    6: {1: ("issuer", "text"), 2: ("asOf", "int"), 3: ("nextBy", "int")},
    7: {1: ("cycle", "int"), 2: ("part", "int"), 3: ("last", "int"), 4: ("first", "text"), 5: ("end", "text"), 6: ("asOf", "message"), 7: ("entries", "list")},
    8: {1: ("note", "bytes"), 2: ("previousSize", "int"), 3: ("proof", "list"), 4: ("logKey", "bytes")},
}


def open_payload(data, count):
    records = [value for number, value in fields(data, "protobuf") if number == 1]
    require(all(isinstance(value, bytes) for value in records), "protobuf")
    require(len(records) == count <= 65536, "record-count")
    entries = 0
    for record in records:
        entries += read_record(record, 8)
        require(entries <= 65536, "record-count")


def key_part(text):
    return urllib.parse.quote(text, safe="-._~")


def snapshot_keys(data, count, position):
    """The keys that the part of a snapshot frame names, in order."""
    open_payload(data, count)
    records = [value for number, value in fields(data, "protobuf") if number == 1]
    bodies = [next((number, value) for number, value in fields(record, "protobuf") if number <= 13) for record in records]
    require(len(bodies) == 1 and bodies[0][0] == 7, "part-count")
    part = message(bodies[0][1], KINDS[7], "protobuf")
    first, end = part["first"], part["end"]
    require(re.fullmatch(r"[\x21-\x7e]*", first) and re.fullmatch(r"[\x21-\x7e]*", end), "part-range")
    require(end == "" or first <= end, "part-range")
    place = lambda revision: (revision["epoch"], revision["sequence"], revision["index"])
    as_of = place(message(part["asOf"], REVISION, "protobuf"))
    require(as_of < position, "part-revision")
    keys = []
    for entry in part["entries"]:
        revision = message(message(entry, RECORD, "protobuf")["revision"], REVISION, "protobuf")
        require(place(revision) <= as_of, "part-revision")
        number, content = next((number, value) for number, value in fields(entry, "protobuf") if number <= 13)
        if number > 2:
            continue
        body = message(content, KINDS[number], "protobuf")
        require(body["operation"] != 3, "part-entry")
        if number == 1:
            key = body["type"] + "|" + key_part(body["id"])
        else:
            key = "Member|" + key_part(body["group"]) + "|" + key_part(body["member"])
        require(first <= key and (end == "" or key < end), "part-outside")
        require(key not in keys, "part-duplicate")
        keys.append(key)
    return keys


def within(text, low, high):
    return low <= len(text.encode()) <= high


def utf8(data):
    try:
        data.decode("utf-8")
        return True
    except UnicodeDecodeError:
        return False


def read_revision(data, least):
    revision = message(data, REVISION, "protobuf")
    good = 1 <= revision["epoch"] <= SAFE and least <= revision["sequence"] < 2**48 and revision["index"] < 65536
    require(good, "record-field")


def read_record(data, last_kind):
    bodies = [(number, value) for number, value in fields(data, "protobuf") if number <= 13]
    require(len(bodies) == 1 and bodies[0][0] <= last_kind and isinstance(bodies[0][1], bytes), "record-body")
    number, content = bodies[0]
    nested = fields(content, "protobuf")
    body = message(content, KINDS[number], "protobuf")
    common = message(data, RECORD, "protobuf")
    good = common["atMs"] <= SAFE
    if common["revision"] is not None:
        read_revision(common["revision"], 1)
    if number in (1, 2):
        gone = body["operation"] == 3
        good = good and body["operation"] in (1, 2, 3) and re.fullmatch(r"[a-z0-9-]{0,64}", body["reason"])
    if number == 1:
        good = good and NAME.match(body["type"]) and within(body["id"], 1, 256) and gone == (not body["resource"])
        good = good and len(body["resource"]) <= 1000000 and utf8(body["resource"])
    elif number == 2:
        good = good and within(body["group"], 1, 256) and within(body["member"], 1, 256)
        good = good and (body["type"] == "" if gone else NAME.match(body["type"]))
    elif number == 3:
        good = good and within(body["jws"], 1, 65536)
    elif number == 4:
        targets = sum(field in (2, 3, 5, 6) for field, _ in nested)
        named = body["jti"] + body["subject"] + body["key"]
        good = good and within(body["issuer"], 1, 512) and targets == 1
        good = good and (body["everyone"] > 0 or within(named, 1, 256)) and body["before"] <= SAFE
        good = good and (body["before"] > 0) == bool(body["subject"] or body["everyone"])
    elif number == 5:
        good = good and within(body["issuer"], 1, 512) and 1 <= len(body["jwks"]) <= 262144 and utf8(body["jwks"])
    elif number == 6:
        good = good and within(body["issuer"], 1, 512) and 1 <= body["asOf"] <= SAFE and body["nextBy"] <= SAFE
    elif number == 7:
        good = good and 1 <= body["cycle"] <= SAFE and body["asOf"] is not None and len(body["entries"]) <= 4096
        require(good and within(body["first"], 0, 4096) and within(body["end"], 0, 4096), "record-field")
        read_revision(body["asOf"], 0)
        for entry in body["entries"]:
            read_record(entry, 6)
            require(any(field == 15 for field, _ in fields(entry, "protobuf")), "record-field")
    elif number == 8:
        good = good and 1 <= len(body["note"]) <= 16384 and body["previousSize"] <= SAFE
        good = good and len(body["proof"]) <= 128 and all(len(entry) == 32 for entry in body["proof"])
        good = good and len(body["logKey"]) == 32
    require(good, "record-field")
    return len(body["entries"]) if number == 7 else 0


# --- 12. Checkpoints --------------------------------------------------------------------------------------------
def open_note(note, key, origin):
    """Size and root of a C2SP checkpoint that the key signed under its origin; None where it did not."""
    text, empty, signatures = note.decode().rpartition("\n\n")
    text += "\n"
    key_id = sha256(origin.encode() + b"\n\x01" + key)[:4]
    for line in signatures.splitlines():
        mark, name, encoded = line.split(" ")
        signature = base64.b64decode(encoded)
        if mark == "\u2014" and name == origin and signature[:4] == key_id and verify(text.encode(), signature[4:], key):
            first, size, root = text.splitlines()[:3]
            return (int(size), base64.b64decode(root)) if first == origin else None
    return None


def grew(before, after, proof):
    """RFC 9162 section 2.1.4.2."""
    (old_size, old_root), (new_size, new_root) = before, after
    if old_size == new_size:
        return not proof and old_root == new_root
    if old_size & (old_size - 1) == 0:
        proof = [old_root] + proof
    if not proof:
        return False
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = proof[0]
    for node in proof[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = sha256(b"\1" + node + old), sha256(b"\1" + node + new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = sha256(b"\1" + new + node)
        place, last = place >> 1, last >> 1
    return last == 0 and old == old_root and new == new_root


class Witness:
    """Every checkpoint that was seen, by revision; ours keeps less and must say the same."""

    def __init__(self, origin):
        self.origin, self.seen, self.since, self.rewritten = origin, {}, 0, None

    def judge(self, revision, record):
        body = message(next(value for number, value in fields(record, "protobuf") if number == 8), KINDS[8], "protobuf")
        head = open_note(body["note"], body["logKey"], self.origin) if len(body["note"]) <= 2048 else None
        if head is None or head[0] == 0 or body["previousSize"] > head[0]:
            return "refused"
        if revision in self.seen or revision[0] < self.since:
            return "known"
        if self.rewritten is not None and revision[0] <= self.rewritten:
            return "rewritten"
        found = {"head": head, **body}
        below = max((known for known in self.seen if known < revision), default=None)
        above = min((known for known in self.seen if known > revision), default=None)
        for first, second in ((below, revision), (revision, above)):
            if first is None or second is None:
                continue
            a, b = (found if place == revision else self.seen[place] for place in (first, second))
            if self.fits(a, b):
                continue
            if first[0] == second[0]:
                self.rewritten = revision[0]
                return "rewritten"
            self.begin(second[0])
        self.rewritten = None
        self.seen[revision] = found
        return "witnessed"

    def fits(self, a, b):
        if a["logKey"] != b["logKey"] or b["previousSize"] < a["head"][0]:
            return False
        return b["previousSize"] > a["head"][0] or grew(a["head"], b["head"], b["proof"])

    def begin(self, epoch):
        self.since, self.seen = epoch, {known: value for known, value in self.seen.items() if known[0] >= epoch}

    def unwitnessed(self):
        order = [self.seen[known] for known in sorted(self.seen)]
        return [[a["head"][0], b["head"][0] - 1] for a, b in zip(order, order[1:]) if b["previousSize"] != a["head"][0]]


# --- 4. Cards ---------------------------------------------------------------------------------------------------

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CARDS = {
    "sender-card": {1: ("version", "int"), 2: ("boundary", "text"), 3: ("stream", "text"), 4: ("signingKey", "bytes"), 5: ("agreementKey", "bytes")},
    "receiver-card": {1: ("version", "int"), 2: ("boundary", "text"), 3: ("agreementKey", "bytes")},
}


def encode_card(kind, card):
    encoded = b""
    for number, (name, sort) in CARDS[kind].items():
        value = card[name] if sort != "text" else card[name].encode()
        if value:
            encoded += bytes([number * 8, value]) if sort == "int" else bytes([number * 8 + 2]) + shortest(len(value)) + value
    return encoded


def open_card(kind, data):
    card = message(data, CARDS[kind], "card-protobuf")
    require(card["version"] == 1, "card-version")
    good = all(NAME.match(card[name]) for name in ("boundary", "stream") if name in card)
    require(good and all(len(card[name]) == 32 for name in ("signingKey", "agreementKey") if name in card), "card-field")
    require(encode_card(kind, card) == data, "card-encoding")
    return card


def bech32m(values):
    check = 1
    label = b"identity-diode"
    for value in [c >> 5 for c in label] + [0] + [c & 31 for c in label] + values:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> bit & 1 else 0
    return check


def paper_code(kind, data):
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 5)
    values = [ALPHABET.index(kind)] + [int(bits[at : at + 5], 2) for at in range(0, len(bits), 5)]
    check = bech32m(values + [0] * 6) ^ 0x2BC830A3
    text = "".join(ALPHABET[v] for v in values + [check >> 5 * at & 31 for at in range(5, -1, -1)])
    return "-".join(text[at : at + 5] for at in range(0, len(text), 5))


def open_paper_code(typed):
    text = re.sub(r"[\s-]", "", typed.upper()).replace("O", "0").replace("I", "1").replace("L", "1")
    if len(text) > 1000 or len(text) < 8 or any(c not in ALPHABET for c in text):
        return None
    values = [ALPHABET.index(c) for c in text]
    bits = "".join(f"{value:05b}" for value in values[1:-6])
    data, rest = bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits) // 8 * 8, 8)), bits[len(bits) // 8 * 8 :]
    good = bech32m(values) == 0x2BC830A3 and text[0] in "RSG" and len(rest) < 5 and "1" not in rest
    return (text[0], data) if good else None


# --- 4. Gap tickets ---------------------------------------------------------------------------------------------


def ticket_stream(boundary, stream):
    return sha256(b"identity-diode/gap-ticket/v1\0" + boundary.encode() + b"\0" + stream.encode())[:4]


def encode_ticket(ticket):
    data = b"\x01" + ticket["stream"] + shortest(ticket["epoch"]) + ticket["epochId"]
    least = 1
    for first, last in ticket["runs"]:
        data += shortest(first - least) + shortest(last - first)
        least = last + 2
    return data


def open_ticket(data):
    require(len(data) > 0, "ticket-field")
    require(data[0] == 1, "ticket-version")
    require(len(data) <= 620, "ticket-field")
    at = 5

    def number():
        nonlocal at
        value, shift = 0, 0
        while True:
            require(at < len(data) and shift < 56, "ticket-field")
            byte, at = data[at], at + 1
            value |= (byte & 127) << shift
            shift += 7
            require(value <= SAFE, "ticket-field")
            if byte < 128:
                require(byte > 0 or shift == 7, "ticket-encoding")
                return value

    epoch = number()
    epoch_id, at = data[at : at + 2], at + 2
    runs, least = [], 1
    while True:
        first = least + number()
        last = first + number()
        require(last < 1 << 48, "ticket-field")
        runs.append([first, last])
        least = last + 2
        if at == len(data):
            break
    require(epoch > 0, "ticket-field")
    return {"stream": data[1:5], "epoch": epoch, "epochId": epoch_id, "runs": runs}


# --- 10. FEC ---------------------------------------------------------------------------------------------------

CANTOR = [1, 214, 152, 146, 86, 200, 88, 230]
ELEMENT = [0] * 256
for label in range(256):
    for bit in range(8):
        if label >> bit & 1:
            ELEMENT[label] ^= CANTOR[bit]
LABEL = {element: label for label, element in enumerate(ELEMENT)}
POWER, LOGARITHM, value = [], {}, 1
for exponent in range(255):
    POWER.append(value)
    LOGARITHM[value] = exponent
    value = value << 1 ^ (0x11D if value & 128 else 0)


def times(a, b):
    if not a or not b:
        return 0
    return LABEL[POWER[(LOGARITHM[ELEMENT[a]] + LOGARITHM[ELEMENT[b]]) % 255]]


def inverse(a):
    return LABEL[POWER[-LOGARITHM[ELEMENT[a]] % 255]]


def factor(j, i, m):
    """g(j, i)."""
    points = [(i // m + 1) * m + u for u in range(m)]
    own, result = points[i % m], 1
    for point in points:
        if point != own:
            result = times(result, times(j ^ point, inverse(own ^ point)))
    return result


def add_scaled(into, by, symbol):
    table = bytes(times(by, x) for x in range(256))
    scaled = symbol.translate(table)
    return (int.from_bytes(into, "big") ^ int.from_bytes(scaled, "big")).to_bytes(len(into), "big")


def repair(source, m, j):
    result = bytes(len(source[0]))
    for i, symbol in enumerate(source):
        result = add_scaled(result, factor(j, i, m), symbol)
    return result


def decode(k, m, symbols):
    """Gauss-Jordan over the rows of k received positions."""
    rows = []
    for position, symbol in symbols:
        row = [int(i == position) for i in range(k)] if position < k else [factor(position - k, i, m) for i in range(k)]
        rows.append((row, symbol))
    for column in range(k):
        pivot = next(at for at in range(column, k) if rows[at][0][column])
        rows[column], rows[pivot] = rows[pivot], rows[column]
        by = inverse(rows[column][0][column])
        row, symbol = [times(by, x) for x in rows[column][0]], add_scaled(bytes(len(rows[column][1])), by, rows[column][1])
        rows[column] = (row, symbol)
        for at in range(k):
            by = rows[at][0][column]
            if at != column and by:
                rows[at] = ([a ^ times(by, b) for a, b in zip(rows[at][0], row)], add_scaled(rows[at][1], by, symbol))
    return [symbol for _, symbol in rows]


# --- 20. Bundles -----------------------------------------------------------------------------------------------

MANIFEST = {
    1: ("version", "int"), 2: ("suite", "int"), 3: ("boundary", "text"), 4: ("stream", "text"), 5: ("number", "int"),
    6: ("previousDigest", "bytes"), 7: ("madeAtMs", "int"), 8: ("keyId", "bytes"), 9: ("head", "message"),
    10: ("previous", "message"), 11: ("runs", "list"), 12: ("records", "int"), 13: ("contentBytes", "int"),
    14: ("contentDigest", "bytes"), 15: ("cipherBytes", "int"), 16: ("receivers", "list"), 17: ("k", "int"),
    18: ("m", "int"), 19: ("segment", "int"), 20: ("perFile", "int"), 21: ("digests", "list"),
}


def stripes(c, k, q):
    return -(-c // (k * q))


def open_manifest(data, keys):
    """The body and its digest."""
    field = "manifest-field"
    require(len(data) <= 4194304, "manifest-bytes")
    envelope = message(data, {1: ("body", "bytes"), 2: ("signature", "bytes")}, "manifest-protobuf")
    require(envelope["body"] and len(envelope["signature"]) == 64, field)
    body = message(envelope["body"], MANIFEST, "manifest-protobuf")
    require(body["version"] == 1 and body["suite"] == 1, "manifest-version")
    require(NAME.match(body["boundary"]) and NAME.match(body["stream"]), field)
    require(1 <= body["number"] <= SAFE and body["madeAtMs"] <= SAFE and len(body["keyId"]) == 16, field)
    require(len(body["previousDigest"]) in (0, 32) and len(body["contentDigest"]) == 32 and body["head"] is not None, field)
    try:
        head = read_head(body["head"])
        if body["previous"] is not None:
            previous = read_head(body["previous"])
            require(previous["oldest"] == 0 and previous["epoch"] < head["epoch"], field)
    except Bad:
        raise Bad(field)
    least, frames = 1, 0
    require(1 <= len(body["runs"]) <= 1024, field)
    for part in body["runs"]:
        run = message(part, {1: ("from", "int"), 2: ("to", "int")}, field)
        require(least <= run["from"] <= run["to"] <= head["sequence"], field)
        least, frames = run["to"] + 2, frames + run["to"] - run["from"] + 1
    require(frames <= body["records"] <= SAFE and 1 <= body["contentBytes"] <= frames * (4 + 4194304), field)
    require(1 <= len(body["receivers"]) <= 8 and all(len(entry) == 8 for entry in body["receivers"]), field)
    c, k, m, q = body["cipherBytes"], body["k"], body["m"], body["segment"]
    require(1 <= c <= SAFE and 1 <= k and k + m <= 16 and q % 64 == 0 and 64 <= q <= 4194304, field)
    require(body["perFile"] >= 1 and body["perFile"] * q <= 4294967295, field)
    count = stripes(c, k, q)
    require((k + m) * count <= 98304 and [len(d) for d in body["digests"]] == [32 * count] * (k + m), field)
    signed = verify(b"identity-diode/bundle/v1\0" + envelope["body"], envelope["signature"], keys["signing"])
    require(body["keyId"] == sha256(keys["signing"])[:16] and signed, "manifest-signature")
    return body, sha256(envelope["body"])


def age_file(body, volumes, lost):
    """From the segments of the volumes that are not lost."""
    c, k, m, q, out = body["cipherBytes"], body["k"], body["m"], body["segment"], b""
    capacity = max(2, 1 << max(0, m - 1).bit_length())
    for s in range(stripes(c, k, q)):
        length = min(k * q, c - s * k * q)
        column = 64 * -(-(-(-length // k)) // 64)
        symbols = []
        for v, segments in enumerate(volumes):
            stored = column if v >= k else min(column, max(0, length - v * column))
            good = len(segments[s]) == stored and sha256(segments[s]) == body["digests"][v][32 * s : 32 * s + 32]
            require(good, "segment")
            if v not in lost:
                symbols.append((v, segments[s].ljust(column, b"\0")))
        whole = [symbol for _, symbol in symbols[:k]] if not lost else decode(k, capacity, symbols[:k])
        out += b"".join(whole)[:length]
    return out


def unbase64(text):
    return base64.b64decode(text + b"=" * (-len(text) % 4))


def open_age(data, own):
    """age-encryption.org/v1 with X25519 stanzas alone; None where no stanza is for `own`."""
    mac_at = data.index(b"\n---") + 1
    head_end = data.index(b"\n", mac_at)
    lines = data[: mac_at - 1].split(b"\n")
    file_key = None
    for at in range(1, len(lines), 2):
        share = unbase64(lines[at].split(b" ")[2])
        key = hkdf(x25519(own["privateKey"], share), share + own["publicKey"], b"age-encryption.org/v1/X25519")
        file_key = file_key or aead_open(key, bytes(12), unbase64(lines[at + 1]), b"")
    if file_key is None or mac(hkdf(file_key, b"", b"header"), data[: mac_at + 3]) != unbase64(data[mac_at + 4 : head_end]):
        return None
    nonce, sealed = data[head_end + 1 : head_end + 17], data[head_end + 17 :]
    key, content = hkdf(file_key, nonce, b"payload"), b""
    starts = range(0, len(sealed), 65552)
    for index, at in enumerate(starts):
        is_last = bytes([index == len(starts) - 1])
        content += aead_open(key, index.to_bytes(11, "big") + is_last, sealed[at : at + 65552], b"")
    return content


def frames_of(content):
    frames, at = [], 0
    while at < len(content):
        end = at + 4 + big(content[at : at + 4])
        frames.append(content[at + 4 : end])
        at = end
    return frames


# --- 22. Trust -------------------------------------------------------------------------------------------------

ROOT, BUNDLE = "identity-diode-root+jws", "identity-diode-trust+jws"
MAX_BYTES = {ROOT: 32768, BUNDLE: 786432}
DAY_MS = 86_400_000
ALGORITHMS = {"EdDSA": "OKP", "Ed25519": "OKP", "ES256": "EC", "ES384": "EC", "ES512": "EC", **dict.fromkeys(("PS256", "PS384", "PS512", "RS256", "RS384", "RS512"), "RSA")}
TIMES = ("activeFrom", "passiveFrom", "revokedFrom")
JWK_SECRETS = {"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}


def one_form(text, size=None):
    """The bytes of a base64url text in its one form."""
    require(isinstance(text, str) and re.fullmatch(r"[A-Za-z0-9_-]+", text) and len(text) % 4 != 1, "trust-form")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    require(base64.urlsafe_b64encode(data).rstrip(b"=").decode() == text and size in (None, len(data)), "trust-form")
    return data


def strict_json(data, code):
    def pairs(found):
        require(len(dict(found)) == len(found), code)
        return dict(found)

    try:
        return json.loads(data, object_pairs_hook=pairs)
    except ValueError:
        raise Bad(code)


def canonical(value):
    """RFC 8785 for what statements hold: ASCII names, texts and whole numbers."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def thumbprint(key):
    """RFC 7638, RFC 8037 appendix A.3."""
    x = base64.urlsafe_b64encode(key).rstrip(b"=").decode()
    return base64.urlsafe_b64encode(sha256(canonical({"crv": "Ed25519", "kty": "OKP", "x": x}))).rstrip(b"=").decode()


def members(value, required, optional=(), code="trust-field"):
    is_fit = isinstance(value, dict) and set(required) <= set(value) <= set(required) | set(optional)
    require(is_fit, code)


def read_statement(text):
    form = "trust-form"
    outer = strict_json(text, form)
    members(outer, ("payload", "signatures"), code=form)
    require(isinstance(outer["signatures"], list) and 1 <= len(outer["signatures"]) <= 64, form)
    payload, types, signatures = one_form(outer["payload"]), set(), []
    for entry in outer["signatures"]:
        members(entry, ("protected", "signature"), code=form)
        header, signature = strict_json(one_form(entry["protected"]), form), one_form(entry["signature"], 64)
        members(header, ("alg", "kid", "typ"), code=form)
        require(header["alg"] == "EdDSA" and one_form(header["kid"], 32), form)
        types.add(header["typ"])
        signatures.append((header["kid"], f"{entry['protected']}.{outer['payload']}".encode(), signature))
    require(len(types) == 1 and types <= set(MAX_BYTES), "trust-type")
    kind = types.pop()
    require(len(text.encode()) <= MAX_BYTES[kind], "trust-size")
    return {"kind": kind, "payload": payload, "signatures": signatures}


def require_signers(statement, roots):
    """Keys of these roots alone sign, each once, and as many of each root as it asks for."""
    keys = {thumbprint(key): key for root in roots for key in root["keys"]}
    signers = set()
    for key_id, message, signature in statement["signatures"]:
        require(key_id in keys, "signature-unknown")
        require(key_id not in signers, "signature-duplicate")
        require(verify(message, signature, keys[key_id]), "signature-invalid")
        signers.add(key_id)
    for root in roots:
        require(len(signers & {thumbprint(key) for key in root["keys"]}) >= root["threshold"], "signatures-missing")


def fitting(condition):
    require(condition, "trust-field")


def payload_of(statement, kind, names):
    value = strict_json(statement["payload"], "trust-field")
    fitting(isinstance(value, dict))
    require(not (isinstance(value.get("format"), int) and value["format"] > 1), "trust-newer")
    members(value, ("identity-diode", "format", "boundary", "version", "issued", "expires", *names))
    fitting(value["identity-diode"] == kind and value["format"] == 1)
    fitting(whole(value["version"], 1, SAFE) and is_name(value["boundary"]))
    return value


def whole(value, least, most):
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def is_name(value):
    return isinstance(value, str) and NAME.match(value) is not None


def key_bytes(text):
    try:
        return one_form(text, 32)
    except Bad:
        raise Bad("trust-field")


def time_ms(text):
    fitting(isinstance(text, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?(Z|[+-]\d\d:\d\d)", text))
    try:
        at = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise Bad("trust-field")
    return (at - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(milliseconds=1)


def lifetime(value, most_days):
    issued, expires = time_ms(value["issued"]), time_ms(value["expires"])
    fitting(issued < expires <= issued + most_days * DAY_MS)
    return expires


def apart(values):
    fitting(len(set(values)) == len(values))


def entries(value, least, most):
    fitting(isinstance(value, list) and least <= len(value) <= most)
    return value


def read_root(statement):
    value = payload_of(statement, "root", ("threshold", "keys"))
    for entry in entries(value["keys"], 1, 32):
        members(entry, ("holder", "key"))
        fitting(is_name(entry["holder"]))
    keys = [key_bytes(entry["key"]) for entry in value["keys"]]
    apart([entry["holder"] for entry in value["keys"]])
    apart(keys)
    fitting(whole(value["threshold"], 1, len(keys)))
    return {**value, "keys": keys, "expires": lifetime(value, 3660), "payload": statement["payload"]}


def check_times(entry, expires):
    at = {name: time_ms(entry[name]) for name in TIMES if name in entry}
    fitting(at.get("activeFrom", 0) < expires)
    fitting("passiveFrom" not in at or at["passiveFrom"] > at.get("activeFrom", 0))


def check_issuer(issuer, expires):
    numbers = ("maxLifetimeSeconds", "clockSkewSeconds")
    members(issuer, ("issuer", "audience", "algorithms", "types", "keys", *numbers), ("slotClaim", "subjectAttribute"))
    is_short = lambda text: isinstance(text, str) and 1 <= len(text.encode()) <= 512
    fitting(is_short(issuer["issuer"]) and all(is_short(text) for text in entries(issuer["audience"], 1, 100)))
    fitting(all(text in ALGORITHMS for text in entries(issuer["algorithms"], 1, 100)))
    fitting(all(isinstance(text, str) and len(text) <= 64 for text in entries(issuer["types"], 1, 100)))
    fitting(whole(issuer["maxLifetimeSeconds"], 1, 31_536_000) and whole(issuer["clockSkewSeconds"], 0, 600))
    fitting(is_short(issuer.get("slotClaim", "absent")))
    fitting(re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,63}", issuer.get("subjectAttribute", "absent")))
    for entry in entries(issuer["keys"], 1, 32):
        members(entry, ("jwk",), TIMES)
        jwk = entry["jwk"]
        fitting(isinstance(jwk, dict) and not JWK_SECRETS & set(jwk) and isinstance(jwk.get("kid"), str) and jwk["kid"])
        fitting(jwk.get("kty") in {ALGORITHMS[text] for text in issuer["algorithms"]} and jwk.get("use", "sig") == "sig")
        check_times(entry, expires)
    apart([entry["jwk"]["kid"] for entry in issuer["keys"]])


def read_bundle(statement):
    value = payload_of(statement, "trust-bundle", ("root", "senders", "issuers"))
    expires = lifetime(value, 366)
    fitting(whole(value["root"], 1, SAFE))
    keys = []
    for sender in entries(value["senders"], 0, 64):
        members(sender, ("stream", "agreementKey", "keys"))
        fitting(is_name(sender["stream"]) and key_bytes(sender["agreementKey"]))
        for entry in entries(sender["keys"], 1, 16):
            members(entry, ("signingKey",), TIMES)
            keys.append(key_bytes(entry["signingKey"]))
            check_times(entry, expires)
    for issuer in entries(value["issuers"], 0, 300):
        check_issuer(issuer, expires)
    apart([sender["stream"] for sender in value["senders"]])
    apart([issuer["issuer"] for issuer in value["issuers"]])
    apart(keys)
    return {**value, "expires": expires, "payload": statement["payload"]}


class Receiver:
    """What a receiver of a stream trusts, from the root that was pinned."""

    def __init__(self, text, stream, now):
        statement = read_statement(text)
        self.root, self.bundle, self.stream, self.now = read_root(statement), None, stream, now
        require_signers(statement, [self.root])

    def adopt(self, texts):
        """`adopted` or `known`; after a refusal this is none to go on with."""
        read = [read_statement(text) for text in texts]
        roots = [(read_root(each), each) for each in read if each["kind"] == ROOT]
        taken = [self.take_root(*each) for each in sorted(roots, key=lambda pair: pair[0]["version"])]
        taken += [self.take_bundle(each) for each in read if each["kind"] == BUNDLE]
        return "adopted" if any(taken) else "known"

    def take_root(self, root, statement):
        version = self.root["version"]
        require(root["boundary"] == self.root["boundary"], "other-boundary")
        require(root["version"] >= version, "root-rollback")
        require(root["version"] <= version + 1, "root-gap")
        if root["version"] == version:
            if root["payload"] == self.root["payload"]:
                return False
            require_signers(statement, [self.root])
            raise Bad("root-conflict")
        require_signers(statement, [self.root, root])
        self.root = root
        return True

    def take_bundle(self, statement):
        require_signers(statement, [self.root])
        bundle = read_bundle(statement)
        require(bundle["boundary"] == self.root["boundary"], "other-boundary")
        require(bundle["root"] <= self.root["version"], "root-needed")
        require(bundle["root"] >= self.root["version"], "root-superseded")
        place = lambda each: (each["root"], each["version"])
        if self.bundle is not None and place(bundle) == place(self.bundle):
            require(bundle["payload"] == self.bundle["payload"], "bundle-conflict")
            return False
        require(self.bundle is None or place(bundle) > place(self.bundle), "bundle-rollback")
        require(self.now < self.root["expires"], "root-expired")
        require(self.now < bundle["expires"], "bundle-expired")
        require(any(sender["stream"] == self.stream for sender in bundle["senders"]), "stream-missing")
        self.bundle = bundle
        return True


def judge_trust(vectors, case):
    texts = lambda names: [vectors["statements"][name] for name in names]
    pinned, *later = texts(case["trusted"])
    receiver = Receiver(pinned, vectors["stream"], vectors["nowMs"])
    if later:
        receiver.adopt(later)
    try:
        return receiver.adopt(texts(case["offered"]))
    except Bad as bad:
        return bad.args[0]


# --- The vectors -----------------------------------------------------------------------------------------------


class Tally:
    def __init__(self):
        self.checked, self.wrong = 0, []

    def check(self, name, condition):
        self.checked += 1
        if not condition:
            self.wrong.append(name)


def outcome(run):
    try:
        run()
        return None
    except Bad as bad:
        return bad.args[0]


def main(folder):
    load = lambda name: json.loads((folder / name).read_text())
    unhex = bytes.fromhex
    tally = Tally()
    keys_file = load("wire/keys.json")
    keys = {"signing": unhex(keys_file["signing"]["publicKey"]), "sender": unhex(keys_file["senderAgreement"]["publicKey"])}
    receivers = [{name: unhex(text) for name, text in receiver.items()} for receiver in keys_file["receivers"]]
    session = {name: unhex(keys_file["session"][name]) for name in ("id", "secret")}

    tally.check("signing key id", sha256(keys["signing"])[:16] == unhex(keys_file["signing"]["keyId"]))
    for receiver in receivers:
        shared = x25519(receiver["privateKey"], keys["sender"])
        tally.check("receiver id", sha256(receiver["publicKey"])[:8] == receiver["receiverId"])
        mac_key = hkdf(shared, keys["sender"] + receiver["publicKey"], b"identity-diode/hello-mac/v1\0")
        tally.check("MAC key", mac_key == receiver["macKey"])
    for entry in keys_file["session"]["datagramKeys"]:
        key = hkdf(session["secret"], session["id"], b"identity-diode/datagram/v1\0" + bytes([entry["lane"]]))
        tally.check(f"datagram key {entry['lane']}", key == unhex(entry["key"]))

    datagrams = load("wire/datagram.json")
    for vector in datagrams["good"]:
        tally.check(vector["name"], open_datagram(unhex(vector["datagram"]), session) == unhex(vector["symbol"]))
    for vector in datagrams["bad"]:
        tally.check(vector["name"], outcome(lambda: open_datagram(unhex(vector["datagram"]), session)) == vector["error"])

    hellos = load("wire/hello.json")
    for vector in hellos["good"]:
        for own in receivers:
            tally.check(vector["name"], open_hello(unhex(vector["datagram"]), keys, own) == session["secret"])
    for vector in hellos["bad"]:
        tally.check(vector["name"], outcome(lambda: open_hello(unhex(vector["datagram"]), keys, receivers[0])) == vector["error"])

    control = load("wire/control.json")
    said = [(255, control, unhex(control["hello"])), (254, control["trust"], control["trust"]["statements"])]
    for lane, sent_on, content in said:
        for vector in sent_on["good"]:
            mac_key, sent = receivers[vector["receiver"]]["macKey"], [unhex(text) for text in vector["datagrams"]]
            tally.check(vector["name"], lane_key(lane, mac_key, session["id"][:4]) == unhex(vector["key"]))
            for some in (sent, sent[::-1], sent[1:], sent[2:]):
                tally.check(vector["name"], join_control(some, mac_key) == unhex(sent_on["object"]))
            tally.check(vector["name"], open_object(unhex(sent_on["object"]), lane) == content)
    tally.check("filled", open_object(unhex(control["filled"]), 255) == unhex(control["hello"]))
    for vector in control["bad"]:
        if "object" in vector:
            judged = outcome(lambda: open_object(unhex(vector["object"]), vector.get("lane", 255)))
        else:
            judged = outcome(lambda: open_control(unhex(vector["datagram"]), receivers[0]["macKey"]))
        tally.check(vector["name"], judged == vector["error"])

    calibration = load("wire/calibration.json")
    for vector in calibration["good"]:
        data, said = unhex(vector["datagram"]), {**vector["message"], "counter": vector["counter"]}
        tally.check(vector["name"], open_calibration(data, receivers[0]["macKey"]) == said)
    for vector in calibration["bad"]:
        judged = outcome(lambda: open_calibration(unhex(vector["datagram"]), receivers[0]["macKey"]))
        tally.check(vector["name"], judged == vector["error"])

    serial = load("wire/serial.json")
    for vector in serial["good"]:
        data, line = unhex(vector["datagram"]), unhex(vector["line"])
        tally.check(vector["name"], frame_run(data) == line and read_line(line) == [data])
    for vector in serial["bad"]:
        tally.check(vector["name"], read_line(unhex(vector["line"]) + frame_run(b"next")) == [vector["error"], b"next"])

    frames = load("wire/frame.json")
    for vector in frames["good"]:
        tally.check(vector["name"], open_frame(unhex(vector["frame"]), keys) == (unhex(vector["digest"]), unhex(vector["body"])))
    for vector in frames["bad"]:
        tally.check(vector["name"], outcome(lambda: open_frame(unhex(vector["frame"]), keys)) == vector["error"])

    records = load("wire/record.json")
    payload = records["payload"]
    tally.check("all records", outcome(lambda: open_payload(unhex(payload["bytes"]), payload["recordCount"])) is None)
    for vector in records["ignored"]:
        tally.check(vector["name"], outcome(lambda: open_payload(unhex(vector["bytes"]), 1)) is None)
    for vector in records["bad"]:
        tally.check(vector["name"], outcome(lambda: open_payload(unhex(vector["bytes"]), vector["recordCount"])) == vector["error"])

    snapshots = load("wire/snapshot-part.json")
    position = tuple(snapshots["position"][name] for name in ("epoch", "sequence", "index"))
    for vector in snapshots["good"]:
        tally.check(vector["name"], snapshot_keys(unhex(vector["bytes"]), vector["recordCount"], position) == vector["keys"])
    for vector in snapshots["bad"]:
        judged = outcome(lambda: snapshot_keys(unhex(vector["bytes"]), vector["recordCount"], position))
        tally.check(vector["name"], judged == vector["error"])

    checkpoints = load("wire/checkpoint.json")
    for vector in checkpoints["cases"]:
        witness = Witness(checkpoints["origin"])
        arrived = [((each["epoch"], each["sequence"], 0), unhex(each["record"])) for each in vector["checkpoints"]]
        tally.check(vector["name"], [witness.judge(*each) for each in arrived] == vector["verdicts"])
        tally.check(vector["name"], witness.seen[max(witness.seen)]["head"][0] == vector["newestSize"])
        tally.check(vector["name"], witness.unwitnessed() == vector["unwitnessed"])

    cards = load("wire/card.json")
    for vector in cards["good"]:
        data, kind = unhex(vector["bytes"]), vector["kind"]
        expected = {name: unhex(text) if name.endswith("Key") else text for name, text in vector["card"].items()}
        tally.check(vector["name"], open_card(kind, data) == {"version": 1, **expected})
        tally.check(vector["name"], sha256(data).hex() == vector["fingerprint"])
        tally.check(vector["name"], paper_code(kind[0].upper(), data) == vector["code"])
        for typed in vector["typed"]:
            tally.check(typed, open_paper_code(typed) == (kind[0].upper(), data))
    for vector in cards["bad"]:
        tally.check(vector["name"], outcome(lambda: open_card(vector["kind"], unhex(vector["bytes"]))) == vector["error"])
    for vector in cards["refused"]:
        tally.check(vector["name"], open_paper_code(vector["typed"]) is None)

    tickets = load("wire/gap-ticket.json")
    for vector in tickets["good"]:
        data, fields_ = unhex(vector["bytes"]), vector["ticket"]
        expected = {"stream": unhex(fields_["streamDigest"]), "epoch": fields_["epoch"], "epochId": unhex(fields_["epochIdStart"]), "runs": [[int(end) for end in run.split("-")] for run in fields_["runs"]]}
        tally.check(vector["name"], ticket_stream(vector["boundary"], vector["stream"]) == expected["stream"])
        tally.check(vector["name"], open_ticket(data) == expected and encode_ticket(expected) == data)
        tally.check(vector["name"], paper_code("G", data) == vector["code"] and open_paper_code(vector["code"]) == ("G", data))
        for end in range(len(data)):
            prefix = outcome(lambda: open_ticket(data[:end]))
            same = prefix is None and encode_ticket(open_ticket(data[:end])) == data[:end]
            tally.check(f"{vector['name']}, {end} bytes", same or prefix == "ticket-field")
    for vector in tickets["bad"]:
        tally.check(vector["name"], outcome(lambda: open_ticket(unhex(vector["bytes"]))) == vector["error"])

    bundles = load("wire/bundle.json")
    for vector in bundles["good"]:
        body, digest = open_manifest(unhex(vector["manifest"]), keys)
        tally.check(vector["name"], digest.hex() == vector["digest"] and paper_code("B", digest[:16]) == vector["code"])
        volumes = [[unhex(segment) for segment in segments] for segments in vector["volumes"]]
        whole = unhex(vector["ageFile"])
        for lost in [[]] + ([[v] for v in range(len(volumes))] if vector["spareVolumes"] else []):
            tally.check(f"{vector['name']}, lost {lost}", age_file(body, volumes, lost) == whole)
        for own in receivers:
            content = open_age(whole, own)
            same = content is not None and [frame.hex() for frame in frames_of(content)] == vector["frames"]
            tally.check(vector["name"], same and sha256(content) == body["contentDigest"])
    for vector in bundles["bad"]:
        tally.check(vector["name"], outcome(lambda: open_manifest(unhex(vector["manifest"]), keys)) == vector["error"])

    trust = load("wire/trust.json")
    payload = strict_json(read_statement(trust["statements"]["root1"])["payload"], "trust-form")
    tally.check("root fingerprint", sha256(canonical(payload)).hex() == trust["rootFingerprint"].replace(" ", ""))
    for case in trust["cases"]:
        tally.check(f"trust {case['trusted']}, {case['offered']}", judge_trust(trust, case) == case["outcome"])

    geometry = load("wire/geometry.json")
    for vector in geometry["frames"]:
        made, expected = sender_cut(vector["frameBytes"], vector["maxSymbolBytes"]), vector["cut"]
        if expected is None or made is None:
            tally.check(f"cut {vector}", made == expected)
            continue
        blocks = cut(vector["frameBytes"], made[2], made[0])
        same = made == (expected["symbolBytes"], expected["sourceSymbols"], expected["blockCount"])
        tally.check(f"cut {vector}", same and blocks == list(zip(expected["sourceCounts"], expected["offsetBytes"])))
    for fields_ in geometry["refused"]:
        refused = outcome(lambda: check_cut(fields_["frameBytes"], fields_["symbolBytes"], fields_["blockCount"]))
        tally.check(f"refused {fields_}", refused == "geometry")

    for case in load("fec/blocks.json")["cases"]:
        k, m = case["sourceCount"], case["repairCapacity"]
        source, expected = [unhex(s) for s in case["source"]], [unhex(r) for r in case["repair"]]
        tally.check(f"repair k={k} M={m}", [repair(source, m, j) for j in range(m)] == expected)
        for positions in case["received"] if k <= 20 else []:
            symbols = [(p, source[p] if p < k else expected[p - k]) for p in positions]
            tally.check(f"decode k={k} M={m} {positions}", decode(k, m, symbols) == source)

    for name in tally.wrong:
        print(f"disagrees: {name}")
    print(f"{tally.checked - len(tally.wrong)} of {tally.checked} vectors agree")
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "test/vectors")))
