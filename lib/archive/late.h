/* late: libarchive, loaded when the first ZIP is written. Private to archive.
 *
 * It brings libxml2, ICU and eight more libraries with it, which is a third of what any command takes to start, and most write
 * no ZIP.
 */
#ifndef EXHIBIT_ARCHIVE_LATE_H
#define EXHIBIT_ARCHIVE_LATE_H

#include "exhibit/error.h"

#include <archive.h>
#include <archive_entry.h>

#define EXH_LIBARCHIVE(each) \
    each(archive_entry_free) each(archive_entry_new) each(archive_entry_set_filetype) each(archive_entry_set_gid) \
    each(archive_entry_set_mtime) each(archive_entry_set_pathname) each(archive_entry_set_perm) each(archive_entry_set_size) \
    each(archive_entry_set_uid) each(archive_error_string) each(archive_write_close) each(archive_write_data) \
    each(archive_write_finish_entry) each(archive_write_free) each(archive_write_header) each(archive_write_new) \
    each(archive_write_open) each(archive_write_set_bytes_in_last_block) each(archive_write_set_bytes_per_block) \
    each(archive_write_set_format_option) each(archive_write_set_format_zip) each(archive_write_set_passphrase)

#define EXH_LIBARCHIVE_MEMBER(name) __typeof__(name) *name;
struct exh_libarchive { EXH_LIBARCHIVE(EXH_LIBARCHIVE_MEMBER) };
#undef EXH_LIBARCHIVE_MEMBER

/* Loads it once a process. EXH_IO: it is not installed, or lacks one of these. */
bool exh_libarchive_load(const struct exh_libarchive **ret_library, struct exh_error *err) EXH_CHECK;

#endif
