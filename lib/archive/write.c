/* write: the ZIP, plain or encrypted, written by libarchive and held against the form as it goes out. */
#include "exhibit/archive.h"

#include "form.h"
#include "late.h"

#include <stdlib.h>
#include <string.h>

struct exh_zip {
    const struct exh_libarchive *library;
    struct archive *archive;
    exh_zip_take *take;
    void *context;
    uint32_t sealed;
    bool encrypted;
    struct exh_zip_members members;      /* the last one is the one being written */
    uint64_t left;               /* bytes of it still to come */
    uint64_t stored_left;        /* and to go out: more, where encrypted */
    uint64_t written;
    struct exh_crc_table *crc;
    struct exh_text expected;    /* what libarchive must write next, when it is not a member's bytes */
    struct exh_text proper;      /* as long: what goes out in its place, with the checksums that libarchive leaves at 0 */
    size_t matched;
    bool ending;                 /* a descriptor is to come */
    bool other_form;             /* it wrote something else */
    bool abandoned;
    struct exh_error failure;    /* of @take: libarchive carries no error values */
};

static bool has_failed(const struct exh_zip *zip)
{
    return zip->abandoned || zip->other_form || zip->failure.kind != EXH_OK;
}

/* Libarchive is told to make no checksums: it has zlib make them, at a seventh of the speed of exh_crc_add. */
static struct exh_zip_member without_checksum(const struct exh_zip_member *member)
{
    struct exh_zip_member other = *member;

    other.crc = 0;
    return other;
}

static void expect_descriptor(struct exh_zip *zip)
{
    const struct exh_zip_member *member = &zip->members.at[zip->members.count - 1], other = without_checksum(member);

    exh_zip_form_descriptor(&zip->expected, &other);
    exh_zip_form_descriptor(&zip->proper, member);
    zip->ending = false;
}

static const void *match_expected(struct exh_zip *zip, const uint8_t *bytes, size_t size)
{
    if (size > zip->expected.size - zip->matched || memcmp(zip->expected.bytes + zip->matched, bytes, size) != 0)
        return NULL;
    zip->matched += size;
    return zip->proper.bytes + zip->matched - size;
}

/* Gives what goes out; NULL when it is not what must come. Of a member's own bytes only how many there are is known:
 * encrypted ones differ at every writing. */
static const void *match(struct exh_zip *zip, const uint8_t *bytes, size_t size)
{
    if (zip->ending && zip->stored_left == 0)
        expect_descriptor(zip);
    if (zip->expected.size)
        return match_expected(zip, bytes, size);
    if (size > zip->stored_left)
        return NULL;
    zip->stored_left -= size;
    return bytes;
}

/* libarchive is never told of a failure (it would then leak, and write on when freed): after one,
 * its bytes go nowhere, and whoever called it asks has_failed. */
static la_ssize_t write_out(struct archive *archive, void *context, const void *bytes, size_t size)
{
    struct exh_zip *zip = context;

    (void)archive;
    if (has_failed(zip))
        return (la_ssize_t)size;
    const void *proper = match(zip, bytes, size);
    if (!proper)
        zip->other_form = true;
    else if (zip->take(zip->context, proper, size, &zip->failure))
        zip->written += size;
    return (la_ssize_t)size;
}

static bool fail_zip(struct exh_zip *zip, const char *what, struct exh_error *err)
{
    if (zip->failure.kind != EXH_OK)
        return exh_error_move(err, &zip->failure);
    if (zip->other_form)
        return exh_fail(err, EXH_IO, "%s: libarchive writes another form than the one that is checked later "
                        "(is TZ set to UTC0?)", what);
    const char *why = zip->library->archive_error_string(zip->archive);
    return exh_fail(err, EXH_IO, "%s: %s", what, why ? why : "libarchive failed");
}

/* True when all that was expected came and was taken; what was expected is forgotten. */
static bool all_came(struct exh_zip *zip)
{
    if (zip->failure.kind == EXH_OK && (zip->matched != zip->expected.size || zip->ending))
        zip->other_form = true;
    exh_text_clear(&zip->expected);
    exh_text_clear(&zip->proper);
    zip->matched = 0;
    return !has_failed(zip);
}

static bool set_up(struct exh_zip *zip, const struct exh_secret_text *passphrase)
{
    const struct exh_libarchive *library = zip->library;

    return library->archive_write_set_format_zip(zip->archive) == ARCHIVE_OK
        && library->archive_write_set_format_option(zip->archive, "zip", "compression", "store") == ARCHIVE_OK
        && library->archive_write_set_format_option(zip->archive, "zip", "fakecrc32", "1") == ARCHIVE_OK
        && (!passphrase
            || (library->archive_write_set_format_option(zip->archive, "zip", "encryption", "aes256") == ARCHIVE_OK
                && library->archive_write_set_passphrase(zip->archive, passphrase->bytes) == ARCHIVE_OK))
        && library->archive_write_set_bytes_per_block(zip->archive, 0) == ARCHIVE_OK
        && library->archive_write_set_bytes_in_last_block(zip->archive, 1) == ARCHIVE_OK
        && library->archive_write_open(zip->archive, zip, NULL, write_out, NULL) == ARCHIVE_OK;
}

/* What other programs take in any language and on any system. */
static bool check_passphrase(const struct exh_secret_text *passphrase, struct exh_error *err)
{
    bool fit = passphrase->size >= 1 && passphrase->size <= EXH_ZIP_PASSPHRASE_MOST;

    for (size_t i = 0; fit && i < passphrase->size; i++)
        fit = passphrase->bytes[i] >= ' ' && passphrase->bytes[i] <= '~';
    return fit || exh_fail(err, EXH_USAGE, "a ZIP's passphrase has 1 to %d characters, each a letter, digit or mark "
                           "of ASCII or a space: others do not open in every program", EXH_ZIP_PASSPHRASE_MOST);
}

bool exh_zip_open(exh_zip_take *take, void *context, struct exh_moment sealed,
                  const struct exh_secret_text *passphrase, struct exh_zip **ret_zip, struct exh_error *err)
{
    int64_t seconds = sealed.ns / EXH_SECOND;

    if (seconds < FORM_TIME_LEAST || seconds > UINT32_MAX)
        return exh_fail(err, EXH_USAGE, "a ZIP holds times from 1980 to 2106 only; check the clock");
    if (passphrase && !check_passphrase(passphrase, err))
        return false;
    EXH_CLEANUP(exh_zip_freep) struct exh_zip *zip = exh_alloc(sizeof *zip);
    zip->take = take;
    zip->context = context;
    zip->sealed = (uint32_t)seconds;
    zip->encrypted = passphrase;
    zip->crc = exh_crc_new();
    if (!exh_libarchive_load(&zip->library, err))
        return false;
    if (!(zip->archive = zip->library->archive_write_new()))
        abort();
    if (!set_up(zip, passphrase))
        return fail_zip(zip, "cannot begin a ZIP", err);
    *ret_zip = exh_steal(&zip);
    return true;
}

static bool write_header(struct exh_zip *zip, const struct exh_zip_member *member)
{
    const struct exh_libarchive *library = zip->library;
    struct archive_entry *entry = library->archive_entry_new();

    if (!entry)
        abort();
    library->archive_entry_set_pathname(entry, member->name);
    library->archive_entry_set_size(entry, (la_int64_t)member->size);
    library->archive_entry_set_filetype(entry, AE_IFREG);
    library->archive_entry_set_perm(entry, 0644);
    library->archive_entry_set_mtime(entry, zip->sealed, 0);
    library->archive_entry_set_uid(entry, 0);
    library->archive_entry_set_gid(entry, 0);
    bool done = library->archive_write_header(zip->archive, entry) == ARCHIVE_OK;
    library->archive_entry_free(entry);
    return done;
}

bool exh_zip_begin(struct exh_zip *zip, const char *name, uint64_t size, struct exh_error *err)
{
    if (!exh_zip_name_check(name, err))
        return false;
    if (zip->members.count == FORM_MEMBERS_MOST)
        return exh_fail(err, EXH_USAGE, "'%s' is one file more than the %d a package may hold", name,
                        FORM_MEMBERS_MOST);
    if (size > INT64_MAX - FORM_SEALING - zip->written)
        return exh_fail(err, EXH_USAGE, "'%s' is too large for a package", name);
    struct exh_zip_member *member = exh_zip_members_add(&zip->members, name, size, zip->written);
    member->encrypted = zip->encrypted && size;
    zip->left = size;
    zip->stored_left = exh_zip_form_stored(member);
    exh_zip_form_local(&zip->expected, member, zip->sealed);
    exh_zip_form_local(&zip->proper, member, zip->sealed);
    if (!write_header(zip, member) || !all_came(zip))
        return fail_zip(zip, name, err);
    return true;
}

bool exh_zip_put(struct exh_zip *zip, const void *bytes, size_t size, struct exh_error *err)
{
    struct exh_zip_member *member = &zip->members.at[zip->members.count - 1];

    if (size > zip->left)
        return exh_fail(err, EXH_MALFORMED, "'%s' is longer than the %llu bytes it was to have", member->name,
                        (unsigned long long)member->size);
    if (size && (zip->library->archive_write_data(zip->archive, bytes, size) != (la_ssize_t)size || has_failed(zip)))
        return fail_zip(zip, member->name, err);
    if (exh_zip_form_has_crc(member))
        member->crc = exh_crc_add(zip->crc, member->crc, bytes, size);
    zip->left -= size;
    return true;
}

bool exh_zip_end(struct exh_zip *zip, struct exh_error *err)
{
    const struct exh_zip_member *member = &zip->members.at[zip->members.count - 1];

    if (zip->left)
        return exh_fail(err, EXH_MALFORMED, "'%s' ended %llu bytes before the %llu it was to have", member->name,
                        (unsigned long long)zip->left, (unsigned long long)member->size);
    zip->ending = true;
    if (zip->library->archive_write_finish_entry(zip->archive) != ARCHIVE_OK || !all_came(zip))
        return fail_zip(zip, member->name, err);
    return true;
}

bool exh_zip_finish(struct exh_zip *zip, struct exh_error *err)
{
    uint64_t start = zip->written;

    for (size_t i = 0; i < zip->members.count; i++) {
        struct exh_zip_member other = without_checksum(&zip->members.at[i]);
        exh_zip_form_central(&zip->expected, &other, zip->sealed);
        exh_zip_form_central(&zip->proper, &zip->members.at[i], zip->sealed);
    }
    exh_zip_form_end(&zip->expected, zip->members.count, start, zip->expected.size);
    exh_zip_form_end(&zip->proper, zip->members.count, start, zip->proper.size);
    if (zip->library->archive_write_close(zip->archive) != ARCHIVE_OK || !all_came(zip))
        return fail_zip(zip, "the ZIP's directory", err);
    zip->library->archive_write_free(exh_steal(&zip->archive));        /* and with it, its copy of the passphrase */
    return true;
}

void exh_zip_freep(struct exh_zip **slot)
{
    struct exh_zip *zip = exh_steal(slot);

    if (!zip)
        return;
    zip->abandoned = true;       /* freeing closes, and closing writes */
    if (zip->archive)
        zip->library->archive_write_free(zip->archive);
    exh_zip_members_clear(&zip->members);
    exh_text_clear(&zip->expected);
    exh_text_clear(&zip->proper);
    exh_error_clear(&zip->failure);
    free(zip->crc);
    free(zip);
}
