/* tags: reads the tag files that say something of the rest: manifests, bag-info.txt, fetch.txt. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* One tag file while it is read. */
struct tag {
    struct exh_bagit_bag *bag;
    const char *file;
    size_t manifest;                     /* its place; for others nothing */
    uint64_t empty_lines;
    struct exh_text oxum;                /* what Payload-Oxum says so far */
    bool in_oxum, in_element;
};

/* ---- one line of any of them ---- */

/* The path that a line lists, as it is on disk; NULL where it is none that may be listed, which is then told. */
static char *path_of(struct tag *tag, const char *written, uint64_t number)
{
    struct exh_bagit_report *report = tag->bag->report;
    bool bare = false;
    EXH_CLEANUP(exh_freep) char *path = exh_bagit_unescape(written, tag->bag->edition, &bare);
    const char *problem = exh_bagit_path_problem(path);

    if (problem) {
        exh_bagit_find(report, E_PATH, tag->file, "%s, line %llu: '%s' %s", tag->file, (unsigned long long)number, written, problem);
        return NULL;
    }
    if (bare && tag->bag->edition == BAGIT_1_0)
        exh_bagit_find(report, W_PERCENT, path, "%s, line %llu: '%s' has a '%%' that is not written as '%%25'; taken as it stands",
                       tag->file, (unsigned long long)number, written);
    return exh_steal(&path);
}

/* The name among those listed; NULL with EXH_NO where there would be too many. */
static struct exh_bagit_name *listed(struct tag *tag, const char *path, const char *written, struct exh_error *err)
{
    struct exh_bagit_index *index = &tag->bag->index;
    struct exh_bagit_name *name = exh_bagit_index_get(index, path);

    if (name)
        return name;
    if (index->count == EXH_BAGIT_MOST_FILES || strlen(path) > EXH_BAGIT_MOST_NAMES - index->bytes) {
        exh_bagit_stop(tag->bag, E_LIMIT, tag->file, err, "with '%s' more is listed than the %d files, or %d MiB of names, that a bag may have",
                       tag->file, EXH_BAGIT_MOST_FILES, EXH_BAGIT_MOST_NAMES >> 20);
        return NULL;
    }
    name = exh_bagit_index_add(index, path);
    if (strcmp(path, written) != 0)
        exh_bagit_index_alias(index, BAGIT_AS_WRITTEN, written, name);
    if (!exh_bagit_is_ascii(path)) {
        EXH_CLEANUP(exh_freep) char *key = exh_bagit_name_key(path, false);
        exh_bagit_index_alias(index, BAGIT_NORMALIZED, key, name);
    }
    return name;
}

/* ---- manifests ---- */

/* NULL, or why @path does not belong into the manifest. */
static const char *misplaced(const struct tag *tag, const char *path)
{
    const struct exh_bagit_manifest *manifest = &tag->bag->manifests[tag->manifest];

    if (!manifest->tag)
        return exh_bagit_is_payload(path) ? NULL : "is outside data/";
    if (exh_bagit_is_payload(path))
        return "is in data/, which tag manifests do not list";
    return tag->bag->edition == BAGIT_1_0 && exh_bagit_is_tag_manifest(path) ? "is a tag manifest, which BagIt 1.0 does not let them list"
                                                                             : NULL;
}

static void claim(struct tag *tag, struct exh_bagit_name *name, const void *digest, size_t size, uint64_t number)
{
    const struct exh_bagit_claim *before = exh_bagit_claim_of(name, tag->manifest);
    bool same = before && before->size == size && memcmp(before->digest, digest, size) == 0;

    if (!before)
        exh_bagit_claim_add(name, tag->manifest, digest, size);
    else
        exh_bagit_find(tag->bag->report, same && tag->bag->edition != BAGIT_1_0 ? W_TWICE : E_TWICE, name->name,
                       "%s, line %llu: '%s' is listed a second time, with %s digest", tag->file, (unsigned long long)number,
                       name->name, same ? "the same" : "another");
}

static bool is_digest(const struct exh_bagit_manifest *manifest, const char *digits, uint8_t ret_digest[EXH_DIGEST_MOST])
{
    size_t size = exh_algorithm_size(manifest->algorithm);

    return strlen(digits) == 2 * size && exh_unhex(ret_digest, size, digits);
}

static bool take_entry(struct tag *tag, char *line, size_t size, uint64_t number, struct exh_error *err)
{
    struct exh_bagit_manifest *manifest = &tag->bag->manifests[tag->manifest];
    struct exh_bagit_entry entry;
    uint8_t digest[EXH_DIGEST_MOST];
    const char *problem = exh_bagit_entry_parse(line, size, &entry);

    manifest->lines++;
    if (!problem && manifest->known && !is_digest(manifest, entry.digest, digest))
        problem = "begins with something else than a digest of its algorithm";
    if (problem) {
        exh_bagit_find(tag->bag->report, E_MANIFEST_LINE, tag->file, "%s, line %llu: it %s", tag->file, (unsigned long long)number, problem);
        return true;
    }
    manifest->marked += entry.marked;
    manifest->dotted += entry.dotted;
    EXH_CLEANUP(exh_freep) char *path = path_of(tag, entry.path, number);
    if (!path)
        return true;
    if ((problem = misplaced(tag, path))) {
        exh_bagit_find(tag->bag->report, E_PLACE, tag->file, "%s, line %llu: '%s' %s", tag->file, (unsigned long long)number, path, problem);
        return true;
    }
    struct exh_bagit_name *name = listed(tag, path, entry.path, err);
    if (!name)
        return false;
    if (manifest->known)
        claim(tag, name, digest, exh_algorithm_size(manifest->algorithm), number);
    else
        claim(tag, name, entry.digest, strlen(entry.digest), number);
    return true;
}

/* ---- fetch.txt ---- */

static bool take_fetch(struct tag *tag, char *line, size_t size, uint64_t number, struct exh_error *err)
{
    struct exh_bagit_fetch fetch;
    const char *problem = exh_bagit_fetch_parse(line, size, &fetch);

    if (problem) {
        exh_bagit_find(tag->bag->report, E_FETCH_LINE, tag->file, "%s, line %llu: it %s", tag->file, (unsigned long long)number, problem);
        return true;
    }
    EXH_CLEANUP(exh_freep) char *path = path_of(tag, fetch.path, number);
    if (!path)
        return true;
    if (!exh_bagit_is_payload(path)) {
        exh_bagit_find(tag->bag->report, E_PLACE, tag->file, "%s, line %llu: '%s' is outside data/", tag->file,
                       (unsigned long long)number, path);
        return true;
    }
    struct exh_bagit_name *name = listed(tag, path, fetch.path, err);
    if (!name)
        return false;
    name->fetch = true;
    name->fetch_has_length = fetch.has_length;
    name->fetch_length = fetch.length;
    return true;
}

/* ---- bag-info.txt ---- */

static void end_oxum(struct tag *tag)
{
    struct exh_bagit_bag *bag = tag->bag;
    uint64_t bytes = 0, files = 0;

    if (!tag->in_oxum)
        return;
    tag->in_oxum = false;
    if (!exh_bagit_oxum_parse(tag->oxum.bytes, &bytes, &files)) {
        exh_bagit_find(bag->report, E_OXUM, tag->file, "%s: Payload-Oxum '%.100s' is not a number of bytes, a dot and a number of files",
                       tag->file, tag->oxum.bytes);
        return;
    }
    if (bag->has_oxum && (bag->oxum_bytes != bytes || bag->oxum_files != files))
        exh_bagit_find(bag->report, E_OXUM, tag->file, "%s: Payload-Oxum is given twice, with other numbers", tag->file);
    else if (bag->has_oxum)
        exh_bagit_find(bag->report, W_OXUM_REPEATED, tag->file, "%s: Payload-Oxum is given more than once", tag->file);
    bag->has_oxum = true;
    bag->oxum_bytes = bytes;
    bag->oxum_files = files;
}

static bool take_element(struct tag *tag, char *line, size_t size, uint64_t number, struct exh_error *err)
{
    struct exh_bagit_element element;
    const char *problem = exh_bagit_element_parse(line, size, tag->bag->edition, &element);

    (void)err;
    if (!problem && !element.label && !tag->in_element)
        problem = "goes on, and nothing is before it";
    if (problem) {
        exh_bagit_find(tag->bag->report, E_INFO_LINE, tag->file, "%s, line %llu: it %s", tag->file, (unsigned long long)number, problem);
        return true;
    }
    if (element.label) {
        end_oxum(tag);
        tag->in_element = true;
        tag->in_oxum = strcasecmp(element.label, "Payload-Oxum") == 0;
        exh_text_clear(&tag->oxum);
    }
    if (tag->in_oxum && tag->oxum.size < EXH_BAGIT_LONGEST_LINE)
        exh_text_puts(&tag->oxum, element.value);
    return true;
}

/* ---- one of the files ---- */

static bool take_line(void *context, char *line, size_t size, uint64_t number, struct exh_error *err)
{
    struct tag *tag = context;

    if (size == 0) {
        tag->empty_lines++;
        return true;
    }
    if (tag->manifest < tag->bag->manifest_count)
        return take_entry(tag, line, size, number, err);
    return (strcmp(tag->file, "fetch.txt") == 0 ? take_fetch : take_element)(tag, line, size, number, err);
}

static bool put_lines(void *context, const void *bytes, size_t size, struct exh_error *err)
{
    return exh_bagit_lines_put(context, bytes, size, err);
}

/* What kept the text from being read to its end: the bytes that it has are a finding, and nothing after it is judged. */
static bool give_up(struct tag *tag, struct exh_error *failed, struct exh_error *err)
{
    if (failed->kind == EXH_MALFORMED)
        return exh_bagit_stop(tag->bag, E_TAG_TEXT, tag->file, err, "%s: %s", tag->file, failed->text);
    if (failed->kind == EXH_NO && !tag->bag->stopped)
        return exh_bagit_stop(tag->bag, E_LIMIT, tag->file, err, "%s: %s", tag->file, failed->text);
    return exh_error_move(err, failed);
}

static bool read_lines(struct tag *tag, uint8_t digests[EXH_ALGORITHMS][EXH_DIGEST_MOST], bool *ret_read, bool *ret_marked, struct exh_error *err)
{
    EXH_CLEANUP(exh_bagit_lines_clear) struct exh_bagit_lines lines;
    EXH_CLEANUP(exh_error_clear) struct exh_error failed = EXH_ERROR_NONE;
    struct exh_bagit_bag *bag = tag->bag;

    exh_bagit_lines_begin(&lines, bag->encoding, take_line, tag);
    const struct exh_bagit_reading reading = { bag->fd, tag->file, tag->file, EXH_BAGIT_LARGEST_TAG_FILE, exh_bagit_tag_algorithms(bag), put_lines, &lines };
    if (!exh_bagit_read(bag, &reading, digests, ret_read, &failed) || (*ret_read && !exh_bagit_lines_end(&lines, &failed)))
        return give_up(tag, &failed, err);
    *ret_marked = lines.marked;
    return true;
}

static bool read_tag(struct exh_bagit_bag *bag, const char *file, size_t manifest, struct exh_error *err)
{
    struct tag tag = { bag, file, manifest, 0, EXH_TEXT_NONE, false, false };
    uint8_t digests[EXH_ALGORITHMS][EXH_DIGEST_MOST];
    bool done = false, marked = false;

    if (!read_lines(&tag, digests, &done, &marked, err)) {
        exh_text_clear(&tag.oxum);
        return false;
    }
    end_oxum(&tag);
    exh_text_clear(&tag.oxum);
    if (tag.empty_lines)
        exh_bagit_find(bag->report, W_EMPTY_LINE, file, "%s has %llu empty lines", file, (unsigned long long)tag.empty_lines);
    if (marked)
        exh_bagit_find(bag->report, W_BOM, file, "%s begins with a byte-order mark, which its encoding has not", file);
    if (done)
        exh_bagit_keep(bag, file, digests);
    return true;
}

static void tell_habits(struct exh_bagit_bag *bag, const struct exh_bagit_manifest *manifest)
{
    const char *file = manifest->file;

    if (manifest->marked)
        exh_bagit_find(bag->report, W_MARKER, file, "%s has the '*' of md5sum before %llu of its %llu paths", file,
                       (unsigned long long)manifest->marked, (unsigned long long)manifest->lines);
    if (manifest->dotted)
        exh_bagit_find(bag->report, manifest->dotted == manifest->lines ? W_DOT_SLASH : N_DOT_SLASH, file,
                       "%s has './' before %llu of its %llu paths", file, (unsigned long long)manifest->dotted,
                       (unsigned long long)manifest->lines);
}

bool exh_bagit_read_tags(struct exh_bagit_bag *bag, struct exh_error *err)
{
    const char *info = bag->edition >= BAGIT_0_96 ? "bag-info.txt" : "package-info.txt";

    for (size_t i = 0; i < bag->manifest_count; i++) {
        if (!read_tag(bag, bag->manifests[i].file, i, err))
            return false;
        tell_habits(bag, &bag->manifests[i]);
    }
    if (bag->has_info && !read_tag(bag, info, bag->manifest_count, err))
        return false;
    return !bag->has_fetch || read_tag(bag, "fetch.txt", bag->manifest_count, err);
}
