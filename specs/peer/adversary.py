"""What a running server has to refuse, and by which word of docs/centre-protocol.md; printed as a table.

    python3 specs/peer/adversary.py PEER.json

PEER.json is that of client.py, with `number` of a receipt of the peer's, `expired` and `early`, secrets of ours whose keys the peer knows as not good any more
and not good yet.
"""

import json
import os
import sys

from check import Refused, decode, encode, open_envelope, seal
from client import Peer, Unheard, asked, word_of

FETCH = "receipts/fetch"


def main(path):
    with open(path, encoding="utf-8") as file:
        told = json.load(file)
    peer = Peer(told)
    number, act = told["number"], encode(os.urandom(16))
    body = asked(number, "cn-resident-id", act)
    now = int(peer.clock())
    hello = {"version": "adversary", "clock_ms": now * 1000}

    def message(kind=FETCH, said=body, secret=peer.secret, **changes):
        return seal(peer.question(kind, said, **changes), secret).encode() + b"\n"

    def heard(sent, kind=FETCH):
        """The word by which it is refused, signed or not; `answered` where it is not."""
        _, answer = peer.send(kind, sent)
        jws, _, _ = answer.partition(b"\n")
        if jws.count(b".") != 2:
            return word_of(answer) or "nothing"
        try:
            said = open_envelope(jws.decode("ascii", "replace"), peer.code, peer.us, peer.keys, int(peer.clock()))
        except Refused as cause:
            return f"an answer that is not to be heard: {cause}"
        return f"signed: {json.loads(said['body'])['code']}" if said["kind"] == "refused" else "answered"

    good = message("hello", hello)
    bit = bytearray(message())
    bit[len(bit) // 2] ^= 1
    header, payload, signature = message().decode().strip().split(".")
    grown = seal(peer.question(FETCH, body, files=[{"name": "photo", "bytes": 1, "sha256": encode(bytes(32))}]), peer.secret)
    cases = [
        ("a good question", good, "hello", "answered"),
        ("the same again, byte for byte", good, "hello", "replayed"),
        ("for another audience", message(aud="ZZ"), FETCH, "other-audience"),
        ("from a stranger", message(iss="ZY"), FETCH, "unknown-peer"),
        ("signed with a key of nobody's", message(secret=os.urandom(32)), FETCH, "unknown-key"),
        ("signed with a key that is over", message(secret=decode(told["expired"])), FETCH, "key-expired"),
        ("signed with a key that is not yet", message(secret=decode(told["early"])), FETCH, "key-too-early"),
        ("a bit changed on the way", bytes(bit), FETCH, ("signature", "form")),
        ("another signature", f"{header}.{payload}.{signature[:-8]}AAAAAAAA\n".encode(), FETCH, "signature"),
        ("our clock five minutes ahead", message(iat=now + 300, exp=now + 420), FETCH, "ahead"),
        ("our clock five minutes behind", message(iat=now - 300, exp=now - 180), FETCH, "over"),
        ("good for an hour", message(exp=now + 3600), FETCH, "too-long"),
        ("with a field that nobody knows", message(more=1), FETCH, "form"),
        ("another version", message(v=2), FETCH, "form"),
        ("a file that is not beside it", grown.encode() + b"\n", FETCH, "files"),
        ("bytes that nobody named", message() + b"more", FETCH, "files"),
        ("larger than anything that is said", b"x" * (300 * 1024), FETCH, "too-large"),
        ("at the address of another kind", message("receipts/consume"), FETCH, "other-kind"),
        ("nothing", b"", FETCH, "form"),
        ("a body with a field too many", message(said=body | {"more": 1}), FETCH, "signed: body"),
        ("a number of no receipt", message(said=body | {"number": told["unknown"]}), FETCH, "signed: receipt-unknown"),
        ("a mistyped number", message(said=body | {"number": number[:-1]}), FETCH, "signed: number-mistyped"),
        ("another centre's number", message(said=body | {"number": told["foreign"]}), FETCH, "signed: receipt-unknown"),
        ("a purpose of nobody's", message(said=body | {"purpose": "fun"}), FETCH, "signed: purpose"),
        ("a document that it is not for", message(said=body | {"document": "cn-passport"}), FETCH, "signed: other-document"),
        ("using what was never held", message("receipts/consume"), "receipts/consume", "signed: other-document"),
    ]
    wrong = 0
    for name, sent, kind, expected in cases:
        found = heard(sent, kind)
        fits = found in expected if isinstance(expected, tuple) else found == expected
        wrong += not fits
        print(f"{'  ' if fits else '! '}{name:36} {found}{'' if fits else f'  instead of {expected}'}")
    # Nothing of all this has touched the receipt: it is still there for who asks rightly.
    answer, _ = peer.ask(FETCH, body)
    peer.ask("receipts/release", body)
    print(f"{len(cases)} questions; the receipt is still good until {answer['valid_until']}")
    return 1 if wrong else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1]))
    except Unheard as cause:
        sys.exit(f"unheard: {cause}")
