"""Envelopes between servers, by docs/centre-protocol.md and not by the program: every vector has to come out as it says.

Used by `cargo test` where Python and its `cryptography` are installed, and by whoever writes another server:

    python3 specs/peer/check.py specs/peer/vectors.json
"""

import base64
import binascii
import hashlib
import json
import re
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

LIFE, SLACK, MOST = 120, 60, 256 * 1024
FIELDS = {"v", "iss", "aud", "iat", "exp", "jti", "kind", "re", "files", "log", "body"}
NEEDED = FIELDS - {"re", "files", "log"}
CODE = re.compile("[0-9A-HJKMNP-TV-Z]{2}")


class Refused(Exception):
    """The word of a cause."""


def decode(text):
    if not re.fullmatch("[A-Za-z0-9_-]*", text):
        raise Refused("form")
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise Refused("form") from None


def encode(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def read(jws):
    """Header and payload; nothing is proven yet."""
    if len(jws) > MOST:
        raise Refused("too-large")
    parts = jws.split(".")
    if len(parts) != 3:
        raise Refused("form")
    try:
        header, payload = json.loads(decode(parts[0])), json.loads(decode(parts[1]))
    except ValueError:
        raise Refused("form") from None
    if set(header) != {"alg", "kid", "typ"} or header["alg"] != "EdDSA" or header["typ"] != "huizhi-peer+jws":
        raise Refused("form")
    if not NEEDED <= set(payload) <= FIELDS or payload["v"] != 1 or len(payload["jti"]) != 22:
        raise Refused("form")
    if not (CODE.fullmatch(payload["iss"]) and CODE.fullmatch(payload["aud"])):
        raise Refused("form")
    return header, payload


def open_envelope(jws, peer, us, keys, now):
    """What a peer says to us, or Refused with the cause. The order of the checks is the protocol's."""
    header, payload = read(jws)
    if payload["aud"] != us:
        raise Refused("other-audience")
    if payload["iss"] != peer:
        raise Refused("unknown-peer")
    key = next((key for key in keys if key["kid"] == header["kid"]), None)
    if key is None:
        raise Refused("unknown-key")
    signed, _, signature = jws.rpartition(".")
    try:
        Ed25519PublicKey.from_public_bytes(decode(key["public"])).verify(decode(signature), signed.encode())
    except InvalidSignature:
        raise Refused("signature") from None
    said = payload["iat"] * 1000
    if said + SLACK * 1000 < key["from_ms"]:
        raise Refused("key-too-early")
    if key["until_ms"] is not None and said >= key["until_ms"]:
        raise Refused("key-expired")
    if not 0 < payload["exp"] - payload["iat"] <= LIFE:
        raise Refused("too-long")
    if payload["iat"] > now + SLACK:
        raise Refused("ahead")
    if payload["exp"] <= now - SLACK:
        raise Refused("over")
    return payload


def seal(payload, secret):
    """An envelope of ours: what another server has to be able to write."""
    key = Ed25519PrivateKey.from_private_bytes(secret)
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    header = {"alg": "EdDSA", "kid": encode(hashlib.sha256(public).digest()[:6]), "typ": "huizhi-peer+jws"}
    signed = ".".join(encode(json.dumps(part, separators=(",", ":"), ensure_ascii=False).encode()) for part in (header, payload))
    return f"{signed}.{encode(key.sign(signed.encode()))}"


def main(path):
    with open(path, encoding="utf-8") as file:
        said = json.load(file)
    wrong = []
    for vector in said["vectors"]:
        try:
            payload = open_envelope(vector["envelope"], said["peer"], said["us"], said["keys"], vector["at"])
            found = "good"
            digest = encode(hashlib.sha256(f"{payload['kind']}\n{payload['body']}".encode()).digest())
            if (payload["kind"], digest) != (vector["kind"], vector["digest"]):
                wrong.append(f"{vector['name']}: another digest")
            # What we write of the same payload is, byte for byte, what the other wrote: Ed25519 draws no random numbers.
            secret = next(key for key in said["keys"] if key["kid"] == read(vector["envelope"])[0]["kid"])["secret"]
            if seal(payload, decode(secret)) != vector["envelope"]:
                wrong.append(f"{vector['name']}: sealed, it is another envelope")
        except Refused as cause:
            found = str(cause)
        if found != vector["expect"]:
            wrong.append(f"{vector['name']}: {found} instead of {vector['expect']}")
    print("\n".join(wrong) or f"{len(said['vectors'])} vectors")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
