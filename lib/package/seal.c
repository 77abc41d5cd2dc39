/* seal: writes what is left of the bag, signs it, and makes all durable under staging names. */
#include "package.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the texts that seal adds ---- */

static void add_words(struct exh_package *package, const char *name, const char *words)
{
    exh_package_text(package, name, words, strlen(words));
}

/* Who signs, in both tools' forms, so that the package can be checked with nothing else at hand. */
static void add_signer(struct exh_package *package, const struct exh_package_seal *seal)
{
    const struct exh_public_key *key = exh_secret_key_public(seal->key);
    EXH_CLEANUP(exh_freep) char *ssh = exh_key_ssh_line(key), *minisign = exh_key_minisign_line(key);
    EXH_CLEANUP(exh_freep) char *allowed = exh_format("%s namespaces=\"" EXH_BAG_NAMESPACE "\" %s\n%s", seal->signer, ssh,
                                                      seal->other_signers ? seal->other_signers : "");
    EXH_CLEANUP(exh_freep) char *name = exh_format(EXH_BAG_SIGNERS "%s.pub", seal->signer);
    char id[2 * sizeof key->minisign_id + 1] = "";

    /* minisign shows a key's number as the number it is, low byte first in the file. */
    for (size_t i = 0; i < sizeof key->minisign_id; i++)
        snprintf(id + 2 * i, 3, "%02X", key->minisign_id[sizeof key->minisign_id - 1 - i]);
    EXH_CLEANUP(exh_freep) char *public = exh_format("untrusted comment: minisign public key %s\n%s\n", id, minisign);
    add_words(package, EXH_BAG_ALLOWED, allowed);
    add_words(package, name, public);
}

static void add_bag(struct exh_package *package, const struct exh_package_seal *seal)
{
    EXH_CLEANUP(exh_freep) char *date = exh_bag_date(package->sealed);
    EXH_CLEANUP(exh_freep) char *oxum = exh_bag_oxum(package->payload_bytes, package->payload.count);
    EXH_CLEANUP(exh_freep) char *volume = exh_bag_count(seal->volume, seal->volumes);
    const char *const values[EXH_BAG_LABELS] = { [EXH_BAG_ORGANISATION] = seal->organisation,
                                                 [EXH_BAG_IDENTIFIER] = seal->identifier,
                                                 [EXH_BAG_DESCRIPTION] = seal->description,
                                                 [EXH_BAG_DATE] = date,
                                                 [EXH_BAG_OXUM] = oxum,
                                                 [EXH_BAG_AGENT] = EXH_PROGRAM,
                                                 [EXH_BAG_GROUP] = volume ? seal->identifier : NULL,
                                                 [EXH_BAG_COUNT] = volume };
    EXH_CLEANUP(exh_freep) char *words = exh_bag_info_words(values), *manifest = exh_bag_list_words(&package->payload);

    add_words(package, EXH_BAG_DECLARATION, EXH_BAG_DECLARATION_WORDS);
    add_words(package, EXH_BAG_INFO, words);
    add_words(package, EXH_BAG_MANIFEST, manifest);
}

static void add_pieces(struct exh_package *package)
{
    if (package->pieces.count == 0)
        return;
    EXH_CLEANUP(exh_freep) char *words = exh_pieces_list_words(&package->pieces);
    add_words(package, EXH_PIECES_FILE, words);
}

static bool add_signatures(struct exh_package *package, const struct exh_package_seal *seal,
                           char ret_digest[EXH_SHA256_DIGITS], struct exh_error *err)
{
    EXH_CLEANUP(exh_bag_list_clear) struct exh_bag_list list = { NULL, 0, 0 };
    EXH_CLEANUP(exh_freep) char *ssh = NULL, *minisign = NULL;

    for (size_t i = 0; i < package->text_count; i++) {
        char digest[EXH_SHA256_DIGITS];
        exh_sha256(package->texts[i].bytes, package->texts[i].size, digest);
        exh_bag_list_add(&list, package->texts[i].name, digest);
    }
    exh_bag_list_sort(&list);
    EXH_CLEANUP(exh_freep) char *words = exh_bag_list_words(&list);
    exh_sha256(words, strlen(words), ret_digest);
    EXH_CLEANUP(exh_freep) char *trusted = exh_bag_trusted(seal->identifier, package->sealed, ret_digest);
    if (!exh_sign_ssh(seal->key, EXH_BAG_NAMESPACE, words, strlen(words), &ssh, err)
        || !exh_sign_minisign(seal->key, EXH_BAG_UNTRUSTED, trusted, words, strlen(words), &minisign, err))
        return false;
    add_words(package, EXH_BAG_TAGMANIFEST, words);
    add_words(package, EXH_BAG_SSH, ssh);
    add_words(package, EXH_BAG_MINISIGN, minisign);
    return true;
}

/* ---- checks before anything is signed ---- */

static bool check_values(const struct exh_package_seal *seal, struct exh_error *err)
{
    const char *const values[] = { seal->organisation, seal->identifier, seal->description };

    if (!exh_initials_check(seal->signer, err))
        return false;
    for (size_t i = 0; i < EXH_COUNT(values); i++)
        if (!exh_bag_value_is_fit(values[i]))
            return exh_fail(err, EXH_USAGE,
                            "'%s' cannot be a line of bag-info.txt; it must be 1 to 1,000 characters of text",
                            values[i]);
    if (strpbrk(seal->identifier, " \t"))
        return exh_fail(err, EXH_USAGE, "'%s' cannot be a package's identifier: it holds a space", seal->identifier);
    return true;
}

static bool check_names(const struct exh_package *package, struct exh_error *err)
{
    size_t count = package->payload.count + package->text_count, n = 0;
    EXH_CLEANUP(exh_freep) const char **names = exh_realloc_array(NULL, count, sizeof *names);

    for (size_t i = 0; i < package->payload.count; i++)
        names[n++] = package->payload.at[i].name;
    for (size_t i = 0; i < package->text_count; i++) {
        if (!exh_zip_name_check(package->texts[i].name, err))
            return false;
        names[n++] = package->texts[i].name;
    }
    if (exh_bag_names_apart(names, count, err))
        return true;
    err->kind = EXH_USAGE;
    return false;
}

/* ---- writing them ---- */

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct exh_package_text *)a)->name, ((const struct exh_package_text *)b)->name);
}

static bool write_text(struct exh_package *package, const struct exh_package_text *text, struct exh_error *err)
{
    EXH_CLEANUP(exh_fd_close) int fd = -1;
    struct exh_zip *zip = package->container.zip;
    const char *base;

    if (package->folder.fd >= 0 && (!exh_package_place(package, text->name, &fd, &base, err)
                                    || !exh_file_write(fd, base, text->bytes, text->size, 0644, false, err)))
        return false;
    return !zip || (exh_zip_begin(zip, text->name, text->size, err) && exh_zip_put(zip, text->bytes, text->size, err)
                    && exh_zip_end(zip, err));
}

static bool write_texts(struct exh_package *package, struct exh_error *err)
{
    qsort(package->texts, package->text_count, sizeof *package->texts, by_name);
    for (size_t i = 0; i < package->text_count; i++)
        if (!write_text(package, &package->texts[i], err))
            return false;
    return true;
}

static bool finish_container(struct exh_package *package, struct exh_package_sealed *sealed, struct exh_error *err)
{
    struct exh_package_container *container = &package->container;

    if (!container->wanted)
        return true;
    if (!exh_zip_finish(container->zip, err) || (container->age && !exh_age_writer_finish(container->age, err))
        || !exh_fan_finish(container->fan, err) || !exh_staged_sync(&container->staged, err))
        return false;
    exh_sha256_end(container->hash, sealed->container);
    sealed->container_size = container->staged.size;
    snprintf(sealed->container_staging, sizeof sealed->container_staging, "%s", container->staged.staging);
    return true;
}

static bool sync_folder(struct exh_package *package, struct exh_package_sealed *sealed, struct exh_error *err)
{
    struct exh_package_folder *folder = &package->folder;

    if (folder->fd < 0)
        return true;
    for (size_t i = 0; i < folder->made.count; i++) {
        EXH_CLEANUP(exh_fd_close) int fd = -1;
        if (!exh_directory_open(folder->fd, folder->made.at[i], &fd, err)
            || !exh_directory_sync(fd, folder->made.at[i], err))
            return false;
    }
    snprintf(sealed->folder_staging, sizeof sealed->folder_staging, "%s", folder->staging);
    return exh_directory_sync(folder->fd, folder->staging, err);
}

bool exh_package_seal(struct exh_package *package, const struct exh_package_seal *seal,
                      struct exh_package_sealed *ret_sealed, struct exh_error *err)
{
    struct exh_package_sealed sealed = { .container_size = 0 };

    assert(!package->fan);
    if (!check_values(seal, err))
        return false;
    add_signer(package, seal);
    add_bag(package, seal);
    add_pieces(package);
    if (!check_names(package, err))
        return false;
    if (!add_signatures(package, seal, sealed.tagmanifest, err))
        return false;
    if (!write_texts(package, err) || !finish_container(package, &sealed, err) || !sync_folder(package, &sealed, err))
        return false;
    *ret_sealed = sealed;
    return true;
}

/* The store's own copy first: a container that cannot take its name can be made again from it. */
bool exh_package_commit(struct exh_package *package, struct exh_error *err)
{
    struct exh_package_folder *folder = &package->folder;

    package->stays = true;
    if (folder->staging) {
        if (!exh_file_rename(folder->parent, folder->staging, folder->parent, folder->name, err))
            return false;
        exh_freep(&folder->staging);
    }
    return !package->container.wanted || exh_staged_commit(&package->container.staged, err);
}
