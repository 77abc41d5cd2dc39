/* media/hardware: the machine's own encoder (VA-API), where one was asked for. */
#include "hardware.h"

#include "exhibit/media.h"

#include <libavutil/hwcontext.h>
#include <string.h>

/* libav opens devices by name and loads their drivers, which can be done before the cage is entered and never after: so it is opened
 * once for the process. */
static AVBufferRef *device;

void exh_media_open_device(int fd)
{
    EXH_CLEANUP(exh_freep) char *path = exh_format("/proc/self/fd/%d", fd);

    if (av_hwdevice_ctx_create(&device, AV_HWDEVICE_TYPE_VAAPI, path, NULL, 0) < 0)
        device = NULL;
}

bool is_hardware(const char *encoder)
{
    return strcmp(encoder, "h264_vaapi") == 0;
}

static bool refuse(struct exh_error *err, const char *why)
{
    return exh_fail(err, EXH_REFUSED, "this machine does not encode with h264_vaapi (%s); leave --encoder out to use libx264", why);
}

bool hardware_set_up(AVCodecContext *encoder, struct exh_error *err)
{
    AVBufferRef *frames = device ? av_hwframe_ctx_alloc(device) : NULL;

    if (!frames)
        return refuse(err, "it has no device for it that can be opened");
    AVHWFramesContext *context = (AVHWFramesContext *)frames->data;
    context->format = encoder->pix_fmt = AV_PIX_FMT_VAAPI;
    context->sw_format = AV_PIX_FMT_YUV420P;
    context->width = encoder->width;
    context->height = encoder->height;
    context->initial_pool_size = 32;
    int code = av_hwframe_ctx_init(frames);
    encoder->hw_frames_ctx = frames;     /* freed with the encoder */
    return code >= 0 || refuse(err, av_err2str(code));
}

bool hardware_upload(const AVCodecContext *encoder, const AVFrame *frame, AVFrame *ret_frame, struct exh_error *err)
{
    int code = av_hwframe_get_buffer(encoder->hw_frames_ctx, ret_frame, 0);

    if (code >= 0)
        code = av_hwframe_transfer_data(ret_frame, frame, 0);
    if (code >= 0)
        code = av_frame_copy_props(ret_frame, frame);
    return code >= 0 || exh_fail(err, EXH_IO, "cannot give the device a picture: %s", av_err2str(code));
}
