/* sealed: an exhibit's folder about to be packed with others: all of it but the bytes of its payload. */
#include "contents.h"

#include "exhibit/file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void exh_sealed_freep(struct exh_sealed **slot)
{
    struct exh_sealed *sealed = exh_steal(slot);

    if (!sealed)
        return;
    exh_package_report_clear(&sealed->report);
    for (size_t i = 0; i < sealed->file_count; i++)
        free(sealed->files[i].name);
    free(sealed->files);
    for (size_t i = 0; i < sealed->text_count; i++) {
        free(sealed->texts[i].name);
        free(sealed->texts[i].bytes);
    }
    free(sealed->texts);
    exh_pieces_list_clear(sealed->pieces);
    free(sealed->pieces);
    free(sealed);
}

static void take_file(struct exh_sealed *sealed, const struct exh_judging *judging, const struct exh_found *found)
{
    const struct exh_bag_line *line = exh_judging_line(judging, found->name);
    struct exh_sealed_file *file = &sealed->files[sealed->file_count++];

    *file = (struct exh_sealed_file){ .name = exh_strdup(found->name), .size = found->size };
    if (line)
        memcpy(file->digest, line->digest, sizeof file->digest);
}

static void take_text(struct exh_sealed *sealed, struct exh_found *found)
{
    sealed->texts[sealed->text_count++] =
        (struct exh_sealed_text){ exh_strdup(found->name), exh_steal(&found->bytes), (size_t)found->size };
}

static void take_contents(struct exh_sealed *sealed, struct exh_judging *judging)
{
    struct exh_contents *contents = judging->contents;

    sealed->files = exh_alloc((contents->count + 1) * sizeof *sealed->files);
    sealed->texts = exh_alloc((contents->count + 1) * sizeof *sealed->texts);
    for (size_t i = 0; i < contents->count; i++) {
        if (exh_bag_is_payload(contents->at[i].name))
            take_file(sealed, judging, &contents->at[i]);
        else if (contents->at[i].bytes)
            take_text(sealed, &contents->at[i]);
    }
    *sealed->pieces = judging->pieces;
    judging->pieces = (struct exh_pieces_list)EXH_PIECES_LIST_NONE;
}

bool exh_sealed_open(int directory, const char *path, const struct exh_signers *signers, struct exh_sealed **ret_sealed,
                     struct exh_error *err)
{
    const struct exh_package_ask ask = { .signers = signers, .into = -1 };
    EXH_CLEANUP(exh_contents_clear) struct exh_contents contents = { .keeps_all = true, .passes_payload = true };
    EXH_CLEANUP(exh_judging_clear) struct exh_judging judging = { .contents = &contents, .ask = &ask };
    EXH_CLEANUP(exh_sealed_freep) struct exh_sealed *sealed = exh_alloc(sizeof *sealed);
    EXH_CLEANUP(exh_fd_close) int folder = -1;

    sealed->pieces = exh_alloc(sizeof *sealed->pieces);
    sealed->report = (struct exh_package_report){ .form = "folder", .signer_state = EXH_KEY_UNKNOWN };
    judging.report = &sealed->report;
    if (!exh_directory_open(directory, path, &folder, err) || !exh_contents_read_folder(&contents, folder, err))
        return false;
    exh_judging_whole(&judging);
    take_contents(sealed, &judging);
    *ret_sealed = exh_steal(&sealed);
    return true;
}

/* ---- after its bytes were read, and were not what was sealed ---- */

static bool cut_again(int fd, struct exh_piecing *piecing)
{
    enum { BLOCK = 1 << 20 };
    EXH_CLEANUP(exh_freep) uint8_t *block = exh_alloc(BLOCK);
    ssize_t n;

    for (off_t at = 0; (n = exh_system.pread(fd, block, BLOCK, at)) > 0; at += n)
        exh_piecing_add(piecing, block, (size_t)n);
    return n == 0;
}

char *exh_sealed_locate(const struct exh_sealed *sealed, const char *name, int fd)
{
    const struct exh_pieces_file *ought = exh_pieces_list_find(sealed->pieces, name);
    EXH_CLEANUP(exh_piecing_freep) struct exh_piecing *piecing = exh_piecing_new();
    EXH_CLEANUP(exh_pieces_clear) struct exh_pieces is = EXH_PIECES_NONE;

    if (!ought || !cut_again(fd, piecing))
        return NULL;
    is = exh_piecing_end(piecing);
    return exh_pieces_difference(&is, &ought->pieces, NULL, NULL);
}
