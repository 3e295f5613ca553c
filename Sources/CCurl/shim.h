#include <curl/curl.h>
#include <stdint.h>

// Swift cannot call variadic C functions; these are the forms of them that the HTTPClient room uses.

typedef size_t (*nightjar_data_function)(char *bytes, size_t size, size_t count, void *context);
typedef int (*nightjar_seek_function)(void *context, curl_off_t offset, int origin);
typedef int (*nightjar_progress_function)(
    void *context, curl_off_t download_size, curl_off_t downloaded, curl_off_t upload_size, curl_off_t uploaded);

static inline int nightjar_global_init(void) {
    return (int)curl_global_init(CURL_GLOBAL_DEFAULT);
}

static inline int nightjar_setopt_long(CURL *easy, CURLoption option, int64_t value) {
    return (int)curl_easy_setopt(easy, option, (long)value);
}

static inline int nightjar_setopt_offset(CURL *easy, CURLoption option, int64_t value) {
    return (int)curl_easy_setopt(easy, option, (curl_off_t)value);
}

static inline int nightjar_setopt_text(CURL *easy, CURLoption option, const char *text) {
    return (int)curl_easy_setopt(easy, option, text);
}

static inline int nightjar_setopt_pointer(CURL *easy, CURLoption option, void *pointer) {
    return (int)curl_easy_setopt(easy, option, pointer);
}

static inline int nightjar_setopt_data_function(CURL *easy, CURLoption option, nightjar_data_function function) {
    return (int)curl_easy_setopt(easy, option, function);
}

static inline int nightjar_setopt_seek_function(CURL *easy, CURLoption option, nightjar_seek_function function) {
    return (int)curl_easy_setopt(easy, option, function);
}

// It is called at least once a second, and ends the transfer by answering with anything but 0.
static inline int nightjar_setopt_progress_function(CURL *easy, nightjar_progress_function function) {
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    return (int)curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, function);
}

// Sends a mail to those recipients that the server takes (curl 8.2 corrected the option's name, and knows the old one).
static inline int nightjar_setopt_allow_refused_recipients(CURL *easy) {
    return (int)curl_easy_setopt(easy, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
}

// Lets a transfer be removed while a name is being resolved without waiting for the resolver (curl 7.87 and later).
static inline void nightjar_setopt_quick_exit(CURL *easy) {
#if LIBCURL_VERSION_NUM >= 0x075700
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#else
    (void)easy;
#endif
}

static inline int nightjar_multi_add(CURLM *multi, CURL *easy) {
    return (int)curl_multi_add_handle(multi, easy);
}

static inline int nightjar_multi_remove(CURLM *multi, CURL *easy) {
    return (int)curl_multi_remove_handle(multi, easy);
}

static inline int nightjar_multi_perform(CURLM *multi) {
    int running = 0;
    return (int)curl_multi_perform(multi, &running);
}

static inline int nightjar_multi_poll(CURLM *multi, int milliseconds) {
    return (int)curl_multi_poll(multi, NULL, 0, milliseconds, NULL);
}

static inline int nightjar_multi_wakeup(CURLM *multi) {
    return (int)curl_multi_wakeup(multi);
}

// The next transfer that has ended, and its CURLcode; NULL when there is none.
static inline CURL *nightjar_multi_next_ended(CURLM *multi, int *code) {
    int left = 0;
    CURLMsg *message;
    while ((message = curl_multi_info_read(multi, &left))) {
        if (message->msg == CURLMSG_DONE) {
            *code = (int)message->data.result;
            return message->easy_handle;
        }
    }
    return NULL;
}

static inline int nightjar_unpause(CURL *easy) {
    return (int)curl_easy_pause(easy, CURLPAUSE_CONT);
}

static inline const char *nightjar_strerror(int code) {
    return curl_easy_strerror((CURLcode)code);
}

static inline size_t nightjar_write_pause(void) { return CURL_WRITEFUNC_PAUSE; }
static inline size_t nightjar_read_abort(void) { return CURL_READFUNC_ABORT; }
static inline int nightjar_error_size(void) { return CURL_ERROR_SIZE; }
