#include <malloc.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
