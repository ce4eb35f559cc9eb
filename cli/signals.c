#include "signals.h"

#include <string.h>
#include <unistd.h>

#include "../runtime/save.h"

/* The signal is blocked until the handler returns, then raised anew it ends the program. Until the
 * files are removed another one of its kind does no harm: SA_RESETHAND would let it end the program
 * before that. */
static void end_by_signal(int number) {
    save_interrupted();
    signal(number, SIG_DFL);
    raise(number);
}

static void end_by_bus_error(int signal) {
    static const char words[] =
        "cnnc: io: a file was cut while it was read; expected files that stay as they are\n";
    (void)signal;
    save_interrupted();
    ssize_t written = write(STDERR_FILENO, words, sizeof words - 1);
    (void)written; /* nobody is left to tell */
    _exit(STATUS_IO);
}

static void install(int signal, void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    struct sigaction before;
    sigemptyset(&action.sa_mask);
    if (sigaction(signal, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(signal, &action, NULL);
}

static volatile sig_atomic_t interrupted;

static void remember(int number) {
    interrupted = 1;
    install(number, end_by_signal);
}

void signals_defer_interrupt(void) { install(SIGINT, remember); }

bool signals_interrupted(void) { return interrupted != 0; }

void signals_block(sigset_t *before) {
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGHUP);
    sigprocmask(SIG_BLOCK, &ends, before);
}

void signals_end_interrupted(void) { end_by_signal(SIGINT); }

void signals_install(void) {
    sigset_t bus;
    install(SIGINT, end_by_signal);
    install(SIGTERM, end_by_signal);
    install(SIGHUP, end_by_signal);
    signal(SIGBUS, SIG_DFL);
    install(SIGBUS, end_by_bus_error);
    sigemptyset(&bus);
    sigaddset(&bus, SIGBUS);
    sigprocmask(SIG_UNBLOCK, &bus, NULL); /* blocked, it would kill */
}
