/* seal: one package, from the exhibits named to its name: choose, reserve, write, log, name. */
#include "seal.h"

#include "exhibit/file.h"
#include "exhibit/making.h"
#include "exhibit/stream.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void exh_seal_made_clear(struct exh_seal_made *made)
{
    exh_json_free(made->package);
    for (size_t i = 0; i < made->volume_count; i++)
        free(made->volumes[i].path);
    free(made->volumes);
    exh_strings_clear(&made->left_out);
    *made = (struct exh_seal_made){ .package = NULL };
}

static void free_packages(struct sealing *s)
{
    for (size_t i = 0; s->packages && i < s->volumes; i++)
        exh_package_freep(&s->packages[i]);
    exh_freep(&s->packages);
}

void exh_sealing_clear(struct sealing *s)
{
    free_packages(s);
    for (size_t i = 0; i < s->exhibit_count; i++) {
        exh_sealed_freep(&s->exhibits[i].sealed);
        exh_fd_close(&s->exhibits[i].fd);
    }
    free(s->exhibits);
    free(s->files);
    exh_entries_free(s->entries, s->entry_count);
    free(s->checkpoint);
    free(s->results);
    exh_strings_clear(&s->names);
    exh_strings_clear(&s->stagings);
    exh_json_free(s->case_facts);
    exh_json_free(s->producer);
    exh_journal_clear(&s->journal);
    exh_fd_close(&s->directory);
}

/* ---- entries ---- */

static struct exh_json *references_json(const struct sealing *s)
{
    struct exh_json *json = exh_json_array();

    for (size_t i = 0; i < s->exhibit_count; i++)
        exh_json_add_text(json, s->exhibits[i].reference);
    return json;
}

static const char *form_name(const struct exh_seal_options *o)
{
    return o->folder ? "folder" : o->passphrase ? "zip-aes" : o->recipient_count ? "age" : "zip";
}

static struct exh_json *facts_json(const struct sealing *s)
{
    struct exh_json *facts = exh_json_object();

    exh_json_set_text(facts, "package", s->made->id);
    exh_json_set(facts, "exhibits", references_json(s));
    exh_json_set_text(facts, "form", form_name(s->options));
    exh_json_set_int(facts, "recipients", (int64_t)s->options->recipient_count);
    exh_json_set_bool(facts, "recovery", s->options->recipient_count && !s->options->no_recovery);
    exh_json_set_int(facts, "volumes", (int64_t)s->volumes);
    exh_store_say_job(s->store, facts);
    return facts;
}

/* Who it is for is sealed: a recipient's key may be somebody's own. */
static struct exh_json *details_json(const struct sealing *s)
{
    struct exh_json *details = exh_json_object(), *recipients = exh_json_array(), *arguments = exh_json_array();

    for (size_t i = 0; i < s->options->recipient_count; i++) {
        EXH_CLEANUP(exh_freep) char *words = exh_recipient_words(&s->options->recipients[i]);
        exh_json_add_text(recipients, words);
    }
    for (size_t i = 0; i < s->options->arguments->count; i++)
        exh_json_add_text(arguments, s->options->arguments->at[i]);
    exh_json_set(details, "recipients", recipients);
    exh_json_set_text(details, "no_recovery", s->options->no_recovery);
    exh_json_set(details, "arguments", arguments);
    return details;
}

static char *out_path(const struct sealing *s)
{
    char *real = realpath(s->options->out, NULL);

    return real ? real : exh_strdup(s->options->out);
}

static struct exh_entry_draft draft_of(const struct sealing *s, const char *act)
{
    return (struct exh_entry_draft){ .verb = exh_act_verb(act), .act = act, .case_id = s->case_id,
                                     .facts = facts_json(s), .details = details_json(s) };
}

static struct exh_json *digests_json(const struct sealing *s)
{
    struct exh_json *digests = exh_json_object();

    for (size_t i = 0; i < s->volumes; i++) {
        EXH_CLEANUP(exh_freep) char *tagmanifest = s->volumes == 1 ? exh_strdup("tagmanifest") : exh_format("tagmanifest-%zu", i + 1);
        EXH_CLEANUP(exh_freep) char *package = s->volumes == 1 ? exh_strdup("package") : exh_format("package-%zu", i + 1);
        exh_json_set_text(digests, tagmanifest, s->results[i].tagmanifest);
        if (*s->results[i].container)
            exh_json_set_text(digests, package, s->results[i].container);
    }
    return digests;
}

/* Where it lies, for whoever destroys what is in it. */
static void add_place(const struct sealing *s, struct exh_json *details)
{
    EXH_CLEANUP(exh_freep) char *directory = out_path(s);
    struct exh_json *files = exh_json_array();

    for (size_t i = 0; i < s->names.count; i++)
        exh_json_add_text(files, s->names.at[i]);
    exh_json_set_text(details, "directory", directory);
    exh_json_set(details, "files", files);
}

static bool record_done(struct sealing *s, struct exh_error *err)
{
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft draft = draft_of(s, "seal-done");

    draft.digests = digests_json(s);
    add_place(s, draft.details);
    return exh_store_record(s->store, &draft, err);
}

/* The failure itself must not hide the first one: what goes wrong here is added to its words. */
static void record_failed(struct sealing *s, struct exh_error *err)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error second = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft draft = draft_of(s, "seal-failed");

    exh_json_set_text(draft.details, "reason", err->text);
    free_packages(s);                    /* the staging files go before the log says that they are gone */
    if (!exh_store_record(s->store, &draft, &second) || !exh_journal_end(s->store, &s->journal, &second))
        exh_while(err, "package %s failed, and the next command will say so in the log (%s)", s->made->id, second.text);
    else
        exh_while(err, "package %s failed and was cleared away", s->made->id);
}

static bool begin(struct sealing *s, struct exh_error *err)
{
    const struct exh_casefile *casefile;

    if (!exh_store_begin_job(s->store, err) || !exh_store_casefile(s->store, s->case_id, &casefile, err))
        return false;
    exh_casefile_next_sealing(casefile, s->case_id, s->made->id);
    if (!exh_sealing_note_log(s, err))
        return false;
    EXH_CLEANUP(exh_entry_draft_clear) struct exh_entry_draft draft = draft_of(s, "seal-begun");
    return exh_journal_begin(s->store, s->made->id, &s->journal, err) && exh_store_append(s->store, &draft, err);
}

static bool reserve(struct sealing *s, struct exh_error *err)
{
    if (!exh_store_lock(s->store, err))
        return false;
    bool done = begin(s, err);
    exh_store_unlock(s->store);
    return done;
}

/* ---- names ---- */

/* "OP1_wisbech-12_20211205T211000Z_" where all is of one Master; else nothing that the identifier does not say. */
static char *subject_words(const struct sealing *s)
{
    const struct sealing_exhibit *first = &s->exhibits[0];
    const char *master = *first->of ? first->of : first->reference;
    const struct exh_json *record = first->sealed->report.record;
    const char *camera = exh_json_text_or(exh_json_get(record, "camera"), "id", NULL);
    EXH_CLEANUP(exh_error_clear) struct exh_error ignored = EXH_ERROR_NONE;
    struct exh_moment from;
    char when[EXH_MOMENT_SIZE];

    for (size_t i = 0; i < s->exhibit_count; i++)
        if (strcmp(*s->exhibits[i].of ? s->exhibits[i].of : s->exhibits[i].reference, master) != 0)
            return exh_strdup("");
    if (!camera || !exh_text_is_identifier(camera, 32)
        || !exh_moment_parse_utc(exh_json_text_or(exh_json_get(record, "window"), "from", ""), &from, &ignored))
        return exh_format("%s_", master);
    exh_moment_compact(from, when);
    return exh_format("%s_%s_%s_", master, camera, when);
}

static void find_names(struct sealing *s)
{
    const struct exh_seal_options *o = s->options;
    const char *ending = o->folder ? "" : o->recipient_count ? ".zip.age" : ".zip";
    EXH_CLEANUP(exh_freep) char *subject = subject_words(s);

    for (size_t i = 1; i <= s->volumes; i++) {
        EXH_CLEANUP(exh_freep) char *volume = s->volumes > 1 ? exh_format("_%zuof%zu", i, s->volumes) : exh_strdup("");
        EXH_CLEANUP(exh_freep) char *name = exh_format("%s%s%s%s", subject, s->made->id, volume, ending);
        EXH_CLEANUP(exh_freep) char *staging = o->folder ? exh_format(".%s.partial", name) : exh_staging_name(name);
        exh_strings_add(&s->names, name);
        exh_strings_add(&s->stagings, staging);
    }
}

static bool note_names(struct sealing *s, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *path = out_path(s);

    find_names(s);
    return exh_journal_note_volumes(&s->journal, path, &s->names, &s->stagings, err);
}

/* ---- the bytes ---- */

static void tell(struct sealing *s, size_t volume)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    if (!s->options->progress || (now.tv_sec == s->told.tv_sec && now.tv_nsec - s->told.tv_nsec < 100000000))
        return;
    s->told = now;
    s->options->progress(s->options->context, volume, s->volumes, s->done, s->size);
}

static bool goes_on(struct sealing *s, size_t volume, struct exh_error *err)
{
    tell(s, volume);
    if (s->options->interrupted && s->options->interrupted())
        return exh_fail(err, EXH_IO, "interrupted; no package was made");
    return true;
}

static bool copy_bytes(struct sealing *s, const struct sealing_file *file, int fd, struct exh_package *package, struct exh_error *err)
{
    struct exh_fan *fan = exh_package_fan(package);
    uint64_t size = file->file->size;
    void *space;
    size_t room;

    for (uint64_t at = 0; at < size; at += room, s->done += room) {
        if (!exh_fan_space(fan, &space, &room, err))
            return false;
        if (room > size - at)
            room = (size_t)(size - at);
        if (!exh_fd_read_at(fd, file->file->name, at, space, room, err))
            return false;
        exh_fan_filled(fan, room);
        if (!goes_on(s, file->volume, err))
            return false;
    }
    return true;
}

/* Not what was sealed: where, if pieces tell it; and the log hears of it. */
static bool refuse_file(struct sealing *s, const struct sealing_file *file, int fd, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *where = exh_sealed_locate(file->exhibit->sealed, file->file->name, fd);
    EXH_CLEANUP(exh_freep) char *why = exh_format("'%s': hash differs from manifest-sha256.txt%s%s", file->file->name,
                                                  where ? ": " : "", where ? where : "");

    exh_check_findings_add(&file->exhibit->sealed->report.findings, "E-FILE-DIGEST", file->file->name, "%s", why);
    return exh_sealing_refuse(s, file->exhibit, why, err);
}

static bool pack_file(struct sealing *s, const struct sealing_file *file, struct exh_package *package, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int fd = -1;
    char digest[EXH_SHA256_DIGITS];

    if (!exh_file_open_beneath(file->exhibit->fd, file->file->name, &fd, err))
        return false;
    posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    if (!exh_package_begin(package, file->file->name, file->file->size, file->exhibit->sealed, err)
        || !copy_bytes(s, file, fd, package, err) || !exh_package_end(package, digest, err))
        return false;
    return exh_digest_equal(digest, file->file->digest) || refuse_file(s, file, fd, err);
}

/* ---- one volume ---- */

static bool open_volume(struct sealing *s, size_t volume, struct exh_error *err)
{
    const struct exh_seal_options *o = s->options;
    size_t count = o->recipient_count;
    EXH_CLEANUP(exh_freep) struct exh_recipient *recipients = exh_alloc((count + 1) * sizeof *recipients);
    struct exh_package_where where = { .folder_parent = -1, .container_parent = -1, .sealed = s->sealed };

    if (count) {
        memcpy(recipients, o->recipients, count * sizeof *recipients);
        recipients[count] = s->store->recovery;
        where.recipients = recipients;
        where.recipient_count = count + !o->no_recovery;
    }
    where.passphrase = o->passphrase;
    if (o->folder) {
        where.folder_parent = s->directory;
        where.folder = s->names.at[volume - 1];
    } else {
        where.container_parent = s->directory;
        where.container = s->names.at[volume - 1];
        where.container_staging = s->stagings.at[volume - 1];
    }
    return exh_package_open(&where, &s->packages[volume - 1], err);
}

static bool seal_volume(struct sealing *s, size_t volume, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *signers = exh_sealing_signers(s);
    EXH_CLEANUP(exh_freep) char *description =
        exh_format("%zu exhibit%s of case %s", s->exhibit_count, s->exhibit_count > 1 ? "s" : "", s->case_id);
    const struct exh_package_seal with = {
        .key = s->store->key, .signer = exh_store_person(s->store)->initials, .identifier = s->made->id,
        .organisation = s->store->organisation, .description = description, .other_signers = signers,
        .volume = volume, .volumes = s->volumes > 1 ? s->volumes : 0 };

    return exh_package_seal(s->packages[volume - 1], &with, &s->results[volume - 1], err);
}

static bool write_volume(struct sealing *s, size_t volume, struct exh_error *err)
{
    if (!open_volume(s, volume, err))
        return false;
    struct exh_package *package = s->packages[volume - 1];
    for (size_t i = 0; i < s->file_count; i++)
        if (s->files[i].volume == volume && !pack_file(s, &s->files[i], package, err))
            return false;
    return exh_sealing_keep(s, package, volume, err) && seal_volume(s, volume, err);
}

/* ---- the whole ---- */

static bool write_all(struct sealing *s, struct exh_error *err)
{
    s->packages = exh_alloc(s->volumes * sizeof *s->packages);
    s->results = exh_alloc(s->volumes * sizeof *s->results);
    if (!note_names(s, err))
        return false;
    for (size_t volume = 1; volume <= s->volumes; volume++)
        if (!write_volume(s, volume, err))
            return false;
    return record_done(s, err);
}

static bool give_names(struct sealing *s, struct exh_error *err)
{
    for (size_t i = 0; i < s->volumes; i++)
        if (!exh_package_commit(s->packages[i], err))
            return exh_while(err, "package %s is sealed and logged, but could not take its name; the next command tries again",
                             s->made->id);
    return exh_journal_end(s->store, &s->journal, err);
}

static uint64_t payload_size(const struct sealing *s, size_t volume)
{
    uint64_t size = 0;

    for (size_t i = 0; i < s->file_count; i++)
        size += s->files[i].volume == volume ? s->files[i].file->size : 0;
    return size;
}

static void fill_made(struct sealing *s)
{
    struct exh_seal_made *made = s->made;

    made->volumes = exh_alloc(s->volumes * sizeof *made->volumes);
    made->volume_count = s->volumes;
    for (size_t i = 0; i < s->volumes; i++) {
        struct exh_seal_volume *volume = &made->volumes[i];
        volume->path = s->names.count ? exh_format("%s/%s", s->options->out, s->names.at[i]) : NULL;
        volume->size = s->results && !s->options->folder ? s->results[i].container_size : payload_size(s, i + 1);
        if (!s->results)
            continue;
        memcpy(volume->digest, s->results[i].container, sizeof volume->digest);
        memcpy(volume->tagmanifest, s->results[i].tagmanifest, sizeof volume->tagmanifest);
    }
}

/* Digests of volumes stand in one entry, which holds so many. */
enum { VOLUMES_MOST = 32 };

static bool prepare(struct sealing *s, struct exh_error *err)
{
    if (!exh_store_may(s->store, "seal-begun", err)
        || (!exh_directory_open(AT_FDCWD, s->options->out, &s->directory, err) && !exh_while(err, "--out")))
        return false;
    s->sealed = (struct exh_moment){ exh_moment_now().ns / EXH_SECOND * EXH_SECOND };
    if (!exh_sealing_choose(s, err) || !exh_making_for_case(s->store, s->case_id, &s->case_facts, &s->producer, err)
        || !exh_sealing_divide(s, err))
        return false;
    if (s->volumes > VOLUMES_MOST)
        return exh_fail(err, EXH_REFUSED, "it would take %zu volumes; at most %d make a package: seal fewer exhibits at a time",
                        s->volumes, VOLUMES_MOST);
    return true;
}

static bool run(struct sealing *s, struct exh_error *err)
{
    if (!prepare(s, err))
        return false;
    if (s->options->dry_run) {
        if (!exh_sealing_note_log(s, err))
            return false;
        s->made->package = exh_sealing_holding(s, 1);
        fill_made(s);
        return true;
    }
    if (!reserve(s, err))
        return false;
    if (!write_all(s, err)) {
        record_failed(s, err);
        return false;
    }
    fill_made(s);
    return give_names(s, err);
}

bool exh_seal(struct exh_store *store, const struct exh_seal_options *options, struct exh_seal_made *ret_made,
              struct exh_error *err)
{
    EXH_CLEANUP(exh_seal_made_clear) struct exh_seal_made made = { .package = NULL };
    EXH_CLEANUP(exh_sealing_clear) struct sealing s = { .store = store, .options = options, .made = &made, .directory = -1, .journal = EXH_JOURNAL_NONE };

    if (!run(&s, err))
        return false;
    *ret_made = made;
    made = (struct exh_seal_made){ .package = NULL };
    return true;
}
