/* report: how to check it with what a computer has, in a block for each system. */
#include "page.h"

#include <string.h>

/* Commands as they are typed; each holds nothing that is not its own, or was made fit. */
static void add_commands(struct exh_text *page, const char *commands)
{
    exh_text_puts(page, "<pre><code>");
    exh_page_safe(page, commands);
    exh_text_puts(page, "</code></pre>\n");
}

static void add_windows(struct exh_text *page, const char *file)
{
    EXH_CLEANUP(exh_freep) char *name = exh_strdup(exh_page_is_name(file) ? file : "FILE");
    EXH_CLEANUP(exh_freep) char *commands = NULL;

    for (char *slash = name; (slash = strchr(slash, '/'));)
        *slash = '\\';
    commands = exh_format("certutil -hashfile %s SHA256\ncertutil -hashfile manifest-sha256.txt SHA256\n", name);
    exh_text_puts(page, "<h3>On Windows</h3>\n<p>Unpack the ZIP: right click it and choose Extract All, or type "
                  "<code>tar -xf FILE.zip</code>. Open a Command Prompt in the unpacked folder and type, for each file:</p>\n");
    add_commands(page, commands);
    exh_text_puts(page, "<p>The first digest must be the one that this page, and <a href=\"manifest-sha256.txt\">manifest-sha256.txt</a>, give "
                  "for that file; the second the one that <a href=\"tagmanifest-sha256.txt\">tagmanifest-sha256.txt</a> gives for the manifest. "
                  "<code>certutil</code> and OpenSSH's <code>ssh-keygen</code> are part of Windows 10 and 11.</p>\n");
}

static void add_others(struct exh_text *page)
{
    exh_text_puts(page, "<h3>On macOS</h3>\n<p>Unpack the ZIP with a double click. Open Terminal in the unpacked folder and type:</p>\n");
    add_commands(page, "shasum -a 256 -c manifest-sha256.txt\nshasum -a 256 -c tagmanifest-sha256.txt\n");
    exh_text_puts(page, "<h3>On Linux</h3>\n<p>Unpack the ZIP with <code>unzip FILE.zip</code> in a folder of its own, and type there:</p>\n");
    add_commands(page, "sha256sum -c manifest-sha256.txt\nsha256sum -c tagmanifest-sha256.txt\n");
    exh_text_puts(page, "<p>Every line must end in OK.</p>\n");
}

static void add_signature(struct exh_text *page, const struct exh_report_facts *facts)
{
    EXH_CLEANUP(exh_freep) char *signer = exh_page_shell_word(facts->signer);
    EXH_CLEANUP(exh_freep) char *command = exh_format("ssh-keygen -Y verify -f record/signers/allowed_signers -I %s -n exhibit "
                                                      "-s tagmanifest-sha256.txt.sig < tagmanifest-sha256.txt\n", signer);
    EXH_CLEANUP(exh_freep) char *answer = exh_format("Good \"exhibit\" signature for %s with ED25519 key %s", facts->signer, facts->fingerprint);

    exh_text_puts(page, "<h3>The signature, on all three</h3>\n<p>It takes OpenSSH 8.1 or later, and on Windows the Command Prompt:</p>\n");
    add_commands(page, command);
    exh_text_puts(page, "<p>It must answer:</p>\n");
    add_commands(page, answer);
    exh_text_puts(page, "<p>So the list of digests is the one that was signed with this key. <a href=\"VERIFY.txt\">VERIFY.txt</a> says "
                  "the same for minisign, and what else can be checked.</p>\n");
}

static void add_limits(struct exh_text *page, const struct exh_report_facts *facts)
{
    exh_text_puts(page, "<h3>What this does not show</h3>\n<p>Whose key it is. It came with the package, and anybody can make a key and call it ");
    exh_page_safe(page, facts->signer);
    exh_text_puts(page, ". Compare its fingerprint,</p>\n<p><code>");
    exh_page_safe(page, facts->fingerprint);
    exh_text_puts(page, "</code></p>\n<p>with the one that the organisation publishes, or gave you before. Nor does it show what happened before "
                  "the sealing: for that there are the record, the custody log, and the people named in them.</p>\n");
}

void exh_page_checking(struct exh_text *page, const char *file, const struct exh_report_facts *facts)
{
    exh_text_puts(page, "<h2>How to check it</h2>\n<p>Nothing needs to be installed to view this page and what it shows. To check that every file is "
                  "the one that was sealed, these tools, which other people made, are enough.</p>\n");
    add_windows(page, file);
    add_others(page);
    add_signature(page, facts);
    add_limits(page, facts);
}
