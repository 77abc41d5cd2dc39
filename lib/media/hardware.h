/* media/hardware: the machine's own encoder, where one was asked for. */
#ifndef EXHIBIT_MEDIA_HARDWARE_H
#define EXHIBIT_MEDIA_HARDWARE_H

#include "exhibit/error.h"

#include <libavcodec/avcodec.h>

/* True for the name of an encoder that needs a device. */
bool is_hardware(const char *encoder);
/* Makes @encoder, which has its size, work on the device. EXH_REFUSED: none was given, or it does not encode. */
bool hardware_set_up(AVCodecContext *encoder, struct exh_error *err) EXH_CHECK;
/* Gives @ret_frame, an empty frame, the picture of @frame as the device has it. */
bool hardware_upload(const AVCodecContext *encoder, const AVFrame *frame, AVFrame *ret_frame, struct exh_error *err) EXH_CHECK;

#endif
