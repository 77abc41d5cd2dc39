"""Attacks on packages, each with the findings that it must lead to, in every form of a package.

    attacks.py GROUP    in a folder with what tamper.bats lays out: both kinds of packages, keys, lists of signers

An attack changes a bag. Its findings are all that `exhibit verify` may find, by their codes: none more, none less.
"""
import json, os, re, shutil, struct, subprocess, sys, zipfile

from bag import *

FAILED, PARTIAL, VERIFIED, NOT_SIGNED = "FAILED", "PARTIAL", "VERIFIED", "NOT SIGNED"
STATUS = {FAILED: 1, NOT_SIGNED: 1, PARTIAL: 7}
GROUPS = {}
# Groups in which packages are unpacked, too, by kind.
WRITING = {"one": ("swaps", "forged", "zip", "archives"), "exhibit": ("members", "forged")}


def case(group, words, codes, function, verdict=FAILED, **how):
    """@function (world, bag) changes a bag, or makes a path, which it returns. @codes: parted by spaces."""
    GROUPS.setdefault(group, []).append({"words": words, "codes": set(codes.split()), "verdict": verdict, "function": function, **how})


def attack(group, words, codes, **how):
    """The same of a function that is written out."""
    return lambda function: case(group, words, codes, function, **how)


class World:
    def __init__(self):
        self.key, self.stranger = Key("op.key", "OP"), Key("st.key", "ST")
        self.exhibit = os.environ["EXHIBIT"]
        self.recipient = subprocess.run(["age-keygen", "-y", "identity.txt"], check=True, stdout=subprocess.PIPE).stdout.decode().strip()
        self.packages = {name: load(name) for name in ("one", "two", "exhibit")}     # of exhibits, the same again, an exhibit's bag

    def encrypt(self, data, path):
        with open(path, "wb") as out:
            subprocess.run(["age", "-r", self.recipient], input=data, stdout=out, check=True)

    def judge(self, path, signers, options, writes):
        """Verdict, findings, and what was written: of a ZIP only, since writing takes longest."""
        writes = ["--extract-to", "into"] if writes and path.endswith(".zip") else []
        done = subprocess.run([self.exhibit, "verify", path, "--json", "--identity", "identity.txt", *writes, *options]
                              + (["--signers", signers] if signers else []), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
        if done.stderr:
            raise AssertionError("exit status %d: %s" % (done.returncode, done.stderr.decode()))
        return done.returncode, json.loads(done.stdout)


# ---- what must hold of every answer ----

def check_findings(case, kind, status, answer):
    """@case may say what else is found in one kind of package, and that more may be found beside it."""
    codes, wanted = {finding["code"] for finding in answer["findings"]}, case["codes"] | set(case.get(kind, "").split())
    if answer["verdict"] != case["verdict"] or status != case.get("status", STATUS.get(case["verdict"])):
        return "%s, exit status %d: %s" % (answer["verdict"], status, answer["findings"])
    if not codes >= wanted or (codes != wanted and not case.get("more")):
        return "found %s, not %s: %s" % (sorted(codes), sorted(wanted), [finding["text"] for finding in answer["findings"]])
    for finding in answer["findings"]:
        fatal = finding["code"].startswith("E-")
        if finding["severity"] != ("fatal" if fatal else "notice") or not finding["text"]:
            return "not of its form: %s" % finding


def check_written(answer, path):
    """Only files that are as they were signed, only under a good signature, and nothing beside them."""
    sound = {file["name"]: file["sha256"] for file in answer["files"] if file["ok"]}
    if not answer["written"]:
        return "left: %s" % os.listdir("into") if os.listdir("into") else None
    if not answer["signature_ssh"] or not answer["signature_minisign"]:
        return "written without a good signature"
    if [os.path.join("into", name) for name in os.listdir("into")] != [answer["written"]]:
        return "written: %s, and not %s" % (os.listdir("into"), answer["written"])
    written = load(answer["written"])
    shutil.rmtree(answer["written"])
    if {name: sha(data) for name, data in written.items()} != sound:
        return "written: %s; sound: %s" % (sorted(written), sorted(sound))


def try_one(world, kind, case, path):
    options = case.get("options", [])
    status, answer = world.judge(path, case.get("signers", "signers"), options() if callable(options) else options,
                                 sys.argv[1] in WRITING[kind])
    return check_findings(case, kind, status, answer) or check_written(answer, path)


def remove(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.remove(path)


def try_case(world, kind, case):
    """In each form that is a bag's, or the one that the attack makes itself."""
    bag = dict(world.packages[kind])
    made = case["function"](world, bag)
    forms = {"": lambda *_: made} if isinstance(made, str) else {form: FORMS[form] for form in case.get("forms", FORMS)}
    for form, write in forms.items():
        path = write(bag, "case", world)
        problem = try_one(world, kind, case, path)
        remove(path)
        remove("into")
        os.mkdir("into")
        if problem:
            return "%s: %s" % (form, problem)


BOTH = ("one", "exhibit")                # a package of exhibits, the bag of an exhibit


# ---- without a key: members of a bag ----

def payload_of(bag):
    return next(name for name in sorted(bag) if name.startswith("data/"))


def record_of(bag):
    return "record/exhibit.json" if "record/exhibit.json" in bag else "record/package.json"


def flip(bag, name):
    """The last byte but one; of a manifest a digit of the first line's digest."""
    data = bytearray(bag[name])
    if name.endswith("manifest-sha256.txt"):
        data[0] = ord("0") if data[0] != ord("0") else ord("1")
    else:
        data[-2] ^= 1
    bag[name] = bytes(data)


TAGS = "tagmanifest-sha256.txt"
FINDERS = {"payload": payload_of, "record": record_of}
# What a member's change, loss, and another name for it lead to.
MEMBERS = (
    ("payload", "E-FILE-DIGEST", "E-FILE-MISSING E-BAG-OXUM", "E-FILE-MISSING E-FILE-UNLISTED"),
    ("VERIFY.txt", "E-FILE-DIGEST", "E-FILE-MISSING", "E-FILE-MISSING E-FILE-UNLISTED"),
    ("record", "E-FILE-DIGEST", "E-FILE-MISSING", "E-FILE-MISSING E-FILE-UNLISTED"),
    ("record/signers/OP.pub", "E-FILE-DIGEST E-SIGNER-FILE", "E-FILE-MISSING E-SIGNER-FILE",
     "E-FILE-MISSING E-FILE-UNLISTED E-SIGNER-FILE"),
    ("record/signers/allowed_signers", "E-FILE-DIGEST E-SIGNER-FILE", "E-FILE-MISSING E-SIGNER-FILE",
     "E-FILE-MISSING E-FILE-UNLISTED E-SIGNER-FILE"),
    ("bag-info.txt", "E-FILE-DIGEST", "E-FILE-MISSING E-BAG-INFO", "E-FILE-MISSING E-FILE-UNLISTED E-BAG-INFO"),
    ("bagit.txt", "E-FILE-DIGEST E-BAG-INFO", "E-FILE-MISSING E-BAG-INFO", "E-FILE-MISSING E-FILE-UNLISTED E-BAG-INFO"),
    ("manifest-sha256.txt", "E-FILE-DIGEST", "E-FILE-MISSING E-MANIFEST",
     "E-FILE-MISSING E-FILE-UNLISTED E-MANIFEST"),
    (TAGS, "E-SIGNATURE-SSH E-FILE-DIGEST", "E-MANIFEST", "E-MANIFEST"),
    (TAGS + ".sig", "E-SIGNATURE-SSH", "E-SIGNATURE-MISSING", "E-SIGNATURE-MISSING E-FILE-UNLISTED"),
    (TAGS + ".minisig", "E-SIGNATURE-MINISIGN", "E-SIGNATURE-MISSING", "E-SIGNATURE-MISSING E-FILE-UNLISTED"),
)


def rename(bag, name):
    bag[name[:-1] + ("x" if name[-1] != "x" else "y")] = bag.pop(name)


for member, changed, dropped, renamed in MEMBERS:
    def changing(change, find=FINDERS.get(member, lambda bag, name=member: name)):
        return lambda world, bag: change(bag, find(bag))
    case("members", "a byte of %s changed" % member, changed, changing(flip), kinds=BOTH,
         **({"one": "E-PACKAGE", "exhibit": "E-RECORD"} if member == "manifest-sha256.txt" else {}))
    case("members", "%s dropped" % member, dropped, changing(lambda bag, name: bag.pop(name) and None), kinds=BOTH)
    case("members", "%s renamed" % member, renamed, changing(rename), kinds=BOTH)

case("members", "nothing is changed", "", lambda world, bag: None, verdict=VERIFIED, status=0, kinds=BOTH)
for name, one, exhibit in (("data/more.mp4", "E-BAG-OXUM", "E-BAG-OXUM"), ("more.txt", "", ""), ("record/more.json", "", ""),
                           ("record/signers/ST.pub", "", ""), ("record/custody/00000099.json", "E-CUSTODY", "E-PACKAGE"),
                           ("record/exhibits/more", "", "E-PACKAGE")):
    case("members", "%s added" % name, "E-FILE-UNLISTED", lambda world, bag, name=name: bag.update({name: b"more"}), kinds=BOTH,
         one=one, exhibit=exhibit)


@attack("members", "both signatures dropped", "E-NOT-SIGNED", verdict=NOT_SIGNED, kinds=BOTH)
def unsigned(world, bag):
    del bag[TAGS + ".sig"], bag[TAGS + ".minisig"]


# ---- without a key: parts of another package of the same store, with the same exhibits ----

def from_two(*names):
    return lambda world, bag: bag.update({name: world.packages["two"][name] for name in names})


SEAL = (TAGS, TAGS + ".sig", TAGS + ".minisig")
case("swaps", "a page", "E-FILE-DIGEST", from_two("START-HERE.html"))
case("swaps", "package.json", "E-FILE-DIGEST", from_two("record/package.json"))
case("swaps", "bag-info.txt", "E-FILE-DIGEST", from_two("bag-info.txt"))
case("swaps", "the SSH signature", "E-SIGNATURE-SSH", from_two(TAGS + ".sig"))
case("swaps", "the minisign signature", "E-SIGNATURE-MINISIGN", from_two(TAGS + ".minisig"))
case("swaps", "both signatures", "E-SIGNATURE-SSH", from_two(*SEAL[1:]), zip="E-TIME")
case("swaps", "the tag manifest", "E-SIGNATURE-SSH E-FILE-DIGEST E-FILE-MISSING", from_two(TAGS))
case("swaps", "the tag manifest with its signatures", "E-FILE-DIGEST E-FILE-MISSING", from_two(*SEAL))
case("swaps", "package.json, the tag manifest and its signatures", "E-FILE-DIGEST E-FILE-MISSING E-CUSTODY E-PROOF",
     from_two("record/package.json", *SEAL))


@attack("swaps", "the whole record", "E-FILE-DIGEST E-FILE-UNLISTED")
def whole_record(world, bag):
    for name in [name for name in bag if name.startswith("record/")]:
        del bag[name]
    bag.update({name: data for name, data in world.packages["two"].items() if name.startswith("record/")})


@attack("swaps", "all but the payload, which is another's", "E-FILE-DIGEST")
def all_but_payload(world, bag):
    payload = bag[payload_of(bag)]
    bag.clear()
    bag.update(world.packages["two"])
    bag[payload_of(bag)] = payload[:-1] + b"?"


@attack("swaps", "all but one record of an exhibit", "E-FILE-DIGEST E-EXHIBIT")
def one_record(world, bag):
    flip(bag, "record/exhibits/OP1/record/exhibit.json")


@attack("swaps", "two files of the payload for one another", "E-FILE-DIGEST")
def two_files(world, bag):
    one, two = [name for name in sorted(bag) if name.startswith("data/")][:2]
    bag[one], bag[two] = bag[two], bag[one]


@attack("swaps", "two exhibits' folders for one another", "E-FILE-DIGEST E-EXHIBIT E-PACKAGE")
def two_folders(world, bag):
    one, two = folder(bag, "OP1"), folder(bag, "OP1_1")
    set_folder(bag, "OP1", two)
    set_folder(bag, "OP1_1", one)


@attack("swaps", "two custody entries for one another", "E-FILE-DIGEST E-CUSTODY E-PROOF")
def two_entries(world, bag):
    one, two = [name for name in sorted(bag) if name.startswith("record/custody/") and name.endswith(".json")][:2]
    for ending in (".json", ".commit"):
        a, b = one.replace(".json", ending), two.replace(".json", ending)
        bag[a], bag[b] = bag[b], bag[a]


case("swaps", "an exhibit's folder dropped", "E-FILE-MISSING E-PACKAGE", lambda world, bag: drop_folder(bag, "OP2"))


@attack("swaps", "all exhibits' folders dropped", "E-FILE-MISSING E-PACKAGE")
def all_folders(world, bag):
    for name in ("OP1", "OP1_1", "OP2"):
        drop_folder(bag, name)


# ---- keys ----

case("keys", "no list of signers", "W-SIGNER-UNKNOWN", lambda world, bag: None, verdict=PARTIAL, signers=None, kinds=BOTH,
     one="W-EXHIBIT-SIGNER")
case("keys", "a list of others", "W-SIGNER-UNKNOWN", lambda world, bag: None, verdict=PARTIAL, signers="others", kinds=BOTH,
     one="W-EXHIBIT-SIGNER W-CUSTODY-SIGNER")
case("keys", "a list for other purposes", "W-SIGNER-PURPOSE", lambda world, bag: None, verdict=PARTIAL, signers="purpose", kinds=BOTH,
     one="W-EXHIBIT-SIGNER W-CUSTODY-SIGNER")
case("keys", "a list in which the signer's time was over", "E-SIGNER-EXPIRED", lambda world, bag: None, signers="expired", kinds=BOTH,
     one="E-EXHIBIT E-CUSTODY")
case("keys", "a list in which it had not begun", "E-SIGNER-NOT-YET", lambda world, bag: None, signers="not-yet", kinds=BOTH,
     one="E-EXHIBIT E-CUSTODY")
case("keys", "a list in which it is over since", "W-SIGNER-LATER", lambda world, bag: None, verdict=VERIFIED, status=7, signers="later",
     kinds=BOTH)
case("keys", "another fingerprint", "E-FINGERPRINT", lambda world, bag: None, kinds=BOTH, options=["--fingerprint", "SHA256:" + 43 * "A"])


# ---- with a key of one's own: everything is rebuilt, and signed again ----

def claim(bag, key):
    """The bag says that @key signed it."""
    name_signer(bag, key)
    if "record/package.json" in bag:
        edit(bag, lambda holding: holding["by"].update(fingerprint=key.fingerprint, initials=key.initials))


def edit(bag, change, name="record/package.json"):
    value = document(bag, name)
    change(value)
    set_document(bag, value, name)


def line_of(holding, reference):
    return next(line for line in holding["exhibits"] if line["exhibit"] == reference)


def done_of(bag, reference):
    """The number of the entry that says that the exhibit was done."""
    return next(line["sequence"] for line in document(bag)["custody"]
                if line["exhibit"] == reference and line["act"].endswith("-done"))


def describe(bag):
    """The record of an exhibit's bag has its payload as it now is."""
    def set_parts(record):
        for part in record["parts"]:
            part.update(size=len(bag[part["file"]]), sha256=sha(bag[part["file"]]))
    edit(bag, set_parts, "record/exhibit.json")
    set_manifest(bag)


def tell_exhibit(bag, name, key):
    """package.json and the custody entry have the exhibit as it now is."""
    inner, reference = folder(bag, name), name.replace("_", "/")
    seal = sha(inner[TAGS])
    files = [{"file": file, "size": len(data), "sha256": sha(data), "volume": 1} for file, data in sorted(inner.items())
             if file.startswith("data/")]
    edit(bag, lambda holding: line_of(holding, reference).update(tagmanifest_sha256=seal, signer=key.fingerprint, files=files))
    number = done_of(bag, reference)
    entry = document(bag, "record/custody/%08d.json" % number)
    entry.update(actor=key.fingerprint, digests={"tagmanifest": seal})
    set_entry(bag, number, entry, key)


def reseal_exhibit(bag, name, key, change):
    inner = folder(bag, name)
    change(inner)
    sign(inner, key)
    set_folder(bag, name, inner)
    tell_exhibit(bag, name, key)


def other_payload(key):
    def change(bag):
        name = payload_of(bag)
        bag[name] = bag[name][:-1] + b"other"
        describe(bag)
        claim(bag, key)
    return change


def forged_exhibit(world, bag):
    """The bag of an exhibit, in all parts by another."""
    other_payload(world.stranger)(bag)
    sign(bag, world.stranger)


def forged_package(world, bag):
    """A package and an exhibit in it, with its entry of the log, in all parts by another."""
    reseal_exhibit(bag, "OP2", world.stranger, other_payload(world.stranger))
    set_manifest(bag)
    claim(bag, world.stranger)
    sign(bag, world.stranger)


def forged_with_log(world, bag):
    """The same, with a log of the attacker's own, which the entries are in."""
    reseal_exhibit(bag, "OP2", world.stranger, other_payload(world.stranger))
    own_log(bag, world.stranger)
    set_manifest(bag)
    claim(bag, world.stranger)
    sign(bag, world.stranger)


def forged_wrapping(world, bag):
    """The exhibits are as they were; who packed them is another."""
    claim(bag, world.stranger)
    sign(bag, world.stranger)


def demanded(world_key="op.key"):
    return ["--fingerprint", Key(world_key, "OP").fingerprint]


for words, kind, function, verdict, proof, more in (
        ("the bag of an exhibit", "exhibit", forged_exhibit, PARTIAL, "", ""),
        ("a package and its exhibits", "one", forged_package, FAILED, "E-PROOF ", "W-EXHIBIT-SIGNER W-CUSTODY-SIGNER E-PROOF"),
        ("a package, its exhibits and its log", "one", forged_with_log, PARTIAL, "", "W-EXHIBIT-SIGNER W-CUSTODY-SIGNER"),
        ("a package of sound exhibits", "one", forged_wrapping, PARTIAL, "", "")):
    case("forged", words + ", without a list", proof + "W-SIGNER-UNKNOWN", function, verdict=verdict, kinds=(kind,), signers=None,
         one="W-EXHIBIT-SIGNER")
    case("forged", words + ", with a list", "W-SIGNER-UNKNOWN " + more, function, verdict=verdict, kinds=(kind,))
    case("forged", words + ", with a fingerprint", "W-SIGNER-UNKNOWN E-FINGERPRINT " + more, function, kinds=(kind,), options=demanded)


@attack("forged", "both signatures by another, whom the bag does not name", "E-SIGNER-FILE", kinds=BOTH, one="E-PACKAGE")
def unnamed(world, bag):
    sign(bag, world.stranger)


@attack("forged", "the minisign signature by another", "E-SIGNATURE-MINISIGN", kinds=BOTH)
def two_keys(world, bag):
    sign(bag, world.key, minisign=world.stranger)


@attack("forged", "the SSH signature by another, whom the bag names", "E-SIGNATURE-MINISIGN", kinds=BOTH, one="E-PACKAGE")
def two_keys_again(world, bag):
    bag["record/signers/ST.pub"] = world.stranger.file.encode()
    sign(bag, world.key, ssh=world.stranger)


@attack("forged", "signatures for another purpose", "E-SIGNATURE-SSH", kinds=BOTH)
def for_git(world, bag):
    sign(bag, world.key, namespace="git")


@attack("forged", "a wrapping by another who keeps the name of the signer", "E-PACKAGE W-SIGNER-UNKNOWN")
def same_name(world, bag):
    name_signer(bag, world.stranger)
    sign(bag, world.stranger)


# ---- with the signing key: only contradictions can tell ----

def sealed_again(change):
    """@change (world, bag), then manifests and signatures by the very key that signed the package."""
    def function(world, bag):
        change(world, bag)
        set_manifest(bag)
        sign(bag, world.key)
    return function


def package_case(words, codes, change, **how):
    """Of package.json alone."""
    case("package", words, codes, sealed_again(lambda world, bag: edit(bag, change)), forms=("zip",), **how)


def setting(name, value):
    return lambda holding: holding.update({name: value})


package_case("nothing", "", lambda holding: None, verdict=VERIFIED, status=0)
package_case("another package", "E-PACKAGE", setting("package", "C1-P9"))
package_case("another organisation", "E-PACKAGE", setting("organisation", "Somebody"))
package_case("another time of sealing", "E-TIME", setting("sealed", "2026-01-01T10:00:00Z"))
package_case("another local time of sealing", "E-TIME", setting("sealed_local", "2026-01-01 10:00:00 GMT"))
package_case("another version", "E-PACKAGE", setting("version", 2))
package_case("a volume of several", "E-PACKAGE", setting("volumes", 2))
package_case("no volume", "E-PACKAGE", setting("volume", 0))
package_case("another case", "E-PACKAGE", lambda holding: holding["case"].update(id="C2"))
package_case("sealed by another key", "E-PACKAGE", lambda holding: holding["by"].update(fingerprint="SHA256:" + 43 * "A"))
package_case("sealed by other initials", "E-PACKAGE", lambda holding: holding["by"].update(initials="ST"))
package_case("no exhibits", "E-PACKAGE E-CUSTODY", setting("exhibits", []))
package_case("exhibits that are no list", "E-PACKAGE E-CUSTODY", setting("exhibits", "OP1"))


def exhibit_case(words, codes, change, reference="OP1/1"):
    package_case("exhibit: " + words, codes, lambda holding: change(line_of(holding, reference)))


def exchange(first, second, *names):
    for name in names:
        first[name], second[name] = second[name], first[name]


package_case("an exhibit left out", "E-PACKAGE E-CUSTODY", lambda holding: holding["exhibits"].pop())
package_case("one more exhibit", "E-PACKAGE", lambda holding: holding["exhibits"].append(dict(holding["exhibits"][0], exhibit="OP9")))
package_case("an exhibit twice", "E-PACKAGE E-CUSTODY", lambda holding: holding["exhibits"].__setitem__(2, holding["exhibits"][0]))
package_case("files of one exhibit said to be another's", "E-PACKAGE", lambda holding: exchange(*holding["exhibits"][:2], "files"))
package_case("folders exchanged", "E-PACKAGE", lambda holding: exchange(*holding["exhibits"][:2], "folder"))
package_case("files and folders exchanged", "E-PACKAGE", lambda holding: exchange(*holding["exhibits"][:2], "folder", "files"))
exhibit_case("another reference", "E-PACKAGE E-CUSTODY", lambda line: line.update(exhibit="OP9"))
exhibit_case("another seal", "E-PACKAGE", lambda line: line.update(tagmanifest_sha256=64 * "0"))
exhibit_case("another signer", "E-PACKAGE", lambda line: line.update(signer="SHA256:" + 43 * "A"))
exhibit_case("another time", "E-PACKAGE E-CUSTODY", lambda line: line.update(made="2026-01-01T10:00:00.000000Z"))
exhibit_case("another time throughout", "E-CUSTODY", lambda line: line.update(made="2026-01-01T10:00:00.000000Z", made_local="2026-01-01 10:00:00 GMT"))
exhibit_case("another local time", "E-PACKAGE", lambda line: line.update(made_local="yesterday"))
exhibit_case("another kind of item", "E-PACKAGE", lambda line: line.update(item="master"))
exhibit_case("another Master", "E-PACKAGE", lambda line: line.update(of="OP2"))
exhibit_case("no Master", "E-PACKAGE", lambda line: line.update(of=None))
exhibit_case("a Master that is a copy", "E-PACKAGE", lambda line: line.update(of="OP2"), reference="OP1")
exhibit_case("file: another digest", "E-PACKAGE", lambda line: line["files"][0].update(sha256=64 * "0"))
exhibit_case("file: another size", "E-PACKAGE", lambda line: line["files"][0].update(size=1))
exhibit_case("file: no size", "E-PACKAGE", lambda line: line["files"][0].pop("size"))
exhibit_case("file: another name", "E-PACKAGE", lambda line: line["files"][0].update(file="data/stills/other.png"))
exhibit_case("file: in another volume", "E-PACKAGE", lambda line: line["files"][0].update(volume=2))
exhibit_case("file: in no volume", "E-PACKAGE", lambda line: line["files"][0].pop("volume"))
exhibit_case("a file left out", "E-PACKAGE", lambda line: line["files"].pop(), reference="OP1")
exhibit_case("a file twice, another not", "E-PACKAGE", lambda line: line["files"].__setitem__(1, line["files"][0]), reference="OP1")
exhibit_case("files in another order", "E-PACKAGE", lambda line: line["files"].reverse(), reference="OP1")


def entry_case(words, change):
    package_case("entry: " + words, "E-CUSTODY", lambda holding: change(holding["custody"]))


entry_case("left out", lambda custody: custody.pop())
entry_case("none", lambda custody: custody.clear())
entry_case("one more", lambda custody: custody.append(custody[0]))
entry_case("in another order", lambda custody: custody.reverse())
for member, value in (("sequence", 4), ("time", "2026-01-01T10:00:00.000000Z"), ("time_local", "2026-01-01 10:00:00 GMT"),
                      ("act", "verify"), ("verb", "erasure"), ("actor", "SHA256:" + 43 * "A"), ("exhibit", "OP9"), ("exhibit", None),
                      ("entry_sha256", 64 * "0"), ("file", "record/custody/00000004.json")):
    entry_case("another " + member, lambda custody, member=member, value=value: custody[0].update({member: value}))


def holding_case(words, codes, change, forms=("zip",), **how):
    case("contents", words, codes, sealed_again(change), forms=forms, **how)


def without(*names):
    def change(world, bag):
        for name in names:
            del bag[name]
    return change


def with_file(name, data):
    return lambda world, bag: bag.update({name: data})


holding_case("no package.json", "E-PACKAGE", without("record/package.json"))
holding_case("a package.json that is no JSON", "E-PACKAGE", with_file("record/package.json", b"{"))
holding_case("a package.json that is a list", "E-PACKAGE E-TIME E-CUSTODY E-PROOF", with_file("record/package.json", b"[]"))
holding_case("a package.json with a member twice", "E-PACKAGE", with_file("record/package.json", b'{"version":1,"version":1}'))
holding_case("a package.json of more than 16 MiB", "E-FILE-LARGE", with_file("record/package.json", b" " * (16 << 20) + b"{}"))
holding_case("package.json and exhibit.json", "E-PACKAGE", lambda world, bag: bag.update(
    {"record/exhibit.json": world.packages["exhibit"]["record/exhibit.json"]}), one="E-RECORD")
holding_case("payload that no exhibit has", "E-PACKAGE", with_file("data/master/OP1_more.mp4", b"more"))
holding_case("a file beside the exhibits' folders", "", with_file("record/exhibits/more", b"more"), verdict=VERIFIED, status=0)
holding_case("payload in an exhibit's folder", "E-EXHIBIT", with_file("record/exhibits/OP1/data/more.mp4", b"more"))
holding_case("an exhibit in an exhibit's folder", "E-EXHIBIT", with_file("record/exhibits/OP1/record/exhibits/OP2/bagit.txt", b"more"))
holding_case("a package.json in an exhibit's folder", "E-EXHIBIT", with_file("record/exhibits/OP1/record/package.json", b"{}"))
holding_case("a file more in an exhibit's folder", "E-EXHIBIT", with_file("record/exhibits/OP1/more.txt", b"more"))
holding_case("an exhibit's folder that is empty but for a file", "E-EXHIBIT E-PACKAGE E-CUSTODY", with_file("record/exhibits/OP3/more.txt", b"more"))
for name in (*SEAL, "manifest-sha256.txt", "bag-info.txt", "bagit.txt", "record/exhibit.json", "VERIFY.txt"):
    holding_case("an exhibit's %s is missing" % name, "E-EXHIBIT", without("record/exhibits/OP2/" + name),
                 one={TAGS: "E-PACKAGE E-CUSTODY", TAGS + ".sig": "E-PACKAGE", TAGS + ".minisig": "E-PACKAGE"}.get(name, ""))
holding_case("an exhibit's seal is gone", "E-EXHIBIT E-PACKAGE",
             without("record/exhibits/OP2/" + SEAL[1], "record/exhibits/OP2/" + SEAL[2]))


@attack("contents", "an exhibit's record changed", "E-EXHIBIT", forms=("zip",))
@sealed_again
def record_changed(world, bag):
    edit(bag, lambda record: record["case"].update(type="other"), "record/exhibits/OP2/record/exhibit.json")


def changed_payload(world, bag):
    bag["data/master/OP2_till.dav"] += b"more"


holding_case("a file of the payload changed", "E-EXHIBIT E-PACKAGE", changed_payload)
holding_case("a file of the payload gone", "E-EXHIBIT E-PACKAGE", without("data/master/OP2_till.dav"))


@attack("contents", "a file of the payload gone, and package.json names another twice", "E-EXHIBIT E-PACKAGE", forms=("zip",))
@sealed_again
def gone_and_covered(world, bag):
    del bag["data/master/OP1_wisbech-12_20211205T211004Z.vtt"]
    edit(bag, lambda holding: line_of(holding, "OP1")["files"].__setitem__(1, line_of(holding, "OP1")["files"][0]))


@attack("contents", "a file of the payload changed, with package.json", "E-EXHIBIT E-PACKAGE", forms=("zip",))
@sealed_again
def changed_and_told(world, bag):
    changed_payload(world, bag)
    edit(bag, lambda holding: line_of(holding, "OP2")["files"][0].update(
        size=len(bag["data/master/OP2_till.dav"]), sha256=sha(bag["data/master/OP2_till.dav"])))


def exhibit_sealed_again(words, codes, change, key="key", name="OP2", **how):
    """An exhibit whose own seal is made anew, with all that the package says of it."""
    def function(world, bag):
        reseal_exhibit(bag, name, getattr(world, key), lambda inner: change(world, inner))
    holding_case("an exhibit sealed again: " + words, codes, function, **how)


def other_time(world, inner):
    sign(inner, world.key, sealed="2020-01-01T10:00:00Z")
    set_info(inner, Bagging_Date="2020-01-01")


exhibit_sealed_again("as it was", "", lambda world, inner: None, verdict=VERIFIED, status=0)
exhibit_sealed_again("by a stranger", "W-EXHIBIT-SIGNER W-CUSTODY-SIGNER E-PROOF", lambda world, inner: claim(inner, world.stranger),
                     key="stranger")
exhibit_sealed_again("before the signer was trusted", "E-EXHIBIT E-PROOF", other_time)
exhibit_sealed_again("as another exhibit", "E-EXHIBIT E-PROOF", lambda world, inner: set_info(inner, External_Identifier="OP9"), one="E-PACKAGE E-CUSTODY")
exhibit_sealed_again("a Master otherwise than its copy has it", "E-EXHIBIT E-PROOF", lambda world, inner: inner.update({"VERIFY.txt": b"other"}), name="OP1")
exhibit_sealed_again("its record has another size of a part", "E-EXHIBIT E-PROOF", lambda world, inner: edit(
    inner, lambda record: record["parts"][0].update(size=7), "record/exhibit.json"))
exhibit_sealed_again("its record is of another exhibit", "E-EXHIBIT E-PROOF", lambda world, inner: edit(
    inner, lambda record: record.update(exhibit="OP1"), "record/exhibit.json"))
exhibit_sealed_again("its record is gone", "E-EXHIBIT E-PROOF", lambda world, inner: inner.pop("record/exhibit.json") and None)


@attack("contents", "the same exhibit twice, with two seals", "E-EXHIBIT E-PACKAGE E-CUSTODY", forms=("zip",))
@sealed_again
def twice(world, bag):
    inner = folder(bag, "OP2")
    inner["VERIFY.txt"] = b"other"
    sign(inner, world.key)
    set_folder(bag, "OP2_1", inner)


@attack("contents", "an exhibit in a folder of another name", "E-EXHIBIT", forms=("zip",))
@sealed_again
def elsewhere(world, bag):
    inner = folder(bag, "OP2")
    drop_folder(bag, "OP2")
    set_folder(bag, "OP3", inner)
    edit(bag, lambda holding: line_of(holding, "OP2").update(folder="record/exhibits/OP3"))


# ---- custody entries, with the signing key ----

def log_case(words, codes, change, **how):
    """@change (world, bag, number of the entry that says that OP2 was done)."""
    case("custody", words, codes, sealed_again(lambda world, bag: change(world, bag, done_of(bag, "OP2"))), forms=("zip",), **how)


def names_of(number):
    return "record/custody/%08d.json" % number, "record/custody/%08d.commit" % number


def forge_entry(world, bag, number, change, key=None, **other):
    entry = document(bag, names_of(number)[0])
    change(entry)
    set_entry(bag, number, entry, key or world.key, **other)


def edit_commit(pattern, with_what):
    def change(world, bag, number):
        name = names_of(number)[1]
        changed = re.sub(pattern, with_what, bag[name], count=1, flags=re.S)
        assert changed != bag[name]
        bag[name] = changed
    return change


log_case("an entry changed", "E-CUSTODY", lambda world, bag, number: edit(bag, lambda entry: entry.update(verb="erasure"), names_of(number)[0]))
log_case("an entry that is no JSON", "E-CUSTODY", lambda world, bag, number: bag.update({names_of(number)[0]: b"{"}))
log_case("an entry that is empty", "E-CUSTODY", lambda world, bag, number: bag.update({names_of(number)[0]: b""}))
log_case("a commit gone", "E-CUSTODY", lambda world, bag, number: bag.pop(names_of(number)[1]) and None)
log_case("an entry gone", "E-CUSTODY", lambda world, bag, number: bag.pop(names_of(number)[0]) and None)
log_case("a commit that is empty", "E-CUSTODY", lambda world, bag, number: bag.update({names_of(number)[1]: b""}))
log_case("a commit without a signature", "E-CUSTODY", edit_commit(rb"gpgsig .*?END SSH SIGNATURE-----\n", b""))
log_case("a commit's time changed", "E-CUSTODY", edit_commit(rb"(author .*> )\d+", rb"\g<1>1"))
log_case("a commit's words changed", "E-CUSTODY", edit_commit(rb"#\d+ ", b"#99 "))
log_case("a commit's parent changed", "E-CUSTODY", edit_commit(rb"parent [0-9a-f]{40}", b"parent " + 40 * b"0"))
log_case("a commit of another entry", "E-CUSTODY", lambda world, bag, number: bag.update({names_of(number)[1]: bag[names_of(number - 1)[1]]}))
log_case("an entry and its commit gone", "E-CUSTODY", lambda world, bag, number: [bag.pop(name) for name in names_of(number)] and None)
log_case("a stray file", "E-CUSTODY", lambda world, bag, number: bag.update({"record/custody/more.txt": b"more"}))
log_case("a commit of no entry", "E-CUSTODY", lambda world, bag, number: bag.update({names_of(99)[1]: bag[names_of(number)[1]]}))
log_case("signed again as it was", "", lambda world, bag, number: forge_entry(world, bag, number, lambda entry: None), verdict=VERIFIED, status=0)
log_case("signed by another than its actor", "E-CUSTODY", lambda world, bag, number: forge_entry(world, bag, number, lambda entry: None, world.stranger))
log_case("signed for another purpose", "E-CUSTODY",
         lambda world, bag, number: forge_entry(world, bag, number, lambda entry: None, namespace="exhibit"))
log_case("by a stranger throughout", "W-CUSTODY-SIGNER E-PROOF", lambda world, bag, number: forge_entry(
    world, bag, number, lambda entry: entry.update(actor=world.stranger.fingerprint), world.stranger))
log_case("of another seal of the exhibit", "E-CUSTODY E-PROOF",
         lambda world, bag, number: forge_entry(world, bag, number, lambda entry: entry.update(digests={"tagmanifest": 64 * "0"})))
log_case("of no seal of the exhibit", "E-CUSTODY E-PROOF",
         lambda world, bag, number: forge_entry(world, bag, number, lambda entry: entry.update(digests={})))
log_case("of another exhibit", "E-CUSTODY E-PROOF",
         lambda world, bag, number: forge_entry(world, bag, number, lambda entry: entry.update(exhibit="OP9")))


@attack("custody", "an entry under another number", "E-CUSTODY E-PROOF", forms=("zip",))
@sealed_again
def renumbered(world, bag):
    number = done_of(bag, "OP2")
    for old, new in zip(names_of(number), names_of(number + 90)):
        bag[new] = bag.pop(old)
    def change(holding):
        line = next(line for line in holding["custody"] if line["sequence"] == number)
        holding["custody"].remove(line)
        holding["custody"].append(dict(line, file=names_of(number + 90)[0]))
    edit(bag, change)


def unlogged(world, bag):
    """All that is about OP2, from the files and from the list."""
    def change(holding):
        for line in [line for line in holding["custody"] if line["exhibit"] == "OP2"]:
            for name in names_of(line["sequence"]):
                del bag[name]
            holding["custody"].remove(line)
    edit(bag, change)


case("custody", "no entry about an exhibit, and none listed", "E-CUSTODY", sealed_again(unlogged), forms=("zip",))


# ---- bag-info.txt and the signed comment, with the signing key ----

def info_case(words, codes, change, kinds=BOTH, **how):
    def function(world, bag):
        change(world, bag)
        sign(bag, world.key)
    case("info", words, codes, function, forms=("zip",), kinds=kinds, **how)


info_case("another day", "E-TIME", lambda world, bag: set_info(bag, Bagging_Date="2020-01-01"))
info_case("another payload", "E-BAG-OXUM", lambda world, bag: set_info(bag, Payload_Oxum="1.1"))
info_case("another organisation", "E-PACKAGE", lambda world, bag: set_info(bag, Source_Organization="Somebody"), kinds=("one",))
info_case("a line more", "E-BAG-INFO", lambda world, bag: set_info(bag, Contact_Name="Somebody"))
info_case("a volume without a group", "E-BAG-INFO", lambda world, bag: set_info(bag, Bag_Count="1 of 2"))
info_case("another group", "E-BAG-INFO E-PACKAGE", lambda world, bag: set_info(bag, Bag_Group_Identifier="C9-P9", Bag_Count="1 of 2"),
          one="W-VOLUME")
info_case("volumes that cannot be", "E-BAG-INFO", lambda world, bag: set_info(
    bag, Bag_Group_Identifier=info(bag)["External-Identifier"], Bag_Count="3 of 2"))
info_case("volumes", "E-PACKAGE", lambda world, bag: set_info(
    bag, Bag_Group_Identifier=info(bag)["External-Identifier"], Bag_Count="1 of 2"), one="W-VOLUME")

for words, trusted in (("of another package", "exhibit C9-P9 sealed %s tagmanifest-sha256 %s"),
                       ("of another time, of no form", "exhibit %.0s%s"),
                       ("not ours", "timestamp:1 file:x hashed%.0s%.0s")):
    @attack("info", "a comment " + words, "E-SIGNATURE-MINISIGN", forms=("zip",), kinds=BOTH)
    def comment(world, bag, trusted=trusted):
        sign(bag, world.key, trusted=trusted % (sealed_of(bag), sha(bag[TAGS])), sealed="2026-11-22T17:00:00Z")


# ---- the ZIP ----

def zip_case(words, codes, bend, **how):
    """@bend changes the parts of a ZIP, or gives other bytes for it."""
    def function(world, bag):
        parts = Zip(bag, sealed_of(bag))
        made = bend(parts)
        write_file("case.zip", parts.bytes() if made is None else made)
        return "case.zip"
    case("zip", words, codes, function, **how)


def split_zip(parts):
    """Members, directory, end."""
    whole = parts.bytes()
    size, start = struct.unpack("<2L", whole[-10:-2])
    return whole[:start], whole[start:start + size], whole[-22:]


def two_directories(parts):
    members, directory, end = split_zip(parts)
    return members + directory + directory + end


def other_directory(change):
    def bend(parts):
        members, directory, end = split_zip(parts)
        return members + change(directory) + end
    return bend


def renaming(old, new):
    """In the members' headers and the directory alike."""
    def bend(parts):
        parts.member(old)["name"] = new.encode()
    return bend


def stock_zip(parts, method=zipfile.ZIP_STORED):
    import io
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as target:
        for member in parts.members:
            target.writestr(member["name"].decode(), member["data"])
    return out.getvalue()


def bomb(parts):
    parts.members = [{"name": b"data/master/OP1_1.mp4", "data": bytes(64 << 20), "crc": 0}]
    return stock_zip(parts, zipfile.ZIP_DEFLATED)


def sized(size):
    return lambda parts: parts.members[0].update(size=size)


def zip64_lie(parts):
    """A header that speaks of 2^62 bytes."""
    first = parts.members[0]
    header = bytearray(parts.local(first))
    header[4:6], header[18:26], header[28:30] = struct.pack("<H", 45), b"\xff" * 8, struct.pack("<H", 44)
    return bytes(header) + struct.pack("<2H2Q", 1, 16, 1 << 62, 1 << 62) + parts.bytes()[len(header):]


zip_case("as it was", "", lambda parts: None, verdict=VERIFIED, status=0)
zip_case("a byte in front", "E-NOT-A-PACKAGE", lambda parts: b"x" + parts.bytes())
zip_case("a program in front", "E-NOT-A-PACKAGE", lambda parts: b"MZ" + bytes(1000) + parts.bytes())
zip_case("a byte behind", "E-ZIP-FORM", lambda parts: parts.bytes() + b"x")
zip_case("the same ZIP behind", "E-ZIP-FORM", lambda parts: parts.bytes() + parts.bytes())
zip_case("an empty ZIP in front", "E-NOT-A-PACKAGE", lambda parts: b"PK\5\6" + bytes(18) + parts.bytes())
zip_case("two directories", "E-ZIP-FORM", two_directories)
zip_case("no directory", "E-ZIP-FORM", other_directory(lambda directory: b""))
zip_case("a directory that lacks the first", "E-ZIP-FORM", other_directory(lambda directory: directory[directory.index(b"PK\1\2", 4):]))
zip_case("a directory that names another", "E-ZIP-FORM", other_directory(lambda directory: directory.replace(b"VERIFY.txt", b"VERIFY.exe")))
zip_case("a directory that says it is a link", "E-ZIP-FORM", lambda parts: parts.member("VERIFY.txt").update(mode=0o120777))
zip_case("a directory that says it is a device", "E-ZIP-FORM", lambda parts: parts.member("VERIFY.txt").update(mode=0o060666))
zip_case("a member that overlaps another", "E-ZIP-FORM", lambda parts: parts.members[1].update(offset=0))
zip_case("a member twice", "E-ZIP-FORM", lambda parts: parts.members.insert(1, parts.members[0]))
zip_case("a member twice, the other bytes last", "E-ZIP-FORM", lambda parts: parts.add("VERIFY.txt", b"other"))
zip_case("members in another order", "E-ZIP-FORM", lambda parts: parts.members.reverse())
zip_case("a wrong checksum", "E-ZIP-CHECKSUM", lambda parts: parts.member("VERIFY.txt").update(crc=1))
zip_case("a size of 4 GiB", "E-ZIP-FORM", sized(0xfffffffe), more=True)
zip_case("a size that is too small", "E-ZIP-FORM", sized(10), more=True)
zip_case("a size of 4 EiB", "E-ZIP-FORM", zip64_lie)
zip_case("a member said to be encrypted", "E-ZIP-FORM", lambda parts: parts.member("VERIFY.txt").update(flags=9), more=True)
zip_case("packed again by another program", "E-ZIP-FORM", stock_zip)
zip_case("a bomb", "E-ZIP-FORM", bomb)
zip_case("another time", "E-TIME", lambda parts: setattr(parts, "sealed", "2026-01-01T10:00:00Z"))
for name in ("../VERIFY.txt", "/VERIFY.txt", "C:VERIFY.txt", "C:/VERIFY.txt", "..", ".", "VERIFY/../x.txt", "VERIFY//x.txt", "./VERIFY.txt",
             "VERIFY\\x.txt", "..\\x.txt", "VERIFY.txt/", "VERIFY.txt.", "VERIFY.txt ", "VERIFY\n.txt", "V\u00c9RIFY.txt", "VE\u0301RIFY.txt",
             "VERIFY\u202etxt.exe", "nul", "COM1.txt", "V" * 76, "-VERIFY.txt", ".VERIFY.txt", "~", "$HOME", "VERIFY\0.txt"):
    zip_case("a name: %r" % name, "E-ZIP-FORM", renaming("VERIFY.txt", name), more=True)
zip_case("a name with another case", "E-FILE-MISSING E-FILE-UNLISTED", lambda parts: (renaming("VERIFY.txt", "verify.txt")(parts),
                                                                                   parts.members.sort(key=lambda m: (not m["name"].startswith(b"data/"), m["name"])))[0])


@attack("contents", "two names that differ by case", "E-NAME", forms=("zip", "folder"))
@sealed_again
def by_case(world, bag):
    bag["verify.txt"] = b"other"


@attack("contents", "a folder whose name differs by case", "E-NAME", forms=("zip", "folder"))
@sealed_again
def folder_by_case(world, bag):
    bag["Record/more.txt"] = b"other"


@attack("contents", "a file and a folder of one name", "E-NAME", forms=("zip",))
@sealed_again
def file_and_folder(world, bag):
    bag["VERIFY.txt/more"] = b"other"


# ---- the age file ----

CHUNK = (64 << 10) + 16


def age_case(words, codes, bend, **how):
    """@bend (header with its nonce, the chunks behind it) gives other bytes for it."""
    def function(world, bag):
        whole = open(write_age(bag, "case", world), "rb").read()
        head = whole.index(b"\n", whole.index(b"\n--- ") + 1) + 1 + 16
        chunks = [whole[at:at + CHUNK] for at in range(head, len(whole), CHUNK)]
        write_file("case.zip.age", bend(whole[:head], chunks))
        return "case.zip.age"
    case("age", words, codes, function, more=True, **how)


def inside(change):
    """Anybody can encrypt to whom it is for."""
    def function(world, bag):
        world.encrypt(change(Zip(bag, sealed_of(bag)).bytes()), "case.zip.age")
        return "case.zip.age"
    return function


def join(head, chunks):
    return head + b"".join(chunks)


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


age_case("as it was", "", join, verdict=VERIFIED, status=0)
age_case("the version", "E-NOT-A-PACKAGE", lambda head, chunks: join(flipped(head, 20), chunks))
age_case("the MAC of the header", "E-AGE", lambda head, chunks: join(head.replace(b"\n--- ", b"\n--- A", 1)[:-17][:-1] + head[-17:], chunks))
age_case("the nonce", "E-AGE", lambda head, chunks: join(flipped(head, -1 + len(head)), chunks))
age_case("a recipient added", "E-AGE", lambda head, chunks: join(head.replace(b"\n--- ", b"\n-> X25519 " + 43 * b"A" + b"\n" + 43 * b"A" + b"\n--- "), chunks))
for index, word in ((0, "first"), (5, "sixth"), (-1, "last")):
    age_case("a byte of the %s chunk" % word, "E-AGE",
             lambda head, chunks, index=index: join(head, [flipped(c, 9) if c is chunks[index] else c for c in chunks]))
    age_case("the %s chunk dropped" % word, "E-AGE", lambda head, chunks, index=index: join(head, [c for c in chunks if c is not chunks[index]]))
    age_case("the %s chunk twice" % word, "E-AGE",
             lambda head, chunks, index=index: join(head, [c for one in chunks for c in ([one, one] if one is chunks[index] else [one])]))
age_case("two chunks exchanged", "E-AGE", lambda head, chunks: join(head, [chunks[1], chunks[0], *chunks[2:]]))
age_case("cut in the header", "E-AGE", lambda head, chunks: head[:60])
age_case("cut behind the header", "E-AGE", lambda head, chunks: head)
age_case("cut in a chunk", "E-AGE", lambda head, chunks: join(head, chunks)[:-1000 - CHUNK])
age_case("cut by a byte", "E-AGE", lambda head, chunks: join(head, chunks)[:-1])
age_case("a byte behind", "E-AGE", lambda head, chunks: join(head, chunks) + b"x")
age_case("an empty chunk behind", "E-AGE", lambda head, chunks: join(head, chunks) + bytes(16))
age_case("the same behind", "E-AGE", lambda head, chunks: join(head, chunks) + join(head, chunks))
for words, codes, change in (("a byte behind the ZIP inside", "E-ZIP-FORM", lambda data: data + b"x"),
                             ("the ZIP inside cut short", "E-ZIP-FORM", lambda data: data[:-100]),
                             ("a byte of the ZIP inside", "E-FILE-DIGEST E-ZIP-CHECKSUM", lambda data: flipped(data, 400)),
                             ("no ZIP inside", "E-NOT-A-PACKAGE", lambda data: b"words"),
                             ("nothing inside", "E-NOT-A-PACKAGE", lambda data: b"")):
    case("age", words, codes if words != "a byte of the ZIP inside" else "E-ZIP-CHECKSUM", inside(change), more=True)


# ---- the folder ----

def folder_case(words, codes, change, **how):
    """@change (path) of a folder that holds the package."""
    def function(world, bag):
        write_folder(bag, "case", world)
        change("case/")
        return "case"
    case("folder", words, codes, function, **how)


def replaced(name, make):
    def change(path):
        os.rename(path + name, "moved")
        make(path + name)
    return change


def device(path):
    try:
        os.mknod(path, 0o020644, os.makedev(1, 3))
    except PermissionError:
        os.mkfifo(path)


folder_case("a link to the very file", "E-FOLDER", replaced("VERIFY.txt", lambda path: os.symlink("../moved", path)))
folder_case("a link to nowhere", "E-FOLDER", replaced("VERIFY.txt", lambda path: os.symlink("nowhere", path)))
folder_case("a link that is no file's", "E-FOLDER", lambda path: os.symlink("..", path + "more"))
folder_case("a link for a folder", "E-FOLDER E-FILE-MISSING", lambda path: (os.rename(path + "record/custody", "moved-folder"),
                                                                          os.symlink("../../moved-folder", path + "record/custody")), more=True)
folder_case("another name for the very file", "", replaced("VERIFY.txt", lambda path: os.link("moved", path)), verdict=VERIFIED, status=0)
folder_case("a device", "E-FOLDER", replaced("VERIFY.txt", device))
folder_case("a FIFO", "E-FOLDER", lambda path: os.mkfifo(path + "more"))
folder_case("an empty folder", "E-FOLDER", lambda path: os.mkdir(path + "data/more"))
folder_case("a folder for a file", "E-FOLDER E-FILE-MISSING", replaced("VERIFY.txt", os.mkdir))
for name in ("verify.txt", "RECORD", "Data"):
    folder_case("a name: %r" % name, "E-NAME E-FILE-UNLISTED", lambda path, name=name: write_file(path + name, b"more"))
for name in (".hidden", "a b", "caf\u00e9", "cafe\u0301", "a\\b", "C:x", "nul", "com1.txt", "x" * 76, "x.", "-x", "x\ny", "x\u202ey"):
    folder_case("a name: %r" % name, "E-NAME", lambda path, name=name: write_file(path + name, b"more"))


# ---- archives that others made to do harm ----

def archives():
    where = os.path.join(os.environ.get("EXHIBIT_MATERIAL", ""), "archives")
    for name in sorted(os.path.join(path, name) for path, _, files in os.walk(where) for name in files):
        yield name


def is_zip(path):
    with open(path, "rb") as file:
        return file.read(4) == b"PK\3\4"


for name in archives():
    def try_archive(world, bag, name=name):
        shutil.copy(name, "case.zip")
        return "case.zip"
    case("archives", os.path.basename(name), "E-ZIP-FORM" if is_zip(name) else "E-NOT-A-PACKAGE", try_archive)


def main():
    world, bad, count = World(), 0, 0
    remove("into")
    os.mkdir("into")
    for case in GROUPS[sys.argv[1]]:
        for kind in case.get("kinds", ("one",)):
            problem = try_case(world, kind, case)
            count += 1
            if problem:
                bad += 1
                print("%s (%s): %s" % (case["words"], kind, problem))
    print("%d of %d" % (count - bad, count))
    sys.exit(bad > 0 or count == 0)


if __name__ == "__main__":
    main()


# ---- the checkpoint and the proofs, with the signing key ----

def proof_case(words, codes, change, **how):
    """@change (world, bag, name of the proof of the entry that says that OP2 was done)."""
    log_case(words, codes, lambda world, bag, number: change(world, bag, "record/custody/%08d.tlog-proof" % number), **how)


def replace_in(name, old, new):
    def change(world, bag, proof):
        changed = bag[name or proof].replace(old, new, 1)
        assert changed != bag[name or proof]
        bag[name or proof] = changed
    return change


def other_index(world, bag, proof):
    bag[proof] = re.sub(rb"index \d+", b"index 0", bag[proof])


def shorter_path(world, bag, proof):
    lines = bag[proof].split(b"\n")
    del lines[2]
    bag[proof] = b"\n".join(lines)


def longer_path(world, bag, proof):
    lines = bag[proof].split(b"\n")
    lines.insert(2, lines[2])
    bag[proof] = b"\n".join(lines)


def other_checkpoint(world, bag, proof):
    """A proof of the same entry in the log as it was when the other package was sealed."""
    bag[proof] = world.packages["two"][proof]


def more_entries(world, bag, proof):
    edit(bag, lambda holding: holding["log"].update(entries=holding["log"]["entries"] + 1))


def log_of_another(world, bag, proof):
    own_log(bag, world.stranger)
    bag["record/checkpoint"] = world.packages["one"]["record/checkpoint"]


proof_case("a proof gone", "E-PROOF", lambda world, bag, proof: bag.pop(proof) and None)
proof_case("the checkpoint gone", "E-PROOF", lambda world, bag, proof: bag.pop("record/checkpoint") and None)
proof_case("a proof that is empty", "E-PROOF", lambda world, bag, proof: bag.update({proof: b""}))
proof_case("a proof of another entry's number", "E-PROOF", other_index)
proof_case("a proof that is shorter", "E-PROOF", shorter_path)
proof_case("a proof that is longer", "E-PROOF", longer_path)
proof_case("a proof in a later log", "E-PROOF", other_checkpoint)
proof_case("a checkpoint of another size", "E-PROOF", replace_in("record/checkpoint", b"\n1", b"\n2"))
proof_case("a checkpoint that nobody signed", "E-PROOF", replace_in("record/checkpoint", b" custody.invalid/", b" other.invalid/"))
proof_case("a checkpoint of a later log", "E-PROOF", lambda world, bag, proof: bag.update(
    {"record/checkpoint": world.packages["two"]["record/checkpoint"]}))
proof_case("a log with another number of entries", "E-PROOF", more_entries)
proof_case("a key of another log than the checkpoint's", "E-PROOF", log_of_another)
proof_case("a proof of no entry", "E-CUSTODY", lambda world, bag, proof: bag.update({"record/custody/00000099.tlog-proof": bag[proof]}))


def own_case(words, change):
    """Of what an exhibit's own bag says of the log."""
    case("custody", "an exhibit's own: " + words, "E-PROOF", sealed_again(change), kinds=("exhibit",), forms=("zip",))


own_case("its proof gone", lambda world, bag: bag.pop("record/custody.tlog-proof") and None)
own_case("its checkpoint gone", lambda world, bag: bag.pop("record/checkpoint") and None)
own_case("a proof of another entry's number", lambda world, bag: other_index(world, bag, "record/custody.tlog-proof"))
own_case("a proof that is shorter", lambda world, bag: shorter_path(world, bag, "record/custody.tlog-proof"))
own_case("a checkpoint of a later log", lambda world, bag: bag.update({"record/checkpoint": world.packages["one"]["record/checkpoint"]}))
own_case("an entry changed", lambda world, bag: edit(bag, lambda custody: custody["exhibit_entries"][-1].update(act="add-begun"),
                                                    "record/custody.json"))
own_case("another number of entries", lambda world, bag: edit(bag, lambda custody: custody.update(entries=99), "record/custody.json"))
own_case("no key of a log", lambda world, bag: edit(bag, lambda custody: custody.pop("key"), "record/custody.json"))
own_case("a custody.json that is no JSON", lambda world, bag: bag.update({"record/custody.json": b"{"}))
