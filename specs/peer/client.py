"""A window of another centre, by docs/centre-protocol.md and not by the program: it fetches, uses and gives back the photos of a peer's receipts.

    python3 specs/peer/client.py PEER.json fetch NUMBER DOCUMENT PHOTO.jpg
    python3 specs/peer/client.py PEER.json consume NUMBER DOCUMENT ACT
    python3 specs/peer/client.py PEER.json release NUMBER DOCUMENT ACT

PEER.json says who speaks with whom: `us` and `peer`, two characters each, `address` of the peer, `public`, its key, and `secret`, ours; both base64url.
Needs `cryptography`, and nothing else that does not come with Python.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request

from check import Refused, decode, encode, hashlib, open_envelope, seal

TIME_OUT = 30
TRIES = 5


class Unheard(Exception):
    """The peer did not hear the question, or nothing that it said can be believed. The question may be asked again."""


class Peer:
    """A peer, and who we are to it."""

    def __init__(self, told, clock=time.time):
        self.us, self.code, self.address = told["us"], told["peer"], told["address"].rstrip("/")
        self.secret, self.clock = decode(told["secret"]), clock
        public = decode(told["public"])
        self.keys = [{"kid": encode(hashlib.sha256(public).digest()[:6]), "public": told["public"], "from_ms": 0, "until_ms": None}]

    def question(self, kind, body, **changes):
        """The payload of a question; `changes` are for those who try what must be refused."""
        now = int(self.clock())
        said = {"v": 1, "iss": self.us, "aud": self.code, "iat": now, "exp": now + 120, "jti": encode(os.urandom(16)), "kind": kind}
        return said | {"body": json.dumps(body, separators=(",", ":"), ensure_ascii=False)} | changes

    def send(self, kind, message):
        """Status and bytes of what comes back."""
        headers = {"Content-Type": "application/octet-stream"}
        request = urllib.request.Request(f"{self.address}/peer/v1/{kind}", message, headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=TIME_OUT) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def ask(self, kind, body):
        """What the peer answers, and the files beside it. Refused is its signed no."""
        question = self.question(kind, body)
        status, message = self.send(kind, seal(question, self.secret).encode() + b"\n")
        jws, line, beside = message.partition(b"\n")
        if not line or jws.count(b".") != 2:
            raise Unheard(word_of(message) or f"status {status}")
        try:
            said = open_envelope(jws.decode("ascii", "replace"), self.code, self.us, self.keys, int(self.clock()))
        except Refused as cause:
            raise Unheard(str(cause)) from None
        if said.get("re") != question["jti"]:
            raise Unheard("other-question")
        if said["kind"] not in (kind, "refused"):
            raise Unheard("other-kind")
        files = files_of(said, beside)
        answer = json.loads(said["body"])
        if said["kind"] == "refused":
            raise Refused(json.dumps(answer, ensure_ascii=False))
        return answer, files

    def insist(self, kind, body):
        """As `ask`, again in a new envelope where the line fails; what is asked for is done once, by its `act`."""
        for left in reversed(range(TRIES)):
            try:
                return self.ask(kind, body)
            except (OSError, Unheard):
                if not left:
                    raise
                time.sleep(1)


def word_of(message):
    """Why a question was not heard. It is not signed: good for a person to read, and for nothing else."""
    try:
        return json.loads(message)["code"]
    except (ValueError, KeyError, TypeError):
        return None


def files_of(said, beside):
    """The files that an envelope names, held against their digests."""
    files = {}
    for mark in said.get("files", []):
        file, beside = beside[: mark["bytes"]], beside[mark["bytes"] :]
        if len(file) != mark["bytes"] or encode(hashlib.sha256(file).digest()) != mark["sha256"]:
            raise Unheard("files")
        files[mark["name"]] = file
    if beside:
        raise Unheard("files")
    return files


def asked(number, document, act):
    """What a window asks."""
    window = {"purpose": "renewal", "office": "counter-1", "office_name": "Other city, counter 1", "clerk": "clerk-7"}
    return {"number": number, "document": document, "act": act} | window


def main(path, kind, number, document, last):
    with open(path, encoding="utf-8") as file:
        peer = Peer(json.load(file))
    act = encode(os.urandom(16)) if kind == "fetch" else last
    answer, files = peer.insist(f"receipts/{kind}", asked(number, document, act))
    if kind == "fetch":
        with open(last, "wb") as file:
            file.write(files["photo"])
        answer |= {"act": act, "photo_sha256": encode(hashlib.sha256(files["photo"]).digest())}
    print(json.dumps(answer, ensure_ascii=False))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (Refused, Unheard) as cause:
        sys.exit(f"{type(cause).__name__.lower()}: {cause}")
