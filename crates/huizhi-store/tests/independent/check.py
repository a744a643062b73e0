#!/usr/bin/env python3
"""Checks a receipt's token and the log without any of our code: RFC 7515, RFC 8037 and RFC 6962 by their text.

    check.py token TOKEN PUBLIC_KEY NUMBER PHOTO     one token, its number and its photo file
    check.py token-bits TOKEN PUBLIC_KEY             every single flipped bit has to be refused
    check.py log ENTRIES HEAD                        entries as `huizhi audit export` writes them, a head as `huizhi audit head`
    check.py log-bits ENTRIES HEAD                   every single flipped bit has to be found
"""
import base64
import hashlib
import json
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class Refused(Exception):
    """What was given is not what was signed."""


def unpadded(text: str) -> bytes:
    """Base64url without padding, and only its one canonical form (RFC 7515, section 2)."""
    data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != text:
        raise Refused("not canonical")
    return data


def claims_of(token: str, public_key: bytes) -> dict:
    try:
        header, claims, signature = token.split(".")
        if json.loads(unpadded(header))["alg"] != "EdDSA":
            raise Refused("another algorithm")
        Ed25519PublicKey.from_public_bytes(public_key).verify(unpadded(signature), f"{header}.{claims}".encode())
        return json.loads(unpadded(claims))
    except (InvalidSignature, ValueError, KeyError, TypeError) as error:
        raise Refused(str(error)) from error


def root_of(leaves: list[bytes]) -> bytes:
    """Merkle tree hash of RFC 6962, section 2.1."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\1" + root_of(leaves[:k]) + root_of(leaves[k:])).digest()


def check_log(entries: list[bytes], head: dict) -> None:
    try:
        root, signature = base64.b64decode(head["root"], validate=True), base64.b64decode(head["signature"], validate=True)
        text = f"huizhi log\n{head['size']}\n{head['root']}\n{head['at_ms']}\n"
        key = base64.b64decode(head["public_key"], validate=True)
        Ed25519PublicKey.from_public_bytes(key).verify(signature, text.encode())
    except (InvalidSignature, ValueError, KeyError, TypeError) as error:
        raise Refused(str(error)) from error
    if len(entries) < head["size"] or root_of(entries[: head["size"]]) != root:
        raise Refused("these are not the entries that were signed")


def flipped(data: bytes):
    for at in range(len(data)):
        for bit in range(8):
            yield data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]


def count_refused(changed, check) -> int:
    count = 0
    for one in changed:
        try:
            check(one)
        except (Refused, UnicodeDecodeError):
            count += 1
        else:
            sys.exit(f"a flipped bit was not found: {one!r}")
    return count


def main() -> None:
    command, *arguments = sys.argv[1:]
    if command == "token":
        token, key, number, photo = arguments
        claims = claims_of(token, base64.b64decode(key))
        half = hashlib.sha256(number.encode()).digest()[:16]
        assert claims["n"] == base64.urlsafe_b64encode(half).rstrip(b"=").decode(), "another number"
        with open(photo, "rb") as file:
            digest = hashlib.sha256(file.read()).digest()
        assert claims["p"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), "another photo"
        print(json.dumps(claims))
    elif command == "token-bits":
        token, key = arguments[0], base64.b64decode(arguments[1])
        claims_of(token, key)
        print(count_refused(flipped(token.encode()), lambda one: claims_of(one.decode(), key)))
    else:
        with open(arguments[0], "rb") as file:
            entries = file.read().splitlines()
        with open(arguments[1], "rb") as file:
            head = json.load(file)
        check_log(entries, head)
        if command == "log-bits":
            count = 0
            for at, entry in enumerate(entries):
                count += count_refused(
                    flipped(entry), lambda one, at=at: check_log([*entries[:at], one, *entries[at + 1 :]], head)
                )
            print(count)


main()
