"""Packages taken apart, changed and put together again, as an attacker would: with stock tools, and with keys of his own.

A bag is a dictionary of names and bytes. FORMS is the one place where the forms of a package are listed: a function that
writes a bag as a file or folder, and the options that `exhibit verify` needs to open it.
"""
import base64, hashlib, json, os, re, struct, subprocess, tempfile, zipfile, zlib

PIECE = 16 << 20


def sha(data):
    return hashlib.sha256(data).hexdigest()


# ---- reading and writing ----

def load(path):
    """A bag from a folder or a plain ZIP."""
    if os.path.isdir(path):
        names = (os.path.join(where, name) for where, _, files in os.walk(path) for name in files)
        return {os.path.relpath(name, path): open(name, "rb").read() for name in names}
    with zipfile.ZipFile(path) as source:
        return {name: source.read(name) for name in source.namelist()}


def in_order(names):
    return sorted(names, key=lambda name: (not name.startswith("data/"), name.encode()))


class Zip:
    """The ZIP of docs/formats/package.md, whose every byte is fixed; each part may be bent before it is put together."""

    def __init__(self, bag, sealed):
        self.sealed, self.members, self.tail = sealed, [], b""
        for name in in_order(bag):
            self.add(name, bag[name])

    def add(self, name, data):
        self.members.append({"name": name.encode(), "data": data, "crc": zlib.crc32(data)})

    def member(self, name):
        return next(member for member in self.members if member["name"] == name.encode())

    def bytes(self):
        out, directory = b"", b""
        for member in self.members:
            offset = member.get("offset", len(out))
            out += self.local(member) + member["data"] + self.descriptor(member)
            directory += self.central(member, offset)
        end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, len(self.members), len(self.members), len(directory), len(out), 0)
        return out + directory + end + self.tail

    def time(self):
        year, month, day, hour, minute, second = (int(part) for part in re.findall(r"\d+", self.sealed)[:6])
        return hour << 11 | minute << 5 | second // 2, (year - 1980) << 9 | month << 5 | day

    def extra(self):
        return struct.pack("<2sHBL2sHBBLBL", b"UT", 5, 1, epoch(self.sealed), b"ux", 11, 1, 4, 0, 4, 0)

    def local(self, member):
        size = member.get("size", len(member["data"]))
        return struct.pack("<4s5H3L2H", b"PK\3\4", 10, member.get("flags", 8), 0, *self.time(), 0, size, size, len(member["name"]), 24) \
            + member["name"] + self.extra()

    @staticmethod
    def descriptor(member):
        size = member.get("size", len(member["data"]))
        return struct.pack("<4s3L", b"PK\7\10", member["crc"], size, size)

    def central(self, member, offset):
        size = member.get("size", len(member["data"]))
        return struct.pack("<4s6H3L5H2L", b"PK\1\2", 0x30A, 10, member.get("flags", 8), 0, *self.time(), member["crc"], size, size,
                           len(member["name"]), 24, 0, 0, 0, member.get("mode", 0o100644) << 16, offset) + member["name"] + self.extra()


def epoch(words):
    import calendar, time
    return calendar.timegm(time.strptime(words, "%Y-%m-%dT%H:%M:%SZ"))


def write_file(path, data):
    with open(path, "wb") as out:
        out.write(data)


def write_folder(bag, path, _world):
    for name, data in bag.items():
        os.makedirs(os.path.dirname(os.path.join(path, name)), exist_ok=True)
        write_file(os.path.join(path, name), data)
    return path


def write_zip(bag, path, _world):
    write_file(path + ".zip", Zip(bag, sealed_of(bag)).bytes())
    return path + ".zip"


def write_age(bag, path, world):
    world.encrypt(Zip(bag, sealed_of(bag)).bytes(), path + ".zip.age")
    return path + ".zip.age"


# Where another form comes, it comes here.
FORMS = {"folder": write_folder, "zip": write_zip, "age": write_age}


# ---- keys ----

class Key:
    """A person's key as exhibit keeps it without a passphrase: a minisign secret key; as OpenSSH's, too."""

    def __init__(self, path, initials):
        self.path, self.initials = path, initials
        secret = base64.b64decode(open(path).read().splitlines()[1])
        self.number, self.seed, self.public = secret[54:62], secret[62:94], secret[94:126]
        self.ssh = path + ".ssh"
        if not os.path.exists(self.ssh):
            self.write_ssh()
        blob = self.blob()
        self.line = "ssh-ed25519 " + base64.b64encode(blob).decode()
        self.fingerprint = "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
        self.minisign = base64.b64encode(b"Ed" + self.number + self.public).decode()
        self.file = "untrusted comment: minisign public key %s\n%s\n" % (self.number[::-1].hex().upper(), self.minisign)

    @staticmethod
    def string(data):
        return struct.pack(">L", len(data)) + data

    def blob(self):
        return self.string(b"ssh-ed25519") + self.string(self.public)

    def write_ssh(self):
        text = self.string
        private = struct.pack(">LL", 7, 7) + text(b"ssh-ed25519") + text(self.public) + text(self.seed + self.public) + text(b"")
        private += bytes(range(1, 1 + -len(private) % 8))
        whole = b"openssh-key-v1\0" + text(b"none") + text(b"none") + text(b"") + struct.pack(">L", 1) + text(self.blob()) + text(private)
        lines = base64.encodebytes(whole).decode()
        with open(os.open(self.ssh, os.O_WRONLY | os.O_CREAT, 0o600), "w") as out:
            out.write("-----BEGIN OPENSSH PRIVATE KEY-----\n" + lines + "-----END OPENSSH PRIVATE KEY-----\n")

    def sign_ssh(self, data, namespace="exhibit"):
        return subprocess.run(["ssh-keygen", "-q", "-Y", "sign", "-f", self.ssh, "-n", namespace], input=data, check=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout

    def sign_minisign(self, data, trusted):
        write_file("to-sign", data)
        subprocess.run(["minisign", "-S", "-s", self.path, "-m", "to-sign", "-x", "signed", "-t", trusted,
                        "-c", "exhibit: check with minisign -V, see VERIFY.txt"], check=True, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL)
        return open("signed", "rb").read()

    def sign_raw(self, data):
        with tempfile.TemporaryDirectory() as place:
            key, message = os.path.join(place, "key"), os.path.join(place, "message")
            write_file(key, bytes.fromhex("302e020100300506032b657004220420") + self.seed)
            write_file(message, data)
            return subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", key, "-keyform", "DER", "-in", message],
                                  check=True, stdout=subprocess.PIPE).stdout


# ---- the texts of a bag ----

def manifest(bag, payload):
    seal = {"tagmanifest-sha256.txt", "tagmanifest-sha256.txt.sig", "tagmanifest-sha256.txt.minisig"}
    names = sorted((name for name in bag if name.startswith("data/") == payload and name not in seal), key=str.encode)
    return "".join("%s  %s\n" % (sha(bag[name]), name) for name in names).encode()


def info(bag):
    return dict(line.split(": ", 1) for line in bag["bag-info.txt"].decode().splitlines())


def set_info(bag, **values):
    facts = info(bag)
    facts.update({name.replace("_", "-"): value for name, value in values.items()})
    bag["bag-info.txt"] = "".join("%s: %s\n" % (name, value) for name, value in facts.items() if value is not None).encode()


def sealed_of(bag):
    """The signed time of sealing; where none is signed, any will do."""
    found = re.search(rb"sealed (\S+) ", bag.get("tagmanifest-sha256.txt.minisig", b""))
    return found.group(1).decode() if found else "2026-11-22T17:00:00Z"


def set_manifest(bag):
    """The payload as it now is: its manifest and its count."""
    payload = [data for name, data in bag.items() if name.startswith("data/")]
    bag["manifest-sha256.txt"] = manifest(bag, True)
    set_info(bag, Payload_Oxum="%d.%d" % (sum(len(data) for data in payload), len(payload)))


def sign(bag, key, sealed=None, **other):
    """Both signatures over what the tag manifest lists, as it now is."""
    sealed = sealed or sealed_of(bag)
    tags = bag["tagmanifest-sha256.txt"] = manifest(bag, False)
    trusted = "exhibit %s sealed %s tagmanifest-sha256 %s" % (other.get("identifier", info(bag)["External-Identifier"]), sealed, sha(tags))
    bag["tagmanifest-sha256.txt.sig"] = other.get("ssh", key).sign_ssh(tags, other.get("namespace", "exhibit"))
    bag["tagmanifest-sha256.txt.minisig"] = other.get("minisign", key).sign_minisign(tags, other.get("trusted", trusted))


def name_signer(bag, key):
    """record/signers names @key, and nobody else as the one who sealed."""
    old = [name for name in bag if name.startswith("record/signers/") and name.endswith(".pub")]
    for name in old:
        del bag[name]
    bag["record/signers/%s.pub" % key.initials] = key.file.encode()
    bag["record/signers/allowed_signers"] = ('%s namespaces="exhibit" %s\n' % (key.initials, key.line)).encode()


def document(bag, name="record/package.json"):
    return json.loads(bag[name])


def set_document(bag, value, name="record/package.json"):
    bag[name] = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


# ---- an exhibit within a package ----

def folder(bag, name):
    """The bag of an exhibit, with its payload; put back with set_folder."""
    lead = "record/exhibits/%s/" % name
    inner = {member[len(lead):]: data for member, data in bag.items() if member.startswith(lead)}
    inner.update({line[66:]: bag[line[66:]] for line in inner["manifest-sha256.txt"].decode().splitlines() if line[66:] in bag})
    return inner


def set_folder(bag, name, inner):
    drop_folder(bag, name)
    bag.update({"record/exhibits/%s/%s" % (name, member): data for member, data in inner.items() if not member.startswith("data/")})
    bag.update({member: data for member, data in inner.items() if member.startswith("data/")})


def drop_folder(bag, name):
    for member in [member for member in bag if member.startswith("record/exhibits/%s/" % name)]:
        del bag[member]


# ---- a custody entry ----

def set_entry(bag, number, entry, key, **other):
    """Writes an entry and signs the commit that goes with it; package.json lists it as it is."""
    lead = "record/custody/%08d" % number
    data = (json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n").encode()
    commit = bag[lead + ".commit"].decode()
    head, message = re.sub(r"gpgsig -----BEGIN.*?-----END SSH SIGNATURE-----\n", "", commit, flags=re.S).split("\n\n", 1)
    message = "#%d %s %s %s\n\nentry-sha256: %s\n" % (entry["seq"], entry["verb"], entry["act"], entry["exhibit"], sha(data))
    message += "".join("%s: %s\n" % item for item in sorted(entry["digests"].items()))
    head = re.sub(r"exhibit SHA256:\S+", "exhibit " + entry["actor"], head)
    unsigned = head + "\n\n" + message
    signature = key.sign_ssh(unsigned.encode(), other.get("namespace", "git")).decode().strip().replace("\n", "\n ")
    bag[lead + ".json"] = data
    bag[lead + ".commit"] = (head + "\ngpgsig " + signature + "\n\n" + message).encode()
    holding = document(bag)
    line = next(line for line in holding["custody"] if line["sequence"] == number)
    line.update(act=entry["act"], actor=entry["actor"], verb=entry["verb"], exhibit=entry["exhibit"], entry_sha256=sha(data))
    set_document(bag, holding)


# ---- a log of the attacker's own ----

def tree(leaves):
    """RFC 6962, 2.1, of hashes of leaves."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + tree(leaves[:split]) + tree(leaves[split:])).digest()


def audit_path(index, leaves):
    if len(leaves) == 1:
        return []
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if index < split:
        return audit_path(index, leaves[:split]) + [tree(leaves[split:])]
    return audit_path(index - split, leaves[split:]) + [tree(leaves[:split])]


def entries_of(bag):
    found = (re.fullmatch(r"record/custody/(\d{8})\.json", name) for name in sorted(bag))
    return {int(match.group(1)): bag[match.group(0)] for match in found if match}


def base64_of(data):
    return base64.b64encode(data).decode()


def own_log(bag, key):
    """The checkpoint and the proofs made anew, by a log whose key is @key: its other entries are anything."""
    holding, entries = document(bag), entries_of(bag)
    leaves = [hashlib.sha256(b"\0" + entries.get(n, b"?")).digest() for n in range(holding["log"]["entries"])]
    name = "custody.invalid/" + sha(key.public)[:32]
    number = hashlib.sha256(name.encode() + b"\n\1" + key.public).digest()[:4]
    text = "%s\n%d\n%s\n" % (name, len(leaves), base64_of(tree(leaves)))
    note = "%s\n\u2014 %s %s\n" % (text, name, base64_of(number + key.sign_raw(text.encode())))
    bag["record/checkpoint"] = note.encode()
    for n in entries:
        path = "".join(base64_of(node) + "\n" for node in audit_path(n, leaves))
        bag["record/custody/%08d.tlog-proof" % n] = ("c2sp.org/tlog-proof@v1\nindex %d\n%s\n%s" % (n, path, note)).encode()
    holding["log"]["key"] = "%s+%s+%s" % (name, number.hex(), base64_of(b"\1" + key.public))
    set_document(bag, holding)
