/* judge: the order in which a bag is judged. */
#include "parts.h"

#include "exhibit/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LARGEST_DECLARATION = 4096 };

static void clear_bag(struct exh_bagit_bag *bag)
{
    for (size_t i = 0; i < bag->manifest_count; i++) {
        free(bag->manifests[i].file);
        free(bag->manifests[i].algorithm_name);
    }
    for (size_t i = 0; i < bag->read_count; i++)
        free(bag->reads[i].file);
    free(bag->manifests);
    free(bag->reads);
    free(bag->piece);
    exh_bagit_index_clear(&bag->index);
    exh_digests_freep(&bag->digests);
    exh_fd_close(&bag->fd);
}

/* ---- what lies at the top ---- */

struct top { struct exh_bagit_bag *bag; bool has_declaration, has_odd_declaration, has_bag_info, has_package_info; };

static bool add_manifest(struct exh_bagit_bag *bag, const char *name, char *algorithm, struct exh_error *err)
{
    struct exh_bagit_manifest manifest = { .file = exh_strdup(name), .algorithm_name = algorithm, .tag = *name == 't' };

    manifest.known = exh_algorithm_find(algorithm, &manifest.algorithm);
    bag->manifests = exh_realloc_array(bag->manifests, bag->manifest_count + 1, sizeof *bag->manifests);
    bag->manifests[bag->manifest_count++] = manifest;
    bag->tag_manifest_count += manifest.tag;
    return bag->manifest_count <= EXH_BAGIT_MOST_MANIFESTS
        || exh_bagit_stop(bag, E_LIMIT, NULL, err, "it has more than the %d manifests that a bag may", EXH_BAGIT_MOST_MANIFESTS);
}

static bool look_at_top(void *context, const char *name, unsigned char kind, struct exh_error *err)
{
    struct top *top = context;

    top->has_odd_declaration |= kind != DT_REG && strcmp(name, "bagit.txt") == 0;
    top->bag->has_payload |= kind == DT_DIR && strcmp(name, "data") == 0;
    if (kind != DT_REG)
        return true;
    char *algorithm = exh_bagit_manifest_algorithm(name);
    if (algorithm)
        return add_manifest(top->bag, name, algorithm, err);
    top->has_declaration |= strcmp(name, "bagit.txt") == 0;
    top->has_bag_info |= strcmp(name, "bag-info.txt") == 0;
    top->has_package_info |= strcmp(name, "package-info.txt") == 0;
    top->bag->has_fetch |= strcmp(name, "fetch.txt") == 0;
    return true;
}

static int by_file(const void *a, const void *b)
{
    return strcmp(((const struct exh_bagit_manifest *)a)->file, ((const struct exh_bagit_manifest *)b)->file);
}

/* ---- bagit.txt ---- */

static bool take_text(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    (void)err;
    exh_text_add(context, bytes, size);
    return true;
}

static bool judge_declaration(struct exh_bagit_bag *bag, const struct exh_bagit_declaration *said, const char *problem, struct exh_error *err)
{
    if (problem)
        return exh_bagit_stop(bag, E_DECLARATION, "bagit.txt", err, "bagit.txt: %s", problem);
    memcpy(bag->report->version, said->version, sizeof said->version);
    if (!said->edition)
        return exh_bagit_stop(bag, E_VERSION, "bagit.txt", err, "bagit.txt: the version '%s' is none of 0.93 to 0.97 and 1.0", said->version);
    bag->edition = said->edition;
    if (said->spaced)
        exh_bagit_find(bag->report, W_DECLARATION, "bagit.txt", "bagit.txt has white space beside the one space after each colon");
    if (!exh_bagit_encoding_find(said->encoding, &bag->encoding))
        return exh_bagit_stop(bag, E_ENCODING, "bagit.txt", err,
                              "bagit.txt: the encoding '%.100s' is not read here; UTF-8, UTF-16, UTF-16BE, UTF-16LE, ISO-8859-1 and US-ASCII are",
                              said->encoding);
    return true;
}

static bool read_declaration(struct exh_bagit_bag *bag, const struct top *top, struct exh_error *err)
{
    EXH_CLEANUP(exh_text_clear) struct exh_text text = EXH_TEXT_NONE;
    EXH_CLEANUP(exh_bagit_declaration_clear) struct exh_bagit_declaration said = { "", 0, NULL, false };
    uint8_t digests[EXH_ALGORITHMS][EXH_DIGEST_MOST] = { { 0 } };
    const struct exh_bagit_reading reading = { bag->fd, "bagit.txt", "bagit.txt", LARGEST_DECLARATION, exh_bagit_tag_algorithms(bag),
                                               take_text, &text };
    bool read = false;

    if (top->has_odd_declaration)
        return exh_bagit_stop(bag, E_DECLARATION_MISSING, "bagit.txt", err, "bagit.txt is not a file, so that this is not a bag");
    if (!top->has_declaration)
        return exh_bagit_stop(bag, E_DECLARATION_MISSING, "bagit.txt", err, "there is no bagit.txt, so that this is not a bag");
    exh_text_add(&text, "", 0);
    if (!exh_bagit_read(bag, &reading, digests, &read, err))
        return false;
    if (read)
        exh_bagit_keep(bag, "bagit.txt", digests);
    const char *problem = read ? exh_bagit_declaration_parse(text.bytes, text.size, &said) : "it could not be read to its end";
    return judge_declaration(bag, &said, problem, err);
}

/* ---- manifests ---- */

static void judge_algorithms(struct exh_bagit_bag *bag)
{
    size_t payload = 0, known = 0, old = 0;

    for (size_t i = 0; i < bag->manifest_count; i++) {
        const struct exh_bagit_manifest *manifest = &bag->manifests[i];
        if (!manifest->known)
            exh_bagit_find(bag->report, W_ALGORITHM, manifest->file, "%s: the algorithm '%s' is not known; its digests were not checked",
                           manifest->file, manifest->algorithm_name);
        payload += !manifest->tag;
        known += !manifest->tag && manifest->known;
        old += !manifest->tag && manifest->known && manifest->algorithm <= EXH_SHA1;
    }
    bag->can_check = known > 0;
    if (!payload)
        exh_bagit_find(bag->report, E_MANIFEST_MISSING, NULL, "there is no payload manifest, 'manifest-sha256.txt' or of another algorithm");
    else if (!known)
        exh_bagit_find(bag->report, E_ALGORITHM, NULL, "the payload cannot be checked: no manifest has an algorithm that is known");
    else if (old == known)
        exh_bagit_find(bag->report, N_OLD_DIGEST, NULL, "the payload has digests of MD5 or SHA-1 alone, which no longer resist forgery");
    if (!bag->tag_manifest_count)
        exh_bagit_find(bag->report, N_NO_TAG_MANIFEST, NULL, "there is no tag manifest: nothing covers the manifests and other tag files");
}

static void judge_oxum(struct exh_bagit_bag *bag)
{
    const struct exh_bagit_report *report = bag->report;
    const char *file = bag->edition >= BAGIT_0_96 ? "bag-info.txt" : "package-info.txt";

    if (!bag->has_oxum)
        return;
    if (bag->oxum_bytes != report->bytes || (bag->oxum_files != report->files && bag->oxum_files != report->files + bag->excused))
        exh_bagit_find(bag->report, E_OXUM, file, "%s: Payload-Oxum says %" PRIu64 " bytes in %" PRIu64 " files; data/ holds %" PRIu64 " in %" PRIu64,
                       file, bag->oxum_bytes, bag->oxum_files, report->bytes, report->files);
}

/* ---- the whole ---- */

static bool judge(struct exh_bagit_bag *bag, struct exh_error *err)
{
    struct top top = { .bag = bag };

    if (!exh_directory_visit(bag->fd, ".", look_at_top, &top, err))
        return false;
    if (bag->manifest_count)
        qsort(bag->manifests, bag->manifest_count, sizeof *bag->manifests, by_file);
    if (!read_declaration(bag, &top, err))
        return false;
    bag->has_info = bag->edition >= BAGIT_0_96 ? top.has_bag_info : top.has_package_info;
    judge_algorithms(bag);
    if (!bag->has_payload)
        exh_bagit_find(bag->report, E_PAYLOAD_MISSING, "data", "there is no folder data/");
    if (!exh_bagit_read_tags(bag, err) || !exh_bagit_walk(bag, err))
        return false;
    exh_bagit_check_names(bag);
    judge_oxum(bag);
    return true;
}

/* -1 with a finding where it is no directory; -1 without where it cannot be opened. */
static int open_bag(int directory, const char *path, struct exh_bagit_report *report, struct exh_error *err)
{
    int fd = exh_system.open(directory, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0), os = errno;
    struct stat facts;

    if (fd >= 0)
        return fd;
    if (os == ENOTDIR && fstatat(directory, path, &facts, 0) == 0) {
        exh_bagit_find(report, E_NOT_A_FOLDER, NULL, "'%s' is not a folder: unpack it first, where it is a bag in an archive", path);
        return -1;
    }
    errno = os;
    exh_fail_os(err, "cannot open '%s'", path);
    return -1;
}

bool exh_bagit_judge(int directory, const char *path, exh_bagit_progress *progress, void *context,
                     struct exh_bagit_report *ret_report, struct exh_error *err)
{
    EXH_CLEANUP(clear_bag) struct exh_bagit_bag bag = { .report = ret_report, .progress = progress, .progress_context = context, .fd = -1 };
    EXH_CLEANUP(exh_error_clear) struct exh_error failed = EXH_ERROR_NONE;

    bag.fd = open_bag(directory, path, ret_report, err);
    if (bag.fd < 0 && !ret_report->count)
        return false;
    bag.digests = exh_digests_new();
    if (bag.fd >= 0 && !judge(&bag, &failed) && !bag.stopped)
        return exh_error_move(err, &failed) || exh_while(err, "bag '%s'", path);
    exh_bagit_settle(ret_report);
    return true;
}
