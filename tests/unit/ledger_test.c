/* ledger: what the custody log promises. Stock git and ssh-keygen are the judges of a log as written; every
 * forgery below is built object by object, and must be found and named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "exhibit/ledger.h"
#include "exhibit/note.h"
#include "exhibit/repo.h"
#include "shell.h"
#include "sign.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ENTRIES = 8, MOST = 12 };
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define ONES "1111111111111111111111111111111111111111111111111111111111111111"

/* A commit, in the parts a forger can change. Strings owned. */
struct forged {
    char *bytes;                         /* of entry.json; NULL: no file */
    char *checkpoint;                    /* as it was written */
    char *message, *author;
    char *signature;                     /* kept as it was, where @by is NULL; NULL: none */
    const struct exh_secret_key *by;     /* signs what is there */
    const char *more_parents, *more_headers;
    bool root;                           /* has no parent */
    char commit[41];                     /* as it was written */
};

struct place {
    char directory[64];
    char path[96];
    struct exh_ledger *ledger;
    struct exh_secret_key *admin, *operator, *auditor, *stranger;
    struct exh_secret_key *log;          /* forgers hold it too, unless they keep_checkpoints */
    bool keep_checkpoints;
    struct exh_seal_key *store_key, *case_key;
    struct exh_entry last;
    size_t count;
    struct forged chain[MOST];           /* the log as written, the first entry first */
    struct exh_error err;
};

static int64_t clock_ns;

static struct exh_moment test_clock(void)
{
    return (struct exh_moment){ clock_ns };
}

static int run(const char *format, ...) EXH_PRINTF(1, 2);
static int run(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    EXH_CLEANUP(exh_freep) char *command = exh_vformat(format, arguments);
    va_end(arguments);
    return system(command);
}

static void write_file(const char *path, const char *bytes)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(bytes, file);
    assert_int_equal(fclose(file), 0);
}

static void assert_fails(struct place *place, bool done, enum exh_kind kind, const char *words)
{
    assert_false(done);
    if (place->err.kind != kind || !strstr(place->err.text, words))
        fail_msg("kind %d, words: %s", place->err.kind, place->err.text);
    exh_error_clear(&place->err);
}

/* ---- a log to work on ---- */

static struct exh_json *object_of(const char *words)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_json *value = NULL;

    if (words && !exh_json_parse(words, strlen(words), "test", &value, &err))
        fail_msg("%s", err.text);
    return value;
}

static struct exh_json *trust_facts(const struct exh_secret_key *key, const char *role, const char *until)
{
    EXH_CLEANUP(exh_freep) char *ssh = exh_key_ssh_line(exh_secret_key_public(key));
    EXH_CLEANUP(exh_freep) char *minisign = exh_key_minisign_line(exh_secret_key_public(key));
    struct exh_json *facts = exh_json_object();

    exh_json_set_text(facts, "key", ssh);
    exh_json_set_text(facts, "minisign", minisign);
    exh_json_set_text(facts, "role", role);
    exh_json_set_text(facts, "until", until);
    return facts;
}

static struct exh_json *init_facts(const struct place *place)
{
    EXH_CLEANUP(exh_freep) char *log = exh_log_verifier(exh_secret_key_public(place->log));
    struct exh_json *facts = trust_facts(place->admin, "admin", NULL);

    exh_json_set_text(facts, "log", log);
    return facts;
}

/* The log's key, once more: who is given it owns it. */
static struct exh_secret_key *log_key_again(const struct place *place)
{
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *file = NULL;
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_secret_key *key = NULL;

    if (!exh_secret_key_write(place->log, "log", NULL, &file, &err) || !exh_secret_key_read(file, NULL, &key, NULL, &err))
        fail_msg("%s", err.text);
    return key;
}

static struct exh_json *revoke_facts(const struct exh_secret_key *key, const char *since)
{
    struct exh_json *facts = exh_json_object();
    char fingerprint[EXH_FINGERPRINT_SIZE];

    exh_key_fingerprint(exh_secret_key_public(key), fingerprint);
    exh_json_set_text(facts, "fingerprint", fingerprint);
    exh_json_set_text(facts, "since", since);
    return facts;
}

static bool try_append(struct place *place, const struct exh_secret_key *key, struct exh_entry_draft *draft)
{
    struct exh_entry entry;

    clock_ns += EXH_SECOND;
    if (!exh_ledger_append(place->ledger, place->count ? &place->last : NULL, draft, key, &entry, &place->err))
        return false;
    exh_entry_clear(&place->last);
    place->last = entry;
    place->count++;
    return true;
}

static void append(struct place *place, const struct exh_secret_key *key, struct exh_entry_draft draft)
{
    if (!try_append(place, key, &draft))
        fail_msg("%s", place->err.text);
    assert_null(draft.facts);
    assert_null(draft.digests);
    assert_null(draft.details);
}

static bool keep(void *context, const struct exh_repo_visit *commit, struct exh_error *err)
{
    struct place *place = context;
    struct forged *forged = &place->chain[--place->count];

    (void)err;
    strcpy(forged->commit, commit->oid);
    forged->checkpoint = exh_strndup(commit->files[0].bytes, commit->files[0].size);
    forged->bytes = exh_strndup(commit->files[1].bytes, commit->files[1].size);
    forged->message = exh_strdup(commit->message);
    forged->author = exh_strdup(commit->author);
    forged->signature = exh_strdup(commit->signature);
    return true;
}

/* Takes the log apart, into place->chain. */
static void take_apart(struct place *place)
{
    EXH_CLEANUP(exh_repo_freep) struct exh_repo *repo = NULL;
    size_t count = place->count;

    if (!exh_repo_open(place->path, "custody", &repo, &place->err)
        || !exh_repo_walk(repo, (const char *const[]){ "checkpoint", "entry.json" }, 2, keep, place, &place->err))
        fail_msg("%s", place->err.text);
    place->count = count;
}

static void fill(struct place *place)
{
    struct exh_seal_key *store_key = place->store_key, *case_key = place->case_key;

    append(place, place->admin, (struct exh_entry_draft){ .verb = EXH_ADMINISTRATION, .act = "init",
        .facts = init_facts(place),
        .details = object_of("{\"initials\":\"AD\",\"name\":\"Ada Admin\",\"organisation\":\"F\"}"), .key = store_key,
            .key_id = "store" });
    append(place, place->admin, (struct exh_entry_draft){ .verb = EXH_ADMINISTRATION, .act = "key-trust",
        .facts = trust_facts(place->operator, "operator", NULL),
        .details = object_of("{\"initials\":\"OP\",\"name\":\"Olly Operator\"}"), .key = store_key,
            .key_id = "store" });
    append(place, place->admin, (struct exh_entry_draft){ .verb = EXH_ADMINISTRATION, .act = "key-trust",
        .facts = trust_facts(place->auditor, "auditor", "2027-01-01T00:00:00Z") });
    append(place, place->admin, (struct exh_entry_draft){ .verb = EXH_ADMINISTRATION, .act = "source-add",
        .digests = object_of("{\"config\":\"" ONES "\"}") });
    append(place, place->operator, (struct exh_entry_draft){ .verb = EXH_ADMINISTRATION, .act = "case-open",
        .case_id = "C1",
        .details = object_of("{\"reference\":\"police:35/91234/21\"}"), .key = case_key, .key_id = "C1" });
    append(place, place->operator, (struct exh_entry_draft){ .verb = EXH_COLLECTION, .act = "export-begun",
        .case_id = "C1", .exhibit = "OP1" });
    append(place, place->operator, (struct exh_entry_draft){ .verb = EXH_COLLECTION, .act = "export-done",
        .case_id = "C1",
        .exhibit = "OP1", .digests = object_of("{\"tagmanifest\":\"" ONES "\",\"package\":\"" ZEROS "\"}") });
    append(place, place->auditor, (struct exh_entry_draft){ .verb = EXH_CONSULTATION, .act = "verify",
        .exhibit = "OP1" });
    assert_int_equal(place->count, ENTRIES);
}

static void begin(struct place *place)
{
    strcpy(place->directory, "/tmp/exhibit-ledger-XXXXXX");
    assert_non_null(mkdtemp(place->directory));
    snprintf(place->path, sizeof place->path, "%s/custody.git", place->directory);
    clock_ns = INT64_C(1795341550123456789);
}

/* An empty log, and keys. */
static int set_up_empty(void **state)
{
    struct place *place = exh_alloc(sizeof *place);

    begin(place);
    exh_moment_set_clock(test_clock);
    place->admin = exh_secret_key_new();
    place->operator = exh_secret_key_new();
    place->auditor = exh_secret_key_new();
    place->stranger = exh_secret_key_new();
    place->log = exh_secret_key_new();
    place->store_key = exh_seal_key_new();
    place->case_key = exh_seal_key_new();
    if (!exh_ledger_create(place->path, &place->err) || !exh_ledger_open(place->path, &place->ledger, &place->err))
        fail_msg("%s", place->err.text);
    exh_ledger_hold(place->ledger, log_key_again(place));
    *state = place;
    return 0;
}

/* The log that most tests begin with is written once. */
static int set_up_all(void **state)
{
    set_up_empty(state);
    fill(*state);
    return 0;
}

static void take_last(struct place *place)
{
    struct exh_entry *entries;

    if (!exh_ledger_read(place->ledger, &entries, &place->count, &place->err))
        fail_msg("%s", place->err.text);
    place->last = entries[place->count - 1];
    exh_entries_free(entries, place->count - 1);
}

/* A copy of that log. */
static int set_up(void **state)
{
    const struct place *model = *state;
    struct place *place = exh_memdup(model, sizeof *model);

    begin(place);
    clock_ns += ENTRIES * EXH_SECOND;
    assert_int_equal(run("cp -r '%s' '%s'", model->path, place->path), 0);
    if (!exh_ledger_open(place->path, &place->ledger, &place->err))
        fail_msg("%s", place->err.text);
    exh_ledger_hold(place->ledger, log_key_again(place));
    take_last(place);
    take_apart(place);
    *state = place;
    return 0;
}

static void clear_forged(struct forged *forged)
{
    free(forged->bytes);
    free(forged->checkpoint);
    free(forged->message);
    free(forged->author);
    free(forged->signature);
}

static int tear_down(void **state)
{
    struct place *place = *state;

    run("rm -rf '%s'", place->directory);
    for (size_t i = 0; i < MOST; i++)
        clear_forged(&place->chain[i]);
    exh_entry_clear(&place->last);
    exh_ledger_freep(&place->ledger);
    exh_error_clear(&place->err);
    free(place);
    return 0;
}

static int tear_down_all(void **state)
{
    struct place *place = *state;

    exh_secret_key_freep(&place->admin);
    exh_secret_key_freep(&place->operator);
    exh_secret_key_freep(&place->auditor);
    exh_secret_key_freep(&place->stranger);
    exh_secret_key_freep(&place->log);
    exh_seal_key_freep(&place->store_key);
    exh_seal_key_freep(&place->case_key);
    return tear_down(state);
}

/* ---- forging ---- */

static char *tree_of(const struct place *place, const struct forged *forged)
{
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/entry", place->directory);
    EXH_CLEANUP(exh_freep) char *checkpoint = exh_format("%s/checkpoint", place->directory);

    if (!forged->bytes)
        return output_of("cd '%s' && git mktree </dev/null", place->path);
    write_file(path, forged->bytes);
    write_file(checkpoint, forged->checkpoint);
    return output_of("cd '%s' && printf '100644 blob %%s\\tcheckpoint\\n100644 blob %%s\\tentry.json\\n' "
                     "$(git hash-object -w '%s') $(git hash-object -w '%s') | git mktree", place->path, checkpoint, path);
}

/* "gpgsig ..." with its lines folded; an empty string for none. */
static char *folded(const char *signature)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;

    if (!signature)
        return exh_strdup("");
    exh_text_puts(&text, "gpgsig ");
    for (const char *c = signature; *c; c++) {
        exh_text_add(&text, c, 1);
        if (*c == '\n' && c[1])
            exh_text_puts(&text, " ");
    }
    return exh_text_take(&text);
}

static char *commit_of(const struct place *place, const struct forged *forged, const char *parent)
{
    EXH_CLEANUP(exh_freep) char *tree = tree_of(place, forged);
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/commit", place->directory);
    EXH_CLEANUP(exh_freep) char *head = exh_format("tree %s\n%s%s%s%sauthor %s\ncommitter %s\n%s", tree,
        *parent && !forged->root ? "parent " : "", forged->root ? "" : parent, *parent && !forged->root ? "\n" : "",
        forged->more_parents ? forged->more_parents : "", forged->author, forged->author,
        forged->more_headers ? forged->more_headers : "");
    EXH_CLEANUP(exh_freep) char *plain = exh_format("%s\n%s", head, forged->message);
    EXH_CLEANUP(exh_freep) char *signature = forged->by ? signed_ssh(forged->by, "git", plain, strlen(plain))
                                                       : exh_strdup(forged->signature);
    EXH_CLEANUP(exh_freep) char *header = folded(signature);
    EXH_CLEANUP(exh_freep) char *whole = exh_format("%s%s\n%s", head, header, forged->message);

    write_file(path, whole);
    return output_of("cd '%s' && git hash-object -w --literally -t commit '%s'", place->path, path);
}

static void replace(char **owned, char *by)
{
    free(*owned);
    *owned = by;
}

/* What the log's key says of the entries to here. Free with free(). */
static char *checkpoint_of(struct place *place, const struct exh_merkle_edge *edge)
{
    struct exh_checkpoint checkpoint = { .size = edge->size };
    char *note = NULL;

    exh_log_origin(exh_secret_key_public(place->log), checkpoint.origin);
    exh_merkle_root(edge, &checkpoint.root);
    EXH_CLEANUP(exh_freep) char *text = exh_checkpoint_text(&checkpoint);
    if (!exh_note_sign(text, checkpoint.origin, place->log, &note, &place->err))
        fail_msg("%s", place->err.text);
    return note;
}

/* Checkpoints of what is there now: what somebody could make who holds the log's key too. */
static void sign_checkpoints(struct place *place)
{
    struct exh_merkle_edge edge = EXH_MERKLE_EDGE_NONE;

    for (size_t i = 0; i < place->count; i++) {
        struct exh_merkle_hash leaf = { { 0 } };
        if (place->chain[i].bytes)
            exh_merkle_leaf(place->chain[i].bytes, strlen(place->chain[i].bytes), &leaf);
        exh_merkle_add(&edge, &leaf);
        replace(&place->chain[i].checkpoint, checkpoint_of(place, &edge));
    }
}

/* Makes the log from place->chain. */
static void forge(struct place *place)
{
    EXH_CLEANUP(exh_freep) char *parent = exh_strdup("");

    if (!place->keep_checkpoints)
        sign_checkpoints(place);
    for (size_t i = 0; i < place->count; i++) {
        char *commit = commit_of(place, &place->chain[i], parent);
        free(parent);
        parent = commit;
    }
    assert_int_equal(run("echo %s >'%s/refs/heads/custody'", parent, place->path), 0);
}

/* The log's problems, one a line. Free with free(). */
static char *problems_of(struct place *place)
{
    EXH_CLEANUP(exh_ledger_report_clear) struct exh_ledger_report report = { .problems = EXH_STRINGS_NONE };
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;

    if (!exh_ledger_verify(place->ledger, &report, &place->err))
        fail_msg("%s", place->err.text);
    for (size_t i = 0; i < report.problems.count; i++)
        exh_text_printf(&text, "%s\n", report.problems.at[i]);
    return exh_text_take(&text);
}

static void assert_problem(const char *problems, const char *words)
{
    if (!strstr(problems, words))
        fail_msg("no problem '%s' in:\n%s", words, problems);
}

/* Forges, and expects exactly one problem, with these words. */
static void one_problem(struct place *place, const char *words)
{
    forge(place);
    EXH_CLEANUP(exh_freep) char *problems = problems_of(place);
    assert_problem(problems, words);
    if (strchr(problems, '\n') != strrchr(problems, '\n'))
        fail_msg("more than one problem:\n%s", problems);
}

/* The text with the first @from in it changed to @to. */
static void edit(char **owned, const char *from, const char *to)
{
    const char *at = strstr(*owned, from);

    if (!at)
        fail_msg("no '%s' in %s", from, *owned);
    replace(owned, exh_format("%.*s%s%s", (int)(at - *owned), *owned, to, at + strlen(from)));
}

/* Makes an entry's commit message agree with its bytes again, and has @by sign it. */
static void agree(struct forged *forged, const struct exh_secret_key *by)
{
    char digest[EXH_SHA256_DIGITS];
    char *at = strstr(forged->message, "entry-sha256: ");

    exh_sha256(forged->bytes, strlen(forged->bytes), digest);
    memcpy(at + strlen("entry-sha256: "), digest, EXH_SHA256_DIGITS - 1);
    forged->by = by;
}

/* Makes the entries after @index follow what is there now, each with a commit by its own actor: what somebody could
 * do who holds every key. */
static void chain_on(struct place *place, size_t index)
{
    const struct exh_secret_key *by[ENTRIES] = { place->admin, place->admin, place->admin, place->admin,
        place->operator,
                                                 place->operator, place->operator, place->auditor };

    for (size_t i = index + 1; i < place->count; i++) {
        char digest[EXH_SHA256_DIGITS], previous[EXH_SHA256_DIGITS + 16], old[EXH_SHA256_DIGITS + 16];
        exh_sha256(place->chain[i - 1].bytes, strlen(place->chain[i - 1].bytes), digest);
        snprintf(previous, sizeof previous, "\"previous\":\"%s", digest);
        snprintf(old, sizeof old, "%.76s", strstr(place->chain[i].bytes, "\"previous\":\""));
        edit(&place->chain[i].bytes, old, previous);
        agree(&place->chain[i], by[i]);
    }
}

/* ---- a log as written ---- */

static void a_log_as_written_verifies(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_ledger_report_clear) struct exh_ledger_report report = { .problems = EXH_STRINGS_NONE };

    assert_true(exh_ledger_verify(place->ledger, &report, &place->err));
    for (size_t i = 0; i < report.problems.count; i++)
        print_error("%s\n", report.problems.at[i]);
    assert_int_equal(report.problems.count, 0);
    assert_int_equal(report.entries, ENTRIES);
    assert_string_equal(report.head, place->last.digest);
    assert_string_equal(report.commit, place->last.commit);
}

static void a_log_taken_apart_and_put_together_is_the_same(void **state)
{
    struct place *place = *state;

    forge(place);
    EXH_CLEANUP(exh_freep) char *problems = problems_of(place);
    assert_string_equal(problems, "");
    EXH_CLEANUP(exh_freep) char *head = output_of("git -C '%s' rev-parse custody", place->path);
    assert_string_equal(head, place->last.commit);
}

static void an_empty_log_does_not_verify(void **state)
{
    struct place *place = *state;
    struct exh_entry *entries = NULL;
    size_t count = 1;

    assert_true(exh_ledger_read(place->ledger, &entries, &count, &place->err));
    assert_int_equal(count, 0);
    exh_entries_free(entries, count);
    EXH_CLEANUP(exh_freep) char *problems = problems_of(place);
    assert_string_equal(problems, "the log has no entry: its branch 'custody' is not there\n");
}

/* The digest of an entry, by sha256sum of what git shows. */
static void stock_tools_agree_with_a_log(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_keyring_clear) struct exh_keyring ring = EXH_KEYRING_NONE;
    struct exh_entry *entries;
    size_t count;

    assert_true(exh_ledger_read(place->ledger, &entries, &count, &place->err));
    assert_true(exh_ledger_keyring(entries, count, place->store_key, &ring, &place->err));
    exh_entries_free(entries, count);
    EXH_CLEANUP(exh_freep) char *list = exh_keyring_allowed_signers(&ring);
    EXH_CLEANUP(exh_freep) char *path = exh_format("%s/allowed_signers", place->directory);
    write_file(path, list);
    EXH_CLEANUP(exh_freep) char *fsck = output_of("git -C '%s' fsck --full --strict 2>&1; echo $?", place->path);
    assert_string_equal(fsck, "0");
    EXH_CLEANUP(exh_freep) char *log = output_of(
        "git -C '%s' -c gpg.ssh.allowedSignersFile='%s' log --reverse --format='%%G? %%GS %%s' custody", place->path,
            path);
    EXH_CLEANUP(exh_freep) char *expected = exh_format(
        "G AD #0 administration init\nG AD #1 administration key-trust\nG AD #2 administration key-trust\n"
        "G AD #3 administration source-add\nG OP #4 administration case-open C1\nG OP #5 collection export-begun OP1\n"
        "G OP #6 collection export-done OP1\nG %s #7 consultation verify OP1", ring.people[2].fingerprint);
    assert_string_equal(log, expected);
    EXH_CLEANUP(exh_freep) char *shown = output_of(
        "git -C '%s' -c gpg.ssh.allowedSignersFile='%s' log --show-signature custody | "
        "grep -c 'Good \"git\" signature'",
        place->path, path);
    assert_string_equal(shown, "8");
    EXH_CLEANUP(exh_freep) char *digest = output_of("git -C '%s' show custody:entry.json | sha256sum | cut -c1-64",
                                                    place->path);
    assert_string_equal(digest, place->last.digest);
    EXH_CLEANUP(exh_freep) char *by_hand = output_of(
        "cd '%s' && git cat-file commit custody >c && sed -n '/^gpgsig/,/END SSH/p' c | sed 's/^gpgsig //; s/^ //' >sig"
        " && sed '/^gpgsig/,/END SSH/d' c | ssh-keygen -Y verify -f '%s' -I '%s' -n git -s sig 2>&1 | cut -c1-20",
        place->path, path, ring.people[2].fingerprint);
    assert_string_equal(by_hand, "Good \"git\" signature");
}

static void an_entry_has_exactly_the_bytes_of_the_format(void **state)
{
    struct place *place = *state;
    char actor[EXH_FINGERPRINT_SIZE], before[EXH_SHA256_DIGITS], digest[EXH_SHA256_DIGITS];

    exh_key_fingerprint(exh_secret_key_public(place->operator), actor);
    exh_sha256(place->chain[5].bytes, strlen(place->chain[5].bytes), before);
    EXH_CLEANUP(exh_freep) char *expected = exh_format(
        "{\"act\":\"export-done\",\"actor\":\"%s\",\"case\":\"C1\",\"details\":null,"
        "\"digests\":{\"package\":\"" ZEROS "\",\"tagmanifest\":\"" ONES "\"},\"exhibit\":\"OP1\",\"facts\":{},"
        "\"previous\":\"%s\",\"seq\":6,\"time\":\"2026-11-22T09:59:17.123456Z\",\"v\":1,\"verb\":\"collection\"}\n",
            actor, before);
    assert_string_equal(place->chain[6].bytes, expected);
    exh_sha256(expected, strlen(expected), digest);
    EXH_CLEANUP(exh_freep) char *message = exh_format(
        "#6 collection export-done OP1\n\nentry-sha256: %s\npackage: " ZEROS "\ntagmanifest: " ONES "\n", digest);
    assert_string_equal(place->chain[6].message, message);
    EXH_CLEANUP(exh_freep) char *author = exh_format("exhibit %s <6@custody.invalid> 1795341557 +0000", actor);
    assert_string_equal(place->chain[6].author, author);
    assert_non_null(strstr(place->chain[0].bytes, "\"previous\":\"" ZEROS "\",\"seq\":0,"));
}

static void entries_are_read_in_order_with_all_they_say(void **state)
{
    struct place *place = *state;
    struct exh_entry *entries;
    size_t count;

    assert_true(exh_ledger_read(place->ledger, &entries, &count, &place->err));
    assert_int_equal(count, ENTRIES);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(entries[i].sequence, i);
    assert_string_equal(entries[4].act, "case-open");
    assert_string_equal(entries[4].case_id, "C1");
    assert_null(entries[4].exhibit);
    assert_int_equal(entries[4].verb, EXH_ADMINISTRATION);
    assert_string_equal(exh_entry_key_id(&entries[4]), "C1");
    assert_null(exh_entry_key_id(&entries[5]));
    assert_string_equal(entries[5].previous, entries[4].digest);
    assert_string_equal(entries[7].commit, place->last.commit);
    assert_true(entries[7].time.ns == place->last.time.ns && entries[7].time.ns % 1000 == 0);
    exh_entries_free(entries, count);
}

/* ---- details ---- */

static void details_open_with_their_key_and_no_other(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_json_freep) struct exh_json *details = NULL;
    struct exh_entry *entries;
    size_t count;

    assert_true(exh_ledger_read(place->ledger, &entries, &count, &place->err));
    assert_fails(place, exh_entry_details(&entries[4], place->store_key, &details, &place->err), EXH_NO, "entry 4");
    assert_true(exh_entry_details(&entries[4], place->case_key, &details, &place->err));
    assert_string_equal(exh_json_text_or(details, "reference", ""), "police:35/91234/21");
    exh_json_freep(&details);
    assert_true(exh_entry_details(&entries[5], place->case_key, &details, &place->err));
    assert_null(details);
    for (size_t i = 0; i < count; i++)
        assert_null(strstr(place->chain[i].bytes, "police"));
    exh_entries_free(entries, count);
}

static void details_do_not_open_in_another_entry(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_json_freep) struct exh_json *details = NULL;
    struct exh_entry *entries;
    size_t count;

    assert_true(exh_ledger_read(place->ledger, &entries, &count, &place->err));
    exh_json_set_int(entries[4].whole, "seq", 9);
    assert_fails(place, exh_entry_details(&entries[4], place->case_key, &details, &place->err), EXH_NO, "details");
    exh_entries_free(entries, count);
}

/* ---- appending ---- */

static void an_entry_on_top_of_an_old_one_is_busy(void **state)
{
    struct place *place = *state;
    struct exh_entry *entries, entry;
    size_t count;
    struct exh_entry_draft draft = { .verb = EXH_CONSULTATION, .act = "log-read", .facts = exh_json_object() };

    assert_true(exh_ledger_read(place->ledger, &entries, &count, &place->err));
    assert_fails(place, exh_ledger_append(place->ledger, &entries[3], &draft, place->admin, &entry, &place->err),
                 EXH_BUSY, "moved on");
    assert_null(draft.facts);
    draft.facts = exh_json_object();
    assert_fails(place, exh_ledger_append(place->ledger, NULL, &draft, place->admin, &entry, &place->err), EXH_BUSY,
                 "moved on");
    assert_null(draft.facts);
    exh_entries_free(entries, count);
}

static void a_clock_set_back_is_refused_with_both_times(void **state)
{
    struct place *place = *state;
    struct exh_entry_draft draft = { .verb = EXH_CONSULTATION, .act = "log-read", .digests = exh_json_object() };
    int64_t last = place->last.time.ns;

    clock_ns = last - 2 * EXH_SECOND - 1000 - EXH_SECOND;
    assert_fails(place, try_append(place, place->admin, &draft), EXH_REFUSED, "2026-11-22T09:59:16.123455Z");
    assert_null(draft.digests);
}

static void a_clock_a_little_behind_gives_the_last_entry_s_time(void **state)
{
    struct place *place = *state;
    int64_t last = place->last.time.ns;

    clock_ns = last - 3 * EXH_SECOND;
    append(place, place->admin, (struct exh_entry_draft){ .verb = EXH_CONSULTATION, .act = "log-read" });
    assert_int_equal(place->last.time.ns, last);
    EXH_CLEANUP(exh_freep) char *problems = problems_of(place);
    assert_string_equal(problems, "");
}

static void what_readers_would_refuse_is_not_appended(void **state)
{
    struct place *place = *state;
    struct exh_json *two_keys = trust_facts(place->stranger, "dpo", NULL);
    EXH_CLEANUP(exh_freep) char *other = exh_key_minisign_line(exh_secret_key_public(place->auditor));
    struct exh_entry_draft drafts[] = {
        { .verb = EXH_ADMINISTRATION, .act = "key-trust", .facts = two_keys },
        { .verb = EXH_COLLECTION, .act = "steal" },
        { .verb = EXH_COLLECTION, .act = "verify" },
        { .verb = EXH_CONSULTATION, .act = "verify", .exhibit = "OP 1" },
        { .verb = EXH_CONSULTATION, .act = "verify", .case_id = "" },
        { .verb = EXH_CONSULTATION, .act = "verify", .digests = object_of("{\"a\":\"12\"}") },
        { .verb = EXH_CONSULTATION, .act = "verify", .digests = object_of("{\"a: b\":\"" ZEROS "\"}") },
        { .verb = EXH_CONSULTATION, .act = "verify", .facts = object_of("[]") },
        { .verb = EXH_ADMINISTRATION, .act = "key-trust", .facts = trust_facts(place->stranger, "king", NULL) },
        { .verb = EXH_ADMINISTRATION, .act = "key-trust", .facts = trust_facts(place->stranger, "dpo", "tomorrow") },
        { .verb = EXH_ADMINISTRATION, .act = "key-revoke", .facts = trust_facts(place->stranger, "dpo", NULL) },
    };

    exh_json_set_text(two_keys, "minisign", other);
    for (size_t i = 0; i < EXH_COUNT(drafts); i++)
        assert_fails(place, try_append(place, place->admin, &drafts[i]), EXH_MALFORMED, "cannot append");
    struct exh_entry_draft unsealed = { .verb = EXH_CONSULTATION, .act = "verify", .details = exh_json_object() };
    assert_fails(place, try_append(place, place->admin, &unsealed), EXH_USAGE, "key");
    EXH_CLEANUP(exh_freep) char *head = output_of("git -C '%s' rev-parse custody", place->path);
    assert_string_equal(head, place->last.commit);
}

/* ---- forgeries: without the keys ---- */

static void a_changed_entry_with_its_old_signature_is_found(void **state)
{
    struct place *place = *state;

    edit(&place->chain[4].bytes, "\"C1\"", "\"C2\"");
    forge(place);
    EXH_CLEANUP(exh_freep) char *problems = problems_of(place);
    assert_problem(problems, "entry 4: its commit message does not agree");
    assert_problem(problems, "entry 4: its signature does not verify");
    assert_problem(problems, "entry 5: it does not follow the entry before it");
}

static void a_changed_and_unsigned_entry_is_found(void **state)
{
    struct place *place = *state;

    edit(&place->chain[7].bytes, "\"OP1\"", "\"OP2\"");
    edit(&place->chain[7].message, "verify OP1", "verify OP2");
    agree(&place->chain[7], NULL);
    replace(&place->chain[7].signature, NULL);
    one_problem(place, "entry 7: its commit is not signed");
}

static void a_changed_entry_signed_by_another_key_is_found(void **state)
{
    struct place *place = *state;

    edit(&place->chain[7].bytes, "\"OP1\"", "\"OP2\"");
    edit(&place->chain[7].message, "verify OP1", "verify OP2");
    agree(&place->chain[7], place->stranger);
    one_problem(place, "entry 7: it is signed by SHA256:");
}

static void a_removed_entry_is_found(void **state)
{
    struct place *place = *state;

    clear_forged(&place->chain[5]);
    memmove(&place->chain[5], &place->chain[6], 2 * sizeof place->chain[0]);
    place->chain[7] = (struct forged){ 0 };
    place->count = 7;
    forge(place);
    EXH_CLEANUP(exh_freep) char *problems = problems_of(place);
    assert_problem(problems, "entry 6: its sequence is 6 where 5 comes next");
    assert_problem(problems, "entry 6: it does not follow the entry before it");
    assert_problem(problems, "entry 6: its signature does not verify");
    assert_null(strstr(problems, "entry 7: its sequence"));
}

static void exchanged_entries_are_found(void **state)
{
    struct place *place = *state;
    struct forged moved = place->chain[5];

    place->chain[5] = place->chain[6];
    place->chain[6] = moved;
    forge(place);
    EXH_CLEANUP(exh_freep) char *problems = problems_of(place);
    assert_problem(problems, "entry 6: its sequence is 6 where 5 comes next");
    assert_problem(problems, "entry 5: its sequence is 5 where 7 comes next");
    assert_problem(problems, "entry 5: its time 2026-11-22T09:59:16.123456Z is before 2026-11-22T09:59:17.123456Z");
}

static void a_repeated_entry_is_found(void **state)
{
    struct place *place = *state;

    memmove(&place->chain[6], &place->chain[5], 3 * sizeof place->chain[0]);
    place->chain[6] = (struct forged){ .bytes = exh_strdup(place->chain[5].bytes),
        .message = exh_strdup(place->chain[5].message),
        .author = exh_strdup(place->chain[5].author), .signature = exh_strdup(place->chain[5].signature) };
    place->count = 9;
    forge(place);
    EXH_CLEANUP(exh_freep) char *problems = problems_of(place);
    assert_problem(problems, "entry 5: its sequence is 5 where 6 comes next");
    assert_problem(problems, "entry 5: it does not follow");
}

static void a_log_without_its_beginning_is_found(void **state)
{
    struct place *place = *state;

    for (size_t i = 0; i < 3; i++)
        clear_forged(&place->chain[i]);
    memmove(&place->chain[0], &place->chain[3], 5 * sizeof place->chain[0]);
    memset(&place->chain[5], 0, 3 * sizeof place->chain[0]);
    place->count = 5;
    forge(place);
    EXH_CLEANUP(exh_freep) char *problems = problems_of(place);
    assert_problem(problems, "entry 3: its sequence is 3 where 0 comes next");
    assert_problem(problems, "entry 3: the first entry is not 'init'");
    assert_problem(problems, "entry 3: it is the first, but names an entry before it");
}

static void a_second_root_is_found(void **state)
{
    struct place *place = *state;

    place->chain[5].root = true;
    place->chain[5].by = place->operator;
    for (size_t i = 6; i < ENTRIES; i++)
        place->chain[i].by = i == 7 ? place->auditor : place->operator;
    forge(place);
    EXH_CLEANUP(exh_freep) char *problems = problems_of(place);
    assert_problem(problems, "entry 5: its sequence is 5 where 0 comes next");
    assert_problem(problems, "entry 5: its actor's key SHA256:");
}

static void a_merge_is_found(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_freep) char *other = output_of("git -C '%s' rev-parse custody~3", place->path);
    EXH_CLEANUP(exh_freep) char *line = exh_format("parent %s\n", other);

    place->chain[7].more_parents = line;
    place->chain[7].by = place->auditor;
    one_problem(place, "entry 7: its commit has 2 parents");
}

static void headers_of_another_kind_are_found(void **state)
{
    struct place *place = *state;

    place->chain[7].more_headers = "encoding latin1\n";
    place->chain[7].by = place->auditor;
    forge(place);
    EXH_CLEANUP(exh_freep) char *problems = problems_of(place);
    assert_problem(problems, "entry 7: its commit is not of the plain form");
}

static void a_commit_without_its_file_is_found(void **state)
{
    struct place *place = *state;

    replace(&place->chain[5].bytes, NULL);
    forge(place);
    EXH_CLEANUP(exh_freep) char *problems = problems_of(place);
    assert_problem(problems, "entry 5: its commit does not hold exactly the regular files checkpoint and entry.json");
    assert_null(strstr(problems, "where"));
}

static void a_missing_object_is_a_problem_and_the_rest_is_checked(void **state)
{
    struct place *place = *state;

    edit(&place->chain[7].message, "verify", "verily");
    place->chain[7].by = place->auditor;
    forge(place);
    EXH_CLEANUP(exh_freep) char *commit = output_of("git -C '%s' rev-parse custody~3", place->path);
    run("rm -f '%s/objects/%.2s/%s'", place->path, commit, commit + 2);
    EXH_CLEANUP(exh_freep) char *problems = problems_of(place);
    assert_problem(problems, "without the first entry, whose keys were trusted, and the tree over all, cannot be checked");
    assert_problem(problems, commit);
    assert_problem(problems, "\nentry 7: its commit message does not agree");
    assert_ptr_equal(strchr(strstr(problems, "\nentry 7") + 1, '\n'), strrchr(problems, '\n'));
}

/* What a walk sees without checking signatures. */
static void reading_names_the_entry_where_the_chain_breaks(void **state)
{
    struct place *place = *state;
    struct exh_entry *entries;
    size_t count;

    edit(&place->chain[4].bytes, "\"C1\"", "\"C2\"");
    forge(place);
    assert_fails(place, exh_ledger_read(place->ledger, &entries, &count, &place->err), EXH_MALFORMED,
                 "entry 4: it is not the entry that entry 5 follows");
    edit(&place->chain[4].bytes, "\"C2\"", "\"C1\"");
    EXH_CLEANUP(exh_freep) char *line = exh_format("parent %s\n", place->chain[2].commit);
    place->chain[6].more_parents = line;
    forge(place);
    EXH_CLEANUP(exh_freep) char *commit = output_of("git -C '%s' rev-parse custody~%zu", place->path, place->count - 1 - 6);
    EXH_CLEANUP(exh_freep) char *joins = exh_format("entry 6: commit %s joins two histories", commit);
    assert_fails(place, exh_ledger_read(place->ledger, &entries, &count, &place->err), EXH_MALFORMED, joins);
    place->chain[6].more_parents = NULL;
    place->chain[3].root = true;
    forge(place);
    assert_fails(place, exh_ledger_read(place->ledger, &entries, &count, &place->err), EXH_MALFORMED,
                 "entry 3: no entry stands before it");
    place->chain[3].root = false;
    replace(&place->chain[3].bytes, NULL);
    forge(place);
    assert_fails(place, exh_ledger_read(place->ledger, &entries, &count, &place->err), EXH_MALFORMED,
                 "entry 3: commit ");
}

static void a_first_entry_with_another_number_is_not_read(void **state)
{
    struct place *place = *state;
    struct exh_entry *entries;
    size_t count;

    edit(&place->chain[0].bytes, "\"seq\":0", "\"seq\":5");
    place->count = 1;
    forge(place);
    assert_fails(place, exh_ledger_read(place->ledger, &entries, &count, &place->err), EXH_MALFORMED,
                 "entry 5: no entry stands before it");
}

static void a_first_entry_that_follows_another_is_not_read(void **state)
{
    struct place *place = *state;
    struct exh_entry *entries;
    size_t count;

    edit(&place->chain[0].bytes, "\"previous\":\"0", "\"previous\":\"1");
    agree(&place->chain[0], place->admin);
    chain_on(place, 0);
    forge(place);
    assert_fails(place, exh_ledger_read(place->ledger, &entries, &count, &place->err), EXH_MALFORMED,
                 "it is not the first");
    EXH_CLEANUP(exh_freep) char *problems = problems_of(place);
    assert_problem(problems, "entry 0: it is the first, but names an entry before it");
}

/* ---- forgeries: the actor's own key, used against the rules ---- */

static void bytes_out_of_form_are_found_whoever_signed_them(void **state)
{
    static const struct { const char *from, *to, *problem; } cases[] = {
        { "{\"act\"", "{ \"act\"", "not in canonical form" },
        { "}\n", "}", "not in canonical form" },
        { "}\n", "}\n\n", "not in canonical form" },
        { "\"v\":1,", "\"v\":1,\"v\":1,", "duplicate" },
        { "\"v\":1,", "\"v\":1,\"w\":1,", "a member that is not known" },
        { "\"v\":1,", "", "member 'v' is missing" },
        { "\"v\":1,", "\"v\":2,", "version 2 is not known" },
        { "\"seq\":7", "\"seq\":-7", "below 0" },
        { "\"seq\":7", "\"seq\":\"7\"", "not a whole number" },
        { "\"details\":null,", "", "'details' is missing" },
        { "\"details\":null", "\"details\":{\"key\":\"C1\"}", "'details' is neither" },
        { "\"details\":null", "\"details\":{\"key\":\"C1\",\"sealed\":\"a\",\"z\":1}", "'details' is neither" },
        { "\"case\":null", "\"case\":1", "'case' is neither" },
        { "\"case\":null", "\"case\":\"a b\"", "'case' is neither" },
        { "\"digests\":{}", "\"digests\":{\"a\":\"b\"}", "digest 'a'" },
        { "\"digests\":{}", "\"digests\":[]", "'digests' is not an object" },
        { ".123456Z", ".123456000Z", "time '" },
        { ".123456Z", ".123Z", "time '" },
        { "\"time\":\"2026", "\"time\":\"1969", "time '" },
        { "\"consultation\"", "\"consultatio\"", "verb 'consultatio' is not known" },
        { "\"consultation\"", "\"erasure\"", "verb 'erasure' does not go with act 'verify'" },
        { "\"act\":\"verify\"", "\"act\":\"peek\"", "act 'peek' is not known" },
        { "\"actor\":\"SHA256:", "\"actor\":\"sha256:", "is not the fingerprint" },
        { "\"previous\":\"", "\"previous\":\"0", "not a SHA-256 digest" },
        { "\"facts\":{}", "\"facts\":{\"a\":1.5}", "fraction" },
    };
    struct place *place = *state;
    EXH_CLEANUP(exh_freep) char *bytes = exh_strdup(place->chain[7].bytes);

    for (size_t i = 0; i < EXH_COUNT(cases); i++) {
        replace(&place->chain[7].bytes, exh_strdup(bytes));
        edit(&place->chain[7].bytes, cases[i].from, cases[i].to);
        agree(&place->chain[7], place->auditor);
        EXH_CLEANUP(exh_freep) char *commit = commit_of(place, &place->chain[7], place->chain[6].commit);
        run("echo %s >'%s/refs/heads/custody'", commit, place->path);
        EXH_CLEANUP(exh_freep) char *problems = problems_of(place);
        assert_problem(problems, "entry 7: ");
        assert_problem(problems, cases[i].problem);
        struct exh_entry *entries;
        size_t count;
        assert_fails(place, exh_ledger_read(place->ledger, &entries, &count, &place->err), EXH_MALFORMED,
                     "entry 7: ");
    }
}

static void a_commit_message_that_disagrees_is_found(void **state)
{
    struct place *place = *state;

    edit(&place->chain[7].message, "OP1", "OP2");
    place->chain[7].by = place->auditor;
    one_problem(place, "entry 7: its commit message does not agree");
}

static void a_commit_time_or_author_that_disagrees_is_found(void **state)
{
    struct place *place = *state;

    edit(&place->chain[7].author, " +0000", " +0100");
    place->chain[7].by = place->auditor;
    one_problem(place, "entry 7: its commit's author, committer or time");
}

static void a_wrong_sequence_is_found(void **state)
{
    struct place *place = *state;

    edit(&place->chain[7].bytes, "\"seq\":7", "\"seq\":9");
    edit(&place->chain[7].message, "#7", "#9");
    edit(&place->chain[7].author, "<7@", "<9@");
    agree(&place->chain[7], place->auditor);
    one_problem(place, "entry 9: its sequence is 9 where 7 comes next");
    struct exh_entry *entries;
    size_t count;
    replace(&place->chain[6].bytes, exh_strdup(place->chain[5].bytes));
    forge(place);
    assert_fails(place, exh_ledger_read(place->ledger, &entries, &count, &place->err), EXH_MALFORMED,
                 "entry 6: its sequence is 5");
}

static void a_time_that_goes_backwards_is_found(void **state)
{
    struct place *place = *state;

    edit(&place->chain[7].bytes, "T09:59:18", "T09:59:16");
    edit(&place->chain[7].author, "1795341558", "1795341556");
    agree(&place->chain[7], place->auditor);
    one_problem(place, "entry 7: its time 2026-11-22T09:59:16.123456Z is before");
    struct exh_entry *entries;
    size_t count;
    assert_fails(place, exh_ledger_read(place->ledger, &entries, &count, &place->err), EXH_MALFORMED,
                 "entry 6: its time is later");
}

static void a_chain_made_anew_by_all_its_signers_verifies(void **state)
{
    struct place *place = *state;

    /* What only a checkpoint kept elsewhere can show (docs/formats/custody.md). */
    edit(&place->chain[3].bytes, ONES, ZEROS);
    edit(&place->chain[3].message, ONES, ZEROS);
    agree(&place->chain[3], place->admin);
    chain_on(place, 3);
    forge(place);
    EXH_CLEANUP(exh_freep) char *problems = problems_of(place);
    assert_string_equal(problems, "");
}

/* ---- who may ---- */

static void acts_are_open_to_their_roles_only(void **state)
{
    static const struct { const char *act; bool may[EXH_ROLE_COUNT]; } cases[] = {    /* operator, auditor, dpo,
        admin */
        { "init", { 0, 0, 0, 1 } }, { "key-trust", { 0, 0, 0, 1 } }, { "key-revoke", { 0, 0, 0, 1 } },
        { "source-add", { 0, 0, 0, 1 } }, { "camera-add", { 0, 0, 0, 1 } }, { "camera-import", { 0, 0, 0, 1 } },
        { "config-set", { 0, 0, 0, 1 } },
        { "case-open", { 1, 0, 1, 1 } }, { "case-status", { 1, 0, 1, 1 } },
        { "case-outcome", { 1, 0, 1, 1 } }, { "case-reference", { 1, 0, 1, 1 } },
        { "case-hold", { 1, 0, 1, 1 } }, { "case-review", { 0, 0, 1, 1 } }, { "case-release", { 0, 0, 1, 1 } },
        { "export-begun", { 1, 0, 0, 1 } }, { "export-done", { 1, 0, 0, 1 } }, { "export-failed", { 1, 0, 0, 1 } },
        { "export-abandoned", { 1, 0, 0, 1 } }, { "export-nothing", { 1, 0, 0, 1 } },
        { "extract-begun", { 1, 0, 0, 1 } }, { "extract-done", { 1, 0, 0, 1 } }, { "extract-failed", { 1, 0, 0, 1 } },
        { "extract-abandoned", { 1, 0, 0, 1 } }, { "extract-nothing", { 1, 0, 0, 1 } },
        { "add-begun", { 1, 0, 0, 1 } }, { "add-done", { 1, 0, 0, 1 } }, { "add-failed", { 1, 0, 0, 1 } },
        { "add-abandoned", { 1, 0, 0, 1 } }, { "export-finished", { 0 } },
        { "transcode-begun", { 1, 0, 0, 1 } }, { "transcode-done", { 1, 0, 0, 1 } },
        { "transcode-failed", { 1, 0, 0, 1 } }, { "transcode-abandoned", { 1, 0, 0, 1 } },
        { "combine-begun", { 1, 0, 0, 1 } }, { "combine-done", { 1, 0, 0, 1 } }, { "combine-failed", { 1, 0, 0, 1 } },
        { "combine-abandoned", { 1, 0, 0, 1 } }, { "still-begun", { 1, 0, 0, 1 } }, { "still-done", { 1, 0, 0, 1 } },
        { "still-failed", { 1, 0, 0, 1 } }, { "still-abandoned", { 1, 0, 0, 1 } }, { "redact-begun", { 1, 0, 1, 1 } },
        { "redact-done", { 1, 0, 1, 1 } }, { "redact-failed", { 1, 0, 1, 1 } }, { "redact-abandoned", { 1, 0, 1, 1 } },
        { "sign", { 1, 1, 1, 1 } }, { "verify", { 1, 1, 1, 1 } }, { "log-read", { 1, 1, 1, 1 } }, { "", { 0 } }, { "export", { 0 } }, { "INIT",
            { 0 } },
    };

    (void)state;
    for (size_t i = 0; i < EXH_COUNT(cases); i++)
        for (int role = 0; role < EXH_ROLE_COUNT; role++)
            if (exh_role_may((enum exh_role)role, cases[i].act) != cases[i].may[role])
                fail_msg("%s may %s", exh_role_name((enum exh_role)role), cases[i].act);
}

static void each_act_has_its_verb(void **state)
{
    (void)state;
    assert_int_equal(exh_act_verb("export-begun"), EXH_COLLECTION);
    assert_int_equal(exh_act_verb("redact-abandoned"), EXH_ALTERATION);
    assert_int_equal(exh_act_verb("combine-done"), EXH_COMBINATION);
    assert_int_equal(exh_act_verb("combine"), EXH_VERB_COUNT);
}

static void an_untrusted_key_is_found(void **state)
{
    struct place *place = *state;

    append(place, place->stranger, (struct exh_entry_draft){ .verb = EXH_CONSULTATION, .act = "verify" });
    EXH_CLEANUP(exh_freep) char *problems = problems_of(place);
    assert_problem(problems, "entry 8: its actor's key SHA256:");
    assert_problem(problems, "is not trusted at that time");
}

static void a_role_that_may_not_is_found(void **state)
{
    struct place *place = *state;

    append(place, place->auditor, (struct exh_entry_draft){ .verb = EXH_COLLECTION, .act = "export-begun",
        .exhibit = "AU1" });
    append(place, place->operator, (struct exh_entry_draft){ .verb = EXH_ADMINISTRATION, .act = "key-trust",
        .facts = trust_facts(place->stranger, "admin", NULL) });
    append(place, place->stranger, (struct exh_entry_draft){ .verb = EXH_ADMINISTRATION, .act = "config-set" });
    EXH_CLEANUP(exh_freep) char *problems = problems_of(place);
    assert_problem(problems, "entry 8: its actor's role, auditor, may not sign 'export-begun'");
    assert_problem(problems, "entry 9: its actor's role, operator, may not sign 'key-trust'");
    assert_problem(problems, "entry 10: its actor's key SHA256:");
}

/* An entry in the admin's name, signed by the stranger it would let in. */
static void a_key_that_a_forged_entry_trusts_stays_untrusted(void **state)
{
    struct place *place = *state;

    append(place, place->admin, (struct exh_entry_draft){ .verb = EXH_ADMINISTRATION, .act = "key-trust",
        .facts = trust_facts(place->stranger, "admin", NULL) });
    append(place, place->stranger, (struct exh_entry_draft){ .verb = EXH_CONSULTATION, .act = "verify" });
    EXH_CLEANUP(exh_freep) char *fine = problems_of(place);
    assert_string_equal(fine, "");
    for (size_t i = 0; i < ENTRIES; i++)
        clear_forged(&place->chain[i]);
    take_apart(place);
    place->chain[8].by = place->stranger;
    place->chain[9].by = place->stranger;
    forge(place);
    EXH_CLEANUP(exh_freep) char *problems = problems_of(place);
    assert_problem(problems, "entry 8: it is signed by SHA256:");
    assert_problem(problems, "entry 9: its actor's key SHA256:");
}

static void a_revoked_key_is_found_from_then_on(void **state)
{
    struct place *place = *state;

    append(place, place->admin, (struct exh_entry_draft){ .verb = EXH_ADMINISTRATION, .act = "key-revoke",
        .facts = revoke_facts(place->operator, "2026-11-22T09:59:20Z") });
    append(place, place->operator, (struct exh_entry_draft){ .verb = EXH_CONSULTATION, .act = "verify" });
    EXH_CLEANUP(exh_freep) char *problems = problems_of(place);
    assert_problem(problems, "entry 9: its actor's key SHA256:");
    assert_problem(problems, "is revoked at that time");
    assert_ptr_equal(strchr(problems, '\n'), strrchr(problems, '\n'));
}

static void a_key_past_its_end_is_found(void **state)
{
    struct place *place = *state;

    clock_ns += 100 * 86400 * EXH_SECOND;
    append(place, place->auditor, (struct exh_entry_draft){ .verb = EXH_CONSULTATION, .act = "verify" });
    EXH_CLEANUP(exh_freep) char *problems = problems_of(place);
    assert_problem(problems, "entry 8: its actor's key SHA256:");
    assert_problem(problems, "is expired at that time");
}

/* What is known of the first @size entries, as a store would know it. */
static void know(struct exh_entry *entries, size_t size, struct exh_keyring *ring, struct exh_ledger_known *known, struct place *place)
{
    for (size_t i = 0; i < size; i++)
        exh_merkle_add(&known->place.edge, &entries[i].leaf);
    memcpy(known->place.commit, entries[size - 1].commit, sizeof known->place.commit);
    memcpy(known->place.digest, entries[size - 1].digest, sizeof known->place.digest);
    known->place.time = entries[size - 1].time;
    assert_true(exh_entry_log_key(&entries[0], &known->log, &place->err));
    assert_true(exh_ledger_keyring(entries, size, place->store_key, ring, &place->err));
    known->ring = ring;
}

/* The problems of the entries after the first @size, one a line. Free with free(). */
static char *problems_after(struct place *place, size_t size)
{
    EXH_CLEANUP(exh_ledger_report_clear) struct exh_ledger_report report = { .problems = EXH_STRINGS_NONE };
    EXH_CLEANUP(exh_keyring_clear) struct exh_keyring ring = EXH_KEYRING_NONE;
    EXH_CLEANUP(exh_merkle_tree_clear) struct exh_merkle_tree tree = EXH_MERKLE_TREE_NONE;
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;
    struct exh_ledger_known known = { .place = EXH_LEDGER_START };
    struct exh_entry *entries;
    size_t count;

    assert_true(exh_ledger_read(place->ledger, &entries, &count, &place->err));
    for (size_t i = 0; i < count; i++)
        exh_merkle_tree_add(&tree, &entries[i].leaf);
    know(entries, size, &ring, &known, place);
    known.tree = EXH_MERKLE_TREE_SOURCE(&tree);
    if (!exh_ledger_verify_after(place->ledger, &known, &report, &place->err))
        fail_msg("%s", place->err.text);
    assert_int_equal(report.entries, count);
    assert_string_equal(report.head, entries[count - 1].digest);
    exh_entries_free(entries, count);
    for (size_t i = 0; i < report.problems.count; i++)
        exh_text_printf(&text, "%s\n", report.problems.at[i]);
    return exh_text_take(&text);
}

/* The problem of the last entry, when only it is looked at; and none where it was looked at before. */
static void problem_of_last(struct place *place, const char *words)
{
    EXH_CLEANUP(exh_freep) char *problems = problems_after(place, place->count - 1);
    EXH_CLEANUP(exh_freep) char *none = problems_after(place, place->count);

    if (*words)
        assert_problem(problems, words);
    else
        assert_string_equal(problems, "");
    assert_string_equal(none, "");
}

static void what_was_added_is_checked_by_the_keys_that_stood_before(void **state)
{
    struct place *place = *state;

    append(place, place->operator, (struct exh_entry_draft){ .verb = EXH_CONSULTATION, .act = "verify" });
    problem_of_last(place, "");
    append(place, place->auditor, (struct exh_entry_draft){ .verb = EXH_COLLECTION, .act = "export-begun", .exhibit = "AU1" });
    problem_of_last(place, "entry 9: its actor's role, auditor, may not sign 'export-begun'");
    append(place, place->admin, (struct exh_entry_draft){ .verb = EXH_ADMINISTRATION, .act = "key-revoke",
        .facts = revoke_facts(place->operator, "2026-11-22T09:59:20Z") });
    problem_of_last(place, "");
    append(place, place->operator, (struct exh_entry_draft){ .verb = EXH_CONSULTATION, .act = "verify" });
    problem_of_last(place, "is revoked at that time");
    append(place, place->stranger, (struct exh_entry_draft){ .verb = EXH_CONSULTATION, .act = "verify" });
    problem_of_last(place, "is not trusted at that time");
    clock_ns += 100 * 86400 * EXH_SECOND;
    append(place, place->auditor, (struct exh_entry_draft){ .verb = EXH_CONSULTATION, .act = "verify" });
    problem_of_last(place, "is expired at that time");
    append(place, place->admin, (struct exh_entry_draft){ .verb = EXH_ADMINISTRATION, .act = "init", .facts = init_facts(place) });
    problem_of_last(place, "only the first entry may be 'init'");
    EXH_CLEANUP(exh_freep) char *all = problems_after(place, ENTRIES), *whole = problems_of(place);
    assert_string_equal(all, whole);
}

static void a_log_that_does_not_go_on_from_what_was_checked_is_found(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_ledger_report_clear) struct exh_ledger_report report = { .problems = EXH_STRINGS_NONE };
    EXH_CLEANUP(exh_keyring_clear) struct exh_keyring ring = EXH_KEYRING_NONE;
    struct exh_ledger_known known = { .place = EXH_LEDGER_START };
    struct exh_entry *entries;
    size_t count;

    assert_true(exh_ledger_read(place->ledger, &entries, &count, &place->err));
    know(entries, count, &ring, &known, place);
    exh_entries_free(entries, count);
    assert_int_equal(run("git -C '%s' update-ref refs/heads/custody custody~1", place->path), 0);
    assert_true(exh_ledger_verify_after(place->ledger, &known, &report, &place->err));
    assert_int_equal(report.problems.count, 1);
    assert_non_null(strstr(report.problems.at[0], "the log no longer holds commit"));
}

static void a_second_init_and_a_revocation_of_nobody_are_found(void **state)
{
    struct place *place = *state;

    append(place, place->admin, (struct exh_entry_draft){ .verb = EXH_ADMINISTRATION, .act = "init",
        .facts = init_facts(place) });
    append(place, place->admin, (struct exh_entry_draft){ .verb = EXH_ADMINISTRATION, .act = "key-revoke",
        .facts = revoke_facts(place->stranger, "2026-11-22T09:59:20Z") });
    EXH_CLEANUP(exh_freep) char *problems = problems_of(place);
    assert_problem(problems, "entry 8: only the first entry may be 'init'");
    assert_problem(problems, "entry 9: it revokes a key that was never trusted");
}

static void an_init_by_another_key_than_it_trusts_is_found(void **state)
{
    struct place *place = *state;

    append(place, place->stranger, (struct exh_entry_draft){ .verb = EXH_ADMINISTRATION, .act = "init",
        .facts = init_facts(place) });
    append(place, place->admin, (struct exh_entry_draft){ .verb = EXH_CONSULTATION, .act = "verify" });
    EXH_CLEANUP(exh_freep) char *problems = problems_of(place);
    assert_problem(problems, "entry 0: its actor's key SHA256:");
    assert_problem(problems, "entry 1: its actor's key SHA256:");
}

/* ---- the tree over all entries ---- */

static void stock_openssl_agrees_that_each_checkpoint_is_signed_by_the_log(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_freep) char *key = exh_format("%s/log.raw", place->directory);
    const struct exh_public_key *public = exh_secret_key_public(place->log);
    EXH_CLEANUP(exh_freep) char *base64 = exh_base64(public->ed25519, sizeof public->ed25519);

    write_file(key, base64);
    assert_int_equal(run("cd '%s' && for n in 0 1 7; do"
        " git --git-dir custody.git show custody~$n:checkpoint >note && head -n 3 note >text &&"
        " tail -n 1 note | cut -d' ' -f3 | base64 -d | tail -c 64 >signature &&"
        " { printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000'; base64 -d log.raw; } >key.der &&"
        " openssl pkeyutl -verify -rawin -pubin -inkey key.der -keyform DER -in text -sigfile signature >/dev/null &&"
        " [ \"$(sed -n 2p text)\" = $((%d - n)) ] || exit 1; done", place->directory, ENTRIES), 0);
}

static void a_changed_log_whose_checkpoints_were_not_made_anew_is_found_where_it_begins(void **state)
{
    struct place *place = *state;

    edit(&place->chain[4].bytes, "\"C1\"", "\"C2\"");
    edit(&place->chain[4].message, "C1", "C2");
    agree(&place->chain[4], place->operator);
    chain_on(place, 4);
    place->keep_checkpoints = true;
    one_problem(place, "entry 4: its checkpoint does not hold: it is not that of the 5 entries to here");
}

static void a_checkpoint_of_another_log_or_by_another_key_is_found(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_freep) char *own = exh_strdup(place->chain[6].checkpoint), *text = exh_strdup(own), *note = NULL;
    char origin[EXH_LOG_ORIGIN_SIZE];

    place->keep_checkpoints = true;
    place->chain[6].by = place->operator;
    place->chain[7].by = place->auditor;
    strstr(text, "\n\n")[1] = '\0';
    exh_log_origin(exh_secret_key_public(place->log), origin);
    assert_true(exh_note_sign(text, origin, place->stranger, &note, &place->err));
    replace(&place->chain[6].checkpoint, exh_steal(&note));
    one_problem(place, "entry 6: its checkpoint does not hold: it is not signed, as the log writes it, by the log's key");
    exh_log_origin(exh_secret_key_public(place->stranger), origin);
    replace(&place->chain[6].checkpoint, exh_strdup(own));
    edit(&place->chain[6].checkpoint, "custody.invalid/", "other.invalid/");
    one_problem(place, "entry 6: its checkpoint does not hold: it is not that of the 7 entries");
    replace(&place->chain[6].checkpoint, exh_strdup("words\n"));
    one_problem(place, "entry 6: its checkpoint does not hold: it is no signed note");
    replace(&place->chain[6].checkpoint, exh_format("%s%s", own, strstr(own, "\xe2\x80\x94")));
    one_problem(place, "entry 6: its checkpoint does not hold: it is not signed, as the log writes it, by the log's key and by nobody else");
    replace(&place->chain[6].checkpoint, exh_strdup(place->chain[5].checkpoint));
    one_problem(place, "entry 6: its checkpoint does not hold: it is not that of the 7 entries");
}

static void an_init_that_names_no_key_of_a_log_is_found(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_freep) char *log = exh_log_verifier(exh_secret_key_public(place->log));

    edit(&place->chain[0].bytes, log, "custody.invalid/0+00000000+AA==");
    agree(&place->chain[0], place->admin);
    chain_on(place, 0);
    forge(place);
    EXH_CLEANUP(exh_freep) char *problems = problems_of(place);
    assert_problem(problems, "entry 0: fact 'log': ");
}

static void nothing_is_appended_without_the_log_s_key_or_with_another(void **state)
{
    struct place *place = *state;
    struct exh_entry_draft draft = { .verb = EXH_CONSULTATION, .act = "verify", .exhibit = "OP1" };

    exh_ledger_hold(place->ledger, NULL);
    assert_fails(place, try_append(place, place->auditor, &draft), EXH_REFUSED, "the log's own key is not at hand");
    /* Another's makes checkpoints that do not verify: that is seen at once. */
    exh_ledger_hold(place->ledger, exh_secret_key_new());
    append(place, place->auditor, draft);
    EXH_CLEANUP(exh_freep) char *problems = problems_of(place);
    assert_problem(problems, "entry 8: its checkpoint does not hold");
}

static void a_first_entry_with_another_log_key_than_the_log_s_is_not_appended(void **state)
{
    struct place *place = *state;
    struct exh_entry_draft draft = { .verb = EXH_ADMINISTRATION, .act = "init", .facts = init_facts(place) };

    exh_ledger_hold(place->ledger, exh_secret_key_new());
    assert_fails(place, try_append(place, place->admin, &draft), EXH_REFUSED, "names another key than the log's");
}

/* ---- the keyring ---- */

static void the_keyring_follows_the_key_entries(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_keyring_clear) struct exh_keyring ring = EXH_KEYRING_NONE;
    struct exh_entry *entries;
    size_t count;

    append(place, place->admin, (struct exh_entry_draft){ .verb = EXH_ADMINISTRATION, .act = "key-revoke",
        .facts = revoke_facts(place->operator, "2026-11-22T09:59:19Z"), .details = object_of("{\"reason\":\"left\"}"),
        .key = place->store_key, .key_id = "store" });
    append(place, place->admin, (struct exh_entry_draft){ .verb = EXH_ADMINISTRATION, .act = "key-trust",
        .facts = trust_facts(place->auditor, "dpo", NULL) });
    assert_true(exh_ledger_read(place->ledger, &entries, &count, &place->err));
    assert_true(exh_ledger_keyring(entries, count, place->store_key, &ring, &place->err));
    assert_int_equal(ring.count, 4);
    assert_string_equal(ring.people[0].name, "Ada Admin");
    assert_int_equal(ring.people[0].role, EXH_ROLE_ADMIN);
    assert_true(ring.people[0].trusted.ns == entries[0].time.ns);
    assert_string_equal(ring.people[1].initials, "OP");
    assert_string_equal(ring.people[1].revoked_why, "left");
    assert_int_equal(exh_keyring_state(&ring, ring.people[1].fingerprint, entries[8].time), EXH_KEY_REVOKED);
    assert_null(ring.people[2].name);
    assert_true(ring.people[2].until.ns == entries[9].time.ns);
    assert_int_equal(exh_keyring_find(&ring, ring.people[2].fingerprint)->role, EXH_ROLE_DPO);
    exh_entries_free(entries, count);
}

static void names_stay_unknown_without_the_key(void **state)
{
    struct place *place = *state;
    const struct exh_seal_key *keys[] = { NULL, place->case_key };
    struct exh_entry *entries;
    size_t count;

    assert_true(exh_ledger_read(place->ledger, &entries, &count, &place->err));
    for (size_t i = 0; i < EXH_COUNT(keys); i++) {
        EXH_CLEANUP(exh_keyring_clear) struct exh_keyring ring = EXH_KEYRING_NONE;
        assert_true(exh_ledger_keyring(entries, count, keys[i], &ring, &place->err));
        assert_int_equal(ring.count, 3);
        assert_null(ring.people[0].name);
        assert_null(ring.people[0].initials);
    }
    exh_entries_free(entries, count);
}

static bool pulled_out(void *context, const void *bytes, size_t size, uint8_t ret_signature[EXH_SIGNATURE_SIZE],
                       struct exh_error *err)
{
    (void)context, (void)bytes, (void)size, (void)ret_signature;
    return exh_fail(err, EXH_IO, "the token was pulled out");
}

static void what_was_not_signed_is_not_appended(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_secret_key_freep) struct exh_secret_key *key =
        exh_secret_key_remote(exh_secret_key_public(place->admin), pulled_out, NULL, NULL);
    struct exh_entry_draft draft = { .verb = EXH_ADMINISTRATION, .act = "source-add" };
    EXH_CLEANUP(exh_freep) char *before = output_of("git -C '%s' rev-parse custody", place->path);

    assert_false(try_append(place, key, &draft));
    assert_int_equal(place->err.kind, EXH_IO);
    assert_non_null(strstr(place->err.text, "cannot append 'source-add' to the custody log: the token was pulled out"));
    EXH_CLEANUP(exh_freep) char *after = output_of("git -C '%s' rev-parse custody", place->path);
    assert_string_equal(before, after);
}

/* ---- more entries than one thread looks at ---- */

enum { MANY = 300 };

static void append_many(struct place *place)
{
    struct exh_entry_draft *drafts = exh_alloc(MANY * sizeof *drafts);
    struct exh_entry last;

    clock_ns += EXH_SECOND;
    for (size_t i = 0; i < MANY; i++)
        drafts[i] = (struct exh_entry_draft){ .verb = EXH_CONSULTATION, .act = "verify", .exhibit = "OP1" };
    if (!exh_ledger_append_all(place->ledger, &place->last, drafts, MANY, place->auditor, &last, &place->err))
        fail_msg("%s", place->err.text);
    exh_entry_clear(&place->last);
    place->last = last;
    place->count += MANY;
    free(drafts);
}

/* Each object in a file of its own. */
static void unpack(struct place *place)
{
    assert_int_equal(run("cd '%s' && mv objects/pack ../packs && mkdir objects/pack && cat ../packs/*.pack | git unpack-objects -q", place->path), 0);
    exh_ledger_freep(&place->ledger);
    assert_true(exh_ledger_open(place->path, &place->ledger, &place->err));
}

/* Of the last batch alone. */
static void unpack_newest(struct place *place)
{
    assert_int_equal(run("cd '%s' && newest=$(ls -t objects/pack/*.idx | head -n 1) && mv ${newest%%.idx}.* .. && "
                         "cat ../*.pack | git unpack-objects -q", place->path), 0);
    exh_ledger_freep(&place->ledger);
    assert_true(exh_ledger_open(place->path, &place->ledger, &place->err));
}

/* What entry @number says is lost. */
static void lose(struct place *place, size_t number)
{
    assert_int_equal(run("cd '%s' && oid=$(git rev-parse custody~%zu:entry.json) && rm objects/${oid%%\"${oid#??}\"}/${oid#??}",
                         place->path, place->count - 1 - number), 0);
}

static bool count_in_order(void *context, const struct exh_entry *entry, const void *bytes, size_t size, struct exh_error *err)
{
    EXH_CLEANUP(exh_sha256_freep) struct exh_sha256 *hash = exh_sha256_new();
    size_t *next = context;
    char digest[EXH_SHA256_DIGITS];

    (void)err;
    exh_sha256_add(hash, bytes, size);
    exh_sha256_end(hash, digest);
    assert_string_equal(digest, entry->digest);
    assert_int_equal(entry->sequence, (*next)++);
    return true;
}

static bool follow_all(struct place *place, struct exh_ledger_place *where, size_t *next)
{
    bool met;

    return exh_ledger_follow(place->ledger, where, count_in_order, next, &met, &place->err);
}

static void many_entries_are_read_and_checked_in_their_order(void **state)
{
    struct place *place = *state;
    struct exh_ledger_place where = EXH_LEDGER_START;
    size_t next = 0;

    append_many(place);
    assert_true(follow_all(place, &where, &next));
    assert_int_equal(next, ENTRIES + MANY);
    assert_int_equal(where.edge.size, ENTRIES + MANY);
    assert_string_equal(where.commit, place->last.commit);
    EXH_CLEANUP(exh_freep) char *problems = problems_of(place);
    assert_string_equal(problems, "");
}

static bool stop_at_five(void *context, const struct exh_entry *entry, const void *bytes, size_t size, struct exh_error *err)
{
    (void)entry, (void)bytes, (void)size;
    return (*(size_t *)context)++ < 5 || exh_fail(err, EXH_REFUSED, "five are enough");
}

/* While one block is gone through the next is read: what stops the reader is still what comes first. */
static void entries_of_many_blocks_are_read_in_their_order(void **state)
{
    enum { BATCHES = 15, LOST = 4300 };              /* a block has 4096; the last batch has the one that is lost */
    struct place *place = *state;
    struct exh_ledger_place where = EXH_LEDGER_START, again = EXH_LEDGER_START, third = EXH_LEDGER_START;
    size_t next = 0;
    bool met;

    for (int i = 0; i < BATCHES; i++)
        append_many(place);
    assert_true(follow_all(place, &where, &next));
    assert_int_equal(next, ENTRIES + BATCHES * MANY);
    assert_string_equal(where.commit, place->last.commit);
    next = 0;
    assert_fails(place, exh_ledger_follow(place->ledger, &again, stop_at_five, &next, &met, &place->err), EXH_REFUSED, "five are enough");
    assert_int_equal(next, 6);
    unpack_newest(place);
    lose(place, LOST);
    next = 0;
    assert_fails(place, follow_all(place, &third, &next), EXH_MALFORMED, "entry 4300");
    assert_int_equal(next, LOST);
}

static void of_many_lost_entries_the_first_stops_a_reader_and_a_check_names_each(void **state)
{
    static const size_t lost[] = { 298, 230, 100, 20 };
    struct place *place = *state;

    append_many(place);
    unpack(place);
    for (size_t i = 0; i < sizeof lost / sizeof *lost; i++) {
        EXH_CLEANUP(exh_freep) char *words = exh_format("entry %zu", lost[i]);
        struct exh_ledger_place where = EXH_LEDGER_START;
        size_t next = 0;
        lose(place, lost[i]);
        assert_fails(place, follow_all(place, &where, &next), EXH_MALFORMED, words);
        assert_int_equal(next, lost[i]);
        assert_int_equal(where.edge.size, lost[i]);
    }
    EXH_CLEANUP(exh_ledger_report_clear) struct exh_ledger_report report = { .problems = EXH_STRINGS_NONE };
    assert_true(exh_ledger_verify(place->ledger, &report, &place->err));
    assert_int_equal(report.lost_count, sizeof lost / sizeof *lost);
    for (size_t i = 0; i < report.lost_count; i++) {
        assert_int_equal(report.lost[i].from, lost[report.lost_count - 1 - i]);
        assert_int_equal(report.lost[i].to, lost[report.lost_count - 1 - i]);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define TEST_EMPTY(name) cmocka_unit_test_setup_teardown(name, set_up_empty, tear_down_all)

static void an_entry_shows_whose_key_signed_it_by_the_name_of_that_time(void **state)
{
    struct place *place = *state;
    EXH_CLEANUP(exh_keyring_clear) struct exh_keyring ring = EXH_KEYRING_NONE;
    struct exh_entry *entries;
    size_t count;

    append(place, place->admin, (struct exh_entry_draft){ .verb = EXH_ADMINISTRATION, .act = "key-trust",
        .facts = trust_facts(place->operator, "operator", NULL),
        .details = object_of("{\"initials\":\"OM\",\"name\":\"Olly Married\"}"), .key = place->store_key,
            .key_id = "store" });
    append(place, place->operator, (struct exh_entry_draft){ .verb = EXH_CONSULTATION, .act = "verify", .exhibit = "OP1" });
    assert_true(exh_ledger_read(place->ledger, &entries, &count, &place->err));
    assert_true(exh_ledger_keyring(entries, count, place->store_key, &ring, &place->err));
    assert_string_equal(exh_entry_signer(&entries[4], &ring)->initials, "OP");
    assert_string_equal(exh_entry_signer(&entries[ENTRIES + 1], &ring)->initials, "OM");
    assert_string_equal(exh_entry_signer(&entries[0], &ring)->initials, "AD");
    strcpy(entries[0].actor, "SHA256:0000000000000000000000000000000000000000000");
    assert_null(exh_entry_signer(&entries[0], &ring));
    exh_entries_free(entries, count);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_log_as_written_verifies),
        TEST(a_log_taken_apart_and_put_together_is_the_same),
        TEST_EMPTY(an_empty_log_does_not_verify),
        TEST(stock_tools_agree_with_a_log),
        TEST(an_entry_has_exactly_the_bytes_of_the_format),
        TEST(entries_are_read_in_order_with_all_they_say),
        TEST(an_entry_shows_whose_key_signed_it_by_the_name_of_that_time),
        TEST(details_open_with_their_key_and_no_other),
        TEST(details_do_not_open_in_another_entry),
        TEST(an_entry_on_top_of_an_old_one_is_busy),
        TEST(a_clock_set_back_is_refused_with_both_times),
        TEST(a_clock_a_little_behind_gives_the_last_entry_s_time),
        TEST(what_readers_would_refuse_is_not_appended),
        TEST(what_was_not_signed_is_not_appended),
        TEST(a_changed_entry_with_its_old_signature_is_found),
        TEST(a_changed_and_unsigned_entry_is_found),
        TEST(a_changed_entry_signed_by_another_key_is_found),
        TEST(a_removed_entry_is_found),
        TEST(exchanged_entries_are_found),
        TEST(a_repeated_entry_is_found),
        TEST(a_log_without_its_beginning_is_found),
        TEST(a_second_root_is_found),
        TEST(a_merge_is_found),
        TEST(headers_of_another_kind_are_found),
        TEST(a_commit_without_its_file_is_found),
        TEST(a_missing_object_is_a_problem_and_the_rest_is_checked),
        TEST(reading_names_the_entry_where_the_chain_breaks),
        TEST(a_first_entry_with_another_number_is_not_read),
        TEST(a_first_entry_that_follows_another_is_not_read),
        TEST(bytes_out_of_form_are_found_whoever_signed_them),
        TEST(a_commit_message_that_disagrees_is_found),
        TEST(a_commit_time_or_author_that_disagrees_is_found),
        TEST(a_wrong_sequence_is_found),
        TEST(a_time_that_goes_backwards_is_found),
        TEST(a_chain_made_anew_by_all_its_signers_verifies),
        TEST(acts_are_open_to_their_roles_only),
        TEST(each_act_has_its_verb),
        TEST(an_untrusted_key_is_found),
        TEST(a_role_that_may_not_is_found),
        TEST(a_key_that_a_forged_entry_trusts_stays_untrusted),
        TEST(a_revoked_key_is_found_from_then_on),
        TEST(what_was_added_is_checked_by_the_keys_that_stood_before),
        TEST(a_log_that_does_not_go_on_from_what_was_checked_is_found),
        TEST(a_key_past_its_end_is_found),
TEST(many_entries_are_read_and_checked_in_their_order),
        TEST(entries_of_many_blocks_are_read_in_their_order),
        TEST(of_many_lost_entries_the_first_stops_a_reader_and_a_check_names_each),
                TEST(a_second_init_and_a_revocation_of_nobody_are_found),
        TEST_EMPTY(an_init_by_another_key_than_it_trusts_is_found),
        TEST(stock_openssl_agrees_that_each_checkpoint_is_signed_by_the_log),
        TEST(a_changed_log_whose_checkpoints_were_not_made_anew_is_found_where_it_begins),
        TEST(a_checkpoint_of_another_log_or_by_another_key_is_found),
        TEST(an_init_that_names_no_key_of_a_log_is_found),
        TEST(nothing_is_appended_without_the_log_s_key_or_with_another),
        TEST_EMPTY(a_first_entry_with_another_log_key_than_the_log_s_is_not_appended),
        TEST(the_keyring_follows_the_key_entries),
        TEST(names_stay_unknown_without_the_key),
    };
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;

    if (!exh_crypto_init(&err))
        return 1;
    return cmocka_run_group_tests_name("ledger", tests, set_up_all, tear_down_all);
}
