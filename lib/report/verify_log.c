/* report: the section of VERIFY.txt about the log's checkpoint and the proofs under it (docs/formats/checkpoint.md). */
#include "verify.h"

#include "exhibit/note.h"

#define RULE "============================================================"   /* 60: no other line begins so */

static void add_what(struct exh_verify *v, const struct exh_verify_proofs *proofs)
{
    exh_verify_section(v, "THE LOG'S CHECKPOINT AND PROOFS, WITH OPENSSL 3 AND PYTHON 3");
    exh_verify_printf(v, "   record/checkpoint is what the log said of itself: its name, how many entries it had,\n"
                      "   and the root of a hash tree over all of them (RFC 6962), in three lines that the\n"
                      "   log's own key signed. %s proves that\n   %s in that tree. The forms are those of\n"
                      "   c2sp.org/tlog-checkpoint and c2sp.org/tlog-proof: other programs read them, too.\n"
                      "   The key, from %s:\n\n       %s\n\n", proofs->files, proofs->proved, proofs->stands_in, proofs->key);
    exh_verify_puts(v, "   It came with the package. Whether it is the log's, the organisation can tell, or a\n"
                    "   package that you had before: every package of one log has the same key.\n");
}

/* openssl takes the key as RFC 8410 has it, and everything from files. */
static void add_signature(struct exh_verify *v, const struct exh_verifier *key)
{
    EXH_CLEANUP(exh_freep) char *words = exh_base64(key->key.ed25519, sizeof key->key.ed25519);

    exh_verify_printf(v, "\n   The signature, on Linux, or on Windows in the Git Bash of Git for Windows. The word\n"
                      "   behind echo is the key's 32 bytes: what follows the second +, but for its first byte:\n\n"
                      "     work=$(mktemp -d) && sed '/^$/,$d' record/checkpoint > \"$work/text\" && \\\n"
                      "       sed -n '$s/.* //p' record/checkpoint | base64 -d | tail -c +5 > \"$work/sig\" && \\\n"
                      "       (printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000'; \\\n"
                      "       echo %s | base64 -d) > \"$work/key\" && \\\n"
                      "       openssl pkeyutl -verify -rawin -pubin -keyform DER -inkey \"$work/key\" \\\n"
                      "       -in \"$work/text\" -sigfile \"$work/sig\" && rm -r \"$work\"\n\n"
                      "   It must say: Signature Verified Successfully\n", words);
}

/* Read from here, so that nobody need copy it, on any system. */
static void add_program(struct exh_verify *v, const struct exh_verify_proofs *proofs)
{
    exh_verify_printf(v, "\n   The proofs, by the program between the two rules, which is short enough to be read\n"
                      "   first, and reads three kinds of file and writes none. On Windows with py for python3:\n\n"
                      "     python3 -c \"exec('if 1:' + open('VERIFY.txt').read().split('\\n' + 60 * '=')[1])\"\n\n"
                      "   Every line that it prints must end in OK.\n\n"
                      RULE "\n"
                      "       import base64, glob, hashlib, json\n"
                      "       def sha256(*parts):\n"
                      "           return hashlib.sha256(b''.join(parts)).digest()\n"
                      "       def climb(at, size, leaf, path):\n"
                      "           if size == 1:\n"
                      "               return b'' if path else leaf\n"
                      "           half = 1 << (size - 1).bit_length() - 1\n"
                      "           if at < half:\n"
                      "               return sha256(b'\\1', climb(at, half, leaf, path[:-1]), *path[-1:])\n"
                      "           return sha256(b'\\1', *path[-1:], climb(at - half, size - half, leaf, path[:-1]))\n"
                      "       checkpoint = open('record/checkpoint', 'rb').read()\n"
                      "       size, root = checkpoint.split(b'\\n')[1:3]\n"
                      "       def proves(proof, entry):\n"
                      "           head, under = proof.split(b'\\n\\n', 1)\n"
                      "           at, path = int(head.split()[2]), list(map(base64.b64decode, head.split()[3:]))\n"
                      "           top = climb(at, int(size), sha256(b'\\0', entry), path)\n"
                      "           return at < int(size) and under == checkpoint and top == base64.b64decode(root)\n"
                      "%s"
                      "           print(name, 'OK' if proves(open(name, 'rb').read(), entry) else 'FAILED')\n"
                      RULE "\n", proofs->each);
}

void exh_verify_log(struct exh_verify *verify, const struct exh_verify_proofs *proofs)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error ignored = EXH_ERROR_NONE;
    struct exh_verifier key;

    if (!proofs->key || !exh_verifier_read(proofs->key, &key, &ignored))
        return;
    add_what(verify, proofs);
    add_signature(verify, &key);
    add_program(verify, proofs);
}

/* The entry stands within custody.json; what is proved is its canonical form with one LF. */
void exh_verify_own_proof(struct exh_verify *v, const struct exh_report_facts *facts)
{
    const struct exh_verify_proofs proofs = {
        .key = facts->log_key,
        .stands_in = "record/custody.json (\"key\")",
        .files = "record/custody.tlog-proof",
        .proved = "the last \"exhibit_entries\" of record/custody.json stands",
        .each = "       log = json.load(open('record/custody.json', encoding='utf-8'))\n"
                "       last = json.dumps(log['exhibit_entries'][-1], sort_keys=True,\n"
                "                         separators=(',', ':'), ensure_ascii=False) + '\\n'\n"
                "       for name, entry in [('record/custody.tlog-proof', last.encode())]:\n" };

    exh_verify_log(v, &proofs);
}
