/* Any bytes as a detached signature of a file, and as a public key: nobody here holds a key, so nothing may match, and what
 * is said of it must follow from the table. */
#include "exhibit/signature.h"
#include "crypto_start.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The file that is said to be signed. */
static int message(void)
{
    static int fd = -1;

    if (fd < 0) {
        fd = memfd_create("message", MFD_CLOEXEC);
        if (fd < 0 || write(fd, "message", 7) != 7)
            abort();
    }
    lseek(fd, 0, SEEK_SET);
    return fd;
}

static void try_signature(const struct exh_signature_file *file, const struct exh_signature_key *key)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    EXH_CLEANUP(exh_signature_result_clear) struct exh_signature_result result = EXH_SIGNATURE_RESULT_NONE;
    struct exh_signature_means means = { .key = key, .name_space = "exhibit", .at = { 0 } };
    const struct exh_signature_file twice[] = { *file, *file };

    if (!exh_signature_judge(message(), "message", twice, 2, &means, &result, &err))
        abort();
    for (size_t i = 0; i < result.count; i++) {
        const struct exh_signature_report *report = &result.at[i];
        if (!report->finding || !report->reason || report->finding->verdict != report->verdict || *report->signer
            || report->trusted)
            abort();
    }
    if (result.at[0].finding != result.at[1].finding)
        abort();
}

/* What is read as a key must be one that can be written. */
static void try_key(const char *bytes, size_t size)
{
    EXH_CLEANUP(exh_error_clear) struct exh_error err = EXH_ERROR_NONE;
    struct exh_signature_key key;

    if (!exh_signature_read_key(bytes, size, "key", &key, &err))
        return;
    EXH_CLEANUP(exh_freep) char *line = key.has_number ? exh_key_minisign_line(&key.key) : exh_key_ssh_line(&key.key);
    EXH_CLEANUP(exh_freep) char *file = exh_format("%s%s\n", key.has_number ? "untrusted comment: \n" : "", line);
    struct exh_signature_key again;
    if (!exh_signature_read_key(file, strlen(file), "key", &again, &err)
        || memcmp(key.key.ed25519, again.key.ed25519, sizeof key.key.ed25519) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const struct exh_signature_key nobody = { .has_number = false };
    const struct exh_signature_file file = { (const char *)bytes, size };

    try_signature(&file, NULL);
    try_signature(&file, &nobody);
    try_key((const char *)bytes, size);
    return 0;
}
