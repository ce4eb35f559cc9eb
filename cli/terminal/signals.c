#include "signals.h"

#include <string.h>
#include <unistd.h>

#include "../../runtime/base/save.h"

static void say(const char *words) {
    size_t left = strlen(words);
    while (left > 0) {
        ssize_t written = write(STDERR_FILENO, words, left);
        if (written <= 0)
            return; /* nobody is left to tell */
        words += written;
        left -= (size_t)written;
    }
}

static const int ends[] = {SIGINT, SIGTERM, SIGHUP};
enum { ENDS = sizeof ends / sizeof *ends };

static void end_saves(void) {
    const char *words = save_interrupted();
    if (words)
        say(words);
}

/* Until the files are removed or kept, another signal does no harm: it is blocked. Then this one,
 * raised anew, ends the program. */
static void end_by_signal(int number) {
    sigset_t one;
    signals_block(&one);
    end_saves();
    signal(number, SIG_DFL);
    raise(number);
    sigemptyset(&one);
    sigaddset(&one, number);
    sigprocmask(SIG_UNBLOCK, &one, NULL);
}

static void end_by_bus_error(int signal) {
    static const char words[] =
        "cnnc: io: a file was cut while it was read; expected files that stay as they are\n";
    (void)signal;
    say(words);
    end_saves();
    _exit(STATUS_IO);
}

static void install(int signal, void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    struct sigaction before;
    sigemptyset(&action.sa_mask);
    if (sigaction(signal, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(signal, &action, NULL);
}

static volatile sig_atomic_t interrupted; /* the number of the first, or 0 */

static void remember(int number) {
    interrupted = number;
    for (int i = 0; i < ENDS; i++)
        install(ends[i], end_by_signal);
}

void signals_defer(void) {
    for (int i = 0; i < ENDS; i++)
        install(ends[i], remember);
}

bool signals_interrupted(void) { return interrupted != 0; }

void signals_block(sigset_t *before) {
    sigset_t set;
    sigemptyset(&set);
    for (int i = 0; i < ENDS; i++)
        sigaddset(&set, ends[i]);
    sigprocmask(SIG_BLOCK, &set, before);
}

void signals_end_interrupted(void) { end_by_signal(interrupted); }

void signals_install(void) {
    sigset_t bus;
    for (int i = 0; i < ENDS; i++)
        install(ends[i], end_by_signal);
    signal(SIGBUS, SIG_DFL);
    install(SIGBUS, end_by_bus_error);
    sigemptyset(&bus);
    sigaddset(&bus, SIGBUS);
    sigprocmask(SIG_UNBLOCK, &bus, NULL); /* blocked, it would kill */
}
