/* exhibit seal: exhibits of the store become a package that leaves the room. */
#include "seal.h"

#include "exhibit/file.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
    struct exh_strings exhibits, recipients;
    const char *with, *recipients_file, *passphrase_file, *passphrase_fd, *no_recovery, *profile, *out;
    bool passphrase, folder, dry_run;
};
enum { OPT_WITH = 0x100, OPT_RECIPIENT, OPT_RECIPIENTS_FILE, OPT_PASSPHRASE, OPT_PASSPHRASE_FILE, OPT_PASSPHRASE_FD,
       OPT_NO_RECOVERY, OPT_FOLDER, OPT_PROFILE, OPT_OUT, OPT_DRY_RUN };

static const struct argp_option option_list[] = {
    { "with", OPT_WITH, "ITEMS", 0, "What of each Master named: master (the default), copy, stills, redacted, with commas between; of copies the newest of each kind", 0 },
    { "out", OPT_OUT, "DIR", 0, "Directory the package is written to", 0 },
    { "recipient", OPT_RECIPIENT, "AGE1...", 0, "Encrypt the package for this age recipient, and for the store's recovery; may be repeated", 0 },
    { "recipients-file", OPT_RECIPIENTS_FILE, "FILE", 0, "The same for every line of FILE; lines that begin with # are passed over", 0 },
    { "no-recovery", OPT_NO_RECOVERY, "REASON", 0, "Leave the store's recovery recipient out, and say why: who loses the key then has no way back", 0 },
    { "passphrase", OPT_PASSPHRASE, NULL, 0, "Encrypt the files in the ZIP (AES-256) under a passphrase, asked for twice on the terminal; slow, and names stay readable, but 7-Zip opens it", 0 },
    { "package-passphrase-file", OPT_PASSPHRASE_FILE, "FILE", 0, "The same with the passphrase from the first line of FILE", 0 },
    { "package-passphrase-fd", OPT_PASSPHRASE_FD, "N", 0, "The same with the passphrase from descriptor N", 0 },
    { "folder", OPT_FOLDER, NULL, 0, "Write a plain folder instead of a ZIP", 0 },
    { "profile", OPT_PROFILE, "NAME", 0, "Keep within a medium's limits, in several packages where one is too large: plain (no limit), axon (4 GB), dvd (4.3 GiB), fat32 (files under 4 GiB), or one of the store's configuration", 0 },
    { "dry-run", OPT_DRY_RUN, NULL, 0, "Say what would be packed, and make nothing", 0 },
    { 0 },
};

static void check(const struct options *o, struct argp_state *state)
{
    bool encrypted = o->recipients.count || o->recipients_file, locked = o->passphrase || o->passphrase_file || o->passphrase_fd;

    if (!o->exhibits.count || !o->out)
        argp_error(state, "exhibits and --out are needed");
    if (encrypted + locked + o->folder > 1)
        argp_error(state, "--recipient, --passphrase and --folder are three forms of the same package: choose one");
    if (o->no_recovery && !encrypted)
        argp_error(state, "--no-recovery is of packages for recipients only");
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    static const struct text_option texts[] = {
        { OPT_WITH, offsetof(struct options, with) }, { OPT_OUT, offsetof(struct options, out) },
        { OPT_RECIPIENTS_FILE, offsetof(struct options, recipients_file) }, { OPT_NO_RECOVERY, offsetof(struct options, no_recovery) },
        { OPT_PASSPHRASE_FILE, offsetof(struct options, passphrase_file) }, { OPT_PASSPHRASE_FD, offsetof(struct options, passphrase_fd) },
        { OPT_PROFILE, offsetof(struct options, profile) }, { 0, 0 } };
    struct options *o = state->input;

    switch (key) {
    case OPT_RECIPIENT:  exh_strings_add(&o->recipients, argument); return 0;
    case OPT_PASSPHRASE: o->passphrase = true; return 0;
    case OPT_FOLDER:     o->folder = true; return 0;
    case OPT_DRY_RUN:    o->dry_run = true; return 0;
    case ARGP_KEY_ARG:   exh_strings_add(&o->exhibits, argument); return 0;
    case ARGP_KEY_END:   check(o, state); return 0;
    default:             return parse_text_options(key, argument, state, texts);
    }
}

static void clear(void *options)
{
    struct options *o = options;

    exh_strings_clear(&o->exhibits);
    exh_strings_clear(&o->recipients);
}

/* ---- for whom ---- */

enum { LARGEST_LIST = 1 << 20 };

/* As age -R reads them: a recipient a line. */
static bool read_recipients(const char *path, struct exh_strings *recipients, struct exh_error *err)
{
    EXH_CLEANUP(exh_freep) char *bytes = NULL;
    size_t size, before = recipients->count;

    if (!exh_file_read(AT_FDCWD, path, LARGEST_LIST, &bytes, &size, err))
        return false;
    for (char *at = bytes, *line; (line = strsep(&at, "\n"));) {
        line[strcspn(line, "\r")] = '\0';
        if (*line && *line != '#')
            exh_strings_add(recipients, line);
    }
    return recipients->count > before || exh_fail(err, EXH_USAGE, "'%s' holds no recipient", path);
}

static bool collect_recipients(const struct options *o, struct exh_strings *words, struct exh_recipient **ret_recipients,
                               struct exh_error *err)
{
    for (size_t i = 0; i < o->recipients.count; i++)
        exh_strings_add(words, o->recipients.at[i]);
    return (!o->recipients_file || read_recipients(o->recipients_file, words, err)) && session_recipients(words, ret_recipients, err);
}

static bool read_passphrase(const struct options *o, struct exh_secret_text **ret_passphrase, struct exh_error *err)
{
    const struct secret_source source = { o->passphrase_file, o->passphrase_fd, o->passphrase ? "Passphrase of the package: " : NULL };

    return o->dry_run || session_new_secret(&source, "no package was made", ret_passphrase, err);
}

/* ---- the result ---- */

static struct exh_json *volumes_json(const struct exh_seal_made *made)
{
    struct exh_json *volumes = exh_json_array();

    for (size_t i = 0; i < made->volume_count; i++) {
        const struct exh_seal_volume *volume = &made->volumes[i];
        struct exh_json *json = exh_json_object();
        json_set_path(json, "path", volume->path);
        exh_json_set_int(json, "size", (int64_t)volume->size);
        exh_json_set_text(json, "sha256", *volume->digest ? volume->digest : NULL);
        exh_json_set_text(json, "tagmanifest_sha256", *volume->tagmanifest ? volume->tagmanifest : NULL);
        exh_json_add(volumes, json);
    }
    return volumes;
}

static void print_as_json(const struct exh_seal_made *made)
{
    struct exh_json *object = json_of_type("seal"), *left_out = exh_json_array();

    for (size_t i = 0; i < made->left_out.count; i++)
        exh_json_add_text(left_out, made->left_out.at[i]);
    exh_json_set_text(object, "package", *made->id ? made->id : NULL);
    exh_json_set(object, "volumes", volumes_json(made));
    exh_json_set(object, "left_out", left_out);
    exh_json_set(object, "holds", exh_json_copy(made->package));
    print_json(object);
}

static void print_exhibit(const struct exh_json *exhibit)
{
    const struct exh_json *files = exh_json_get(exhibit, "files");
    EXH_CLEANUP(exh_freep) char *words = exh_format("%s (%s)", exh_json_text_or(exhibit, "exhibit", ""), exh_json_text_or(exhibit, "item", ""));

    print_field("exhibit", words);
    for (size_t i = 0; i < exh_json_count(files); i++)
        print_field("  file", exh_json_text_or(exh_json_at(files, i), "file", ""));
}

static void print_result(const struct exh_seal_made *made)
{
    const struct exh_json *exhibits = exh_json_get(made->package, "exhibits");

    print_field("package", *made->id ? made->id : "(none: dry run)");
    for (size_t i = 0; i < made->volume_count; i++) {
        EXH_CLEANUP(exh_freep) char *size = exh_text_size(made->volumes[i].size);
        print_field("written", made->volumes[i].path);
        print_field("  size", size);
        print_field("  sha256", made->volumes[i].digest);
    }
    for (size_t i = 0; i < exh_json_count(exhibits); i++)
        print_exhibit(exh_json_at(exhibits, i));
    for (size_t i = 0; i < made->left_out.count; i++)
        print_field("note", made->left_out.at[i]);
}

/* ---- run ---- */

bool seal_exhibits(struct session *session, struct exh_seal_options *seal, struct exh_error *err)
{
    EXH_CLEANUP(exh_seal_made_clear) struct exh_seal_made made = { .package = NULL };
    struct watch watch = watch_begin(session, "sealing");

    seal->arguments = &session->arguments;
    seal->progress = watch.progress;
    seal->interrupted = watch_is_interrupted;
    bool done = exh_seal(session->store, seal, &made, err);
    watch_end(&watch, done, err);
    if (!done)
        return false;
    if (session->json)
        print_as_json(&made);
    else
        print_result(&made);
    return true;
}

static bool run(struct session *session, const void *options, struct exh_error *err)
{
    const struct options *o = options;
    EXH_CLEANUP(exh_strings_clear) struct exh_strings words = EXH_STRINGS_NONE;
    EXH_CLEANUP(exh_freep) struct exh_recipient *recipients = NULL;
    EXH_CLEANUP(exh_secret_text_freep) struct exh_secret_text *passphrase = NULL;
    struct exh_seal_options seal = { .exhibits = &o->exhibits, .no_recovery = o->no_recovery, .folder = o->folder, .out = o->out,
                                     .dry_run = o->dry_run };

    if (!exh_seal_medium(session->store, o->profile ? o->profile : "plain", &seal.medium, err)
        || (o->with && !exh_seal_items_parse(o->with, seal.items, err))
        || !collect_recipients(o, &words, &recipients, err) || !read_passphrase(o, &passphrase, err))
        return false;
    seal.recipients = recipients;
    seal.recipient_count = words.count;
    seal.passphrase = passphrase;
    return seal_exhibits(session, &seal, err);
}

static const struct argp argp = { option_list, parse, "EXHIBIT...",
    "Pack exhibits of the store, Masters and copies of one case, into one sealed package: a deterministic ZIP, the same in an age file, "
    "an AES-256 ZIP, or a folder. Each exhibit is held against its own seal on the way; the package carries these seals, the custody "
    "entries, and a page that says what it is.\v"
    "Exit status: 0 packed, 5 an exhibit is not as it was sealed, or does not fit the profile.\n\n"
    "Examples:\n  exhibit seal OP1 --with master,copy --out /media/usb\n"
    "  exhibit seal OP1/3 --recipient age1... --out .", NULL, NULL, NULL };
const struct command cmd_seal = { "seal", "pack exhibits into a sealed package", &argp, sizeof(struct options), NEEDS_STORE | NEEDS_ACTOR | MAKES_ONCE, run, clear };
