#!/usr/bin/env python3
"""What secrets.bats looks with.

secrets.py seed KEYFILE [PASSPHRASE]      writes the secrets that a minisign secret key file holds, one in hex a line
secrets.py identity FILE                  the same of an age identity file
secrets.py find PID FILE (dump | all)     which of them (lines "name hex") stand in a process's memory: in what a core file
                                          would hold, or in all of it
secrets.py in FILE FILE...                which of them stand in files
"""
import base64
import hashlib
import re
import sys


def seed(path, passphrase=None):
    line = open(path).read().splitlines()[1]
    form = base64.b64decode(line)
    sealed = form[54:]
    if passphrase is not None:
        # What 64 MiB and 2097152 operations are in scrypt's own terms.
        stream = hashlib.scrypt(passphrase.encode(), salt=form[6:38], n=65536, r=8, p=1, maxmem=1 << 28, dklen=104)
        sealed = bytes(a ^ b for a, b in zip(sealed, stream))
    secret = sealed[8:40]
    expanded = bytearray(hashlib.sha512(secret).digest())
    scalar = bytearray(expanded[:32])
    scalar[0] &= 248
    scalar[31] = scalar[31] & 127 | 64
    for name, value in [
        ("seed", secret),
        ("seed-base64", base64.b64encode(secret).rstrip(b"=")[:-1]),
        ("seed-in-file-base64", base64.b64encode(b"\0\0" + secret)[4:-4]),
        ("seed-hex", secret.hex().encode()),
        ("expanded", bytes(expanded[:32])),
        ("scalar", bytes(scalar)),
        ("nonce-key", bytes(expanded[32:])),
    ]:
        print(name, value.hex())


def identity(path):
    words = re.search(r"AGE-SECRET-KEY-1([02-9AC-HJ-NP-Z]{58})", open(path).read())
    bits = 0
    for letter in words[1][:52]:
        bits = bits << 5 | "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L".index(letter)
    print("identity", words[0].encode().hex())
    print("identity-raw", (bits >> 4).to_bytes(32, "big").hex())


def wanted(path):
    return [(name, bytes.fromhex(digits)) for name, digits in (line.split() for line in open(path))]


def maps(pid):
    """Address ranges with the kernel's flags of each."""
    span = None
    for line in open(f"/proc/{pid}/smaps"):
        head = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+) .*?(\S*)$", line)
        if head and ":" not in line.split()[0]:
            span = int(head[1], 16), int(head[2], 16), head[4]
        elif line.startswith("VmFlags:"):
            yield *span, line.split()[1:]


def find(pid, path, kind):
    names = set()
    with open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for start, end, name, flags in maps(pid):
            # "dd": left out of core files. The kernel's own pages cannot be read.
            if (kind == "dump" and "dd" in flags) or name in ("[vvar]", "[vsyscall]"):
                continue
            try:
                memory.seek(start)
                block = memory.read(end - start)
            except OSError:
                continue                 # a guard page
            names.update(name for name, value in wanted(path) if value in block)
    print(*sorted(names))


def within(path, files):
    names = set()
    for file in files:
        block = open(file, "rb").read()
        names.update(name for name, value in wanted(path) if value in block)
    print(*sorted(names))


if sys.argv[1] == "seed":
    seed(*sys.argv[2:])
elif sys.argv[1] == "identity":
    identity(sys.argv[2])
elif sys.argv[1] == "find":
    find(*sys.argv[2:])
else:
    within(sys.argv[2], sys.argv[3:])
