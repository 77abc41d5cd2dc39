"""Where a Master of several pieces is damaged is told: which pieces, and about what time of the footage they hold.

    damage.py GROUP     in a folder with `one` (a package of exhibits) and `exhibit` (the bag of one), of a Master with 4 pieces or more
"""
import bisect, calendar, glob, json, os, re, shutil, subprocess, sys, time

from bag import *

DIGITS = re.compile(r"pieces? (\d+)(?: to (\d+))? of (\d+) \(from byte (\d+) on\)(?:, footage of (\S+ \S+) \S+ to (\S+ \S+) \w+)?")


def judge(path, *options):
    done = subprocess.run([os.environ["EXHIBIT"], "verify", path, "--json", "--signers", "signers", *options], stdout=subprocess.PIPE,
                          stdin=subprocess.DEVNULL)
    return json.loads(done.stdout)


def seconds(words):
    return calendar.timegm(time.strptime(words, "%Y-%m-%d %H:%M:%S"))


class Master:
    """The largest file of a folder's payload, its packets, and when they were shown."""

    def __init__(self, path):
        self.path = max(glob.glob(path + "/data/master/*.mp4"), key=os.path.getsize)
        self.name, self.size = os.path.relpath(self.path, path), os.path.getsize(self.path)
        self.count = -(-self.size // PIECE)
        record = glob.glob(path + "/record/exhibit.json") + glob.glob(path + "/record/exhibits/OP1/record/exhibit.json")
        part = next(part for part in document({"": open(record[0], "rb").read()}, "")["parts"] if part["file"] == self.name)
        start = epoch(part["from"])
        lines = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v", "-show_entries", "packet=pos,pts_time", "-of", "csv=p=0",
                                self.path], check=True, stdout=subprocess.PIPE).stdout.decode().split()
        packets = sorted((int(position), start + float(pts)) for pts, position in (line.split(",")[:2] for line in lines))
        self.positions, self.times = [at for at, _ in packets], [when for _, when in packets]

    def shown(self, offset):
        """When the packet that has the byte was shown; None of a byte before all packets."""
        index = bisect.bisect_right(self.positions, offset) - 1
        return self.times[index] if index >= 0 else None


def stretches(answer, name):
    """First and last piece, and times, as told of the file; its code must be the one for it."""
    findings = [finding for finding in answer["findings"] if finding["file"] == name]
    assert answer["verdict"] == "FAILED" and len(findings) == 1, answer["findings"]
    told = [(int(first), int(last or first), int(count), int(at), begin, end)
            for first, last, count, at, begin, end in DIGITS.findall(findings[0]["text"])]
    reason = next(file["reason"] for file in answer["files"] if file["name"] == name)
    assert reason in findings[0]["text"], (reason, findings[0]["text"])
    return told, findings[0]


def check(master, path, offsets, code):
    """Each byte that was changed lies in a stretch whose times contain its own; and no stretch holds none."""
    told, finding = stretches(judge(path, "--identity", "identity.txt"), master.name)
    assert finding["code"] == code, finding
    for first, last, count, at, begin, end in told:
        assert count == master.count and at == (first - 1) * PIECE, finding
        held = [offset for offset in offsets if first - 1 <= offset // PIECE <= last - 1]
        assert {offset // PIECE for offset in held} == set(range(first - 1, last)), finding
        # No more than two of the recorder's segments, of a minute each, on either side.
        assert (master.shown(at) or master.times[0]) - seconds(begin) < 121, finding
        assert seconds(end) - master.shown(min(last * PIECE, master.size) - 1) < 121, finding
        for shown in (master.shown(offset) for offset in held):
            assert shown is None or seconds(begin) <= shown <= seconds(end), (finding["text"], shown - seconds(begin), shown - seconds(end))
    assert sum(last - first + 1 for first, last, *_ in told) == len({offset // PIECE for offset in offsets}), finding
    return told


class Turned:
    """Bytes of a file turned, for as long as it is wanted."""

    def __init__(self, path, offsets):
        self.path, self.offsets = path, offsets

    def turn(self):
        with open(self.path, "r+b") as file:
            for offset in self.offsets:
                file.seek(offset)
                byte = file.read(1)[0]
                file.seek(offset)
                file.write(bytes([byte ^ 0x10]))

    __enter__ = turn

    def __exit__(self, *_):
        self.turn()


def places(master):
    """Sets of bytes to turn: each piece by itself at several places, all ends, neighbours, stretches, everywhere."""
    ends = [piece * PIECE for piece in range(master.count)] + [piece * PIECE - 1 for piece in range(1, master.count)] + [master.size - 1]
    for piece in range(master.count):
        size = min(PIECE, master.size - piece * PIECE)
        yield [piece * PIECE + int(size * part) for part in (0.07, 0.31, 0.55, 0.83)]
    yield [ends[0]]
    yield [ends[-1]]
    yield [PIECE - 1, PIECE]
    yield [9, 2 * PIECE + 9, master.size - 9]
    yield ends


# ---- groups ----

def folder(kind):
    master = Master(kind)
    for offsets in places(master):
        with Turned(master.path, offsets):
            check(master, kind, offsets, "E-FILE-DIGEST")


def in_container(kind):
    """In a ZIP bytes are turned where they lie; in an age file that anybody could have made of it they are turned before."""
    master, bag = Master(kind), load(kind)
    path = write_zip(bag, "case", None)
    data = open(path, "rb").read()
    lies_at = data.index(open(master.path, "rb").read(4096))
    assert judge(path)["verdict"] == "VERIFIED"
    for offsets in list(places(master))[::2]:
        with Turned(path, [lies_at + offset for offset in offsets]):
            check(master, path, offsets, "E-ZIP-CHECKSUM")
    recipient = subprocess.run(["age-keygen", "-y", "identity.txt"], check=True, stdout=subprocess.PIPE).stdout.decode().strip()
    for offsets in list(places(master))[1:3]:
        with Turned(path, [lies_at + offset for offset in offsets]):
            subprocess.run(["age", "-r", recipient, "-o", "case.age", path], check=True)
        check(master, "case.age", offsets, "E-ZIP-CHECKSUM")
        os.remove("case.age")
    os.remove(path)


def sizes(kind):
    """Cut short, empty, longer: what is left is told from what is not."""
    master = Master(kind)
    whole = open(master.path, "rb").read()
    for size, first, last in ((master.size - 1, master.count, master.count), (3 * PIECE + 5, 4, master.count), (2 * PIECE, 3, master.count),
                              (PIECE + 1, 2, master.count), (PIECE, 2, master.count), (PIECE - 1, 1, master.count), (1, 1, master.count),
                              (0, 1, master.count), (master.size + 1, master.count, master.count)):
        write_file(master.path, whole[:size] + b"x" * (size - master.size))
        answer = judge(kind)
        told, finding = stretches(answer, master.name)
        assert "it has %d bytes, and had %d" % (size, master.size) in finding["text"], finding
        assert [(a, b) for a, b, *_ in told] == [(first, last)], (size, finding)
        if size < master.size:
            assert seconds(told[0][4]) <= (master.shown(size) or master.times[0]) and seconds(told[0][5]) >= master.times[-1], finding
    write_file(master.path, whole + b"x" * PIECE)
    told, finding = stretches(judge(kind), master.name)
    assert [(a, b) for a, b, *_ in told] == [(master.count, master.count)], finding
    write_file(master.path, whole)
    assert judge(kind)["verdict"] == "VERIFIED"


def lying(kind):
    """record/pieces-sha256.txt, changed by who has the signing key."""
    key, bag = Key("op.key", "OP"), {name: data for name, data in load(kind).items() if not name.startswith("data/")}
    sound, name = bag["record/pieces-sha256.txt"], Master(kind).name
    lines = sound.decode().splitlines(True)
    last = len(lines) - 1
    changes = {
        "a digest": lines[:1] + [lines[1][:9] + "0" * 9 + lines[1][18:]] + lines[2:], "a piece gone": lines[:1] + lines[2:],
        "the last gone": lines[:-1], "all gone": [], "no file": None, "a file more": lines + [line.replace(name, "data/master/zz.mp4") for line in lines],
        "pieces exchanged": [lines[1], lines[0]] + lines[2:], "a piece twice": lines[:2] + lines[1:],
        "the last shorter": lines[:-1] + [re.sub(r"  \d+  data", "  1  data", lines[last])],
        "one of full length shorter": [re.sub(r"  \d+  data", "  16777215  data", lines[0])] + lines[1:],
        "no newline": lines[:-1] + [lines[last][:-1]], "a word": lines + ["word\n"], "a NUL": lines[:1] + ["\0"] + lines[1:],
        "a name that leads out": [line.replace("data/", "../data/") for line in lines],
        "digits in capitals": [lines[0][:64].upper() + lines[0][64:]] + lines[1:],
    }
    for words, changed in changes.items():
        if changed is None:
            del bag["record/pieces-sha256.txt"]
        else:
            bag["record/pieces-sha256.txt"] = "".join(changed).encode()
        sign(bag, key, sealed_of(bag))
        seal(kind, bag, changed is not None)
        answer = judge(kind)
        assert {finding["code"] for finding in answer["findings"]} == {"E-PIECES"} and answer["verdict"] == "FAILED", (words, answer["findings"])
    bag["record/pieces-sha256.txt"] = sound
    sign(bag, key, sealed_of(bag))
    seal(kind, bag, True)
    assert judge(kind)["verdict"] == "VERIFIED"


def seal(kind, bag, has_pieces):
    path = kind + "/record/pieces-sha256.txt"
    if not has_pieces and os.path.exists(path):
        os.remove(path)
    for name in ("record/pieces-sha256.txt", "tagmanifest-sha256.txt", "tagmanifest-sha256.txt.sig", "tagmanifest-sha256.txt.minisig"):
        if name in bag:
            write_file("%s/%s" % (kind, name), bag[name])


if __name__ == "__main__":
    for kind in ("one", "exhibit"):
        {"folder": folder, "container": in_container, "sizes": sizes, "lying": lying}[sys.argv[1]](kind)
        print("%s, %s: done" % (sys.argv[1], kind))
