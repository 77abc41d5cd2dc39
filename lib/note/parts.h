/* note, private: what its files share. */
#ifndef EXHIBIT_NOTE_PARTS_H
#define EXHIBIT_NOTE_PARTS_H

#include "exhibit/note.h"

/* True of UTF-8 without control characters but newlines. */
bool exh_note_is_plain(const char *bytes, size_t size) EXH_CHECK;

#endif
