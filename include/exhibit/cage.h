/* cage: what a program that reads hostile input gives up before it reads the first byte of it (floor 2).
 *
 * Two layers of the kernel's, each of which holds without the other. Landlock takes away every right to files, to the
 * network and to other processes that the kernel knows how to take away; what is open stays open. A seccomp filter lets
 * through the system calls that a single-threaded demuxer, decoder or encoder needs, and ends the process at those
 * that only an attacker makes. Neither can be undone.
 *
 *     struct exh_cage cage;
 *     if (!exh_cage_enter(socket, &cage, err))
 *         return false;
 */
#ifndef EXHIBIT_CAGE_H
#define EXHIBIT_CAGE_H

#include "exhibit/error.h"

#include <stdint.h>

/* What is in force. A kernel without a layer is not an error: whoever hears of it decides. */
struct exh_cage {
    int landlock; /* the ABI of Landlock that is in force; 0: none */
    bool seccomp; /* the filter is in force */
};
/* Both layers. @socket: the one descriptor that may still be sent to and received from; standard error can be written
 * to. To be called by a process of one thread, when all it will ever open is open: libraries, converters; the time
 * zone is UTC from here on. EXH_IO: the kernel has a layer and refuses it. */
bool exh_cage_enter(int socket, struct exh_cage *ret_cage, struct exh_error *err) EXH_CHECK;
/* The same for a process that encodes with a device of the machine's, which it opened before: it may also speak to devices that
 * are open (ioctl). A WIDER cage, for who asked for a hardware encoder. */
bool exh_cage_enter_with_device(int socket, struct exh_cage *ret_cage, struct exh_error *err) EXH_CHECK;

/* ---- each layer by itself ---- */

/* @ret_abi: the ABI in force, 0 where the kernel has no Landlock or it is switched off. */
bool exh_cage_landlock(int *ret_abi, struct exh_error *err) EXH_CHECK;
/* @ret_done: false where the kernel has no seccomp filters, or none that can end a
 * process. */
bool exh_cage_filter(int socket, bool *ret_done, struct exh_error *err) EXH_CHECK;
bool exh_cage_filter_with_device(int socket, bool *ret_done, struct exh_error *err) EXH_CHECK;

enum { EXH_CAGE_NEWEST_ABI = 7 };
/* What Landlock takes away under an ABI, as bits of the kernel's, and the size of the attribute that says so. */
struct exh_cage_rights {
    uint64_t files, network, scope;
    size_t size;
};
/* All that ABI @abi knows, of those up to EXH_CAGE_NEWEST_ABI; nothing for one below 1. */
struct exh_cage_rights exh_cage_rights(int abi);

#endif
